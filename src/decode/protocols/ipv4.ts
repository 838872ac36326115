/**
 * Internet Protocol version 4 (RFC 791). IPIP is this protocol inside itself (RFC 2003).
 *
 *     0               1               2               3
 *     +-------+-------+---------------+-------------------------------+
 *     |Version|  IHL  |    DSCP/ECN   |          Total Length         |
 *     +-------+-------+---------------+-----+-------------------------+
 *     |         Identification        |Flags|   Fragment Offset / 8   |
 *     +---------------+---------------+-----+-------------------------+
 *     |  Time to Live |    Protocol   |        Header Checksum        |
 *     +---------------+---------------+-------------------------------+
 *     |                         Source Address                        |
 *     |                      Destination Address                      |
 *     |                    Options, 0 to 40 bytes                     |
 */
import { showIpv4 } from '../../base/address.ts';
import { IPV4, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import { byIpProtocol } from '../next.ts';
import { GSO_LENGTH, MALFORMED, type Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';

const VERSION_IHL = 0;
const TOS = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_OFFSET = 6;
const TTL = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
const HEADER_LEN_MIN = 20;
/** First byte of nearly every header: version 4, no options. */
const PLAIN_VERSION_IHL = 0x45;

const MORE_FRAGMENTS = 0x2000;
const OFFSET_BLOCKS = 0x1fff;

/** IP protocol number that says nothing follows (RFC 8200 section 4.7). */
const NO_NEXT_HEADER = 59;

/** Option types (RFC 791 section 3.1), the copy bit included. */
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_RECORD_ROUTE = 7;
const OPTION_TIMESTAMP = 0x44;
const OPTION_LOOSE_ROUTE = 0x83;
const OPTION_STREAM_ID = 0x88;
const OPTION_STRICT_ROUTE = 0x89;
const OPTION_ROUTER_ALERT = 0x94;
/** Cilium's direct server return: the service's port and address (cilium bpf/lib/nodeport.h). */
const OPTION_CILIUM_DSR = 0x9a;
const CILIUM_DSR_LEN = 8;

/** Header fields of the layer at `at`; the layer exists, so its first 20 bytes do. */
/** Where the addresses stand, the destination after the source. */
export const sourceAt = (at: Offset): Offset => at + SOURCE;
export const source = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + SOURCE);
export const destination = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + DESTINATION);
export const tos = (view: DataView, at: Offset): number => view.getUint8(at + TOS);
export const totalLength = (view: DataView, at: Offset): number =>
  view.getUint16(at + TOTAL_LENGTH);
export const identification = (view: DataView, at: Offset): number =>
  view.getUint16(at + IDENTIFICATION);
export const ttl = (view: DataView, at: Offset): number => view.getUint8(at + TTL);
export const protocol = (view: DataView, at: Offset): number => view.getUint8(at + PROTOCOL);
export const checksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);
/** Bytes from the start of the datagram's payload, 0 where it is no later fragment. */
export const fragmentOffset = (view: DataView, at: Offset): number =>
  (view.getUint16(at + FLAGS_OFFSET) & OFFSET_BLOCKS) << 3;
/** The three flag bits: 4 reserved, 2 don't fragment, 1 more fragments. */
export const flags = (view: DataView, at: Offset): number => view.getUint8(at + FLAGS_OFFSET) >> 5;

/** The protocol after an IP protocol number, noted when nobody decodes it. */
export function onIpProtocol(packet: Packet, number: number): Protocol {
  const next = byIpProtocol[number]!;
  if (next !== NONE) return next;
  return number === NO_NEXT_HEADER ? NONE : packet.unknown();
}

/** Bytes of the option at `at`, 1 for END and NOP; 0 when its length is wrong or goes beyond `end`. */
export function ipv4OptionLen(view: DataView, at: Offset, end: Offset): number {
  if (view.getUint8(at) <= OPTION_NOP) return 1;
  if (end - at < 2) return 0;
  const len = view.getUint8(at + 1);
  return len < 2 || len > end - at ? 0 : len;
}

/** Whether each option of the header [at, payloadAt) ends within it. */
function optionsHold(view: DataView, at: Offset, payloadAt: Offset): boolean {
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    if (view.getUint8(next) === OPTION_END) return true;
    const len = ipv4OptionLen(view, next, payloadAt);
    if (len === 0) return false;
    next += len;
  }
  return true;
}

/** Where the option of this type starts in the header [at, payloadAt), or -1. */
export function ipv4FindOption(
  view: DataView,
  at: Offset,
  payloadAt: Offset,
  type: number,
): Offset {
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    const found = view.getUint8(next);
    const len = ipv4OptionLen(view, next, payloadAt);
    if (len === 0) return -1;
    if (found === type) return next;
    if (found === OPTION_END) return -1;
    next += len;
  }
  return -1;
}

/** Where Cilium's DSR option starts in the header [at, payloadAt), or -1. */
export function ciliumDsrAt(view: DataView, at: Offset, payloadAt: Offset): Offset {
  if (payloadAt - at < HEADER_LEN_MIN + CILIUM_DSR_LEN) return -1;
  const optionAt = ipv4FindOption(view, at, payloadAt, OPTION_CILIUM_DSR);
  return optionAt >= 0 && view.getUint8(optionAt + 1) === CILIUM_DSR_LEN ? optionAt : -1;
}
/** The service that a DSR option names: Cilium writes both in the byte order of its (little-endian) hosts. */
export const ciliumDsrPort = (view: DataView, optionAt: Offset): number =>
  view.getUint16(optionAt + 2, true);
export const ciliumDsrAddress = (view: DataView, optionAt: Offset): Ipv4 =>
  view.getInt32(optionAt + 4, true);

export function dissectIpv4(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  let payloadAt = at + HEADER_LEN_MIN;
  if (view.getUint8(at + VERSION_IHL) !== PLAIN_VERSION_IHL) {
    payloadAt = oddHeaderEnd(packet, at, end);
    if (payloadAt < 0) return NONE;
  }
  let wireEnd = at + view.getUint16(at + TOTAL_LENGTH);
  const limit = packet.wireLimit(end);
  if (wireEnd > limit || wireEnd < payloadAt) {
    wireEnd = oddEnd(packet, at, payloadAt, wireEnd, limit);
    if (wireEnd < 0) return packet.malformed();
  }
  packet.push(IPV4, at, payloadAt, wireEnd < end ? wireEnd : end);
  const ipProtocol = view.getUint8(at + PROTOCOL);
  if (!packet.enterIp(ipProtocol, wireEnd)) return NONE;
  const flagsOffset = view.getUint16(at + FLAGS_OFFSET);
  if ((flagsOffset & (MORE_FRAGMENTS | OFFSET_BLOCKS)) !== 0) {
    packet.enterFragment(
      packet.depth - 1,
      view.getUint16(at + IDENTIFICATION),
      (flagsOffset & OFFSET_BLOCKS) << 3,
    );
    if ((flagsOffset & OFFSET_BLOCKS) !== 0) return NONE;
  }
  return onIpProtocol(packet, ipProtocol);
}

/** Where a header ends that is not version 4 with 20 bytes; -1 = it is none, and noted. */
function oddHeaderEnd(packet: Packet, at: Offset, end: Offset): Offset {
  const versionIhl = packet.view.getUint8(at + VERSION_IHL);
  const headerLen = (versionIhl & 15) << 2;
  if (versionIhl >> 4 !== 4 || headerLen < HEADER_LEN_MIN) {
    packet.malformed();
    return -1;
  }
  if (end - at < headerLen) {
    packet.short(end);
    return -1;
  }
  if (!optionsHold(packet.view, at, at + headerLen)) packet.malformed();
  return at + headerLen;
}

/**
 * Where a packet ends on the wire whose total length ends it at `wireEnd`, before its header does or
 * beyond `limit`, where the layer below ends; -1 when the length is impossible.
 */
function oddEnd(
  packet: Packet,
  at: Offset,
  payloadAt: Offset,
  wireEnd: Offset,
  limit: Offset,
): Offset {
  if (wireEnd === at) {
    // the kernel leaves 0 in frames above 64 KiB: the length of the layer below holds
    if (packet.quoted < 0) packet.notes |= GSO_LENGTH;
    return limit;
  }
  if (wireEnd < payloadAt) return -1;
  if (packet.quoted >= 0 || packet.fragment >= 0) return wireEnd; // the rest is elsewhere
  packet.notes |= MALFORMED;
  return limit;
}

const VERSION_FIELD = fixed('ip.version', 'Version', 'uint', VERSION_IHL, 1, 0xf0);
const HDR_LEN = found('ip.hdr_len', 'Header length', 'uint');
const OPT_TYPE = found('ip.opt.type', 'Type', 'uint');
const OPT_LEN = found('ip.opt.len', 'Length', 'uint');
const OPT_PTR = found('ip.opt.ptr', 'Pointer', 'uint');
const OPT_ROUTER_ALERT = found('ip.opt.ra', 'Router alert', 'uint');
const OPT_STREAM_ID = found('ip.opt.sid', 'Stream identifier', 'uint');
const OPT_OVERFLOW = found('ip.opt.overflow', 'Overflow', 'uint', 0xf0);
const OPT_FLAG = found('ip.opt.flag', 'Flag', 'hex', 0x0f);
const OPT_TIME = found('ip.opt.time_stamp', 'Timestamp', 'uint');
const OPT_TIME_ADDRESS = found('ip.opt.time_stamp_addr', 'Address', 'ipv4');
const RECORDED = found('ip.rec_rt', 'Recorded route', 'ipv4');
const SOURCE_ROUTE = found('ip.src_rt', 'Source route', 'ipv4');
const EMPTY_ROUTE = found('ip.empty_rt', 'Empty slot', 'ipv4');
/** Not Wireshark's: it knows no such option. */
const DSR_PORT = found('ip.opt.cilium_dsr.port', 'Service port', 'uint');
const DSR_ADDRESS = found('ip.opt.cilium_dsr.address', 'Service address', 'text');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const payloadAt = packet.payloadAt[row]!;
  sink.field(HDR_LEN, payloadAt - at, at, 1);
  for (let next = at + HEADER_LEN_MIN; next < payloadAt; ) {
    const type = view.getUint8(next);
    const len = ipv4OptionLen(view, next, payloadAt);
    sink.open(optionName(type), next, len || payloadAt - next);
    give(sink, view, OPT_TYPE, next, 1);
    if (len > 1) {
      give(sink, view, OPT_LEN, next + 1, 1);
      walkOption(sink, view, type, next, len);
    }
    sink.close();
    if (len === 0 || type === OPTION_END) return;
    next += len;
  }
}

function optionName(type: number): string {
  switch (type) {
    case OPTION_END:
      return 'End of options';
    case OPTION_NOP:
      return 'No operation';
    case OPTION_RECORD_ROUTE:
      return 'Record route';
    case OPTION_TIMESTAMP:
      return 'Timestamp';
    case OPTION_LOOSE_ROUTE:
      return 'Loose source route';
    case OPTION_STRICT_ROUTE:
      return 'Strict source route';
    case OPTION_STREAM_ID:
      return 'Stream identifier';
    case OPTION_ROUTER_ALERT:
      return 'Router alert';
    case OPTION_CILIUM_DSR:
      return 'Cilium DSR';
    default:
      return `Option ${type}`;
  }
}

/** The value of an option of `len` bytes, 2 or more, at `at`. */
function walkOption(sink: FieldSink, view: DataView, type: number, at: Offset, len: number): void {
  switch (type) {
    case OPTION_RECORD_ROUTE:
    case OPTION_LOOSE_ROUTE:
    case OPTION_STRICT_ROUTE:
      walkRoute(sink, view, type, at, len);
      return;
    case OPTION_TIMESTAMP:
      walkTimestamps(sink, view, at, len);
      return;
    case OPTION_ROUTER_ALERT:
      if (len === 4) give(sink, view, OPT_ROUTER_ALERT, at + 2, 2);
      return;
    case OPTION_STREAM_ID:
      if (len === 4) give(sink, view, OPT_STREAM_ID, at + 2, 2);
      return;
    case OPTION_CILIUM_DSR:
      if (len !== CILIUM_DSR_LEN) return;
      sink.field(DSR_PORT, ciliumDsrPort(view, at), at + 2, 2);
      sink.field(DSR_ADDRESS, showIpv4(ciliumDsrAddress(view, at)), at + 4, 4);
  }
}

/** Record route and source routes: a pointer (from 1, at the option's start), then addresses. */
function walkRoute(sink: FieldSink, view: DataView, type: number, at: Offset, len: number): void {
  if (len < 3) return;
  give(sink, view, OPT_PTR, at + 2, 1);
  const pointer = view.getUint8(at + 2);
  for (let i = 3; i + 4 <= len; i += 4) {
    const isPast = i + 1 < pointer;
    if (type === OPTION_RECORD_ROUTE) giveBytes(sink, isPast ? RECORDED : EMPTY_ROUTE, at + i, 4);
    else giveBytes(sink, isPast ? RECORDED : SOURCE_ROUTE, at + i, 4);
  }
}

/** Timestamps (RFC 791): flag 0 times only, 1 and 3 each with its address. */
function walkTimestamps(sink: FieldSink, view: DataView, at: Offset, len: number): void {
  if (len < 4) return;
  give(sink, view, OPT_PTR, at + 2, 1);
  give(sink, view, OPT_OVERFLOW, at + 3, 1);
  give(sink, view, OPT_FLAG, at + 3, 1);
  const hasAddress = (view.getUint8(at + 3) & 15) !== 0;
  for (let i = 4; i + (hasAddress ? 8 : 4) <= len; i += 4) {
    if (hasAddress) {
      giveBytes(sink, OPT_TIME_ADDRESS, at + i, 4);
      i += 4;
    }
    give(sink, view, OPT_TIME, at + i, 4);
  }
}

export const ipv4: Dissector = {
  protocol: IPV4,
  name: 'ip',
  reference: 'RFC 791, RFC 2003',
  on: { linktype: [228], etherType: [0x0800], ipProtocol: [4] },
  dissect: dissectIpv4,
  fields: [
    VERSION_FIELD,
    HDR_LEN,
    fixed('ip.dsfield', 'Differentiated services', 'hex', TOS, 1),
    fixed('ip.dsfield.dscp', 'DSCP', 'uint', TOS, 1, 0xfc),
    fixed('ip.dsfield.ecn', 'ECN', 'uint', TOS, 1, 0x03),
    fixed('ip.len', 'Total length', 'uint', TOTAL_LENGTH, 2),
    fixed('ip.id', 'Identification', 'hex', IDENTIFICATION, 2),
    fixed('ip.flags', 'Flags', 'hex', FLAGS_OFFSET, 1, 0xe0),
    fixed('ip.flags.rb', 'Reserved bit', 'boolean', FLAGS_OFFSET, 1, 0x80),
    fixed('ip.flags.df', "Don't fragment", 'boolean', FLAGS_OFFSET, 1, 0x40),
    fixed('ip.flags.mf', 'More fragments', 'boolean', FLAGS_OFFSET, 1, 0x20),
    fixed('ip.frag_offset', 'Fragment offset, 8 bytes', 'uint', FLAGS_OFFSET, 2, OFFSET_BLOCKS),
    fixed('ip.ttl', 'Time to live', 'uint', TTL, 1),
    fixed('ip.proto', 'Protocol', 'uint', PROTOCOL, 1),
    fixed('ip.checksum', 'Header checksum', 'hex', CHECKSUM, 2),
    fixed('ip.src', 'Source', 'ipv4', SOURCE, 4),
    fixed('ip.dst', 'Destination', 'ipv4', DESTINATION, 4),
    OPT_TYPE,
    OPT_LEN,
    OPT_PTR,
    OPT_ROUTER_ALERT,
    OPT_STREAM_ID,
    OPT_OVERFLOW,
    OPT_FLAG,
    OPT_TIME,
    OPT_TIME_ADDRESS,
    RECORDED,
    SOURCE_ROUTE,
    EMPTY_ROUTE,
    DSR_PORT,
    DSR_ADDRESS,
  ],
  walk,
};
