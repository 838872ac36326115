/**
 * Where in a packet the words of a filter look. A filter asks each IP or ARP header of a frame, outermost
 * first: `row` below is that layer's row in the packet, -1 in a frame that has none. What stands before
 * it, back to the layer before, are its link headers; what follows, up to the next one, it carries.
 */
import {
  ARP,
  ETHERNET,
  GENEVE,
  GRE,
  IPV4,
  IPV6,
  LLC,
  SLL,
  SLL2,
  VLAN,
} from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';

/** What a test of one layer yields. Called for every frame: no closure is made, nothing thrown. */
export type LayerTest = (packet: Packet, row: number) => boolean;

/** The header is not there. */
export const ABSENT = -1;
/** The packet carries that protocol, but its header is in another fragment or was not captured. */
export const ELSEWHERE = -2;

export const TCP_NUMBER = 6;
export const UDP_NUMBER = 17;
export const SCTP_NUMBER = 132;
const AH_NUMBER = 51;
const FRAGMENT_NUMBER = 44;

const V4_FRAGMENT = 6;
const V4_PROTOCOL = 9;
const V6_NEXT_HEADER = 6;
const OFFSET_BLOCKS = 0x1fff;
/** The most extension headers walked. */
const CHAIN_MAX = 16;

/** Is the test true of some layer? In a frame without layers it is asked once, of row -1. */
export function someLayer(packet: Packet, test: LayerTest): boolean {
  const last = packet.depth - 1;
  let row = packet.outerIp;
  if (row < 0) return test(packet, last >= 0 && packet.protocol[last] === ARP ? last : -1);
  const inner = packet.ip;
  do {
    const protocol = packet.protocol[row]!;
    if ((protocol === IPV4 || protocol === IPV6) && test(packet, row)) return true;
  } while (++row <= inner);
  return packet.protocol[last] === ARP && last > inner && test(packet, last);
}

/** The outermost layer, or -1. */
export function outerRow(packet: Packet): number {
  if (packet.outerIp >= 0) return packet.outerIp;
  const last = packet.depth - 1;
  return last >= 0 && packet.protocol[last] === ARP ? last : -1;
}

/** The innermost layer, or -1. */
export function innerRow(packet: Packet): number {
  const last = packet.depth - 1;
  return last > packet.ip && packet.protocol[last] === ARP ? last : packet.ip;
}

/** The first of the link headers that stand before layer `row`; `row` itself when none does. */
export function linkRow(packet: Packet, row: number): number {
  let from = row;
  while (from > 0) {
    const protocol = packet.protocol[from - 1]!;
    if (protocol === IPV4 || protocol === IPV6) return from;
    from--;
  }
  return Math.max(from, 0);
}

/** One past the last row that counts: those of an ICMP error's quoted packet do not. */
export function rowsEnd(packet: Packet): number {
  return packet.quoted < 0 ? packet.depth : packet.quoted;
}

/** The next IP or ARP layer after `row`, or the end of the rows that count. */
export function nextLayer(packet: Packet, row: number): number {
  const end = rowsEnd(packet);
  for (let next = row + 1; next < end; next++) {
    const protocol = packet.protocol[next]!;
    if (protocol === IPV4 || protocol === IPV6 || protocol === ARP) return next;
  }
  return end;
}

/**
 * Where the header of IP protocol `number` starts in layer `row`, following IPv6 extension headers and
 * AH; ABSENT, or ELSEWHERE. It may start where the captured bytes end.
 */
export function headerOf(packet: Packet, row: number, number: number): Offset {
  if (row < 0) return ABSENT;
  const view = packet.view;
  const at = packet.at[row]!;
  const protocol = packet.protocol[row]!;
  if (protocol === IPV4) {
    const carried = view.getUint8(at + V4_PROTOCOL);
    if (carried !== number && carried !== AH_NUMBER) return ABSENT;
    const isLater = (view.getUint16(at + V4_FRAGMENT) & OFFSET_BLOCKS) !== 0;
    if (carried === number) return isLater ? ELSEWHERE : packet.payloadAt[row]!;
    if (isLater) return ABSENT;
    return followChain(view, packet.payloadAt[row]!, packet.end[row]!, carried, number);
  }
  if (protocol !== IPV6) return ABSENT;
  const next = view.getUint8(at + V6_NEXT_HEADER);
  if (next === number) return packet.payloadAt[row]!;
  return followChain(view, packet.payloadAt[row]!, packet.end[row]!, next, number);
}

/** As `headerOf`, of the chain that starts with a header of protocol `first` at `at`. */
function followChain(
  view: DataView,
  at: Offset,
  end: Offset,
  first: number,
  number: number,
): Offset {
  let next = first;
  for (let i = 0; i < CHAIN_MAX; i++) {
    if (next === number) return at;
    if (!isExtension(next) || end - at < 8) return ABSENT;
    const after = view.getUint8(at);
    if (next === FRAGMENT_NUMBER) {
      const isLater = (view.getUint16(at + 2) & 0xfff8) !== 0;
      if (isLater) return after === number ? ELSEWHERE : ABSENT;
      at += 8;
    } else {
      const len = view.getUint8(at + 1);
      at += next === AH_NUMBER ? (len + 2) << 2 : (len + 1) << 3;
    }
    next = after;
    if (at > end) return next === number ? ELSEWHERE : ABSENT;
  }
  return ABSENT;
}

/** Hop-by-hop, routing, fragment, AH, destination options, mobility, HIP, Shim6 (IANA registry). */
export function isExtension(number: number): boolean {
  switch (number) {
    case 0:
    case 43:
    case FRAGMENT_NUMBER:
    case AH_NUMBER:
    case 60:
    case 135:
    case 139:
    case 140:
      return true;
    default:
      return false;
  }
}

/** Where the ports of layer `row` stand: at the start of its TCP, UDP or SCTP header; negative = nowhere. */
export function portsAt(packet: Packet, row: number): Offset {
  if (row < 0) return ABSENT;
  const view = packet.view;
  const at = packet.at[row]!;
  const protocol = packet.protocol[row]!;
  if (protocol === IPV4) {
    const carried = view.getUint8(at + V4_PROTOCOL);
    if (hasPorts(carried)) {
      const isLater = (view.getUint16(at + V4_FRAGMENT) & OFFSET_BLOCKS) !== 0;
      return isLater ? ELSEWHERE : packet.payloadAt[row]!;
    }
    if (carried !== AH_NUMBER) return ABSENT;
  } else if (protocol === IPV6) {
    if (hasPorts(view.getUint8(at + V6_NEXT_HEADER))) return packet.payloadAt[row]!;
  } else return ABSENT;
  const tcpAt = headerOf(packet, row, TCP_NUMBER);
  if (tcpAt !== ABSENT) return tcpAt;
  const udpAt = headerOf(packet, row, UDP_NUMBER);
  return udpAt !== ABSENT ? udpAt : headerOf(packet, row, SCTP_NUMBER);
}

function hasPorts(number: number): boolean {
  return number === TCP_NUMBER || number === UDP_NUMBER || number === SCTP_NUMBER;
}

/** The EtherType by which the header before `row` announced it, or -1. */
export function announcedType(packet: Packet, row: number): number {
  if (row <= 0) return -1;
  const view = packet.view;
  const at = packet.at[row - 1]!;
  switch (packet.protocol[row - 1]!) {
    case ETHERNET:
      return view.getUint16(at + 12);
    case SLL:
      return view.getUint16(at + 14);
    case SLL2:
      return view.getUint16(at);
    case VLAN:
    case GRE:
    case GENEVE:
      return view.getUint16(at + 2);
    case LLC:
      return packet.payloadAt[row - 1]! - at === 8 ? view.getUint16(at + 6) : -1;
    default:
      return -1;
  }
}

const RARP_TYPE = 0x8035;

/** An ARP layer that is of reverse ARP. */
export function isRarp(packet: Packet, row: number): boolean {
  return announcedType(packet, row) === RARP_TYPE;
}
