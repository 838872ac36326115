/** Nothing decides: say what is missing. */

import { isUnlisted, showOwner, type Verdict } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { mayBeNodePort } from './host.ts';

export function unknown(one: Subject): Verdict {
  return {
    label: 'unknown',
    direction: 'unknown',
    confidence: 'guess',
    rule: 'not-decided',
    text: whatIsMissing(one),
  };
}

function whatIsMissing(one: Subject): string {
  const { client, server, service } = one;
  if (server.owner.kind === 'service' || one.unresolved?.via === 'LoadBalancer') {
    const name =
      service === undefined ? server.ip : `${service.service.namespace}/${service.service.name}`;
    return `the packet after DNAT of ${name} was not seen and its endpoints do not decide: capture on any, or on the node's NIC and tunnel as well`;
  }
  if (server.owner.kind === 'node' && mayBeNodePort(one)) {
    return `port ${server.port} of ${showOwner(server)} ${service === undefined ? 'is in the range of' : 'is one of the'} node ports, and who answers behind it was not seen: capture on any of that node as well`;
  }
  const nobody = [client, server].find((end) => isUnlisted(end.owner));
  if (nobody !== undefined) return `no pod has ${nobody.ip}: ${nobody.owner.why}`;
  const unowned = [client, server].filter((end) => end.owner.kind === 'unknown');
  if (unowned.length > 0) {
    const names = unowned.map((end) => end.ip).join(' and ');
    return `nothing tells whose ${names} ${unowned.length > 1 ? 'are' : 'is'}: pass --topology or --kube-json, or capture on any as well`;
  }
  const homeless = [client, server].filter(
    (end) => end.owner.kind === 'pod' && end.owner.node === undefined,
  );
  if (homeless.length > 0) {
    const names = homeless.map(showOwner).join(' and ');
    return `nothing tells the node of ${names}: pass --topology or --kube-json, or capture on the nodes' NICs as well`;
  }
  return `${showOwner(client)} to ${showOwner(server)} fits no rule`;
}
