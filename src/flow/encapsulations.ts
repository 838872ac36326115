/**
 * Which tunnel a packet is in: a chain of (type, the two outer ends), outermost first, interned to a
 * small number so that a flow's key holds the whole chain in one int. The same number serves both
 * directions; identifiers that differ by direction (Cilium's VNI, Weave's) are not part of it.
 */

import { showIpv4, showIpv6 } from '../base/address.ts';
import {
  ESP,
  FLANNEL_UDP,
  GENEVE,
  GRE,
  IPV4,
  IPV6,
  UDP,
  VXLAN,
  WEAVE_SLEEVE,
} from '../base/protocol-numbers.ts';
import type { Packet } from '../decode/packet.ts';
import { geneveOptionClass, geneveOptionLen } from '../decode/protocols/geneve.ts';

/** The encapsulation number of packets that are in none. */
export const NOT_ENCAPSULATED = 0;
/** The most tunnels told apart; packets in one more are counted as in the last. */
const ENCAPSULATIONS_MAX = 1 << 16;

export type EncapsulationType =
  | 'ipip'
  | '6in4'
  | '4in6'
  | '6in6'
  | 'gre'
  | 'vxlan'
  | 'geneve'
  | 'weave-sleeve'
  | 'flannel-udp'
  | 'esp'
  | 'tunnel';

/** One tunnel around flows. Ends are in no order: which is the client's is the flow's to say. */
export interface Encapsulation {
  readonly type: EncapsulationType;
  /** Outer addresses as text. */
  readonly a: string;
  readonly b: string;
  /** UDP destination port, 0 where the type has none. */
  readonly port: number;
  /** Number of the encapsulation around this one, NOT_ENCAPSULATED = none. */
  readonly parent: number;
  /** Geneve option classes of its first packet, each once. */
  readonly optionClasses: readonly number[];
}

/** Length of a Geneve header before its options (RFC 8926 section 3.4). */
const GENEVE_OPTIONS = 8;
/** Ints that describe one encapsulation: parent and type, then the 4 words of end a and of end b. */
const WORDS = 9;

export class Encapsulations {
  /** Row e describes encapsulation number e; row 0 is no encapsulation. */
  readonly list: (Encapsulation | undefined)[] = [undefined];
  /** Packets whose tunnel could not be told apart, the table being full. */
  overflow = 0;
  /** Whether the packet of the last `of` ran from the innermost tunnel's end a to its end b. */
  fromA = true;

  private words = new Int32Array(64 * WORDS);
  private slots = new Int32Array(256);
  /** The encapsulation looked for, as WORDS ints. */
  private readonly wanted = new Int32Array(WORDS);

  /** The number of the packet's chain of tunnels. The packet has an inner and an outer IP layer. */
  of(packet: Packet): number {
    const row = packet.outerIp;
    const type = typeAfter(packet, row);
    if (packet.tunnels > 1 || packet.protocol[row] !== IPV4) return this.chain(packet);
    const src = packet.view.getInt32(packet.at[row]! + 12);
    const dst = packet.view.getInt32(packet.at[row]! + 16);
    const known = this.known(src, dst, type);
    if (known < 0) return this.chain(packet);
    this.fromA = src <= dst;
    return known;
  }

  /** The number of a single IPIP tunnel between these two, -1 = not met yet. */
  knownIpip(src: number, dst: number): number {
    return this.known(src, dst, IPIP);
  }

  /** The number of a single VXLAN tunnel between these two, -1 = not met yet. */
  knownVxlan(src: number, dst: number): number {
    return this.known(src, dst, VXLAN_TYPE);
  }

  /** The number of a single tunnel between two IPv4 addresses, -1 = not met yet. */
  private known(src: number, dst: number, type: number): number {
    const { slots, words } = this;
    const a = Math.min(src, dst);
    const b = Math.max(src, dst);
    const mask = slots.length - 1;
    let s = hashIpv4(a, b, type) & mask;
    for (let e = slots[s]!; e !== 0; e = slots[s]!) {
      const w = e * WORDS;
      if (words[w] === type && words[w + 4] === a && words[w + 8] === b) {
        if (type === IPIP || this.isIpv4(w)) return e; // IPIP is IPv4 in IPv4 by its name
      }
      s = (s + 1) & mask; // ends: at most half of the slots are taken
    }
    return -1;
  }

  /** Whether the outer addresses at word w of `words` have the last 4 bytes only. */
  private isIpv4(w: number): boolean {
    const { words } = this;
    const a = words[w + 1]! | words[w + 2]! | words[w + 3]!;
    return (a | words[w + 5]! | words[w + 6]! | words[w + 7]!) === 0;
  }

  private chain(packet: Packet): number {
    let encapsulation = NOT_ENCAPSULATED;
    for (let row = packet.outerIp; row < packet.ip; row++) {
      const protocol = packet.protocol[row]!;
      if (protocol !== IPV4 && protocol !== IPV6) continue;
      this.wanted[0] = (encapsulation << 8) | typeAfter(packet, row);
      this.readEnds(packet.view, packet.at[row]!, protocol === IPV6);
      encapsulation = this.intern(packet, row);
    }
    return encapsulation;
  }

  /** The outer addresses into `wanted`, the lower one first, so that both directions read the same. */
  private readEnds(view: DataView, at: number, isV6: boolean): void {
    const wanted = this.wanted;
    if (!isV6) {
      const src = view.getInt32(at + 12);
      const dst = view.getInt32(at + 16);
      this.fromA = src <= dst;
      wanted.fill(0, 1, 8);
      wanted[4] = this.fromA ? src : dst;
      wanted[8] = this.fromA ? dst : src;
      return;
    }
    let w = 0;
    while (w < 3 && view.getInt32(at + 8 + 4 * w) === view.getInt32(at + 24 + 4 * w)) w++;
    this.fromA = view.getInt32(at + 8 + 4 * w) <= view.getInt32(at + 24 + 4 * w);
    const a = at + (this.fromA ? 8 : 24);
    const b = at + (this.fromA ? 24 : 8);
    for (let i = 0; i < 4; i++) {
      wanted[1 + i] = view.getInt32(a + 4 * i);
      wanted[5 + i] = view.getInt32(b + 4 * i);
    }
  }

  private intern(packet: Packet, row: number): number {
    const wanted = this.wanted;
    const words = this.words;
    const mask = this.slots.length - 1;
    let s = hash(wanted, 0) & mask;
    for (let e = this.slots[s]!; e !== 0; e = this.slots[s]!) {
      if (words[e * WORDS + 4] === wanted[4] && words[e * WORDS + 8] === wanted[8]) {
        let w = 0; // of IPv4, words 4 and 8 are all there is
        while (w < WORDS && words[e * WORDS + w] === wanted[w]) w++;
        if (w === WORDS) return e;
      }
      s = (s + 1) & mask; // ends: at most half of the slots are taken
    }
    if (this.list.length === ENCAPSULATIONS_MAX) {
      this.overflow++;
      return ENCAPSULATIONS_MAX - 1;
    }
    this.slots[s] = this.list.length;
    return this.describe(packet, row);
  }

  private describe(packet: Packet, row: number): number {
    const view = packet.view;
    const at = packet.at[row]!;
    const isV6 = packet.protocol[row] === IPV6;
    const src = isV6 ? showIpv6(view, at + 8) : showIpv4(view.getInt32(at + 12));
    const dst = isV6 ? showIpv6(view, at + 24) : showIpv4(view.getInt32(at + 16));
    const udp = packet.protocol[row + 1] === UDP ? packet.at[row + 1]! : -1;
    const e = this.list.length;
    this.list.push({
      type: TYPES[this.wanted[0]! & 0xff]!,
      a: this.fromA ? src : dst,
      b: this.fromA ? dst : src,
      port: udp < 0 ? 0 : view.getUint16(udp + 2),
      parent: this.wanted[0]! >>> 8,
      optionClasses: optionClassesOf(packet, row),
    });
    if ((e + 1) * WORDS > this.words.length) {
      const wider = new Int32Array(2 * this.words.length);
      wider.set(this.words);
      this.words = wider;
    }
    this.words.set(this.wanted, e * WORDS);
    if (2 * this.list.length > this.slots.length) this.rehash();
    return e;
  }

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let e = 1; e < this.list.length; e++) {
      let s = hash(this.words, e * WORDS) & mask;
      while (this.slots[s] !== 0) s = (s + 1) & mask;
      this.slots[s] = e;
    }
  }
}

/** Index of 'ipip' in TYPES, and of 'vxlan'. */
const IPIP = 1;
const VXLAN_TYPE = 6;

const TYPES: readonly EncapsulationType[] = [
  'tunnel',
  'ipip',
  '6in4',
  '4in6',
  '6in6',
  'gre',
  'vxlan',
  'geneve',
  'weave-sleeve',
  'flannel-udp',
  'esp',
];

/** Small number (index of TYPES) of the tunnel between IP layer `row` and the next one. */
function typeAfter(packet: Packet, row: number): number {
  for (let next = row + 1; next <= packet.ip; next++) {
    switch (packet.protocol[next]!) {
      case IPV4:
        return packet.protocol[row] === IPV4 ? 1 : 3;
      case IPV6:
        return packet.protocol[row] === IPV4 ? 2 : 4;
      case GRE:
        return 5;
      case VXLAN:
        return 6;
      case GENEVE:
        return 7;
      case WEAVE_SLEEVE:
        return 8;
      case FLANNEL_UDP:
        return 9;
      case ESP:
        return 10;
    }
  }
  return 0;
}

/** Classes of the options that the Geneve header behind IP layer `row` holds, each once. */
function optionClassesOf(packet: Packet, row: number): number[] {
  const next = row + 2;
  if (next >= packet.ip || packet.protocol[next] !== GENEVE) return [];
  const classes = new Set<number>();
  const end = packet.payloadAt[next]!;
  for (let at = packet.at[next]! + GENEVE_OPTIONS; end - at >= 4; ) {
    const len = geneveOptionLen(packet.view, at);
    if (len > end - at) break;
    classes.add(geneveOptionClass(packet.view, at));
    at += len; // at least 4: ends
  }
  return [...classes];
}

function hash(words: Int32Array, at: number): number {
  const upper = words[at + 1]! ^ words[at + 2]! ^ words[at + 3]!;
  const lower = words[at + 5]! ^ words[at + 6]! ^ words[at + 7]!;
  return hashIpv4(words[at + 4]! ^ upper, words[at + 8]! ^ lower, words[at]!);
}

function hashIpv4(a: number, b: number, type: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ type, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
