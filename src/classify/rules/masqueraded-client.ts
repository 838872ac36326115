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
  if (client.owner.kind !== 'node') return undefined;
  const hop = one.hops.find((h) => (routersBefore(one, h) ?? 0) > 0);
  if (hop === undefined || isSentByNode(one)) return undefined;
  const open = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find((s) => s.type === 'NodePort' || s.type === 'LoadBalancer');
  if (server.owner.kind !== 'pod' && open === undefined) return undefined;
  // one router only, the node itself: a neighbour of it outside, or a pod of its own that dialled a node
  const isFar = routersBefore(one, hop)! > 1;
  const by = open === undefined ? '' : ` of ${open.type} ${open.namespace}/${open.name}`;
  return {
    label: 'external',
    direction: 'ingress',
    confidence: open === undefined || !isFar ? 'guess' : 'likely',
    rule: 'masqueraded-client',
    text: `${client.ip} is ${showOwner(client)}, but with TTL ${hop.ttl} it did not send this itself: it masqueraded a client${by}, most likely from outside; capture that node's NIC to see which`,
  };
}

/** A hop shows the client's node's packets with the TTL that it sends its own with. */
export function isSentByNode(one: Case): boolean {
  return one.hops.some((hop) => routersBefore(one, hop) === 0);
}

/** Routers passed before the client's node let the packet go; undefined when it cannot be told. */
function routersBefore(one: Case, hop: Hop): number | undefined {
  if (hop.ttl === 0) return undefined;
  const initial = INITIAL_TTLS.find((ttl) => ttl >= hop.ttl) ?? 255;
  const since = routersSince(one, hop);
  return since === undefined ? byComparison(one, hop, initial) : initial - hop.ttl - since;
}

/** How many more routers than the surest packets of that node that were seen at the same place. */
function byComparison({ client, run }: Case, hop: Hop, initial: number): number | undefined {
  if (hop.src !== client.ip) return undefined;
  const own = run.sourceTtls.at(run.stage.flows.place(hop.flow), hop.src);
  return own > hop.ttl && own <= initial ? own - hop.ttl : undefined;
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
  if (run.topology.sameSubnet(here, client.owner.node) !== true) return undefined;
  if (run.topology.ownerOf(hop.dst, one.atSeconds).node === here && isNode(one, hop)) return 0; // just arrived
  if (deviceOf(one, hop.flow) === undefined) return undefined;
  return isPodSide(one, hop.flow) ? 1 : 0;
}

/** The hop's packets are for a node itself, not for a pod on it. */
function isNode(one: Case, hop: Hop): boolean {
  return one.run.topology.ownerOf(hop.dst, one.atSeconds).kind === 'node';
}
