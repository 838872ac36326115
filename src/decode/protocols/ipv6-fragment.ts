/**
 * IPv6 fragment header (RFC 8200 section 4.5).
 *
 *     0               1               2               3
 *     +---------------+---------------+-------------------------+---+-+
 *     |  Next header  |   reserved    |   Fragment offset / 8   |res|M|
 *     +---------------+---------------+-------------------------+---+-+
 *     |                        Identification                         |
 *     +---------------------------------------------------------------+
 *
 * Offset 0 without M is an atomic fragment: a whole packet (RFC 6946).
 */
import { IPV6_FRAGMENT, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { ipRowBelow } from './ip.ts';
import { onIpProtocol } from './ipv4.ts';

const NEXT_HEADER = 0;
const RESERVED = 1;
const OFFSET_FLAGS = 2;
const IDENTIFICATION = 4;
const HEADER_LEN = 8;

const OFFSET_MASK = 0xfff8;
const MORE_FRAGMENTS = 1;

/** Identification as int32. */
export const ipv6FragmentId = (view: DataView, at: Offset): number =>
  view.getInt32(at + IDENTIFICATION);
/** Bytes from the start of the fragmentable part. */
export const ipv6FragmentOffset = (view: DataView, at: Offset): number =>
  view.getUint16(at + OFFSET_FLAGS) & OFFSET_MASK;

export function dissectIpv6Fragment(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const offsetFlags = view.getUint16(at + OFFSET_FLAGS);
  const nextHeader = view.getUint8(at + NEXT_HEADER);
  packet.push(IPV6_FRAGMENT, at, at + HEADER_LEN, end);
  packet.carries(nextHeader);
  if ((offsetFlags & (OFFSET_MASK | MORE_FRAGMENTS)) !== 0) {
    const offset = offsetFlags & OFFSET_MASK;
    const row = ipRowBelow(packet, packet.depth - 1);
    packet.enterFragment(row, ipv6FragmentId(view, at), offset);
    if (offset !== 0) return NONE;
  }
  return onIpProtocol(packet, nextHeader);
}

export const ipv6Fragment: Dissector = {
  protocol: IPV6_FRAGMENT,
  name: 'ipv6.fraghdr',
  reference: 'RFC 8200 section 4.5',
  on: { ipProtocol: [44] },
  dissect: dissectIpv6Fragment,
  fields: [
    fixed('ipv6.fraghdr.nxt', 'Next header', 'uint', NEXT_HEADER, 1),
    fixed('ipv6.fraghdr.reserved_octet', 'Reserved', 'hex', RESERVED, 1),
    fixed('ipv6.fraghdr.offset', 'Offset, 8 bytes', 'uint', OFFSET_FLAGS, 2, OFFSET_MASK),
    fixed('ipv6.fraghdr.reserved_bits', 'Reserved bits', 'uint', OFFSET_FLAGS, 2, 0x6),
    fixed('ipv6.fraghdr.more', 'More fragments', 'boolean', OFFSET_FLAGS, 2, MORE_FRAGMENTS),
    fixed('ipv6.fraghdr.ident', 'Identification', 'hex', IDENTIFICATION, 4),
  ],
};
