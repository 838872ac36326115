/**
 * The short way for the frames that most captures consist of: a TCP segment of a known flow that has
 * nothing new to say, over IPv4 or IPv4 in IPv4, without options or fragments. It is counted from a few
 * header bytes, without its layers being laid out. What it cannot prove to be such a frame it leaves to
 * `decode` and `FlowStage.observe`, which do the same and more: a test holds both to the same result.
 */
import type { CaptureInterface, FrameBatch } from '../base/frames.ts';
import { HTTP, NONE } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import { tcpApplication } from '../decode/payload.ts';
import { startsHttp } from '../decode/protocols/http.ts';
import { NOT_ENCAPSULATED } from './encapsulations.ts';
import { isSampled, PRINTS_FIRST, PRINTS_MAX } from './fingerprints.ts';
import {
  BY_LEN,
  BYTES,
  FAMILY_V4,
  INTS_SHIFT,
  IP_ID_BY,
  LAST,
  NEXT_SEQ_BY,
  NO_FLOW,
  PACKETS,
  PAYLOAD,
  STATE_BY,
  STATE_PRINTS,
  WIRE_BYTES,
} from './flow-table.ts';
import type { FlowStage } from './observe.ts';
import { ACK, followTcp, isNext, PSH } from './tcp-tracking.ts';

/** A link layer that this way does not know. */
const NOT_KNOWN = -1;
const LINKTYPE_ETHERNET = 1;
const LINKTYPE_RAW = 101;
const LINKTYPE_LINUX_SLL2 = 276;
const ETHERNET_LEN = 14;
const SLL2_LEN = 20;
const ETHERTYPE_IPV4 = 0x0800;
/** Version 4 and a header of 20 bytes. */
const PLAIN_IPV4 = 0x45;
const IPV4_LEN = 20;
const TCP_LEN = 20;
/** A TCP header with the timestamp option as nearly every system pads it. */
const TIMESTAMPS_LEN = 32;
const NOP_NOP_TIMESTAMP = 0x0101080a;
const IPPROTO_IPIP = 4;
const IPPROTO_TCP = 6;
/** Kind of the flows of such packets. */
const TCP_V4 = FAMILY_V4 | IPPROTO_TCP;
const FRAGMENT = 0x3fff; // more fragments, or an offset

export class Express {
  private readonly stage: FlowStage;
  /** Of the interface in hand: bytes before the network layer, and where among them its type stands. */
  private linkLen = NOT_KNOWN;
  private typeAt: Offset = 0;
  /** Of the frame in hand: its place and encapsulation, the innermost IPv4 header, that packet's end. */
  private place = 0;
  private encapsulation = NOT_ENCAPSULATED;
  private ip: Offset = 0;
  private ipEnd: Offset = 0;

  constructor(stage: FlowStage) {
    this.stage = stage;
  }

  /**
   * Count frames from `from` on, up to `to` (exclusive), as long as they are such frames; yields the first that
   * is not, of which nothing is counted.
   */
  take(frames: FrameBatch, from: number, to: number): number {
    const { flows, lookahead } = this.stage;
    if (flows.count === 0) return from;
    const looksAhead = lookahead.pays; // rows are added elsewhere only
    const { at, caplen, len, iface, interfaces, view } = frames;
    let last = -1;
    for (let i = from; i < to; i++) {
      const frameAt = at[i]!;
      const captured = caplen[i]!;
      if (looksAhead) lookahead.reach(frames, i);
      if (captured < SLL2_LEN + IPV4_LEN) return i;
      if (iface[i] !== last) {
        last = iface[i]!;
        this.openLink(interfaces[last]!);
      }
      const wireLen = Math.max(len[i]!, captured);
      const { linkLen } = this;
      if (linkLen === NOT_KNOWN) return i;
      if (linkLen > 0 && view.getUint16(frameAt + this.typeAt) !== ETHERTYPE_IPV4) return i;
      if (linkLen === SLL2_LEN) this.openDevice(interfaces[last]!, view.getInt32(frameAt + 4));
      if (!this.findTcp(view, frameAt + linkLen, frameAt + captured, frameAt + wireLen)) return i;
      if (!this.takeSegment(frames, i, frameAt + captured, wireLen)) return i;
    }
    return to;
  }

  /** The frames that follow are of this interface. */
  private openLink(capture: CaptureInterface): void {
    const { linktype } = capture;
    const isEthernet = linktype === LINKTYPE_ETHERNET;
    this.linkLen = isEthernet
      ? ETHERNET_LEN
      : linktype === LINKTYPE_LINUX_SLL2
        ? SLL2_LEN
        : linktype === LINKTYPE_RAW
          ? 0
          : NOT_KNOWN;
    this.typeAt = isEthernet ? ETHERNET_LEN - 2 : 0;
    if (linktype === LINKTYPE_ETHERNET || linktype === LINKTYPE_RAW) {
      this.place = this.stage.places.of(capture, 0);
    }
  }

  /** The frame in hand is of this device of a capture of `any`. */
  private openDevice(capture: CaptureInterface, ifindex: number): void {
    this.place = this.stage.places.of(capture, ifindex);
  }

  /** Whether TCP over IPv4 stands at `ip`, straight or in a known IPIP tunnel; where, if so. */
  private findTcp(view: DataView, ip: Offset, captureEnd: Offset, wireEnd: Offset): boolean {
    if (!isPlain(view, ip, captureEnd, wireEnd)) return false;
    let inner = ip;
    let ipEnd = ip + view.getUint16(ip + 2);
    let encapsulation = NOT_ENCAPSULATED;
    if (view.getUint8(ip + 9) === IPPROTO_IPIP) {
      inner = ip + IPV4_LEN;
      if (!isPlain(view, inner, captureEnd, ipEnd)) return false;
      ipEnd = inner + view.getUint16(inner + 2);
      encapsulation = this.stage.encapsulations.knownIpip(
        view.getInt32(ip + 12),
        view.getInt32(ip + 16),
      );
      if (encapsulation < 0) return false;
    }
    this.ip = inner;
    this.ipEnd = ipEnd;
    this.encapsulation = encapsulation;
    return view.getUint8(inner + 9) === IPPROTO_TCP;
  }

  private takeSegment(frames: FrameBatch, i: number, captureEnd: Offset, wireLen: number): boolean {
    const { stage, ip, ipEnd } = this;
    const { flows } = stage;
    const view = frames.view;
    const tcp = ip + IPV4_LEN;
    if (captureEnd - tcp < TCP_LEN) return false;
    const lenAndFlags = view.getUint16(tcp + 12);
    const payloadAt = tcp + ((lenAndFlags >> 12) << 2);
    const hasTimestamps = payloadAt === tcp + TIMESTAMPS_LEN;
    const payloadLen = ipEnd - payloadAt;
    const flags = lenAndFlags & 0xff;
    if (payloadAt !== tcp + TCP_LEN && !hasTimestamps) return false;
    if (payloadAt > captureEnd || payloadLen < 0) return false;
    if (hasTimestamps && view.getInt32(tcp + TCP_LEN) !== NOP_NOP_TIMESTAMP) return false;
    if ((flags & ~PSH) !== ACK) return false;
    const src = view.getInt32(ip + 12);
    const dst = view.getInt32(ip + 16);
    const ports = view.getInt32(tcp);
    const fd = flows.findIpv4(this.place, this.encapsulation, TCP_V4, src, dst, ports);
    if (fd === NO_FLOW) return false;
    const { ints, floats } = flows;
    const own = ((fd >> 1) << INTS_SHIFT) + (fd & 1) * BY_LEN;
    const state = ints[own + STATE_BY]!;
    const kept = (state >> STATE_PRINTS) & 15;
    const seq = view.getInt32(tcp + 4);
    // fingerprints that are kept also tell that packets of the direction are counted
    if (kept < PRINTS_FIRST || view.getUint8(ip + 8) < (state & 0xff)) return false;
    if (payloadLen > 0) {
      if (kept < PRINTS_MAX && isSampled(seq, kept)) return false;
      if (payloadAt >= captureEnd || stage.facts.wants(fd >> 1, fd & 1)) return false;
      const end = Math.min(ipEnd, captureEnd);
      if (mayStart(view, payloadAt, end, ports)) return false;
    }
    const x = flows.floatsOf(fd);
    floats[x + LAST] = (frames.seconds[i]! - stage.epochSeconds) * 1e9 + frames.nanoseconds[i]!;
    floats[x + PACKETS]!++;
    floats[x + WIRE_BYTES]! += wireLen;
    floats[x + BYTES]! += ipEnd - ip;
    floats[x + PAYLOAD]! += payloadLen;
    const id = view.getUint16(ip + 4);
    const idBefore = ints[own + IP_ID_BY]!;
    ints[own + IP_ID_BY] = id;
    if (isNext(flows, fd, state, flags, seq)) ints[own + NEXT_SEQ_BY] = seq + payloadLen;
    else {
      const isOld = id !== 0 && (id - idBefore) << 16 <= 0;
      const now = floats[x + LAST]!;
      ints[own + STATE_BY] = followTcp(flows, fd, state, flags, seq, payloadLen, isOld, now);
    }
    stage.row = fd >> 1;
    return true;
  }
}

/** Whether the payload may start with an application's message: text has HTTP's letters again and again. */
function mayStart(view: DataView, at: Offset, end: Offset, ports: number): boolean {
  const guess = tcpApplication(view, at, end, ports >>> 16, ports & 0xffff);
  return guess !== NONE && (guess !== HTTP || startsHttp(view, at, end));
}

/** An unfragmented IPv4 header without options at `ip`, captured whole, whose packet ends at or before `end`. */
function isPlain(view: DataView, ip: number, captureEnd: number, end: number): boolean {
  if (captureEnd - ip < IPV4_LEN || view.getUint8(ip) !== PLAIN_IPV4) return false;
  if ((view.getUint16(ip + 6) & FRAGMENT) !== 0) return false;
  const length = view.getUint16(ip + 2);
  return length >= IPV4_LEN && ip + length <= end;
}
