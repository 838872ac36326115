/** Several sources on one address: who owned it when, who was overruled. */

import type { Sentence } from '../words/sentence.ts';
import { type AddressKind, confidenceOf, type FactSource, LIKELY, trustRank } from './facts.ts';
import type { Conflict, Owner } from './model.ts';

/** One source's word on one address; times are seconds since 1970 UTC, infinite where open. */
export interface Claim {
  readonly kind: AddressKind;
  readonly role: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly node: string | undefined;
  readonly interface: string | undefined;
  readonly mac: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly source: FactSource;
  readonly score: number;
  readonly why: Sentence;
}

type Settled = { -readonly [K in keyof Claim]: Claim[K] } & {
  conflict: Sentence | undefined;
  /** Reasons of claims that filled what `why`'s left open, and Services that have the address too. */
  readonly further: Sentence[];
  readonly sharers: string[];
};

/** Between claims of one source: a node is sure of its address, and a load balancer's may be the nodes' (k3s). */
const KIND_ORDER: Record<AddressKind, number> = {
  node: 0,
  pod: 1,
  service: 2,
  loadbalancer: 3,
  external: 4,
};

/** A source that contradicts with at least this score leaves the winner no better than likely. */
const STRONG = 0.9;

/**
 * The owners of an address in order of time. Claims are heard in order of trust, then of score: each
 * later one agrees (and fills what the first left open), precedes or follows in time, or is overruled
 * and noted in `conflicts`.
 */
export function settleClaims(
  address: string,
  claims: readonly Claim[],
  hostNetworkPods: ReadonlyMap<string, number>,
  conflicts: Conflict[],
): Owner[] {
  const settled: Settled[] = [];
  for (const claim of claims.length > 1 ? [...claims].sort(byTrust) : claims) {
    let heard = false;
    for (const winner of settled) {
      if (succeeds(winner, claim)) continue;
      if (!overlap(winner, claim)) continue;
      heard = true;
      if (agree(winner, claim)) fill(address, winner, claim, conflicts);
      else overrule(address, winner, claim, conflicts);
    }
    if (heard) continue;
    const to = endBefore(settled, claim);
    settled.push({ ...claim, to, conflict: undefined, further: [], sharers: [] });
  }
  settled.sort((a, b) => a.from - b.from || a.to - b.to);
  return settled.map((s) => toOwner(address, s, hostNetworkPods));
}

function byTrust(a: Claim, b: Claim): number {
  return (
    trustRank(a.source.kind) - trustRank(b.source.kind) ||
    b.score - a.score ||
    KIND_ORDER[a.kind] - KIND_ORDER[b.kind]
  );
}

function overlap(a: Claim, b: Claim): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Two pods of one source of which one began later: it took the address over, so the earlier one's span ends there. */
function succeeds(winner: Settled, claim: Claim): boolean {
  if (winner.kind !== 'pod' || claim.kind !== 'pod' || agree(winner, claim)) return false;
  if (trustRank(winner.source.kind) !== trustRank(claim.source.kind)) return false;
  if (isEarlier(winner, claim)) {
    winner.to = Math.min(winner.to, claim.from);
    return true;
  }
  return isEarlier(claim, winner);
}

/** Whether a began before b did; a's own beginning may be unknown when it is known to have ended. */
function isEarlier(a: Claim, b: Claim): boolean {
  return a.from < b.from && (Number.isFinite(a.from) || Number.isFinite(a.to));
}

/** The end of a new claim: where a pod that took the address over later begins. */
function endBefore(settled: readonly Settled[], claim: Claim): number {
  let end = claim.to;
  if (claim.kind !== 'pod') return end;
  for (const other of settled) {
    if (other.kind === 'pod' && isEarlier(claim, other) && !agree(other, claim)) {
      end = Math.min(end, other.from);
    }
  }
  return end;
}

function agree(a: Claim, b: Claim): boolean {
  if (a.kind !== b.kind) {
    // A Service's address may be held by the nodes (externalIPs, k3s) or by its load balancer; "external" is vague.
    const kinds = [a.kind, b.kind];
    if (kinds.includes('service') && !kinds.includes('pod')) return true;
    return kinds.includes('loadbalancer') && !kinds.includes('pod');
  }
  if (a.kind === 'service' || a.kind === 'loadbalancer') return true; // several may share one address
  if (a.kind === 'node') return a.node === undefined || b.node === undefined || a.node === b.node;
  if (a.name === undefined || b.name === undefined) return true;
  return a.name === b.name && a.namespace === b.namespace;
}

function fill(address: string, winner: Settled, claim: Claim, conflicts: Conflict[]): void {
  if (winner.kind !== claim.kind) return;
  if (winner.kind === 'service' && winner.name !== claim.name) {
    winner.sharers.push(`${claim.namespace}/${claim.name}`);
    return;
  }
  if (
    winner.kind === 'pod' &&
    winner.node !== undefined &&
    claim.node !== undefined &&
    winner.node !== claim.node
  ) {
    overrule(address, winner, claim, conflicts);
    return;
  }
  if (winner.name === undefined && claim.name !== undefined) {
    winner.name = claim.name;
    winner.namespace = claim.namespace;
    winner.further.push(claim.why);
    winner.score = Math.min(winner.score, claim.score);
  }
  if (winner.node === undefined && claim.node !== undefined) {
    winner.node = claim.node;
    if (winner.kind === 'node') winner.name = claim.node;
    winner.further.push(claim.why);
  }
  winner.interface ??= claim.interface;
  winner.mac ??= claim.mac;
}

function overrule(address: string, winner: Settled, claim: Claim, conflicts: Conflict[]): void {
  if (claim.score < LIKELY) return;
  const kept = said(winner);
  const ignored = said(claim);
  const subject = { code: 'conflict-over', kind: 'address', name: address } as const;
  conflicts.push({ subject, kept, ignored });
  winner.conflict ??= ignored;
  if (trustRank(winner.source.kind) === trustRank(claim.source.kind))
    winner.score = Math.min(winner.score, 0.5);
  else if (claim.score >= STRONG) winner.score = Math.min(winner.score, STRONG);
}

function said({ kind, namespace, name, node, source }: Claim): Sentence {
  return {
    code: 'claim-of-source',
    kind,
    name: namespace === undefined ? name : `${namespace}/${name}`,
    node: kind === 'pod' ? node : undefined,
    source,
  };
}

/** Why the address is the winner's, by all that were heard. */
function reasonOf({ why, further, sharers }: Settled): Sentence {
  const all: Sentence =
    further.length === 0 ? why : { code: 'joined', sentences: [why, ...further] };
  return sharers.length === 0 ? all : { code: 'shared', why: all, services: sharers };
}

function toOwner(address: string, s: Settled, hostNetworkPods: ReadonlyMap<string, number>): Owner {
  return {
    address,
    kind: s.kind,
    role: s.role,
    namespace: s.namespace,
    name: s.name,
    node: s.node,
    hostNetworkPods:
      s.kind === 'node' && s.node !== undefined ? (hostNetworkPods.get(s.node) ?? 0) : 0,
    interface: s.interface,
    mac: s.mac,
    from: s.from,
    to: s.to,
    source: s.source,
    score: s.score,
    confidence: confidenceOf(s.score),
    why: reasonOf(s),
    listed: true,
    conflict: s.conflict,
  };
}

/** What a source says in a conflict. */
export function claimOf(
  what: 'on-node' | 'node' | 'value',
  value: string,
  { detail }: FactSource,
): Sentence {
  return { code: 'conflict-claim', what, value, source: detail };
}
