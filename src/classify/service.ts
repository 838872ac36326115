/** The Service that a client dialled, as a record: told by the topology, or shown by a DNAT. */

import type { ServiceRecord, TupleRecord } from './record.ts';
import type { Subject } from './subject.ts';

/** Kubernetes' default range of node ports. */
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_LAST = 32_767;

export function serviceRecord(one: Subject): ServiceRecord | null {
  const match = one.service;
  if (match === undefined) return shownByDnat(one);
  const { service } = match;
  const dialled = one.tuples.find(
    (t) => one.run.topology.serviceAt(t.dst, t.dport, one.protocolName)?.service === service,
  )!;
  return {
    type: typeOf(match.via, service.type),
    namespace: service.namespace,
    name: service.name,
    ip: dialled.dst,
    port: dialled.dport,
    mode: modeOf(one),
  };
}

/** How it was reached, which is not always what the Service is: a LoadBalancer has a ClusterIP too. */
function typeOf(via: string, type: ServiceRecord['type']): ServiceRecord['type'] {
  if (via === 'ClusterIP') return 'ClusterIP';
  if (via === 'LoadBalancer' || via === 'externalIP') return 'LoadBalancer';
  return type === 'LoadBalancer' ? 'LoadBalancer' : 'NodePort';
}

/** Without a list of Services: a destination that was rewritten on the way was one. */
function shownByDnat(one: Subject): ServiceRecord | null {
  const dnat = one.translations.find((t) => t.type === 'dnat');
  if (dnat === undefined) return null;
  const dialled: TupleRecord = dnat.before;
  const owner = one.run.topology.ownerOf(dialled.dst, one.atSeconds);
  const isNodePort =
    owner.kind === 'node' && dialled.dport >= NODE_PORT_FIRST && dialled.dport <= NODE_PORT_LAST;
  return {
    type: isNodePort ? 'NodePort' : owner.kind === 'service' ? 'ClusterIP' : 'unknown',
    namespace: owner.kind === 'service' ? (owner.namespace ?? null) : null,
    name: owner.kind === 'service' ? (owner.name ?? null) : null,
    ip: dialled.dst,
    port: dialled.dport,
    mode: null,
  };
}

/** The way a load balancer takes to the pod. */
function modeOf(one: Subject): ServiceRecord['mode'] {
  const { service } = one.service!;
  if (service.type !== 'LoadBalancer') return null;
  if (one.proxy !== null && service.loadBalancer?.targetType !== 'instance') return 'ip+PPv2';
  if (one.service!.via === 'NodePort') {
    return service.externalTrafficPolicy === 'Local' ? 'instance+Local' : 'instance+Cluster';
  }
  return service.loadBalancer?.targetType === 'ip'
    ? service.loadBalancer.proxyProtocol
      ? 'ip+PPv2'
      : 'ip'
    : null;
}
