/** The owner of an address that no source lists: concluded from its number, the ranges it lies in, and what is known to be all there is. */
import { type CompleteKind, confidenceOf, LIKELY } from './facts.ts';
import { hostPart, isPrivate, parsePrefix, type Words } from './ip.ts';
import type { Owner, OwnerKind, Range } from './model.ts';
import { specialAddress } from './special.ts';

/** What the conclusion is drawn from; a Topology is one. */
export interface Known {
  /** Some range is known for pods, so that what lies outside of all of them is none. */
  readonly podRangesKnown: boolean;
  readonly complete: ReadonlySet<CompleteKind>;
  rangesAt(words: Words): Range[];
}

interface Verdict {
  kind: OwnerKind;
  role: string;
  name?: string | undefined;
  node?: string | undefined;
  score: number;
  why: string;
  range?: Range;
}

/** `words` are the address's, undefined when the text is none. */
export function concludeOwner(address: string, words: Words | undefined, known: Known): Owner {
  const verdict = judge(words, known);
  return {
    address,
    kind: verdict.kind,
    role: verdict.role,
    namespace: undefined,
    name: verdict.name,
    node: verdict.node,
    hostNetworkPods: 0,
    interface: undefined,
    mac: undefined,
    from: Number.NEGATIVE_INFINITY,
    to: Number.POSITIVE_INFINITY,
    source: verdict.range?.source,
    score: verdict.score,
    confidence: confidenceOf(verdict.score),
    why: verdict.why,
    listed: false,
    conflict: undefined,
  };
}

function judge(words: Words | undefined, known: Known): Verdict {
  if (words === undefined) {
    return { kind: 'unknown', role: 'invalid', score: 0, why: 'it is not an IP address' };
  }
  const special = specialAddress(words);
  if (special !== undefined) {
    return {
      ...special,
      score: special.kind === 'unknown' ? 0 : 0.99,
      why: `it is ${special.why}`,
    };
  }
  for (const range of known.rangesAt(words)) {
    const verdict = fromRange(range, words, known);
    if (verdict !== undefined) return { ...verdict, score: verdict.score * range.score, range };
  }
  return outside(words, known);
}

function says(range: Range): string {
  return range.why ?? `${range.source.detail} says so`;
}

function fromRange(range: Range, words: Words, known: Known): Verdict | undefined {
  const podsKnown = known.complete.has('pods');
  switch (range.kind) {
    case 'block':
    case 'node-pods':
      return inNodeShare(range, words, podsKnown);
    case 'eni-prefix':
    case 'pods': {
      const what =
        range.kind === 'pods' ? `the pod range ${range.cidr}` : `the ENI prefix ${range.cidr}`;
      return {
        kind: 'pod',
        role: podsKnown ? 'unlisted' : 'pod',
        node: range.node,
        score: podsKnown ? 0.75 : 0.9,
        why: `it is in ${what} (${says(range)})${podsKnown ? ', though no listed pod has it' : ''}`,
      };
    }
    case 'services':
      return {
        kind: 'service',
        role: known.complete.has('services') ? 'unlisted' : 'ClusterIP',
        score: 0.95,
        why: `it is in the service range ${range.cidr} (${says(range)})`,
      };
    case 'nodes':
      if (known.complete.has('nodes')) return undefined; // a host beside the nodes, such as a router
      return {
        kind: 'node',
        role: 'unlisted',
        score: 0.65,
        why: `it is in the nodes' subnet ${range.cidr}`,
      };
    case 'vpc':
      if (!known.complete.has('nodes') || !known.complete.has('pods')) {
        const why = `it is in the VPC range ${range.cidr}, where pods, nodes and others live`;
        return { kind: 'unknown', role: 'vpc', score: 0, why };
      }
      return {
        kind: 'external',
        role: 'vpc',
        score: 0.8,
        why: `it is in the VPC range ${range.cidr} but neither a listed pod nor a listed node`,
      };
  }
}

/** An address in the share of one node. The first ones are often the node's own: tunnel device .0, bridge .1. */
function inNodeShare(range: Range, words: Words, podsKnown: boolean): Verdict {
  const prefix = parsePrefix(range.cidr)!;
  const place = hostPart(prefix, words);
  const share = `${range.cidr}, the share of ${range.node ?? 'one node'} (${says(range)})`;
  if (place === 0 && prefix.length < 32 * words.length) {
    const why = `it is the first address of ${share}, which tunnel devices take`;
    return { kind: 'node', role: 'tunnel', name: range.node, node: range.node, score: 0.75, why };
  }
  if (place === 1 && range.kind === 'node-pods' && podsKnown) {
    const why = `it is the second address of ${share}, which bridges take`;
    return { kind: 'node', role: 'bridge', name: range.node, node: range.node, score: 0.75, why };
  }
  return {
    kind: 'pod',
    role: podsKnown ? 'unlisted' : 'pod',
    node: range.node,
    score: podsKnown ? 0.75 : 0.9,
    why: `it is in ${share}${podsKnown ? ', though no listed pod has it' : ''}`,
  };
}

function outside(words: Words, known: Known): Verdict {
  const nodesKnown = known.complete.has('nodes');
  const rangesKnown = known.podRangesKnown;
  const apart = isPrivate(words);
  if (nodesKnown && (rangesKnown || known.complete.has('pods'))) {
    const why = 'it is no address of a listed node or pod, nor in a range of the cluster';
    // Without the pods' range, a private address may still be a pod's that is gone.
    const score = !apart ? 0.99 : rangesKnown ? 0.97 : 0.8;
    return { kind: 'external', role: apart ? 'private' : 'public', score, why };
  }
  if (apart) {
    const why = 'it is a private address and nothing tells whose';
    return { kind: 'unknown', role: 'private', score: 0, why };
  }
  const four = words.length === 1;
  return {
    kind: 'external',
    role: 'public',
    score: four ? 0.9 : LIKELY - 0.1, // pods and nodes do get global IPv6 addresses
    why: four ? 'it is a public address' : 'it is a global address, which seldom is a pod or node',
  };
}
