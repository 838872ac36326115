/**
 * Generic Routing Encapsulation: version 0 with checksum, key and sequence number (RFC 2784, RFC 2890)
 * and the routing of RFC 1701; version 1, PPTP's (RFC 2637 section 4.1).
 *
 *     0               1               2               3
 *     +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 *     |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol Type         |
 *     +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 *     |      Checksum (if C or R)     |       Offset (if C or R)      |
 *     |                         Key (if K)                            |
 *     |                   Sequence Number (if S)                      |
 *     |             Routing (if R), Acknowledgment (if A, version 1)  |
 *
 * NVGRE (RFC 7637) is version 0 with a key (24 bits subnet, 8 bits flow) and protocol 0x6558.
 */
import { ETHERNET, GRE, IPV4, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import { onEtherType } from './ethernet.ts';

const FLAGS = 0;
const PROTOCOL_TYPE = 2;
const HEADER_LEN_MIN = 4;

const FLAG_CHECKSUM = 0x8000;
const FLAG_ROUTING = 0x4000;
const FLAG_KEY = 0x2000;
const FLAG_SEQUENCE = 0x1000;
const FLAG_ACKNOWLEDGMENT = 0x0080;
const VERSION = 0x0007;

const ROUTE_HEADER_LEN = 4;
/** Source route entries of one header: more than any sender writes, so the walk ends. */
const ROUTES_MAX = 64;

const PROTOCOL_PPP = 0x880b;
const PROTOCOL_WCCP = 0x883e;
/** MikroTik's Ethernet over IP. */
const PROTOCOL_EOIP = 0x6400;
const WCCP_REDIRECT_LEN = 4;

/** Flags and version of the layer at `at`. */
export const greFlags = (view: DataView, at: Offset): number => view.getUint16(at + FLAGS);
/** EtherType of what it carries. */
export const greProtocol = (view: DataView, at: Offset): number =>
  view.getUint16(at + PROTOCOL_TYPE);
export const greHasKey = (view: DataView, at: Offset): boolean =>
  (view.getUint16(at + FLAGS) & FLAG_KEY) !== 0;
export const greHasSequence = (view: DataView, at: Offset): boolean =>
  (view.getUint16(at + FLAGS) & FLAG_SEQUENCE) !== 0;

/** Key, unsigned 32-bit, -1 = none. In version 1 (PPTP): payload length and call identifier. */
export function greKey(view: DataView, at: Offset): number {
  const flags = view.getUint16(at + FLAGS);
  if ((flags & FLAG_KEY) === 0) return -1;
  return view.getUint32(at + HEADER_LEN_MIN + checksumLen(flags));
}

/** Sequence number, unsigned 32-bit, -1 = none. */
export function greSequence(view: DataView, at: Offset): number {
  const flags = view.getUint16(at + FLAGS);
  if ((flags & FLAG_SEQUENCE) === 0) return -1;
  const keyLen = (flags & FLAG_KEY) === 0 ? 0 : 4;
  return view.getUint32(at + HEADER_LEN_MIN + checksumLen(flags) + keyLen);
}

/** Checksum and offset, 16 bits each, as one unsigned number; -1 = none. */
export function greChecksumAndOffset(view: DataView, at: Offset): number {
  return checksumLen(view.getUint16(at + FLAGS)) === 0 ? -1 : view.getUint32(at + HEADER_LEN_MIN);
}

/** Bytes of checksum and offset: both or none (RFC 1701). */
const checksumLen = (flags: number): number =>
  (flags & (FLAG_CHECKSUM | FLAG_ROUTING)) !== 0 && (flags & VERSION) === 0 ? 4 : 0;

export function dissectGre(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const flags = view.getUint16(at + FLAGS);
  const version = flags & VERSION;
  if (version > 1) return packet.malformed();
  let payloadAt = at + HEADER_LEN_MIN + checksumLen(flags);
  if ((flags & FLAG_KEY) !== 0) payloadAt += 4;
  if ((flags & FLAG_SEQUENCE) !== 0) payloadAt += 4;
  if (version === 1 && (flags & FLAG_ACKNOWLEDGMENT) !== 0) payloadAt += 4;
  if (payloadAt > end) return packet.short(end);
  if (version === 0 && (flags & FLAG_ROUTING) !== 0) {
    payloadAt = routesEnd(view, payloadAt, end);
    if (payloadAt < 0) return packet.short(end);
  }
  packet.push(GRE, at, payloadAt, end);
  if (payloadAt === end) return NONE;
  return onGre(packet, view.getUint16(at + PROTOCOL_TYPE));
}

/** Where the source route entries at `at` end, behind the one of length 0 (RFC 1701); -1 = beyond `end`. */
function routesEnd(view: DataView, at: Offset, end: Offset): Offset {
  let next = at;
  for (let i = 0; i < ROUTES_MAX && end - next >= ROUTE_HEADER_LEN; i++) {
    const family = view.getUint16(next);
    const len = view.getUint8(next + 3);
    next += ROUTE_HEADER_LEN + len;
    if (family === 0 && len === 0) return next;
  }
  return -1;
}

function onGre(packet: Packet, protocol: number): Protocol {
  if (protocol === PROTOCOL_EOIP) return ETHERNET;
  if (protocol !== PROTOCOL_WCCP) return onEtherType(packet, protocol);
  const at = packet.nextAt; // a redirect header may stand before the IPv4 packet, in WCCP version 2
  if (packet.view.getUint8(at) >> 4 !== 4) {
    if (packet.nextEnd - at < WCCP_REDIRECT_LEN) return packet.short(packet.nextEnd);
    packet.payloadAt[packet.depth - 1] = at + WCCP_REDIRECT_LEN;
    packet.nextAt = at + WCCP_REDIRECT_LEN;
  }
  return IPV4;
}

const CHECKSUM = found('gre.checksum', 'Checksum', 'hex');
const OFFSET = found('gre.offset', 'Offset', 'uint');
const KEY = found('gre.key', 'Key', 'hex');
const KEY_LENGTH = found('gre.key.payload_length', 'Payload length', 'uint');
const KEY_CALL = found('gre.key.call_id', 'Call ID', 'uint');
const SEQUENCE = found('gre.sequence_number', 'Sequence number', 'uint');
const ACKNOWLEDGMENT = found('gre.ack_number', 'Acknowledgment number', 'uint');
const ROUTE_FAMILY = found('gre.routing.address_family', 'Address family', 'uint');
const ROUTE_OFFSET = found('gre.routing.sre_offset', 'Route offset', 'uint');
const ROUTE_LENGTH = found('gre.routing.src_length', 'Route length', 'uint');
const ROUTE_DATA = found('gre.routing.information', 'Routing information', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const flags = view.getUint16(at + FLAGS);
  const isPptp = (flags & VERSION) === 1 && view.getUint16(at + PROTOCOL_TYPE) === PROTOCOL_PPP;
  let next = at + HEADER_LEN_MIN;
  if (checksumLen(flags) > 0) {
    give(sink, view, CHECKSUM, next, 2);
    give(sink, view, OFFSET, next + 2, 2);
    next += 4;
  }
  if ((flags & FLAG_KEY) !== 0) {
    if (isPptp) {
      give(sink, view, KEY_LENGTH, next, 2);
      give(sink, view, KEY_CALL, next + 2, 2);
    } else give(sink, view, KEY, next, 4);
    next += 4;
  }
  if ((flags & FLAG_SEQUENCE) !== 0) {
    give(sink, view, SEQUENCE, next, 4);
    next += 4;
  }
  if ((flags & VERSION) === 1) {
    if ((flags & FLAG_ACKNOWLEDGMENT) !== 0) give(sink, view, ACKNOWLEDGMENT, next, 4);
  } else if ((flags & FLAG_ROUTING) !== 0) walkRoutes(sink, view, next, packet.payloadAt[row]!);
}

/** The entries that `routesEnd` found whole. */
function walkRoutes(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  for (let next = at; end - next >= ROUTE_HEADER_LEN; ) {
    const len = view.getUint8(next + 3);
    give(sink, view, ROUTE_FAMILY, next, 2);
    give(sink, view, ROUTE_OFFSET, next + 2, 1);
    give(sink, view, ROUTE_LENGTH, next + 3, 1);
    next += ROUTE_HEADER_LEN;
    if (len > 0) giveBytes(sink, ROUTE_DATA, next, len);
    next += len;
  }
}

export const gre: Dissector = {
  protocol: GRE,
  name: 'gre',
  reference: 'RFC 2784, RFC 2890, RFC 1701, RFC 2637, RFC 7637, RFC 8086',
  on: { ipProtocol: [47], udpPort: [4754] },
  dissect: dissectGre,
  fields: [
    fixed('gre.flags_and_version', 'Flags and version', 'hex', FLAGS, 2),
    fixed('gre.flags.checksum', 'Checksum', 'boolean', FLAGS, 2, FLAG_CHECKSUM),
    fixed('gre.flags.routing', 'Routing', 'boolean', FLAGS, 2, FLAG_ROUTING),
    fixed('gre.flags.key', 'Key', 'boolean', FLAGS, 2, FLAG_KEY),
    fixed('gre.flags.sequence_number', 'Sequence number', 'boolean', FLAGS, 2, FLAG_SEQUENCE),
    fixed('gre.flags.strict_source_route', 'Strict source route', 'boolean', FLAGS, 2, 0x0800),
    fixed('gre.flags.recursion_control', 'Recursion control', 'uint', FLAGS, 2, 0x0700),
    fixed('gre.flags.version', 'Version', 'uint', FLAGS, 2, VERSION),
    fixed('gre.proto', 'Protocol type', 'hex', PROTOCOL_TYPE, 2),
    CHECKSUM,
    OFFSET,
    KEY,
    KEY_LENGTH,
    KEY_CALL,
    SEQUENCE,
    ACKNOWLEDGMENT,
    ROUTE_FAMILY,
    ROUTE_OFFSET,
    ROUTE_LENGTH,
    ROUTE_DATA,
  ],
  walk,
};
