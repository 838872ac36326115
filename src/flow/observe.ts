/**
 * A decoded frame into the flow table: find or make its row, count it, follow TCP, remember
 * fingerprints and what its application says. Nothing here throws; what a bound costs is counted.
 */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT, type FrameBatch } from '../base/frames.ts';
import { ICMP, ICMPV6, IPV6, SLL, SLL2, TCP } from '../base/protocol-numbers.ts';
import type { FlowIndex } from '../base/units.ts';
import { FIRST_FRAGMENT, LATER_FRAGMENT, type Packet } from '../decode/packet.ts';
import { ApplicationFacts } from './application.ts';
import { Encapsulations, NOT_ENCAPSULATED } from './encapsulations.ts';
import { Events, macsOf } from './events.ts';
import { Fingerprints, isSampled, PRINTS_FIRST, PRINTS_MAX } from './fingerprints.ts';
import { FAMILY_V4, FAMILY_V6, FlowKey, FlowTable, NO_FLOW } from './flow-table.ts';
import { Fragments } from './fragments.ts';
import { Places } from './places.ts';
import { ACK, followTcp, SYN } from './tcp-tracking.ts';
import { tunnelIdOf } from './tunnel-id.ts';

/** Bits of FlowTable.notes: what packets of the row have shown. */
/** A SYN without ACK from source to destination; from destination to source. */
export const SYN_FORWARD = 1;
export const SYN_BACK = 2;
export const HAS_FRAGMENTS = 4;
/** An ICMP error that quotes another packet. */
export const IS_ICMP_ERROR = 8;
/** The first packet answers another: an ICMP echo reply. */
export const FIRST_WAS_REPLY = 16;

/** Flows remembered unless the user says otherwise. */
export const FLOWS_MAX_DEFAULT = 1 << 20;

export class FlowStage {
  readonly flows: FlowTable;
  readonly prints: Fingerprints;
  readonly encapsulations = new Encapsulations();
  readonly places = new Places();
  readonly events = new Events();
  readonly facts = new ApplicationFacts();
  private readonly fragments = new Fragments();

  /** Whole second that times count from: the first frame's. */
  epochSeconds = 0;
  private hasEpoch = false;
  /** Frames without an IP layer. */
  nonIp = 0;
  /** Frames of flows beyond the limit: in no row. */
  untracked = 0;

  /** Row of the frame observed last, NO_FLOW when it is in none. */
  row: FlowIndex = NO_FLOW;

  private readonly key = new FlowKey();
  private readonly macs = new Float64Array(2);

  constructor(limit: number = FLOWS_MAX_DEFAULT) {
    this.flows = new FlowTable(limit);
    this.prints = new Fingerprints(8 * limit);
  }

  /** Later fragments whose first part was not seen; final after `finish`. */
  get orphanFragments(): number {
    return this.fragments.orphans;
  }

  /** No more frames come. */
  finish(): void {
    this.fragments.finish();
    this.facts.finish();
  }

  /** Count frame i of the batch, decoded into `packet`. */
  observe(packet: Packet, frames: FrameBatch, i: number): void {
    this.row = NO_FLOW;
    const seconds = frames.seconds[i]!;
    if (!this.hasEpoch) {
      this.hasEpoch = true;
      this.epochSeconds = seconds;
    }
    const now = (seconds - this.epochSeconds) * 1e9 + frames.nanoseconds[i]!;
    const capture = frames.interfaces[frames.iface[i]!]!;
    const ifindex = packet.protocol[0] === SLL2 ? packet.view.getInt32(packet.frameAt + 4) : 0;
    const place = this.places.of(capture, ifindex);
    if (packet.quoted >= 0 && packet.ip >= 0 && packet.transport >= 0) {
      this.events.noteIcmpError(packet, place, frames.number[i]!, now);
    }
    if (packet.ip < 0) {
      this.nonIp++;
      if (packet.depth > 1) this.events.noteArp(packet, place, frames.number[i]!);
      return;
    }
    this.observeIp(packet, place, now, frames.number[i]!);
  }

  private observeIp(packet: Packet, place: number, now: number, frame: number): void {
    const key = this.key;
    const view = packet.view;
    const row = packet.ip;
    const ipAt = packet.at[row]!;
    const isV6 = packet.protocol[row] === IPV6;
    key.place = place;
    key.encapsulation = row === packet.outerIp ? NOT_ENCAPSULATED : this.encapsulations.of(packet);
    key.kind = (isV6 ? FAMILY_V6 : FAMILY_V4) | packet.ipProtocol;
    if (isV6) key.readAddresses(view, true, ipAt + 8, ipAt + 24);
    else key.readAddresses(view, false, ipAt + 12, ipAt + 16);
    key.srcPort = packet.srcPort;
    key.dstPort = packet.dstPort;

    if ((packet.notes & LATER_FRAGMENT) !== 0) {
      this.observeLaterFragment(packet, place, now);
      return;
    }
    const flows = this.flows;
    const isTcp = packet.transport >= 0 && packet.protocol[packet.transport] === TCP;
    let f = flows.find(key);
    if (f !== NO_FLOW && isTcp && this.isNewConnection(packet, f, key)) f = NO_FLOW;
    if (f === NO_FLOW) {
      f = this.addFlow(packet, now, frame);
      if (f === NO_FLOW) return;
    }
    this.row = f;
    const d = flows.isReverse(f, key) ? 1 : 0;
    const fd = 2 * f + d;
    if (flows.packetsBy[fd] === 0) this.openDirection(packet, fd, isV6);
    const ttl = view.getUint8(ipAt + (isV6 ? 7 : 8));
    const id = isV6 ? 0 : view.getUint16(ipAt + 4);
    const isOld = id !== 0 && (id - flows.idBy[fd]!) << 16 <= 0 && flows.packetsBy[fd]! > 0;
    if (ttl < flows.ttlBy[fd]! && this.isRepeat(packet, fd, isV6, isTcp, isOld)) {
      flows.repeats[f]!++;
      return;
    }
    flows.idBy[fd] = id;
    flows.last[f] = now;
    flows.packetsBy[fd]!++;
    flows.wireBytesBy[fd]! += packet.wireLen;
    flows.bytesBy[fd]! += packet.wireEnd - ipAt;
    let payloadLen =
      packet.wireEnd - packet.payloadAt[packet.transport >= 0 ? packet.transport : row]!;
    if (payloadLen < 0) payloadLen = 0;
    flows.payloadBy[fd]! += payloadLen;
    if ((packet.notes & FIRST_FRAGMENT) !== 0) this.openDatagram(packet, place, now, f, d);
    let seq = 0;
    if (isTcp) {
      const at = packet.at[packet.transport]!;
      seq = view.getInt32(at + 4);
      followTcp(flows, f, d, view.getUint8(at + 13), seq, payloadLen, isOld, now);
    }
    if (
      payloadLen > 0 &&
      packet.transport >= 0 &&
      (packet.application >= 0 || this.facts.wants(f, d))
    ) {
      const hasStart = isTcp && (flows.tcpFlagsBy[fd]! & SYN) !== 0;
      this.facts.observe(f, d, packet, seq, now, hasStart ? (flows.firstSeqBy[fd]! + 1) | 0 : seq);
    }
    const kept = flows.printsBy[fd]!;
    if (
      kept < PRINTS_FIRST ||
      (isTcp && kept < PRINTS_MAX && payloadLen > 0 && isSampled(seq, kept))
    ) {
      if (this.prints.add(packet, f, d, ttl, now, frame)) flows.printsBy[fd] = kept + 1;
    }
  }

  /** A SYN with another sequence number than the row's direction began with: a 5-tuple used again. */
  private isNewConnection(packet: Packet, f: FlowIndex, key: FlowKey): boolean {
    const at = packet.at[packet.transport]!;
    if ((packet.view.getUint8(at + 13) & SYN) === 0) return false;
    const flows = this.flows;
    const d = flows.isReverse(f, key) ? 1 : 0;
    if (flows.packetsBy[2 * f + d] === 0) {
      // the other direction alone was seen: a SYN after data there opens a new connection
      const isFirst = (packet.view.getUint8(at + 13) & ACK) === 0;
      return isFirst && (flows.tcpFlagsBy[2 * f + 1 - d]! & SYN) === 0;
    }
    return flows.firstSeqBy[2 * f + d] !== packet.view.getInt32(at + 4);
  }

  private addFlow(packet: Packet, now: number, frame: number): FlowIndex {
    const flows = this.flows;
    const f = flows.add(this.key);
    if (f === NO_FLOW) {
      this.untracked++;
      return NO_FLOW;
    }
    flows.first[f] = now;
    flows.last[f] = now;
    flows.frame[f] = frame;
    flows.tunnelIdBy[2 * f] = -1;
    flows.tunnelIdBy[2 * f + 1] = -1;
    flows.synAt[f] = -1;
    flows.gapAt[f] = Number.NEGATIVE_INFINITY;
    flows.rtt[f] = -1;
    flows.deepest[f] = packet.protocol[packet.depth - 1]!;
    flows.tunnelFromA[f] = this.encapsulations.fromA ? 1 : 0;
    macsOf(packet, this.macs);
    flows.sourceMac[f] = this.macs[0]!;
    flows.destinationMac[f] = this.macs[1]!;
    if (packet.quoted >= 0) flows.notes[f]! |= IS_ICMP_ERROR;
    else if (packet.transport >= 0 && isEchoReply(packet)) flows.notes[f]! |= FIRST_WAS_REPLY;
    return f;
  }

  /** The first packet of a direction: what is kept of it alone. */
  private openDirection(packet: Packet, fd: number, isV6: boolean): void {
    const flows = this.flows;
    flows.ttlBy[fd] = packet.view.getUint8(packet.at[packet.ip]! + (isV6 ? 7 : 8));
    flows.directionBy[fd] = directionOf(packet);
    if (packet.ip !== packet.outerIp) flows.tunnelIdBy[fd] = tunnelIdOf(packet);
    if (packet.transport >= 0 && packet.protocol[packet.transport] === TCP) {
      const flags = packet.view.getUint8(packet.at[packet.transport]! + 13);
      if ((flags & (SYN | ACK)) === SYN) flows.notes[fd >> 1]! |= 1 << (fd & 1);
    }
  }

  /** The same packet once more at this place, a router further: forwarding seen by `any` or a hairpin. */
  private isRepeat(
    packet: Packet,
    fd: number,
    isV6: boolean,
    isTcp: boolean,
    isOld: boolean,
  ): boolean {
    if (!isV6) return isOld;
    if (!isTcp) return false;
    const seq = packet.view.getInt32(packet.at[packet.transport]! + 4);
    return ((seq - this.flows.nextSeqBy[fd]!) | 0) < 0;
  }

  private observeLaterFragment(packet: Packet, place: number, now: number): void {
    const row = packet.fragment;
    const at = packet.at[row]!;
    const isV6 = packet.protocol[row] === IPV6;
    const src = packet.view.getInt32(at + (isV6 ? 20 : 12));
    const dst = packet.view.getInt32(at + (isV6 ? 36 : 16));
    const len = packet.wireEnd - at;
    const fd = this.fragments.later(place, src, dst, packet.fragmentId, now, packet.wireLen, len);
    if (fd === NO_FLOW) return;
    this.row = fd >> 1;
    this.addFragments(fd, now, packet, 1, packet.wireLen, len);
  }

  /** A datagram's first fragment: its later ones belong to row f, also those that came before. */
  private openDatagram(packet: Packet, place: number, now: number, f: FlowIndex, d: number): void {
    const at = packet.at[packet.fragment]!;
    const isV6 = packet.protocol[packet.fragment] === IPV6;
    const src = packet.view.getInt32(at + (isV6 ? 20 : 12));
    const dst = packet.view.getInt32(at + (isV6 ? 36 : 16));
    const isOuter = packet.fragment !== packet.ip;
    const fragments = this.fragments;
    fragments.first(place, src, dst, packet.fragmentId, now, f, d, isOuter);
    this.flows.notes[f]! |= HAS_FRAGMENTS;
    if (fragments.heldPackets > 0) {
      fragments.ofOuter = isOuter;
      const bytes = fragments.heldBytes;
      this.addFragments(
        2 * f + d,
        now,
        packet,
        fragments.heldPackets,
        fragments.heldWireBytes,
        bytes,
      );
    }
  }

  /** Later fragments of `bytes` IP bytes. Parts of an outer packet add wire bytes only: its inner one is counted. */
  private addFragments(
    fd: number,
    now: number,
    packet: Packet,
    packets: number,
    wireBytes: number,
    bytes: number,
  ): void {
    const flows = this.flows;
    flows.last[fd >> 1] = now;
    flows.wireBytesBy[fd]! += wireBytes;
    flows.notes[fd >> 1]! |= HAS_FRAGMENTS;
    if (this.fragments.ofOuter) return;
    const row = packet.fragment;
    flows.packetsBy[fd]! += packets;
    flows.bytesBy[fd]! += bytes;
    flows.payloadBy[fd]! += bytes - packets * (packet.payloadAt[row]! - packet.at[row]!);
  }
}

function isEchoReply(packet: Packet): boolean {
  const protocol = packet.protocol[packet.transport];
  if (protocol !== ICMP && protocol !== ICMPV6) return false;
  const type = packet.view.getUint8(packet.at[packet.transport]!);
  return type === (protocol === ICMP ? 0 : 129); // RFC 792, RFC 4443 section 4.2
}

/** In or out of the capturing host, as the file or the cooked header tells; 0 = not told. */
function directionOf(packet: Packet): number {
  const told = packet.flags & DIRECTION_MASK;
  if (told !== 0) return told;
  const link = packet.protocol[0];
  if (link === SLL)
    return packet.view.getUint16(packet.frameAt) === 4 ? DIRECTION_OUT : DIRECTION_IN;
  if (link === SLL2)
    return packet.view.getUint8(packet.frameAt + 10) === 4 ? DIRECTION_OUT : DIRECTION_IN;
  return 0;
}
