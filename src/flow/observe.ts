/**
 * A decoded frame into the flow table: find or make its row, count it, follow TCP, remember
 * fingerprints and what its application says. Nothing here throws; what a bound costs is counted.
 */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT, type FrameBatch } from '../base/frames.ts';
import { ICMP, ICMPV6, IPV6, SLL, SLL2, TCP } from '../base/protocol-numbers.ts';
import type { FlowIndex, Nanoseconds } from '../base/units.ts';
import { CUT, FIRST_FRAGMENT, LATER_FRAGMENT, type Packet } from '../decode/packet.ts';
import { ApplicationFacts } from './application.ts';
import { Encapsulations, NOT_ENCAPSULATED } from './encapsulations.ts';
import { Events, macsOf } from './events.ts';
import { Fingerprints, isSampled, PRINTS_FIRST, PRINTS_MAX } from './fingerprints.ts';
import {
  BY_LEN,
  BYTES,
  BYTES_FIRST,
  COLD_SHIFT,
  DEEPEST,
  FAMILY_V4,
  FAMILY_V6,
  FIRST,
  FlowKey,
  FlowTable,
  FRAME,
  INTS_SHIFT,
  IP_ID_BY,
  LAST,
  MAC_BY,
  NO_FLOW,
  NOTES,
  PACKETS,
  PAYLOAD,
  PAYLOAD_FIRST,
  REPEATS,
  STATE_BY,
  STATE_DIRECTION,
  STATE_FLAGS,
  STATE_PRINTS,
  SYN_AT,
  TUNNEL_FROM_A,
  TUNNEL_ID_BY,
  WIRE_BYTES,
  WIRE_FIRST,
} from './flow-table.ts';
import { Fragments } from './fragments.ts';
import { Lookahead } from './lookahead.ts';
import { Places } from './places.ts';
import { ACK, followTcp, RST, SYN, startTcp } from './tcp-tracking.ts';
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
  readonly lookahead: Lookahead;
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

  constructor(limit: number = FLOWS_MAX_DEFAULT) {
    this.flows = new FlowTable(limit);
    this.lookahead = new Lookahead(this.flows, this.places, this.encapsulations);
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

  /**
   * Let go of flows that are over (each was given to `facts.finishFlow`): row f goes on as row newRow[f], or not
   * at all with NO_FLOW; the numbers run from 0 in the order of the rows. Of single events, those from before
   * `since` are forgotten.
   */
  retain(newRow: Int32Array, since: Nanoseconds): void {
    this.row = NO_FLOW;
    this.flows.retain(newRow);
    this.prints.retain(newRow);
    this.facts.retain(newRow);
    this.fragments.retain(newRow);
    this.events.retain(since);
  }

  /** Count frame i of the batch, decoded into `packet`. */
  observe(packet: Packet, frames: FrameBatch, i: number): void {
    this.row = NO_FLOW;
    this.lookahead.reach(frames, i);
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
    if (isV6) {
      key.kind = FAMILY_V6 | packet.ipProtocol;
      key.readIpv6(view, ipAt + 8, ipAt + 24);
    } else {
      key.kind = FAMILY_V4 | packet.ipProtocol;
      key.src3 = view.getInt32(ipAt + 12);
      key.dst3 = view.getInt32(ipAt + 16);
    }
    key.ports = (packet.srcPort << 16) | packet.dstPort;
    if (packet.transport < 0 && (packet.notes & CUT) !== 0) key.ports = cutPorts(packet);
    if ((packet.notes & LATER_FRAGMENT) !== 0) {
      this.observeLaterFragment(packet, place, now);
      return;
    }
    const isTcp = packet.transport >= 0 && packet.protocol[packet.transport] === TCP;
    const payloadAt = isTcp
      ? tcpPayloadAt(view, packet.at[packet.transport]!)
      : packet.payloadAt[packet.transport >= 0 ? packet.transport : row]!;
    const payloadLen = Math.max(packet.wireEnd - payloadAt, 0);
    let fd = this.flows.find(key);
    if (fd === NO_FLOW || (isTcp && this.isNewConnection(packet, fd))) {
      fd = this.addFlow(packet, fd, now, frame);
      if (fd === NO_FLOW) return;
      this.countFirst(packet, fd, isTcp, payloadLen, now, frame);
    } else this.count(packet, fd, isTcp, payloadLen, now, frame);
    if ((packet.notes & FIRST_FRAGMENT) !== 0) this.openDatagram(packet, place, now, fd);
  }

  /** The packet that a new row is of: there is no other to compare it with. */
  private countFirst(
    packet: Packet,
    fd: number,
    isTcp: boolean,
    payloadLen: number,
    now: number,
    frame: number,
  ): void {
    this.row = fd >> 1;
    const { view } = packet;
    const { ints } = this.flows;
    const i = (fd >> 1) << INTS_SHIFT;
    const ipAt = packet.at[packet.ip]!;
    const isV6 = packet.protocol[packet.ip] === IPV6;
    const ttl = view.getUint8(ipAt + (isV6 ? 7 : 8));
    let state = this.openDirection(packet, fd, ttl, isTcp);
    ints[i + IP_ID_BY] = isV6 ? 0 : view.getUint16(ipAt + 4);
    ints[i + WIRE_FIRST] = packet.wireLen;
    ints[i + BYTES_FIRST] = packet.wireEnd - ipAt;
    ints[i + PAYLOAD_FIRST] = payloadLen;
    let seq = 0;
    if (isTcp) {
      const at = packet.at[packet.transport]!;
      seq = view.getInt32(at + 4);
      state = startTcp(this.flows, fd, state, view.getUint8(at + 13), seq, payloadLen);
    }
    if (payloadLen > 0 && packet.transport >= 0) this.listen(packet, fd, state, isTcp, seq, now);
    if (this.prints.add(packet, fd, ttl, now, frame)) state += 1 << STATE_PRINTS;
    ints[i + STATE_BY] = state;
  }

  /** One packet of a known row into its counts, its TCP, its fingerprints and what it says. */
  private count(
    packet: Packet,
    fd: number,
    isTcp: boolean,
    payloadLen: number,
    now: number,
    frame: number,
  ): void {
    this.row = fd >> 1;
    const { view } = packet;
    const { ints, floats } = this.flows;
    const i = (fd >> 1) << INTS_SHIFT;
    const own = i + (fd & 1) * BY_LEN;
    const x = this.flows.floatsOf(fd);
    const ipAt = packet.at[packet.ip]!;
    const isV6 = packet.protocol[packet.ip] === IPV6;
    const ttl = view.getUint8(ipAt + (isV6 ? 7 : 8));
    const id = isV6 ? 0 : view.getUint16(ipAt + 4);
    const isFirst = this.flows.packetsBy(fd) === 0;
    let state = isFirst ? this.openDirection(packet, fd, ttl, isTcp) : ints[own + STATE_BY]!;
    // Linux numbers a connection's packets upwards: one with an older number was sent before
    const isOld = id !== 0 && (id - ints[own + IP_ID_BY]!) << 16 <= 0 && !isFirst;
    if (ttl < (state & 0xff) && this.isRepeat(packet, fd, isV6, isTcp, isOld)) {
      ints[i + REPEATS]!++;
      return;
    }
    this.needFloats(fd);
    ints[own + IP_ID_BY] = id;
    floats[x + LAST] = now;
    floats[x + PACKETS]!++;
    floats[x + WIRE_BYTES]! += packet.wireLen;
    floats[x + BYTES]! += packet.wireEnd - ipAt;
    floats[x + PAYLOAD]! += payloadLen;
    let seq = 0;
    if (isTcp) {
      const at = packet.at[packet.transport]!;
      seq = view.getInt32(at + 4);
      state = followTcp(this.flows, fd, state, view.getUint8(at + 13), seq, payloadLen, isOld, now);
    }
    if (payloadLen > 0 && packet.transport >= 0) this.listen(packet, fd, state, isTcp, seq, now);
    const kept = (state >> STATE_PRINTS) & 15;
    if (
      (kept < PRINTS_FIRST ||
        (isTcp && kept < PRINTS_MAX && payloadLen > 0 && isSampled(seq, kept))) &&
      this.prints.add(packet, fd, ttl, now, frame)
    ) {
      state += 1 << STATE_PRINTS;
    }
    ints[own + STATE_BY] = state;
  }

  /** What the payload says, where it says something or its start is not known yet. */
  private listen(
    packet: Packet,
    fd: number,
    state: number,
    isTcp: boolean,
    seq: number,
    now: number,
  ): void {
    const f = fd >> 1;
    const d = (fd & 1) as 0 | 1;
    if (packet.application < 0 && !this.facts.wants(f, d)) return;
    const hasStart = isTcp && ((state >> STATE_FLAGS) & SYN) !== 0;
    const firstSeq = hasStart ? (this.flows.firstSeqBy(fd) + 1) | 0 : seq;
    this.facts.observe(f, d, packet, seq, now, firstSeq);
  }

  /** A SYN with another sequence number than its direction began with: a 5-tuple used again. */
  private isNewConnection(packet: Packet, fd: number): boolean {
    const at = packet.at[packet.transport]!;
    const flags = packet.view.getUint8(at + 13);
    if ((flags & SYN) === 0) return false;
    const { flows } = this;
    if (flows.packetsBy(fd) === 0) {
      // the other direction alone was seen: a SYN after data there opens a new connection
      return (flags & ACK) === 0 && (flows.tcpFlagsBy(fd ^ 1) & SYN) === 0;
    }
    return flows.firstSeqBy(fd) !== packet.view.getInt32(at + 4);
  }

  /** A new row as 2 * f, or NO_FLOW; `earlier` is the direction that used the key before, or NO_FLOW. */
  private addFlow(packet: Packet, earlier: number, now: number, frame: number): number {
    const { flows } = this;
    const f = flows.add(this.key, earlier === NO_FLOW ? NO_FLOW : earlier >> 1);
    if (f === NO_FLOW) {
      this.untracked++;
      return NO_FLOW;
    }
    const { ints, cold } = flows;
    const i = f << INTS_SHIFT;
    ints[i + TUNNEL_ID_BY] = -1;
    ints[i + TUNNEL_ID_BY + 1] = -1;
    ints[i + TUNNEL_FROM_A] = packet.ip !== packet.outerIp && this.encapsulations.fromA ? 1 : 0;
    ints[i + DEEPEST] = packet.protocol[packet.depth - 1]!;
    if (packet.quoted >= 0) ints[i + NOTES] = IS_ICMP_ERROR;
    else if (packet.transport >= 0 && isEchoReply(packet)) ints[i + NOTES] = FIRST_WAS_REPLY;
    const c = f << COLD_SHIFT;
    cold[c + FIRST] = now;
    cold[c + FRAME] = frame;
    macsOf(packet, cold, c + MAC_BY);
    return 2 * f;
  }

  /** The first packet of a direction: what is kept of it alone. Returns the direction's state. */
  private openDirection(packet: Packet, fd: number, ttl: number, isTcp: boolean): number {
    const { ints } = this.flows;
    const i = (fd >> 1) << INTS_SHIFT;
    if (packet.ip !== packet.outerIp) ints[i + TUNNEL_ID_BY + (fd & 1)] = tunnelIdOf(packet);
    if (isTcp) {
      const flags = packet.view.getUint8(packet.at[packet.transport]! + 13);
      if ((flags & (SYN | ACK)) === SYN)
        ints[i + NOTES]! |= (fd & 1) === 0 ? SYN_FORWARD : SYN_BACK;
    }
    return ttl | (directionOf(packet) << STATE_DIRECTION);
  }

  /** A packet of direction fd is to be counted that is not its row's first. */
  private needFloats(fd: number): void {
    const { flows } = this;
    if (flows.hasFloats(fd)) return;
    flows.startFloats(fd);
    const isFirstSyn = (flows.tcpFlagsBy(fd) & (SYN | ACK | RST)) === SYN;
    if (isFirstSyn) flows.floats[flows.floatsOf(fd) + SYN_AT] = flows.first(fd >> 1);
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
    return ((seq - this.flows.nextSeqBy(fd)) | 0) < 0;
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
  private openDatagram(packet: Packet, place: number, now: number, fd: number): void {
    const at = packet.at[packet.fragment]!;
    const isV6 = packet.protocol[packet.fragment] === IPV6;
    const src = packet.view.getInt32(at + (isV6 ? 20 : 12));
    const dst = packet.view.getInt32(at + (isV6 ? 36 : 16));
    const isOuter = packet.fragment !== packet.ip;
    const fragments = this.fragments;
    fragments.first(place, src, dst, packet.fragmentId, now, fd, isOuter);
    this.flows.ints[((fd >> 1) << INTS_SHIFT) + NOTES]! |= HAS_FRAGMENTS;
    if (fragments.heldPackets > 0) {
      fragments.ofOuter = isOuter;
      const bytes = fragments.heldBytes;
      this.addFragments(fd, now, packet, fragments.heldPackets, fragments.heldWireBytes, bytes);
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
    this.row = fd >> 1;
    this.needFloats(fd);
    const { ints, floats } = this.flows;
    const x = this.flows.floatsOf(fd);
    floats[x + LAST] = now;
    floats[x + WIRE_BYTES]! += wireBytes;
    ints[((fd >> 1) << INTS_SHIFT) + NOTES]! |= HAS_FRAGMENTS;
    if (this.fragments.ofOuter) return;
    const row = packet.fragment;
    floats[x + PACKETS]! += packets;
    floats[x + BYTES]! += bytes;
    floats[x + PAYLOAD]! += bytes - packets * (packet.payloadAt[row]! - packet.at[row]!);
  }
}

/** Where the payload of the TCP header at `at` begins, also when the capture ends before that. */
function tcpPayloadAt(view: DataView, at: number): number {
  return at + ((view.getUint8(at + 12) >> 4) << 2);
}

/** The ports, or ICMP's identifier, of a transport header that the snaplen cut off behind them; 0 = it cut them too. */
function cutPorts(packet: Packet): number {
  const { ipProtocol, nextAt } = packet;
  const hasPorts = ipProtocol === 6 || ipProtocol === 17 || ipProtocol === 132;
  const captured = packet.captureEnd - nextAt;
  if (hasPorts) return captured >= 4 ? packet.view.getInt32(nextAt) : 0;
  if ((ipProtocol !== 1 && ipProtocol !== 58) || captured < 6) return 0;
  const type = packet.view.getUint8(nextAt);
  const isEcho = ipProtocol === 1 ? type === 8 || type === 0 : type === 128 || type === 129;
  return isEcho ? Math.imul(packet.view.getUint16(nextAt + 4), 0x10001) : 0;
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
