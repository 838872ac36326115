/** The owner of an address that no source lists: concluded from its number, the ranges it lies in, and what is known to be all there is. */

import type { Sentence } from '../words/sentence.ts';
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
  why: Sentence;
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
    return { kind: 'unknown', role: 'invalid', score: 0, why: { code: 'no-ip-address' } };
  }
  const special = specialAddress(words);
  if (special !== undefined) {
    return {
      ...special,
      score: special.kind === 'unknown' ? 0 : 0.99,
      why: { code: 'special', use: special.use },
    };
  }
  for (const range of known.rangesAt(words)) {
    const verdict = fromRange(range, words, known);
    if (verdict !== undefined) return { ...verdict, score: verdict.score * range.score, range };
  }
  return outside(words, known);
}

function says(range: Range): Sentence {
  return range.why ?? { code: 'source-says', source: range.source.detail };
}

function fromRange(range: Range, words: Words, known: Known): Verdict | undefined {
  const podsKnown = known.complete.has('pods');
  switch (range.kind) {
    case 'block':
    case 'node-pods':
      return inNodeShare(range, words, podsKnown);
    case 'eni-prefix':
    case 'pods': {
      const { kind, cidr } = range;
      return {
        kind: 'pod',
        role: podsKnown ? 'unlisted' : 'pod',
        node: range.node,
        score: podsKnown ? 0.75 : 0.9,
        why: { code: 'in-pod-range', range: kind, cidr, why: says(range), unlisted: podsKnown },
      };
    }
    case 'services':
      return {
        kind: 'service',
        role: known.complete.has('services') ? 'unlisted' : 'ClusterIP',
        score: 0.95,
        why: { code: 'in-service-range', cidr: range.cidr, why: says(range) },
      };
    case 'nodes':
      if (known.complete.has('nodes')) return undefined; // a host beside the nodes, such as a router
      return {
        kind: 'node',
        role: 'unlisted',
        score: 0.65,
        why: { code: 'in-node-subnet', cidr: range.cidr },
      };
    case 'vpc':
      if (!known.complete.has('nodes') || !known.complete.has('pods')) {
        const why = { code: 'in-vpc-range', cidr: range.cidr } as const;
        return { kind: 'unknown', role: 'vpc', score: 0, why };
      }
      return {
        kind: 'external',
        role: 'vpc',
        score: 0.8,
        why: { code: 'in-vpc-range-unlisted', cidr: range.cidr },
      };
  }
}

/** An address in the share of one node. The first ones are often the node's own: tunnel device .0, bridge .1. */
function inNodeShare(range: Range, words: Words, podsKnown: boolean): Verdict {
  const prefix = parsePrefix(range.cidr)!;
  const place = hostPart(prefix, words);
  const share = { cidr: range.cidr, node: range.node, why: says(range) };
  if (place === 0 && prefix.length < 32 * words.length) {
    const why = { code: 'first-of-share', ...share } as const;
    return { kind: 'node', role: 'tunnel', name: range.node, node: range.node, score: 0.75, why };
  }
  if (place === 1 && range.kind === 'node-pods' && podsKnown) {
    const why = { code: 'second-of-share', ...share } as const;
    return { kind: 'node', role: 'bridge', name: range.node, node: range.node, score: 0.75, why };
  }
  return {
    kind: 'pod',
    role: podsKnown ? 'unlisted' : 'pod',
    node: range.node,
    score: podsKnown ? 0.75 : 0.9,
    why: { code: 'in-share', ...share, unlisted: podsKnown },
  };
}

function outside(words: Words, known: Known): Verdict {
  const nodesKnown = known.complete.has('nodes');
  const rangesKnown = known.podRangesKnown;
  const apart = isPrivate(words);
  if (nodesKnown && (rangesKnown || known.complete.has('pods'))) {
    const why = { code: 'outside-cluster' } as const;
    // Without the pods' range, a private address may still be a pod's that is gone.
    const score = !apart ? 0.99 : rangesKnown ? 0.97 : 0.8;
    return { kind: 'external', role: apart ? 'private' : 'public', score, why };
  }
  if (apart) {
    const why = { code: 'private-of-nobody' } as const;
    return { kind: 'unknown', role: 'private', score: 0, why };
  }
  const four = words.length === 1;
  return {
    kind: 'external',
    role: 'public',
    score: four ? 0.9 : LIKELY - 0.1, // pods and nodes do get global IPv6 addresses
    why: { code: four ? 'public-address' : 'global-address' },
  };
}
