/**
 * Lists of a cluster's nodes and pods of which the captures show not one: those of another cluster, or of
 * another time. What they say may still be of use, but nothing may be concluded from what they lack.
 */
import { addressOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Facts } from '../topology/facts.ts';
import { canonicalIp, isPrivate, parseIp } from '../topology/ip.ts';
import { isHostAddress } from '../topology/special.ts';

/** Flows looked at. */
const FLOWS_MAX = 20_000;
/** Fewer addresses of hosts may all be of pods that are gone. */
const SEEN_MIN = 4;
/** What a fact of such a list is worth of itself: a guess. */
const DOUBT = 0.6;

/** The same facts, those of lists that nothing seen is in as guesses. */
export function doubtUnmet(stage: FlowStage, list: readonly Facts[]): Facts[] {
  if (!list.some(isOfCluster)) return [...list];
  const seen = addressesSeen(stage);
  if (seen.size < SEEN_MIN) return [...list];
  return list.map((facts) => (isOfCluster(facts) && !isMet(facts, seen) ? doubted(facts) : facts));
}

function isOfCluster({ complete, nodes, pods }: Facts): boolean {
  return complete.has('nodes') && complete.has('pods') && nodes.length > 0 && pods.length > 0;
}

/** Private addresses of hosts, tunnels' ends among them. */
function addressesSeen({ encapsulations, flows }: FlowStage): Set<string> {
  const seen = new Set<string>();
  const add = (address: string): void => {
    const words = parseIp(address);
    if (words === undefined || !isHostAddress(words)) return;
    if (words.length === 4 || isPrivate(words)) seen.add(address);
  };
  for (let f = 0; f < flows.count && f < FLOWS_MAX; f++) {
    add(addressOf(flows, f, 0));
    add(addressOf(flows, f, 1));
  }
  for (const tunnel of encapsulations.list.slice(0, FLOWS_MAX)) {
    if (tunnel === undefined) continue;
    add(tunnel.a);
    add(tunnel.b);
  }
  return seen;
}

/** Some node, pod or load balancer of the list is in the traffic. ClusterIPs are alike in many clusters. */
function isMet({ nodes, pods, services }: Facts, seen: ReadonlySet<string>): boolean {
  const isSeen = (address: string | undefined): boolean =>
    address !== undefined && seen.has(canonicalIp(address) ?? address);
  return (
    nodes.some(({ addresses }) => addresses.some(({ address }) => isSeen(address))) ||
    pods.some(({ addresses }) => addresses.some(isSeen)) ||
    services.some(
      ({ externalIps, ingress }) =>
        externalIps.some(isSeen) || ingress.some(({ ip }) => isSeen(ip)),
    )
  );
}

function doubted(facts: Facts): Facts {
  const less = <Of extends { readonly score: number }>(all: readonly Of[]): Of[] =>
    all.map((fact) => ({ ...fact, score: fact.score * DOUBT }));
  const nodes = new Set(facts.nodes.map(({ name }) => name)).size;
  const pods = new Set(facts.pods.map(({ name, namespace }) => `${namespace}/${name}`)).size;
  const where = facts.nodes[0]!.source.detail;
  const problem = `${where} and what was read with it: none of its ${nodes} nodes and ${pods} pods is in the captures, as if of another cluster or another time; what it says is taken for a guess`;
  return {
    ...facts,
    nodes: less(facts.nodes),
    pods: less(facts.pods),
    services: less(facts.services),
    endpoints: less(facts.endpoints),
    ranges: less(facts.ranges),
    addresses: less(facts.addresses),
    names: less(facts.names),
    complete: new Set(),
    problems: [...facts.problems, problem],
  };
}
