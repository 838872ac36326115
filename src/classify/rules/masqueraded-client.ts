/**
 * A node's address as source, but the packet has passed a router before that node sent it on: the node
 * masqueraded a client, as kube-proxy does for node ports of Services with externalTrafficPolicy Cluster.
 * What a node sends itself leaves it with a fresh TTL.
 */
import type { Hop } from '../../flow/journey.ts';
import type { Case } from '../case.ts';
import { showOwner, type Verdict } from '../rule.ts';
import { deviceOf, isPodSide, isTunnelDevice } from '../sightings.ts';

const INITIAL_TTLS: readonly number[] = [64, 128, 255];

export function masqueradedClient(one: Case): Verdict | undefined {
  const { client, server, run, protocolName } = one;
  if (client.owner.kind !== 'node' || server.owner.kind !== 'pod') return undefined;
  const hop = one.hops.find((h) => (routersBefore(one, h) ?? 0) > 0);
  if (hop === undefined || one.hops.some((h) => routersBefore(one, h) === 0)) return undefined;
  const open = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find((s) => s.type === 'NodePort' || s.type === 'LoadBalancer');
  const by = open === undefined ? '' : ` of ${open.type} ${open.namespace}/${open.name}`;
  return {
    label: 'external',
    direction: 'ingress',
    confidence: open === undefined ? 'guess' : 'likely',
    rule: 'masqueraded-client',
    text: `${client.ip} is ${showOwner(client)}, but with TTL ${hop.ttl} it did not send this itself: it masqueraded a client${by}, most likely from outside; capture that node's NIC to see which`,
  };
}

/** Routers passed before the client's node let the packet go; undefined when it cannot be told. */
function routersBefore(one: Case, hop: Hop): number | undefined {
  if (hop.ttl === 0) return undefined;
  const initial = INITIAL_TTLS.find((ttl) => ttl >= hop.ttl) ?? 255;
  const since = routersSince(one, hop);
  return since === undefined ? undefined : initial - hop.ttl - since;
}

/** Routers between the client's node and this hop, the nodes' own forwarding included; undefined = not known. */
function routersSince(one: Case, hop: Hop): number | undefined {
  const { client, server, run } = one;
  const { flows } = run.stage;
  if (flows.encapsulation(hop.flow) !== 0 || isTunnelDevice(one, hop.flow)) return 0;
  const isLocal = client.owner.node !== undefined && client.owner.node === server.owner.node;
  if (isLocal) return 0;
  const here = run.vantages.at(flows.place(hop.flow))?.node;
  if (here === undefined || client.owner.node === undefined) return undefined;
  if (here === client.owner.node) return 0;
  if (deviceOf(one, hop.flow) === undefined) return undefined;
  if (run.topology.sameSubnet(here, client.owner.node) !== true) return undefined;
  return isPodSide(one, hop.flow) ? 1 : 0;
}
