/** Nothing decides: say what is missing. */

import type { Sentence } from '../../words/sentence.ts';
import { isUnlisted, ownerOf, type Verdict } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { mayBeNodePort } from './host.ts';

export function unknown(one: Subject): Verdict {
  return {
    label: 'unknown',
    direction: 'unknown',
    confidence: 'guess',
    rule: 'not-decided',
    sentence: whatIsMissing(one),
  };
}

function whatIsMissing(one: Subject): Sentence {
  const { client, server, service } = one;
  if (server.owner.kind === 'service' || one.unresolved?.via === 'LoadBalancer') {
    const name =
      service === undefined ? server.ip : `${service.service.namespace}/${service.service.name}`;
    return { code: 'endpoints-do-not-decide', service: name };
  }
  if (server.owner.kind === 'node' && mayBeNodePort(one)) {
    const isListed = service !== undefined;
    return { code: 'behind-node-port', port: server.port, owner: ownerOf(server), isListed };
  }
  const nobody = [client, server].find((end) => isUnlisted(end.owner));
  if (nobody !== undefined) return { code: 'no-pod-has', ip: nobody.ip, why: nobody.owner.why };
  const unowned = [client, server].filter((end) => end.owner.kind === 'unknown');
  if (unowned.length > 0) {
    return { code: 'nothing-tells-owner', ips: unowned.map((end) => end.ip) };
  }
  const homeless = [client, server].filter(
    (end) => end.owner.kind === 'pod' && end.owner.node === undefined,
  );
  if (homeless.length > 0) {
    return { code: 'nothing-tells-node', pods: homeless.map(ownerOf) };
  }
  return { code: 'fits-no-rule', client: ownerOf(client), server: ownerOf(server) };
}
