/**
 * Which tunnel a UDP payload is. By its port a tunnel needs little proof; on any other port its header
 * must be exactly in order and what it carries must be too: a VXLAN device may use any port (Weave and
 * Calico have settings for it), and a NAT may give a tunnel's port to something else.
 */
import { GENEVE, NONE, UDP, VXLAN, WIREGUARD } from '../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../base/units.ts';
import { byEtherType, byUdpPort } from './next.ts';
import type { Packet } from './packet.ts';
import { looksEthernet, looksIpv4, looksIpv6 } from './plausible.ts';

const VXLAN_LEN = 8;
const GENEVE_LEN = 8;

/** WireGuard's message lengths by type; a data message (4) is 32 bytes or more, in steps of 16 below the MTU. */
const WIREGUARD_INITIATION = 148;
const WIREGUARD_RESPONSE = 92;
const WIREGUARD_COOKIE = 64;
const WIREGUARD_DATA_MIN = 32;
const WIREGUARD_LONG = 1200;

/** The tunnel that the UDP payload [at, end) proves to be, whatever the ports; NONE = none. */
export function udpTunnelGuess(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < VXLAN_LEN) return NONE;
  const view = packet.view;
  const first = view.getInt32(at);
  if (hasVxlanFlags(first) && view.getUint8(at + 7) === 0) {
    return provesVxlan(packet, at, end) ? VXLAN : NONE;
  }
  if ((first & 0x00ff_ffff) === 0) {
    return provesWireguard(packet, at, end) ? WIREGUARD : NONE;
  }
  const carried = first & 0xffff;
  if (carried === 0x6558 || carried === 0x0800 || carried === 0x86dd) {
    return provesGeneve(packet, at, end) ? GENEVE : NONE;
  }
  return NONE;
}

/** The first word of a VXLAN header as senders write it: I alone, or G and I with a group policy. */
export const hasVxlanFlags = (word: number): boolean =>
  word === 0x0800_0000 || (word & 0xffb7_0000) === (0x8800_0000 | 0);

/** An Ethernet frame that proves itself in the VXLAN packet [at, end), of 8 bytes or more. */
export function provesVxlan(packet: Packet, at: Offset, end: Offset): boolean {
  const innerAt = at + VXLAN_LEN;
  return looksEthernet(packet.view, innerAt, end, packet.wireBytes(innerAt, end));
}

/**
 * A WireGuard message on an unknown port: as `mayBeWireguard`, and a data message's counter is below
 * 2^40 and its length a multiple of 16, or long: senders do not pad beyond the MTU.
 */
function provesWireguard(packet: Packet, at: Offset, end: Offset): boolean {
  if (!mayBeWireguard(packet, at, end)) return false;
  if (packet.view.getUint8(at) !== 4) return true;
  if (end - at < 16 || packet.view.getUint32(at + 12) << 8 !== 0) return false;
  const len = packet.wireBytes(at, end);
  return (len & 15) === 0 || len >= WIREGUARD_LONG;
}

/** A WireGuard message: type with its three reserved bytes 0, and the length of its type. */
export function mayBeWireguard(packet: Packet, at: Offset, end: Offset): boolean {
  if (end - at < 4) return false;
  const type = packet.view.getInt32(at, true); // the reserved bytes are its upper three
  const len = packet.wireBytes(at, end);
  switch (type) {
    case 1:
      return len === WIREGUARD_INITIATION;
    case 2:
      return len === WIREGUARD_RESPONSE;
    case 3:
      return len === WIREGUARD_COOKIE;
    case 4:
      return len >= WIREGUARD_DATA_MIN;
    default:
      return false;
  }
}

/** Geneve version 0, reserved bits 0, options that fill their length, and a payload that proves itself. */
function provesGeneve(packet: Packet, at: Offset, end: Offset): boolean {
  const view = packet.view;
  const first = view.getUint8(at);
  if (first >> 6 !== 0 || (view.getUint8(at + 1) & 0x3f) !== 0 || view.getUint8(at + 7) !== 0) {
    return false;
  }
  const innerAt = at + GENEVE_LEN + ((first & 0x3f) << 2);
  if (innerAt > end || !geneveOptionsHold(view, at + GENEVE_LEN, innerAt)) return false;
  const room = packet.wireBytes(innerAt, end);
  switch (view.getUint16(at + 2)) {
    case 0x6558:
      return looksEthernet(view, innerAt, end, room);
    case 0x0800:
      return looksIpv4(view, innerAt, end, room);
    default:
      return looksIpv6(view, innerAt, end, room);
  }
}

/** Whether Geneve options fill [at, end) exactly (RFC 8926 section 3.5). */
export function geneveOptionsHold(view: DataView, at: Offset, end: Offset): boolean {
  let next = at;
  while (end - next >= 4) next += 4 + ((view.getUint8(next + 3) & 0x1f) << 2);
  return next === end;
}

/** A Geneve header by its port: version 0 and a payload type that means something. */
export function mayBeGeneve(view: DataView, at: Offset): boolean {
  const carried = view.getUint16(at + 2);
  return view.getUint8(at) >> 6 === 0 && (byEtherType[carried] !== NONE || carried === 0);
}

/**
 * What to try when the bytes disproved the tunnel `wrong` that the destination port had promised: the
 * source port's protocol, such as DNS answering a client to which a NAT gave port 4789. NONE when
 * the source port was the one that promised.
 */
export function notTunnel(packet: Packet, wrong: Protocol): Protocol {
  const row = packet.depth - 1;
  if (row < 0 || packet.protocol[row] !== UDP) return NONE;
  const at = packet.at[row]!;
  const byDestination = byUdpPort[packet.view.getUint16(at + 2)]!;
  const bySource = byUdpPort[packet.view.getUint16(at)]!;
  return byDestination === wrong && bySource !== wrong ? bySource : NONE;
}
