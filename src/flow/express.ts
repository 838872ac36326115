/**
 * The short way for the frames that most captures consist of: a TCP segment of a known flow that has
 * nothing new to say, over IPv4 or IPv4 in IPv4, without options or fragments. It is counted from a few
 * header bytes, without its layers being laid out. What it cannot prove to be such a frame it leaves to
 * `decode` and `FlowStage.observe`, which do the same and more: a test holds both to the same result.
 */
import type { FrameBatch } from '../base/frames.ts';
import { NONE } from '../base/protocol-numbers.ts';
import { tcpApplication } from '../decode/payload.ts';
import { NOT_ENCAPSULATED } from './encapsulations.ts';
import { isSampled, PRINTS_FIRST, PRINTS_MAX } from './fingerprints.ts';
import {
  BY_LEN,
  BYTES,
  FAMILY_V4,
  FLOATS_SHIFT,
  FlowKey,
  INTS_SHIFT,
  IP_ID_BY,
  LAST,
  NO_FLOW,
  PACKETS,
  PAYLOAD,
  STATE_BY,
  STATE_PRINTS,
  WIRE_BYTES,
} from './flow-table.ts';
import type { FlowStage } from './observe.ts';
import { ACK, followTcp, PSH } from './tcp-tracking.ts';

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
const FRAGMENT = 0x3fff; // more fragments, or an offset

export class Express {
  private readonly stage: FlowStage;
  private readonly key = new FlowKey();

  constructor(stage: FlowStage) {
    this.stage = stage;
  }

  /** Count frame i of the batch and return true, or leave all as it was and return false. */
  take(frames: FrameBatch, i: number): boolean {
    const { stage } = this;
    if (stage.flows.count === 0) return false;
    const view = frames.view;
    const at = frames.at[i]!;
    const captureEnd = at + frames.caplen[i]!;
    const wireEnd = at + Math.max(frames.len[i]!, frames.caplen[i]!);
    const capture = frames.interfaces[frames.iface[i]!]!;
    let ip = at;
    let ifindex = 0;
    if (captureEnd - at < SLL2_LEN + IPV4_LEN) return false;
    switch (capture.linktype) {
      case LINKTYPE_ETHERNET:
        if (view.getUint16(at + 12) !== ETHERTYPE_IPV4) return false;
        ip = at + ETHERNET_LEN;
        break;
      case LINKTYPE_LINUX_SLL2:
        if (view.getUint16(at) !== ETHERTYPE_IPV4) return false;
        ifindex = view.getInt32(at + 4);
        ip = at + SLL2_LEN;
        break;
      case LINKTYPE_RAW:
        break;
      default:
        return false;
    }
    this.key.encapsulation = NOT_ENCAPSULATED;
    if (!isPlain(view, ip, captureEnd, wireEnd)) return false;
    let ipEnd = ip + view.getUint16(ip + 2);
    if (view.getUint8(ip + 9) === IPPROTO_IPIP) {
      const outer = ip;
      ip += IPV4_LEN;
      if (!isPlain(view, ip, captureEnd, ipEnd)) return false;
      ipEnd = ip + view.getUint16(ip + 2);
      this.key.encapsulation = stage.encapsulations.recentIpip(
        view.getInt32(outer + 12),
        view.getInt32(outer + 16),
      );
      if (this.key.encapsulation < 0) return false;
    }
    if (view.getUint8(ip + 9) !== IPPROTO_TCP) return false;
    this.key.place = stage.places.of(capture, ifindex);
    return this.takeSegment(frames, i, ip, ipEnd, captureEnd, wireEnd - at);
  }

  private takeSegment(
    frames: FrameBatch,
    i: number,
    ip: number,
    ipEnd: number,
    captureEnd: number,
    wireLen: number,
  ): boolean {
    const { key, stage } = this;
    const view = frames.view;
    const tcp = ip + IPV4_LEN;
    if (captureEnd - tcp < TCP_LEN) return false;
    const payloadAt = tcp + ((view.getUint8(tcp + 12) >> 4) << 2);
    const hasTimestamps = payloadAt === tcp + TIMESTAMPS_LEN;
    const payloadLen = ipEnd - payloadAt;
    const flags = view.getUint8(tcp + 13);
    if (payloadAt !== tcp + TCP_LEN && !hasTimestamps) return false;
    if (payloadAt > captureEnd || payloadLen < 0) return false;
    if (hasTimestamps && view.getInt32(tcp + TCP_LEN) !== NOP_NOP_TIMESTAMP) return false;
    if ((flags & ~PSH) !== ACK) return false;
    key.kind = FAMILY_V4 | IPPROTO_TCP;
    key.src3 = view.getInt32(ip + 12);
    key.dst3 = view.getInt32(ip + 16);
    key.ports = view.getInt32(tcp);
    const { flows } = stage;
    const fd = flows.find(key);
    if (fd === NO_FLOW) return false;
    const { ints, floats } = flows;
    const own = ((fd >> 1) << INTS_SHIFT) + (fd & 1) * BY_LEN;
    const x = fd << FLOATS_SHIFT;
    const state = ints[own + STATE_BY]!;
    const kept = (state >> STATE_PRINTS) & 15;
    const seq = view.getInt32(tcp + 4);
    if (floats[x + PACKETS] === 0 || view.getUint8(ip + 8) < (state & 0xff)) return false;
    if (kept < PRINTS_FIRST) return false;
    if (payloadLen > 0) {
      if (kept < PRINTS_MAX && isSampled(seq, kept)) return false;
      if (payloadAt >= captureEnd || stage.facts.wants(fd >> 1, fd & 1)) return false;
      const end = Math.min(ipEnd, captureEnd);
      if (tcpApplication(view, payloadAt, end, key.ports >>> 16, key.ports & 0xffff) !== NONE)
        return false;
    }
    const id = view.getUint16(ip + 4);
    const isOld = id !== 0 && (id - ints[own + IP_ID_BY]!) << 16 <= 0;
    const now = (frames.seconds[i]! - stage.epochSeconds) * 1e9 + frames.nanoseconds[i]!;
    ints[own + IP_ID_BY] = id;
    floats[x + LAST] = now;
    floats[x + PACKETS]!++;
    floats[x + WIRE_BYTES]! += wireLen;
    floats[x + BYTES]! += ipEnd - ip;
    floats[x + PAYLOAD]! += payloadLen;
    ints[own + STATE_BY] = followTcp(flows, fd, state, flags, seq, payloadLen, isOld, now);
    stage.row = fd >> 1;
    return true;
  }
}

/** An unfragmented IPv4 header without options at `ip`, captured whole, whose packet ends at or before `end`. */
function isPlain(view: DataView, ip: number, captureEnd: number, end: number): boolean {
  if (captureEnd - ip < IPV4_LEN || view.getUint8(ip) !== PLAIN_IPV4) return false;
  if ((view.getUint16(ip + 6) & FRAGMENT) !== 0) return false;
  const length = view.getUint16(ip + 2);
  return length >= IPV4_LEN && ip + length <= end;
}
