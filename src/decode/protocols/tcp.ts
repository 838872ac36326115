/**
 * Transmission Control Protocol (RFC 9293 section 3.1; options: RFC 9293, RFC 7323, RFC 2018).
 *
 *     0               1               2               3
 *     +-------------------------------+-------------------------------+
 *     |          Source Port          |       Destination Port        |
 *     +-------------------------------+-------------------------------+
 *     |                        Sequence Number                        |
 *     +---------------------------------------------------------------+
 *     |                     Acknowledgment Number                     |
 *     +-------+-----------------------+-------------------------------+
 *     |Offset |  reserved and flags   |            Window             |
 *     +-------+-----------------------+-------------------------------+
 *     |            Checksum           |        Urgent Pointer         |
 *     +-------------------------------+-------------------------------+
 *     |                    Options, 0 to 40 bytes                     |
 */
import { NONE, TCP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import { CUT, type Packet } from '../packet.ts';
import { onTcpPayload } from '../payload.ts';
import { give, giveBytes } from '../walk.ts';
import { ipRowBelow, wireEndOf } from './ip.ts';

const SRC_PORT = 0;
const DST_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const OFFSET_FLAGS = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const URGENT_POINTER = 18;
const HEADER_LEN_MIN = 20;

export const OPTION_END = 0;
export const OPTION_NOP = 1;
export const OPTION_MSS = 2;
export const OPTION_WINDOW_SCALE = 3;
export const OPTION_SACK_PERMITTED = 4;
export const OPTION_SACK = 5;
export const OPTION_TIMESTAMP = 8;
const OPTION_MD5 = 19;
const OPTION_USER_TIMEOUT = 28;
const OPTION_MULTIPATH = 30;
const OPTION_FAST_OPEN = 34;
/** Two kinds for experiments, told apart by an identifier (RFC 6994). */
const OPTION_EXPERIMENT_1 = 253;
const OPTION_EXPERIMENT_2 = 254;

/** The option block of nearly every segment with payload: NOP, NOP, timestamps of 10 bytes. */
const NOP_NOP_TIMESTAMP = 0x0101_080a;
const NOP_NOP_TIMESTAMP_LEN = 12;
const PLAIN_HEADER_LEN = HEADER_LEN_MIN + NOP_NOP_TIMESTAMP_LEN;

/** Kind of the option at `at`, which is below the header's end. */
export const optionKind = (view: DataView, at: Offset): number => view.getUint8(at);

/** Bytes of the option at `at`, 1 for END and NOP; 0 when its length is wrong or goes beyond `end`. */
export function optionLen(view: DataView, at: Offset, end: Offset): number {
  if (view.getUint8(at) <= OPTION_NOP) return 1;
  if (end - at < 2) return 0;
  const len = view.getUint8(at + 1);
  return len < 2 || len > end - at ? 0 : len;
}

/** Do the 12 bytes of options at `at` hold two NOPs and a timestamp, as those of nearly every segment? */
export const isPlainTimestamp = (view: DataView, at: Offset): boolean =>
  view.getInt32(at) === 0x0101_080a;

/** Number `i` of 1, 2 or 4 bytes (`width`) in the value of the option at `at`, which is long enough. */
export function optionValue(view: DataView, at: Offset, width: number, i = 0): number {
  const valueAt = at + 2 + i * width;
  if (width === 4) return view.getUint32(valueAt);
  return width === 2 ? view.getUint16(valueAt) : view.getUint8(valueAt);
}

/** Header fields of the layer at `at`; the layer exists, so its first 20 bytes do. */
export const srcPort = (view: DataView, at: Offset): number => view.getUint16(at + SRC_PORT);
export const dstPort = (view: DataView, at: Offset): number => view.getUint16(at + DST_PORT);
export const sequence = (view: DataView, at: Offset): number => view.getUint32(at + SEQUENCE);
export const acknowledgment = (view: DataView, at: Offset): number =>
  view.getUint32(at + ACKNOWLEDGMENT);
/** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256. */
export const flags = (view: DataView, at: Offset): number =>
  view.getUint16(at + OFFSET_FLAGS) & 0x1ff;
/** Where the header ends as it says itself, which may be beyond what was captured of it. */
export const tcpHeaderEnd = (view: DataView, at: Offset): Offset =>
  at + ((view.getUint8(at + OFFSET_FLAGS) >> 4) << 2);
export const window = (view: DataView, at: Offset): number => view.getUint16(at + WINDOW);
export const checksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);
export const urgentPointer = (view: DataView, at: Offset): number =>
  view.getUint16(at + URGENT_POINTER);

/**
 * Where the timestamp value stands in the header [at, payloadAt), its echo reply 4 bytes after it
 * (RFC 7323 section 3.2); -1 = the segment carries no timestamps.
 */
export function tcpTimestampAt(view: DataView, at: Offset, payloadAt: Offset): Offset {
  const optionsAt = at + HEADER_LEN_MIN;
  if (payloadAt - optionsAt < 10) return -1;
  if (view.getInt32(optionsAt) === NOP_NOP_TIMESTAMP) {
    return payloadAt - optionsAt < NOP_NOP_TIMESTAMP_LEN ? -1 : optionsAt + 4;
  }
  const optionAt = tcpFindOption(view, at, payloadAt, OPTION_TIMESTAMP);
  return optionAt >= 0 && view.getUint8(optionAt + 1) === 10 ? optionAt + 2 : -1;
}

/** Where the option of this kind (2 or more) starts in the header [at, payloadAt), or -1; it ends within. */
export function tcpFindOption(view: DataView, at: Offset, payloadAt: Offset, kind: number): Offset {
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    const len = optionLen(view, next, payloadAt);
    const found = view.getUint8(next);
    if (len === 0 || found === OPTION_END) return -1;
    if (found === kind) return next;
    next += len;
  }
  return -1;
}

/** Maximum segment size that a SYN offers (RFC 9293 section 3.7.1), -1 = no such option. */
export function tcpMss(view: DataView, at: Offset, payloadAt: Offset): number {
  const optionAt = tcpFindOption(view, at, payloadAt, OPTION_MSS);
  return optionAt >= 0 && view.getUint8(optionAt + 1) === 4 ? view.getUint16(optionAt + 2) : -1;
}

/** Whether each option of the header [at, payloadAt) ends within it. */
function optionsHold(view: DataView, at: Offset, payloadAt: Offset): boolean {
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    if (view.getUint8(next) === OPTION_END) return true;
    const len = optionLen(view, next, payloadAt);
    if (len === 0) return false;
    next += len;
  }
  return true;
}

export function dissectTcp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const headerLen = tcpHeaderEnd(view, at) - at;
  if (headerLen < HEADER_LEN_MIN) return packet.malformed();
  let payloadAt = at + headerLen;
  const isWhole = payloadAt <= end;
  if (!isWhole) {
    packet.short(end);
    if ((packet.notes & CUT) === 0) return NONE;
    payloadAt = end; // a short snaplen cuts options: the rest is as good
  }
  packet.push(TCP, at, payloadAt, end);
  const srcPort = view.getUint16(at + SRC_PORT);
  const dstPort = view.getUint16(at + DST_PORT);
  packet.enterTransport(srcPort, dstPort);
  if (headerLen > HEADER_LEN_MIN && isWhole) {
    const isPlain = headerLen === PLAIN_HEADER_LEN && view.getInt32(at + 20) === NOP_NOP_TIMESTAMP;
    if (!isPlain && !optionsHold(view, at, payloadAt)) packet.malformed();
  }
  if (payloadAt === end) return NONE;
  return onTcpPayload(packet, srcPort, dstPort);
}

const HDR_LEN = found('tcp.hdr_len', 'Header length', 'uint');
const LEN = found('tcp.len', 'Payload length', 'uint');
const KIND = found('tcp.option_kind', 'Kind', 'uint');
const LENGTH = found('tcp.option_len', 'Length', 'uint');
const MSS = found('tcp.options.mss_val', 'Maximum segment size', 'uint');
const SHIFT = found('tcp.options.wscale.shift', 'Window scale', 'uint');
const MULTIPLIER = found('tcp.options.wscale.multiplier', 'Window multiplier', 'uint');
const SACK_LEFT = found('tcp.options.sack_le', 'SACK left edge', 'uint');
const SACK_RIGHT = found('tcp.options.sack_re', 'SACK right edge', 'uint');
const SACK_COUNT = found('tcp.options.sack.count', 'SACK blocks', 'uint');
const TSVAL = found('tcp.options.timestamp.tsval', 'Timestamp value', 'uint');
const TSECR = found('tcp.options.timestamp.tsecr', 'Timestamp echo reply', 'uint');
const MD5 = found('tcp.options.md5.digest', 'MD5 digest', 'bytes');
const USER_TIMEOUT = found('tcp.options.user_to_val', 'User timeout', 'uint', 0x7fff);
const COOKIE = found('tcp.options.tfo.cookie', 'Fast open cookie', 'bytes');
const EXPERIMENT = found('tcp.options.experimental.exid', 'Experiment', 'hex');
const EXPERIMENT_DATA = found('tcp.options.experimental.data', 'Data', 'bytes');
const UNKNOWN = found('tcp.options.unknown.payload', 'Payload', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const payloadAt = packet.payloadAt[row]!;
  const headerLen = (view.getUint8(at + OFFSET_FLAGS) >> 4) << 2; // beyond payloadAt when the snaplen cut it
  sink.field(HDR_LEN, headerLen, at + OFFSET_FLAGS, 1);
  const isWhole = packet.fragment < 0 || packet.fragment !== ipRowBelow(packet, row);
  if (isWhole && (packet.quoted < 0 || row < packet.quoted)) {
    sink.field(LEN, Math.max(0, wireEndOf(packet, row) - at - headerLen), at, 0);
  }
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    const kind = view.getUint8(next);
    const len = optionLen(view, next, payloadAt);
    sink.open(OPTION_NAMES[kind] ?? `Option ${kind}`, next, len || payloadAt - next);
    give(sink, view, KIND, next, 1);
    if (len > 1) {
      give(sink, view, LENGTH, next + 1, 1);
      giveOption(sink, view, kind, next, len);
    }
    sink.close();
    if (len === 0 || kind === OPTION_END) return;
    next += len;
  }
}

const OPTION_NAMES: readonly (string | undefined)[] = [
  'End of options',
  'No operation',
  'Maximum segment size',
  'Window scale',
  'SACK permitted',
  'SACK',
  undefined,
  undefined,
  'Timestamps',
];

/** The value of the option of `len` bytes, 2 or more, at `at`. */
function giveOption(sink: FieldSink, view: DataView, kind: number, at: Offset, len: number): void {
  switch (kind) {
    case OPTION_MSS:
      if (len === 4) give(sink, view, MSS, at + 2, 2);
      return;
    case OPTION_WINDOW_SCALE:
      if (len !== 3) return;
      give(sink, view, SHIFT, at + 2, 1);
      sink.field(MULTIPLIER, 1 << Math.min(view.getUint8(at + 2), 14), at + 2, 1);
      return;
    case OPTION_SACK_PERMITTED:
    case OPTION_MULTIPATH:
      return;
    case OPTION_SACK:
      for (let next = at + 2; next + 8 <= at + len; next += 8) {
        give(sink, view, SACK_LEFT, next, 4);
        give(sink, view, SACK_RIGHT, next + 4, 4);
      }
      sink.field(SACK_COUNT, (len - 2) >> 3, at + 1, 1);
      return;
    case OPTION_TIMESTAMP:
      if (len !== 10) return;
      give(sink, view, TSVAL, at + 2, 4);
      give(sink, view, TSECR, at + 6, 4);
      return;
    case OPTION_MD5:
      if (len === 18) giveBytes(sink, MD5, at + 2, 16);
      return;
    case OPTION_USER_TIMEOUT:
      if (len === 4) give(sink, view, USER_TIMEOUT, at + 2, 2);
      return;
    case OPTION_FAST_OPEN:
      if (len > 2) giveBytes(sink, COOKIE, at + 2, len - 2);
      return;
    case OPTION_EXPERIMENT_1:
    case OPTION_EXPERIMENT_2:
      if (len >= 4) give(sink, view, EXPERIMENT, at + 2, 2);
      if (len > 4) giveBytes(sink, EXPERIMENT_DATA, at + 4, len - 4);
      return;
    default:
      if (len > 2) giveBytes(sink, UNKNOWN, at + 2, len - 2);
  }
}

export const tcp: Dissector = {
  protocol: TCP,
  name: 'tcp',
  reference: 'RFC 9293, RFC 7323, RFC 2018',
  on: { ipProtocol: [6] },
  dissect: dissectTcp,
  fields: [
    fixed('tcp.srcport', 'Source port', 'uint', SRC_PORT, 2),
    fixed('tcp.dstport', 'Destination port', 'uint', DST_PORT, 2),
    LEN,
    fixed('tcp.seq_raw', 'Sequence number', 'uint', SEQUENCE, 4),
    fixed('tcp.ack_raw', 'Acknowledgment number', 'uint', ACKNOWLEDGMENT, 4),
    HDR_LEN,
    fixed('tcp.flags', 'Flags', 'hex', OFFSET_FLAGS, 2, 0x0fff),
    fixed('tcp.flags.ae', 'Accurate ECN', 'boolean', OFFSET_FLAGS, 1, 0x01),
    fixed('tcp.flags.cwr', 'CWR', 'boolean', FLAGS, 1, 0x80),
    fixed('tcp.flags.ece', 'ECE', 'boolean', FLAGS, 1, 0x40),
    fixed('tcp.flags.urg', 'URG', 'boolean', FLAGS, 1, 0x20),
    fixed('tcp.flags.ack', 'ACK', 'boolean', FLAGS, 1, 0x10),
    fixed('tcp.flags.push', 'PSH', 'boolean', FLAGS, 1, 0x08),
    fixed('tcp.flags.reset', 'RST', 'boolean', FLAGS, 1, 0x04),
    fixed('tcp.flags.syn', 'SYN', 'boolean', FLAGS, 1, 0x02),
    fixed('tcp.flags.fin', 'FIN', 'boolean', FLAGS, 1, 0x01),
    fixed('tcp.window_size_value', 'Window', 'uint', WINDOW, 2),
    fixed('tcp.checksum', 'Checksum', 'hex', CHECKSUM, 2),
    fixed('tcp.urgent_pointer', 'Urgent pointer', 'uint', URGENT_POINTER, 2),
    KIND,
    LENGTH,
    MSS,
    SHIFT,
    MULTIPLIER,
    SACK_LEFT,
    SACK_RIGHT,
    SACK_COUNT,
    TSVAL,
    TSECR,
    MD5,
    USER_TIMEOUT,
    COOKIE,
    EXPERIMENT,
    EXPERIMENT_DATA,
    UNKNOWN,
  ],
  walk,
};
