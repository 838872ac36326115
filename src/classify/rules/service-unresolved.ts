/** The server is a Service's address or node port still: the packet after DNAT was not seen. Its endpoints may tell. */
import type { Endpoint } from '../../topology/model.ts';
import { ownerOf, type Verdict, weakest } from '../rule.ts';
import type { Subject } from '../subject.ts';

export function serviceUnresolved(one: Subject): Verdict | undefined {
  const { client, server, unresolved: service, run } = one;
  if (service === undefined || service.port === undefined) return undefined;
  if (server.owner.kind === 'pod') return undefined;
  const endpoints = run.topology.endpointsOf(service.service)?.filter((e) => e.ready) ?? [];
  if (endpoints.length === 0 || client.owner.kind !== 'pod') return undefined;
  const name = `${service.service.namespace}/${service.service.name}`;
  const nodes = new Set(endpoints.map((e) => e.node));
  const kinds = new Set(endpoints.map((e) => kindOf(one, e)));
  if (kinds.size !== 1 || kinds.has('unknown')) return undefined;
  if (kinds.has('node')) {
    return {
      label: 'host',
      direction: 'internal',
      confidence: weakest('likely', client.owner.confidence),
      rule: 'service-of-nodes',
      sentence: { code: 'endpoints-are-nodes', service: name },
    };
  }
  const near = [...nodes].map((node) => run.topology.sameNode(client.owner.node, node));
  if (near.includes(undefined)) return undefined;
  const isLocal = near.includes(true);
  if (isLocal && nodes.size > 1) return undefined;
  return {
    label: isLocal ? 'same-node' : 'cross-node',
    direction: 'internal',
    confidence: weakest('likely', client.owner.confidence),
    rule: 'service-endpoints',
    sentence: {
      code: 'endpoints-on-nodes',
      client: ownerOf(client),
      service: name,
      local: isLocal,
    },
  };
}

/** A hostNetwork pod answers with its node's address: then the node is the end. */
function kindOf(one: Subject, endpoint: Endpoint): string {
  const { kind } = one.run.topology.ownerOf(endpoint.address, one.atSeconds);
  return kind === 'unknown' && endpoint.pod !== undefined ? 'pod' : kind;
}
