/** How many pods each node runs, against what its kubelet and its instance type's addresses allow. */
import { instanceLimits } from './eni-limits.ts';
import type { Facts, NodeFact, PodFact } from './facts.ts';
import { type AddressMode, type MaxPods, maxPodsOf } from './max-pods.ts';

export interface NodeDensity {
  readonly node: string;
  readonly instanceType: string | undefined;
  /** Pods assigned to it that have not ended. */
  readonly pods: number;
  /** Of these, pods on the node's own network: they take no address. */
  readonly hostNetworkPods: number;
  /** The kubelet's own limit; undefined = not in the dump. */
  readonly kubeletMax: number | undefined;
  /** What the addresses allow in the mode asked for; undefined = the type is not known. */
  readonly limit: MaxPods | undefined;
  /** Sentences: what does not fit together, what follows from the counts. */
  readonly findings: readonly string[];
}

export interface Density {
  readonly mode: AddressMode;
  /** Who says which mode it is. */
  readonly modeFrom: 'asked' | 'aws-node' | 'default';
  readonly nodes: readonly NodeDensity[];
}

/**
 * Counts per node, by name. `asked`: the mode as the user gives it; what is undefined is taken from
 * aws-node's settings in the facts, else false.
 */
export function podDensity(facts: Facts, asked: Partial<AddressMode>): Density {
  const told = facts.vpcCni[0];
  const mode = {
    prefixDelegation: asked.prefixDelegation ?? told?.prefixDelegation ?? false,
    customNetworking: asked.customNetworking ?? told?.customNetworking ?? false,
  };
  const isAsked = asked.prefixDelegation !== undefined || asked.customNetworking !== undefined;
  const modeFrom = isAsked ? 'asked' : told === undefined ? 'default' : 'aws-node';
  const podsByNode = runningPods(facts.pods);
  const nodes = nodesByName(facts.nodes, podsByNode);
  return {
    mode,
    modeFrom,
    nodes: [...nodes].map(([name, fact]) =>
      densityOf(name, fact, podsByNode.get(name) ?? [], mode),
    ),
  };
}

/** Pods that count against a node's limit, each once however many files list it. */
function runningPods(pods: readonly PodFact[]): Map<string, PodFact[]> {
  const byNode = new Map<string, PodFact[]>();
  const seen = new Set<string>();
  for (const pod of pods) {
    const key = JSON.stringify([pod.namespace, pod.name]);
    if (pod.node === undefined || pod.ended === true || seen.has(key)) continue;
    seen.add(key);
    const list = byNode.get(pod.node);
    if (list === undefined) byNode.set(pod.node, [pod]);
    else list.push(pod);
  }
  return byNode;
}

/** Nodes by name; one that only pods name has no fact of its own. */
function nodesByName(
  facts: readonly NodeFact[],
  podsByNode: ReadonlyMap<string, unknown>,
): Map<string, NodeFact | undefined> {
  const nodes = new Map<string, NodeFact | undefined>();
  for (const name of podsByNode.keys()) nodes.set(name, undefined);
  for (const fact of facts) {
    if (fact.name === undefined) continue;
    if (nodes.get(fact.name)?.capacity === undefined) nodes.set(fact.name, fact);
  }
  return new Map([...nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function densityOf(
  node: string,
  fact: NodeFact | undefined,
  pods: readonly PodFact[],
  mode: AddressMode,
): NodeDensity {
  const { instanceType, podsMax, vcpus } = fact?.capacity ?? {};
  const limits = instanceType === undefined ? undefined : instanceLimits().get(instanceType);
  const counts = {
    node,
    instanceType,
    pods: pods.length,
    hostNetworkPods: pods.filter(({ hostNetwork }) => hostNetwork).length,
    kubeletMax: podsMax,
    limit: limits === undefined ? undefined : maxPodsOf(limits, mode, vcpus),
  };
  return { ...counts, findings: findingsOf(counts) };
}

function findingsOf(density: Omit<NodeDensity, 'findings'>): string[] {
  const { instanceType, kubeletMax, limit, pods } = density;
  const findings: string[] = [];
  if (instanceType === undefined) {
    findings.push('no label node.kubernetes.io/instance-type: only the kubelet limits it');
  } else if (limit === undefined) {
    findings.push(`${instanceType} is not in the table of types`);
  }
  if (kubeletMax !== undefined && pods >= kubeletMax) {
    findings.push(`full: the kubelet runs no more than ${kubeletMax} pods`);
  }
  if (limit !== undefined) findings.push(...againstAddresses(density, limit));
  return findings;
}

/** What the counts say of the addresses: too many pods for the mode, or a kubelet that does not fit it. */
function againstAddresses(density: Omit<NodeDensity, 'findings'>, limit: MaxPods): string[] {
  const { hostNetworkPods, instanceType, kubeletMax, pods } = density;
  const { limits, maxPods, mode } = limit;
  const findings: string[] = [];
  if (limit.problem !== undefined) findings.push(`${instanceType} ${limit.problem}`);
  const withAddress = pods - hostNetworkPods;
  const single = { ...mode, prefixDelegation: false };
  const without = maxPodsOf(limits, single).addresses;
  if (withAddress > limit.addresses) {
    const how = mode.prefixDelegation
      ? 'another network plugin gives them theirs'
      : 'prefixes (or another network plugin) must be in use';
    findings.push(`${withAddress} pods have addresses where ${limit.addresses} would fit: ${how}`);
  } else if (mode.prefixDelegation && withAddress > without) {
    findings.push(
      `possible with prefixes only: without them ${without} pods would have an address`,
    );
  }
  if (kubeletMax !== undefined && kubeletMax > maxPods) {
    findings.push(
      `the kubelet takes ${kubeletMax} pods, the addresses are enough for ${maxPods}: pods beyond that stay ContainerCreating`,
    );
  } else if (kubeletMax !== undefined && kubeletMax < limit.recommended) {
    findings.push(`the kubelet takes ${kubeletMax} pods where ${limit.recommended} would do`);
  }
  return findings;
}
