/** Internet checksums (RFC 1071), for views that say whether one holds; decoding does not need them. */

import { CHECKSUM_NOT_READY } from '../base/frames.ts';
import { ICMP, ICMPV6, IGMP, IPV4, IPV6, TCP, UDP } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Packet } from './packet.ts';
import { wireEndOf } from './protocols/ip.ts';

/** The checksum cannot be told: not captured whole, a fragment, nothing known to compute. */
export const UNVERIFIED = -1;

/** One's-complement sum of the 16-bit words at [at, end), an odd last byte as a word's upper half. */
export function onesSum(view: DataView, at: Offset, end: Offset, start = 0): number {
  let sum = start;
  let pos = at;
  for (; pos + 1 < end; pos += 2) sum += view.getUint16(pos);
  if (pos < end) sum += view.getUint8(pos) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/**
 * What the field at `checksumAt` should hold for the bytes at [at, end) and the sum `start`. Zero has
 * two forms: the one that is there is right.
 */
function expected(
  view: DataView,
  at: Offset,
  end: Offset,
  checksumAt: Offset,
  start: number,
): number {
  const field = view.getUint16(checksumAt);
  const value = ~onesSum(view, at, end, start + (field ^ 0xffff)) & 0xffff;
  return value === 0 && field === 0xffff ? field : value;
}

/** What the header checksum of the IPv4 layer `row` should be; its header is captured. */
export function expectedIpv4Checksum(packet: Packet, row: number): number {
  const at = packet.at[row]!;
  return expected(packet.view, at, packet.payloadAt[row]!, at + 10, 0);
}

/** Row of the IP header that layer `row` is in, over extension headers; -1 = none. */
function ipRowBelow(packet: Packet, row: number): number {
  for (let i = row - 1; i >= 0; i--) {
    const protocol = packet.protocol[i]!;
    if (protocol === IPV4 || protocol === IPV6) return i;
  }
  return -1;
}

/** Place of the checksum in the header of a transport, -1 = none. */
function checksumPlace(protocol: number): number {
  if (protocol === TCP) return 16;
  if (protocol === UDP) return 6;
  return protocol === ICMP || protocol === ICMPV6 || protocol === IGMP ? 2 : -1;
}

/**
 * What the checksum of layer `row` (TCP, UDP, ICMP, ICMPv6, IGMP) should be, or UNVERIFIED. The
 * sender may have left it to the network card: then the capture's flags say so, if the file has them.
 */
export function expectedChecksum(packet: Packet, row: number): number {
  const view = packet.view;
  const protocol = packet.protocol[row]!;
  const place = checksumPlace(protocol);
  const ip = ipRowBelow(packet, row);
  const at = packet.at[row]!;
  const end = protocol === UDP ? at + view.getUint16(at + 4) : wireEndOf(packet, row);
  if (place < 0 || ip < 0 || end !== packet.end[row]!) return UNVERIFIED;
  if (packet.fragment >= 0 || (packet.flags & CHECKSUM_NOT_READY) !== 0) return UNVERIFIED;
  let pseudo = 0;
  if (protocol !== ICMP && protocol !== IGMP) {
    const ipAt = packet.at[ip]!;
    const isV4 = packet.protocol[ip] === IPV4;
    pseudo = isV4 ? onesSum(view, ipAt + 12, ipAt + 20) : onesSum(view, ipAt + 8, ipAt + 40);
    pseudo += end - at + (protocol === TCP ? 6 : protocol === UDP ? 17 : 58);
  }
  const value = expected(view, at, end, at + place, pseudo);
  return value === 0 && protocol === UDP ? 0xffff : value; // 0 is "none" (RFC 768)
}
