/**
 * The board on which inference pins what each observation suggests, address by address, before any of
 * it is believed. Hints for one address add up; the conclusions are drawn in infer.ts at the end.
 */

import type { Sentence } from '../words/sentence.ts';
import type { NodeAddressRole } from './facts.ts';
import { isPrivate, parseIp, type Words } from './ip.ts';
import { isHostAddress } from './special.ts';

/** Addresses kept for each kind of hint; one more is only counted. */
const ADDRESSES_MAX = 1 << 18;
/** Vantages at which one address is remembered. */
const WHERES_MAX = 16;

/** A reason, made only when it is kept. */
export type Why = () => Sentence;

/** Where a pod was shown to live: `a:` and a node's address, or `v:` and a vantage. */
export type WhereKey = string;

export interface Where {
  score: number;
  why: Sentence;
  packets: number;
  /** SENT, RECEIVED: both make it surer. */
  ways: number;
}

export const SENT = 1;
export const RECEIVED = 2;

export interface PodEvidence {
  score: number;
  why: Sentence;
  interface: string | undefined;
  mac: string | undefined;
  namespace: string | undefined;
  name: string | undefined;
  readonly wheres: Map<WhereKey, Where>;
}

export interface NodeEvidence {
  score: number;
  why: Sentence;
  role: NodeAddressRole;
  /** For an address other than the node's main one: where the node is. */
  where: WhereKey | undefined;
  /** Two machines claim it with equal right: it is neither's for sure. */
  isDisputed: boolean;
}

export interface OtherEvidence {
  kind: 'service' | 'loadbalancer';
  namespace: string | undefined;
  name: string | undefined;
  score: number;
  why: Sentence;
}

export interface PodHint {
  readonly score: number;
  readonly why: Why;
  readonly where?: WhereKey | undefined;
  readonly ways?: number | undefined;
  readonly packets?: number | undefined;
  readonly interface?: string | undefined;
  readonly mac?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export class Board {
  readonly pods = new Map<string, PodEvidence>();
  readonly nodes = new Map<string, NodeEvidence>();
  readonly others = new Map<string, OtherEvidence>();
  /** MAC addresses of a node's tunnel device, by the node's address. */
  readonly vteps = new Map<string, Set<string>>();
  /** Addresses that a vantage's own packets bear, with the reason. */
  readonly own = new Map<string, Map<string, Sentence>>();
  /** Pairs of addresses that tunnel to each other, lower first: two machines. */
  readonly apart = new Set<string>();
  /** Hints let go because a table was full. */
  overflow = 0;

  pod(address: string, hint: PodHint): void {
    let there = this.pods.get(address);
    if (there === undefined) {
      if (!this.hasRoom(this.pods)) return;
      there = {
        score: hint.score,
        why: hint.why(),
        interface: undefined,
        mac: undefined,
        namespace: undefined,
        name: undefined,
        wheres: new Map(),
      };
      this.pods.set(address, there);
    }
    if (hint.score > there.score) {
      there.score = hint.score;
      there.why = hint.why();
    }
    there.interface ??= hint.interface;
    there.mac ??= hint.mac;
    if (hint.name !== undefined && there.name === undefined) {
      there.name = hint.name;
      there.namespace = hint.namespace;
    }
    if (hint.where !== undefined) addWhere(there.wheres, hint.where, hint);
  }

  /** The surest hint stays; of two alike in that, one that shows a node's main address outweighs one that takes it for another device's. */
  node(
    address: string,
    score: number,
    role: NodeAddressRole,
    where: WhereKey | undefined,
    why: Why,
  ): void {
    const there = this.nodes.get(address);
    const isMain = role === 'address';
    if (there !== undefined) {
      const wasMain = there.role === 'address';
      if (isMain === wasMain && there.score === score) addPlace(there, where);
      if (there.score > score || (there.score === score && (wasMain || !isMain))) return;
    } else if (!this.hasRoom(this.nodes)) return;
    this.nodes.set(address, { score, role, where, isDisputed: false, why: why() });
  }

  other(address: string, evidence: OtherEvidence): void {
    const there = this.others.get(address);
    if (there !== undefined && there.score >= evidence.score) return;
    if (there === undefined && !this.hasRoom(this.others)) return;
    this.others.set(address, evidence);
  }

  ownAddress(vantage: string, address: string, why: Why): void {
    if (hostAddress(address) === undefined) return;
    let addresses = this.own.get(vantage);
    if (addresses === undefined) {
      addresses = new Map();
      this.own.set(vantage, addresses);
    }
    if (!addresses.has(address) && addresses.size < WHERES_MAX) addresses.set(address, why());
  }

  twoMachines(a: string, b: string): void {
    if (this.apart.size < ADDRESSES_MAX) this.apart.add(pairKey(a, b));
  }

  areApart(a: string, b: string): boolean {
    return this.apart.has(pairKey(a, b));
  }

  private hasRoom(map: Map<string, unknown>): boolean {
    if (map.size < ADDRESSES_MAX) return true;
    this.overflow++;
    return false;
  }
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** Where another hint, as sure as those before, says that a node is: the order in which they came must not matter. */
function addPlace(node: NodeEvidence, where: WhereKey | undefined): void {
  if (where === undefined || node.isDisputed) return;
  if (node.where === undefined) node.where = where;
  else if (node.where !== where) {
    node.where = undefined;
    node.isDisputed = true;
  }
}

function addWhere(wheres: Map<WhereKey, Where>, key: WhereKey, hint: PodHint): void {
  const there = wheres.get(key);
  if (there === undefined) {
    if (wheres.size >= WHERES_MAX) return;
    wheres.set(key, {
      score: hint.score,
      why: hint.why(),
      packets: hint.packets ?? 1,
      ways: hint.ways ?? 0,
    });
    return;
  }
  there.packets += hint.packets ?? 1;
  there.ways |= hint.ways ?? 0;
  if (hint.score > there.score) {
    there.score = hint.score;
    there.why = hint.why();
  }
}

/** What an address can be by its number, parsed once. */
export interface AddressKind {
  readonly words: Words;
  readonly private: boolean;
  /** The first of a node's share, which tunnel devices take: IPv4 that ends in .0, IPv6 whose last 64 bits are zero. */
  readonly blockBase: boolean;
  /** The first of a Calico block as well: IPv4 whose last six bits are zero. Of other plugins it may be any pod's. */
  readonly calicoBase: boolean;
  /** The second of a share, the usual address of a bridge: IPv4 that ends in .1, IPv6 in 64 bits that say 1. */
  readonly first: boolean;
}

const kinds = new Map<string, AddressKind | undefined>();

/** Undefined for text that is no host's address: multicast, link-local, loopback, 0.0.0.0, IMDS, …. Remembers what it was asked. */
export function hostAddress(address: string): AddressKind | undefined {
  if (kinds.has(address)) return kinds.get(address);
  const words = parseIp(address);
  let kind: AddressKind | undefined;
  if (words !== undefined && isHostAddress(words)) {
    const four = words.length === 1;
    kind = {
      words,
      private: isPrivate(words),
      blockBase: four ? (words[0]! & 255) === 0 : isInterface(words, 0),
      calicoBase: four ? (words[0]! & 63) === 0 : isInterface(words, 0),
      first: four ? (words[0]! & 255) === 1 : isInterface(words, 1),
    };
  }
  if (kinds.size >= 65_536) kinds.clear();
  kinds.set(address, kind);
  return kind;
}

/** Whether an IPv6 address's last 64 bits are this number. */
function isInterface(words: Words, number: number): boolean {
  return words[2] === 0 && words[3] === number;
}
