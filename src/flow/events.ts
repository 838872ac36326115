/**
 * Single frames that say something of others: ICMP errors with what they quote, ARP requests and
 * replies. Kept as objects, for they are few; bounded, and what is beyond the bound is counted.
 */
import { showIpv4, showIpv6, showMac } from '../base/address.ts';
import { ARP, ETHERNET, ICMPV6, IPV4, IPV6, SCTP, TCP, UDP } from '../base/protocol-numbers.ts';
import type { Nanoseconds, Offset } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';

const ICMP_ERRORS_MAX = 10_000;
const ARP_MAX = 8_192;

export interface IcmpError {
  readonly place: number;
  readonly frame: number;
  readonly time: number;
  /** Who says so. */
  readonly from: string;
  readonly to: string;
  readonly isV6: boolean;
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU, bytes; 0 = not told. */
  readonly mtu: number;
  /** IP layers of the quoted packet, outermost first. */
  readonly quoted: readonly QuotedTuple[];
}

export interface QuotedTuple {
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
}

export interface ArpSighting {
  readonly place: number;
  readonly frame: number;
  readonly isReply: boolean;
  readonly senderIp: string;
  readonly senderMac: string;
  readonly targetIp: string;
}

export class Events {
  readonly icmpErrors: IcmpError[] = [];
  readonly arps: ArpSighting[] = [];
  /** Events beyond the bounds. */
  overflow = 0;
  private readonly arpSeen = new Set<string>();

  /** Make room: errors from before this time, and of the ARP sightings the older half when most room is taken. */
  retain(since: Nanoseconds): void {
    const recent = this.icmpErrors.findIndex(({ time }) => time >= since);
    this.icmpErrors.splice(0, recent < 0 ? this.icmpErrors.length : recent);
    if (2 * this.arps.length <= ARP_MAX) return;
    this.arps.splice(0, this.arps.length >> 1);
    this.arpSeen.clear();
    for (const one of this.arps) this.arpSeen.add(keyOf(one));
  }

  /** An ICMP error: the packet's transport is ICMP and it quotes another packet. */
  noteIcmpError(packet: Packet, place: number, frame: number, time: number): void {
    if (this.icmpErrors.length >= ICMP_ERRORS_MAX) {
      this.overflow++;
      return;
    }
    const view = packet.view;
    const at = packet.at[packet.transport]!;
    const isV6 = packet.protocol[packet.transport] === ICMPV6;
    const type = view.getUint8(at);
    const code = view.getUint8(at + 1);
    let mtu = 0;
    if (isV6 && type === 2) mtu = view.getUint32(at + 4); // RFC 4443 section 3.2
    if (!isV6 && type === 3 && code === 4) mtu = view.getUint16(at + 6); // RFC 1191 section 4
    this.icmpErrors.push({
      place,
      frame,
      time,
      from: showSource(packet, packet.ip),
      to: showDestination(packet, packet.ip),
      isV6,
      type,
      code,
      mtu,
      quoted: quotedTuples(packet),
    });
  }

  /** An ARP layer for IPv4 over Ethernet; the same question or answer is kept once a place. */
  noteArp(packet: Packet, place: number, frame: number): void {
    const row = packet.find(ARP);
    if (row < 0) return;
    const view = packet.view;
    const at = packet.at[row]!;
    if (packet.payloadAt[row]! - at < 28 || view.getUint16(at + 2) !== 0x0800) return;
    const isReply = view.getUint16(at + 6) === 2;
    const senderIp = showIpv4(view.getInt32(at + 14));
    const targetIp = showIpv4(view.getInt32(at + 24));
    const senderMac = showMac(view, at + 8);
    const sighting = { place, frame, isReply, senderIp, senderMac, targetIp };
    const key = keyOf(sighting);
    if (this.arpSeen.has(key)) return;
    if (this.arps.length >= ARP_MAX) {
      this.overflow++;
      return;
    }
    this.arpSeen.add(key);
    this.arps.push(sighting);
  }
}

/** Equal for the same question or answer at one place. */
function keyOf({ place, isReply, senderIp, senderMac, targetIp }: ArpSighting): string {
  return `${place} ${isReply} ${senderIp} ${senderMac} ${targetIp}`;
}

function quotedTuples(packet: Packet): QuotedTuple[] {
  const tuples: QuotedTuple[] = [];
  for (let row = packet.quoted; row < packet.depth; row++) {
    const protocol = packet.protocol[row]!;
    if (protocol !== IPV4 && protocol !== IPV6) continue;
    const transport = transportAfter(packet, row);
    const isV6 = protocol === IPV6;
    tuples.push({
      src: showSource(packet, row),
      dst: showDestination(packet, row),
      protocol: packet.view.getUint8(packet.at[row]! + (isV6 ? 6 : 9)),
      sport: transport < 0 ? 0 : packet.view.getUint16(transport),
      dport: transport < 0 ? 0 : packet.view.getUint16(transport + 2),
    });
  }
  return tuples;
}

/** Where the ports stand that follow IP layer `row`, also when the quote ends inside the transport header. */
function transportAfter(packet: Packet, row: number): number {
  const next = row + 1 < packet.depth ? packet.protocol[row + 1]! : 0;
  if (next === TCP || next === UDP || next === SCTP) return packet.at[row + 1]!;
  const isV6 = packet.protocol[row] === IPV6;
  const number = packet.view.getUint8(packet.at[row]! + (isV6 ? 6 : 9));
  const hasPorts = number === 6 || number === 17 || number === 132;
  const at = packet.payloadAt[row]!;
  return next === 0 && hasPorts && at + 4 <= packet.end[row]! ? at : -1;
}

function showSource(packet: Packet, row: number): string {
  const at = packet.at[row]!;
  return packet.protocol[row] === IPV4
    ? showIpv4(packet.view.getInt32(at + 12))
    : showIpv6(packet.view, at + 8);
}

function showDestination(packet: Packet, row: number): string {
  const at = packet.at[row]!;
  return packet.protocol[row] === IPV4
    ? showIpv4(packet.view.getInt32(at + 16))
    : showIpv6(packet.view, at + 24);
}

/** Source and destination MAC nearest the innermost packet as 48-bit numbers, to into[to] and the next; -1 = none. */
export function macsOf(packet: Packet, into: Float64Array, to: Offset): void {
  into[to] = -1;
  into[to + 1] = -1;
  for (let row = packet.ip - 1; row >= 0; row--) {
    if (packet.protocol[row] !== ETHERNET) continue;
    const at = packet.at[row]!;
    const view = packet.view;
    into[to + 1] = view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
    into[to] = view.getUint16(at + 6) * 0x1_0000_0000 + view.getUint32(at + 8);
    return;
  }
}
