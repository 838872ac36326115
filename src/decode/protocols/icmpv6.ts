/**
 * ICMP for IPv6 (RFC 4443), neighbour discovery (RFC 4861 section 4), multicast listeners (RFC 2710,
 * RFC 3810).
 *
 *     0               1               2               3
 *     +---------------+---------------+-------------------------------+
 *     |     Type      |     Code      |           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |  identifier and sequence, or MTU, or pointer, or flags        |
 *     +---------------------------------------------------------------+
 *
 * An error (types below 128) quotes the start of the packet it is about: those layers follow, from
 * row `packet.quoted`.
 */
import { ICMPV6, IPV6, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import { ICMP_EXTENSION_FIELDS, walkIcmpExtension } from './icmp-extension.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const BODY = 4;
const HEADER_LEN = 8;
const TARGET = 8;
const LISTENER_QUERY_2_LEN = 28;

export const ICMPV6_UNREACHABLE = 1;
export const ICMPV6_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO = 128;
export const ICMPV6_ECHO_REPLY = 129;
export const ICMPV6_LISTENER_QUERY = 130;
export const ICMPV6_LISTENER_DONE = 132;
export const ICMPV6_ROUTER_SOLICITATION = 133;
export const ICMPV6_ROUTER_ADVERTISEMENT = 134;
export const ICMPV6_NEIGHBOR_SOLICITATION = 135;
export const ICMPV6_NEIGHBOR_ADVERTISEMENT = 136;
export const ICMPV6_REDIRECT = 137;
export const ICMPV6_LISTENER_REPORT_2 = 143;

const OPTION_SOURCE_LINK = 1;
const OPTION_TARGET_LINK = 2;
const OPTION_PREFIX = 3;
const OPTION_ROUTE = 24; // RFC 4191 section 2.3: the prefix takes 0, 8 or 16 bytes
const OPTION_MTU = 5;
const OPTION_NONCE = 14; // RFC 3971 section 5.3.2; Linux sends it to detect duplicates (RFC 7527)
const OPTION_DNS_SERVERS = 25; // RFC 8106 section 5.1

export const icmpv6Type = (view: DataView, at: Offset): number => view.getUint8(at + TYPE);
export const icmpv6Code = (view: DataView, at: Offset): number => view.getUint8(at + CODE);
/** Of echo messages. */
export const icmpv6Identifier = (view: DataView, at: Offset): number => view.getUint16(at + BODY);
export const icmpv6Sequence = (view: DataView, at: Offset): number => view.getUint16(at + BODY + 2);
/** Records of a multicast listener report of version 2. */
export const icmpv6Records = (view: DataView, at: Offset): number => view.getUint16(at + BODY + 2);
/** Checksum of any message. */
export const icmpv6Checksum = (view: DataView, at: Offset): number => view.getUint16(at + 2);
/** MTU of "packet too big", unsigned 32-bit. */
export const icmpv6Mtu = (view: DataView, at: Offset): number => view.getUint32(at + BODY);
/** Where the target address of a neighbour message (24 bytes or more) stands. */
export const icmpv6TargetAt = (at: Offset): Offset => at + TARGET;
/** Where the destination that a redirect (40 bytes or more) is about stands. */
export const icmpv6RedirectedAt = (at: Offset): Offset => at + TARGET + 16;
/** Does a message of this type quote a packet? */
export const icmpv6Quotes = (type: number): boolean => type >= 1 && type <= 4;

/** Where the options of a neighbour discovery message start, after its type; 0 = it has none. */
function optionsAfter(type: number): number {
  switch (type) {
    case ICMPV6_ROUTER_SOLICITATION:
      return 8;
    case ICMPV6_ROUTER_ADVERTISEMENT:
      return 16;
    case ICMPV6_NEIGHBOR_SOLICITATION:
    case ICMPV6_NEIGHBOR_ADVERTISEMENT:
      return 24;
    case ICMPV6_REDIRECT:
      return 40;
    default:
      return 0;
  }
}

export function dissectIcmpv6(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const type = view.getUint8(at + TYPE);
  packet.push(ICMPV6, at, at + HEADER_LEN, end);
  const isEcho = type === ICMPV6_ECHO || type === ICMPV6_ECHO_REPLY;
  const identifier = isEcho ? view.getUint16(at + BODY) : 0;
  packet.enterTransport(identifier, identifier);
  if (isEcho) return NONE;
  if (icmpv6Quotes(type) && at + HEADER_LEN < end) {
    if (packet.quoted < 0) packet.quoted = packet.depth;
    const quotedLen = hasLength(type) ? view.getUint8(at + BODY) << 3 : 0;
    if (quotedLen !== 0) packet.nextEnd = Math.min(at + HEADER_LEN + quotedLen, end);
    return IPV6;
  }
  return checkOptions(packet, at, end, optionsAfter(type));
}

/** Types whose byte 4 holds the quoted length in 8 bytes (RFC 4884 section 4). */
const hasLength = (type: number): boolean =>
  type === ICMPV6_UNREACHABLE || type === ICMPV6_TIME_EXCEEDED;

/** Neighbour discovery options, from `after` bytes into the message: each has a length, none is 0. */
function checkOptions(packet: Packet, at: Offset, end: Offset, after: number): Protocol {
  if (after === 0) return NONE;
  if (end - at < after) return packet.short(end);
  for (let next = at + after; next < end; ) {
    if (end - next < 2) return packet.short(end);
    const len = packet.view.getUint8(next + 1) << 3;
    if (len === 0) return packet.malformed(); // RFC 4861 section 4.6: MUST be discarded
    if (len > end - next) return packet.short(end);
    next += len;
  }
  return NONE;
}

const ECHO_ID = found('icmpv6.echo.identifier', 'Identifier', 'hex');
const ECHO_SEQ = found('icmpv6.echo.sequence_number', 'Sequence', 'uint');
const MTU_FIELD = found('icmpv6.mtu', 'MTU', 'uint');
const LENGTH_FIELD = found('icmpv6.length', 'Quoted length, 8 bytes', 'uint');
const POINTER = found('icmpv6.pointer', 'Pointer', 'uint');
const NS_TARGET = found('icmpv6.nd.ns.target_address', 'Target', 'ipv6');
const NA_TARGET = found('icmpv6.nd.na.target_address', 'Target', 'ipv6');
const NA_ROUTER = found('icmpv6.nd.na.flag.r', 'Router', 'boolean', 0x8000_0000);
const NA_SOLICITED = found('icmpv6.nd.na.flag.s', 'Solicited', 'boolean', 0x4000_0000);
const NA_OVERRIDE = found('icmpv6.nd.na.flag.o', 'Override', 'boolean', 0x2000_0000);
const RD_TARGET = found('icmpv6.nd.rd.target_address', 'Target', 'ipv6');
const RD_DESTINATION = found('icmpv6.rd.na.destination_address', 'Destination', 'ipv6');
const RA_HOPS = found('icmpv6.nd.ra.cur_hop_limit', 'Current hop limit', 'uint');
const RA_FLAGS = found('icmpv6.nd.ra.flag', 'Flags', 'hex');
const RA_MANAGED = found('icmpv6.nd.ra.flag.m', 'Managed', 'boolean', 0x80);
const RA_OTHER = found('icmpv6.nd.ra.flag.o', 'Other', 'boolean', 0x40);
const RA_LIFETIME = found('icmpv6.nd.ra.router_lifetime', 'Router lifetime, s', 'uint');
const RA_REACHABLE = found('icmpv6.nd.ra.reachable_time', 'Reachable time, ms', 'uint');
const RA_RETRANS = found('icmpv6.nd.ra.retrans_timer', 'Retransmission timer, ms', 'uint');
const OPT_TYPE = found('icmpv6.opt.type', 'Type', 'uint');
const OPT_LENGTH = found('icmpv6.opt.length', 'Length, 8 bytes', 'uint');
const OPT_SOURCE = found('icmpv6.opt.src_linkaddr', 'Source link-layer address', 'mac');
const OPT_TARGET = found('icmpv6.opt.target_linkaddr', 'Target link-layer address', 'mac');
const OPT_PREFIX_LEN = found('icmpv6.opt.prefix.length', 'Prefix length', 'uint');
const OPT_PREFIX_L = found('icmpv6.opt.prefix.flag.l', 'On link', 'boolean', 0x80);
const OPT_PREFIX_A = found('icmpv6.opt.prefix.flag.a', 'Autonomous', 'boolean', 0x40);
const OPT_VALID = found('icmpv6.opt.prefix.valid_lifetime', 'Valid lifetime, s', 'uint');
const OPT_PREFERRED = found('icmpv6.opt.prefix.preferred_lifetime', 'Preferred, s', 'uint');
const OPT_PREFIX_FIELD = found('icmpv6.opt.prefix', 'Prefix', 'ipv6');
const OPT_MTU_FIELD = found('icmpv6.opt.mtu', 'MTU', 'uint');
const OPT_ROUTE_LIFETIME = found('icmpv6.opt.route_lifetime', 'Route lifetime, s', 'uint');
const OPT_NONCE = found('icmpv6.opt.nonce', 'Nonce', 'bytes');
const OPT_DNS_LIFETIME = found('icmpv6.opt.rdnss.lifetime', 'Lifetime, s', 'uint');
const OPT_DNS_SERVER = found('icmpv6.opt.rdnss', 'DNS server', 'ipv6');
const MLD_ADDRESS = found('icmpv6.mld.multicast_address', 'Multicast address', 'ipv6');
const MLD_DELAY = found('icmpv6.mld.maximum_response_delay', 'Maximum response, ms', 'uint');
const MLD_CODE = found('icmpv6.mld.maximum_response_code', 'Maximum response code', 'uint');
const MLD_SUPPRESS = found('icmpv6.mld.flag.s', 'Suppress', 'boolean', 0x08);
const MLD_ROBUSTNESS = found('icmpv6.mld.flag.qrv', 'Robustness', 'uint', 0x07);
const MLD_INTERVAL = found('icmpv6.mld.qqi', 'Query interval code', 'uint');
const MLD_SOURCES = found('icmpv6.mld.nb_sources', 'Sources', 'uint');
const MLD_SOURCE = found('icmpv6.mld.source_address', 'Source', 'ipv6');
const MLDR_COUNT = found('icmpv6.mldr.nb_mcast_records', 'Records', 'uint');
const MLDR_TYPE = found('icmpv6.mldr.mar.record_type', 'Record type', 'uint');
const MLDR_SOURCES = found('icmpv6.mldr.mar.nb_sources', 'Sources', 'uint');
const MLDR_ADDRESS = found('icmpv6.mldr.mar.multicast_address', 'Multicast address', 'ipv6');
const MLDR_SOURCE = found('icmpv6.mldr.mar.source_address', 'Source', 'ipv6');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const type = view.getUint8(at + TYPE);
  switch (type) {
    case ICMPV6_ECHO:
    case ICMPV6_ECHO_REPLY:
      give(sink, view, ECHO_ID, at + BODY, 2);
      give(sink, view, ECHO_SEQ, at + BODY + 2, 2);
      return;
    case ICMPV6_TOO_BIG:
      give(sink, view, MTU_FIELD, at + BODY, 4);
      return;
    case ICMPV6_PARAMETER_PROBLEM:
      give(sink, view, POINTER, at + BODY, 4);
      return;
    case ICMPV6_UNREACHABLE:
    case ICMPV6_TIME_EXCEEDED: {
      const quotedLen = view.getUint8(at + BODY) << 3;
      if (quotedLen === 0) return;
      give(sink, view, LENGTH_FIELD, at + BODY, 1);
      walkIcmpExtension(sink, view, at + HEADER_LEN + quotedLen, end);
      return;
    }
    case ICMPV6_LISTENER_REPORT_2:
      walkReports(sink, view, at, end);
      return;
  }
  if (type >= ICMPV6_LISTENER_QUERY && type <= ICMPV6_LISTENER_DONE) {
    walkListener(sink, view, type, at, end);
    return;
  }
  const after = optionsAfter(type);
  if (after === 0 || end - at < after) return;
  giveDiscovery(sink, view, type, at);
  walkOptions(sink, view, at + after, end);
}

/** The fixed part of a neighbour discovery message, all of which is there. */
function giveDiscovery(sink: FieldSink, view: DataView, type: number, at: Offset): void {
  switch (type) {
    case ICMPV6_ROUTER_ADVERTISEMENT:
      give(sink, view, RA_HOPS, at + 4, 1);
      give(sink, view, RA_FLAGS, at + 5, 1);
      give(sink, view, RA_MANAGED, at + 5, 1);
      give(sink, view, RA_OTHER, at + 5, 1);
      give(sink, view, RA_LIFETIME, at + 6, 2);
      give(sink, view, RA_REACHABLE, at + 8, 4);
      give(sink, view, RA_RETRANS, at + 12, 4);
      return;
    case ICMPV6_NEIGHBOR_SOLICITATION:
      giveBytes(sink, NS_TARGET, at + TARGET, 16);
      return;
    case ICMPV6_NEIGHBOR_ADVERTISEMENT:
      give(sink, view, NA_ROUTER, at + BODY, 4);
      give(sink, view, NA_SOLICITED, at + BODY, 4);
      give(sink, view, NA_OVERRIDE, at + BODY, 4);
      giveBytes(sink, NA_TARGET, at + TARGET, 16);
      return;
    case ICMPV6_REDIRECT:
      giveBytes(sink, RD_TARGET, at + TARGET, 16);
      giveBytes(sink, RD_DESTINATION, icmpv6RedirectedAt(at), 16);
  }
}

function walkOptions(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  for (let next = at; end - next >= 2; ) {
    const len = view.getUint8(next + 1) << 3;
    if (len === 0 || len > end - next) return;
    sink.open(`Option ${view.getUint8(next)}`, next, len);
    give(sink, view, OPT_TYPE, next, 1);
    give(sink, view, OPT_LENGTH, next + 1, 1);
    giveOption(sink, view, next, len);
    sink.close();
    next += len;
  }
}

function giveOption(sink: FieldSink, view: DataView, at: Offset, len: number): void {
  switch (view.getUint8(at)) {
    case OPTION_SOURCE_LINK:
      if (len === 8) giveBytes(sink, OPT_SOURCE, at + 2, 6);
      return;
    case OPTION_TARGET_LINK:
      if (len === 8) giveBytes(sink, OPT_TARGET, at + 2, 6);
      return;
    case OPTION_PREFIX:
      if (len !== 32) return;
      give(sink, view, OPT_PREFIX_LEN, at + 2, 1);
      give(sink, view, OPT_PREFIX_L, at + 3, 1);
      give(sink, view, OPT_PREFIX_A, at + 3, 1);
      give(sink, view, OPT_VALID, at + 4, 4);
      give(sink, view, OPT_PREFERRED, at + 8, 4);
      giveBytes(sink, OPT_PREFIX_FIELD, at + 16, 16);
      return;
    case OPTION_ROUTE:
      if (len > 24) return;
      give(sink, view, OPT_PREFIX_LEN, at + 2, 1);
      give(sink, view, OPT_ROUTE_LIFETIME, at + 4, 4);
      giveBytes(sink, OPT_PREFIX_FIELD, at + 8, len - 8);
      return;
    case OPTION_MTU:
      if (len === 8) give(sink, view, OPT_MTU_FIELD, at + 4, 4);
      return;
    case OPTION_NONCE:
      giveBytes(sink, OPT_NONCE, at + 2, len - 2);
      return;
    case OPTION_DNS_SERVERS:
      give(sink, view, OPT_DNS_LIFETIME, at + 4, 4);
      for (let i = 8; i + 16 <= len; i += 16) giveBytes(sink, OPT_DNS_SERVER, at + i, 16);
  }
}

/** Queries of both versions, reports and leaves of version 1; a version 2 query has 28 bytes or more. */
function walkListener(
  sink: FieldSink,
  view: DataView,
  type: number,
  at: Offset,
  end: Offset,
): void {
  const isQuery2 = type === ICMPV6_LISTENER_QUERY && end - at >= LISTENER_QUERY_2_LEN;
  give(sink, view, isQuery2 ? MLD_CODE : MLD_DELAY, at + BODY, 2);
  if (end - at >= 24) giveBytes(sink, MLD_ADDRESS, at + TARGET, 16);
  if (!isQuery2) return;
  give(sink, view, MLD_SUPPRESS, at + 24, 1);
  give(sink, view, MLD_ROBUSTNESS, at + 24, 1);
  give(sink, view, MLD_INTERVAL, at + 25, 1);
  give(sink, view, MLD_SOURCES, at + 26, 2);
  let left = view.getUint16(at + 26);
  for (let next = at + 28; left > 0 && end - next >= 16; next += 16, left--) {
    giveBytes(sink, MLD_SOURCE, next, 16);
  }
}

/** Version 2 listener reports (RFC 3810 section 5.2). */
function walkReports(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  give(sink, view, MLDR_COUNT, at + 6, 2);
  let left = view.getUint16(at + 6);
  for (let next = at + 8; left > 0 && end - next >= 20; left--) {
    const sources = view.getUint16(next + 2);
    sink.open('Record', next, Math.min(20 + 16 * sources, end - next));
    give(sink, view, MLDR_TYPE, next, 1);
    give(sink, view, MLDR_SOURCES, next + 2, 2);
    giveBytes(sink, MLDR_ADDRESS, next + 4, 16);
    const auxiliaryLen = view.getUint8(next + 1) << 2;
    next += 20;
    for (let i = 0; i < sources && end - next >= 16; i++, next += 16) {
      giveBytes(sink, MLDR_SOURCE, next, 16);
    }
    next += auxiliaryLen;
    sink.close();
  }
}

export const icmpv6: Dissector = {
  protocol: ICMPV6,
  name: 'icmpv6',
  reference: 'RFC 4443, RFC 4861, RFC 2710, RFC 3810',
  on: { ipProtocol: [58] },
  dissect: dissectIcmpv6,
  fields: [
    fixed('icmpv6.type', 'Type', 'uint', TYPE, 1),
    fixed('icmpv6.code', 'Code', 'uint', CODE, 1),
    fixed('icmpv6.checksum', 'Checksum', 'hex', CHECKSUM, 2),
    ECHO_ID,
    ECHO_SEQ,
    MTU_FIELD,
    POINTER,
    LENGTH_FIELD,
    ...ICMP_EXTENSION_FIELDS,
    NS_TARGET,
    NA_TARGET,
    NA_ROUTER,
    NA_SOLICITED,
    NA_OVERRIDE,
    RD_TARGET,
    RD_DESTINATION,
    RA_HOPS,
    RA_FLAGS,
    RA_MANAGED,
    RA_OTHER,
    RA_LIFETIME,
    RA_REACHABLE,
    RA_RETRANS,
    OPT_TYPE,
    OPT_LENGTH,
    OPT_SOURCE,
    OPT_TARGET,
    OPT_PREFIX_LEN,
    OPT_PREFIX_L,
    OPT_PREFIX_A,
    OPT_VALID,
    OPT_PREFERRED,
    OPT_PREFIX_FIELD,
    OPT_MTU_FIELD,
    OPT_ROUTE_LIFETIME,
    OPT_NONCE,
    OPT_DNS_LIFETIME,
    OPT_DNS_SERVER,
    MLD_ADDRESS,
    MLD_DELAY,
    MLD_CODE,
    MLD_SUPPRESS,
    MLD_ROBUSTNESS,
    MLD_INTERVAL,
    MLD_SOURCES,
    MLD_SOURCE,
    MLDR_COUNT,
    MLDR_TYPE,
    MLDR_SOURCES,
    MLDR_ADDRESS,
    MLDR_SOURCE,
  ],
  walk,
};
