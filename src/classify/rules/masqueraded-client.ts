/**
 * A node's address as source, but the packet has passed a router before that node sent it on: the node
 * masqueraded a client, as kube-proxy does for node ports of Services with externalTrafficPolicy Cluster.
 * What a node sends itself leaves it with a fresh TTL.
 */
import type { Hop } from '../../flow/journey.ts';
import type { Sentence, Sentences } from '../../words/sentence.ts';
import type { Case } from '../case.ts';
import { ownerOf, type Verdict, weakest } from '../rule.ts';
import { deviceOf, INITIAL_TTLS, isPodSide, isTunnelDevice, routersPassed } from '../sightings.ts';
import { mayBeNodePort } from './host.ts';

export function masqueradedClient(one: Case): Verdict | undefined {
  const { client, server, run, protocolName } = one;
  if (client.owner.kind !== 'node') return undefined;
  const hop = one.hops.find((h) => (routersBefore(one, h) ?? 0) > 0);
  if (hop === undefined || isSentByNode(one)) return undefined;
  // one router only, the node itself: a pod of it, or a neighbour of it outside
  const routers = routersBefore(one, hop)!;
  const isFar = routers > 1;
  const dialled = run.topology.ownerOf(one.tuples[0]!.dst, one.atSeconds);
  if (!isFar && dialled.kind === 'node') return podOfNode(one, hop);
  const open = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find((s) => s.type === 'NodePort' || s.type === 'LoadBalancer');
  if (server.owner.kind !== 'pod' && server.owner.kind !== 'node') return undefined;
  const service = open === undefined ? undefined : `${open.type} ${open.namespace}/${open.name}`;
  const masquerader = { ip: client.ip, owner: ownerOf(client), ttl: hop.ttl };
  const sentence = { code: 'masqueraded-client', ...masquerader, service, isFar } as const;
  const rule = 'masqueraded-client';
  if (!isFar) {
    return { label: 'unknown', direction: 'unknown', confidence: 'guess', rule, sentence };
  }
  return {
    label: 'external',
    direction: 'ingress',
    // after two routers it may yet be a pod of a third node, which its own node masqueraded first
    confidence: open === undefined || routers === 2 ? 'guess' : 'likely',
    rule,
    sentence,
  };
}

/**
 * What dialled another node came from the node before it: plugins masquerade what pods send to nodes, while a
 * client from outside dials the node that masquerades it.
 */
function podOfNode(one: Case, hop: Hop): Verdict | undefined {
  const { client, server, run } = one;
  const shown = { ip: client.ip, owner: ownerOf(client), ttl: hop.ttl, server: ownerOf(server) };
  const sentenceOf = (where: Sentences['masqueraded-pod']['where']): Sentence => ({
    code: 'masqueraded-pod',
    ...shown,
    where,
  });
  const verdict = { direction: 'internal', confidence: 'guess', rule: 'masqueraded-pod' } as const;
  if (server.owner.kind === 'node') {
    const confidence = weakest('likely', client.owner.confidence, server.owner.confidence);
    if (mayBeNodePort(one)) return undefined;
    return { ...verdict, confidence, label: 'host', sentence: sentenceOf('node') };
  }
  const isSame = run.topology.sameNode(client.owner.node, server.owner.node);
  if (server.owner.kind !== 'pod' || isSame === undefined) {
    return { ...verdict, label: 'unknown', sentence: sentenceOf('unknown') };
  }
  const label = isSame ? 'same-node' : 'cross-node';
  return { ...verdict, label, sentence: sentenceOf(isSame ? 'same' : 'other') };
}

/** A hop shows the client's node's packets with the TTL that it sends its own with. */
export function isSentByNode(one: Case): boolean {
  return one.hops.some((hop) => routersBefore(one, hop) === 0 || isAtMostForwarded(one, hop));
}

/** However far the client's node is, its packets have passed no other router than the node of the pod they are for. */
function isAtMostForwarded(one: Case, hop: Hop): boolean {
  const passed = routersPassed(one, 2 * hop.flow + hop.toServer);
  if (passed === undefined || hop.src !== one.client.ip) return false;
  const here = one.run.vantages.at(one.run.stage.flows.place(hop.flow))?.node;
  const isForwarded =
    isPodSide(one, hop.flow) && here !== undefined && here !== one.client.owner.node;
  return passed <= (isForwarded ? 1 : 0);
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
