/**
 * Whether bytes could be the start of a header that nothing announces: what the guesses of MPLS and of
 * UDP tunnels stand on. `room` is how many bytes the packet has on the wire from `at` on; `end` is
 * where the captured ones end.
 */
import { NONE } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import { byEtherType } from './next.ts';
import { isLength } from './protocols/ethernet.ts';

const IPV4_LEN_MIN = 20;
const IPV6_LEN = 40;
const ETHERNET_LEN = 14;
const LLC_LEN_MIN = 3;
const VLAN_TAG_LEN = 4;

/** An IPv4 header at `at` with lengths in order, whose packet fits the room. */
export function looksIpv4(view: DataView, at: Offset, end: Offset, room: number): boolean {
  if (end - at < IPV4_LEN_MIN) return false;
  const versionIhl = view.getUint8(at);
  if (versionIhl >> 4 !== 4 || (versionIhl & 15) < 5) return false;
  const totalLen = view.getUint16(at + 2);
  return totalLen === 0 || (totalLen >= (versionIhl & 15) << 2 && totalLen <= room);
}

/** An IPv6 header at `at` whose packet fits the room. */
export function looksIpv6(view: DataView, at: Offset, end: Offset, room: number): boolean {
  if (end - at < IPV6_LEN || view.getUint8(at) >> 4 !== 6) return false;
  return IPV6_LEN + view.getUint16(at + 4) <= room;
}

/**
 * An Ethernet header at `at` with a type that netlens decodes, VLAN tags included, or with a length
 * that fits; an IP header after it must be one. The source is no group address.
 */
export function looksEthernet(view: DataView, at: Offset, end: Offset, room: number): boolean {
  if (end - at < ETHERNET_LEN || (view.getUint8(at + 6) & 1) !== 0) return false;
  let typeAt = at + ETHERNET_LEN - 2;
  for (let tags = 0; tags < 2 && isTag(view.getUint16(typeAt)); tags++) {
    if (end - typeAt < 2 + VLAN_TAG_LEN) return false;
    typeAt += VLAN_TAG_LEN;
  }
  const type = view.getUint16(typeAt);
  const payloadAt = typeAt + 2;
  const left = room - (payloadAt - at);
  if (isLength(type)) return type >= LLC_LEN_MIN && type <= left;
  if (type === 0x0800) return looksIpv4(view, payloadAt, end, left);
  if (type === 0x86dd) return looksIpv6(view, payloadAt, end, left);
  return byEtherType[type] !== NONE;
}

const isTag = (type: number): boolean => type === 0x8100 || type === 0x88a8;
