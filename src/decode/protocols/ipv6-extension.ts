/**
 * IPv6 extension headers of the common form (RFC 6564): hop-by-hop options, routing, destination
 * options, mobility, HIP, shim6. The header before one tells its type, not the header itself.
 *
 *     0               1               2
 *     +---------------+---------------+----------------------
 *     |  Next header  | length / 8 - 1| options, or type data
 *     +---------------+---------------+----------------------
 *
 * Options (RFC 8200 section 4.2): type, length, data; type 0 is one byte of padding.
 */
import { AH, IPV4, IPV6, IPV6_EXTENSION, IPV6_FRAGMENT } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import { GSO_LENGTH, type Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import { onIpProtocol } from './ipv4.ts';
import { IPV6_HEADER_LEN, ipv6PayloadLength } from './ipv6.ts';

const NEXT_HEADER = 0;
const LENGTH = 1;
const OPTIONS = 2;

export const HOP_BY_HOP = 0;
export const ROUTING = 43;
export const DESTINATION_OPTIONS = 60;

const OPTION_PAD1 = 0;
const OPTION_PADN = 1;
const OPTION_TUNNEL_LIMIT = 0x04;
const OPTION_ROUTER_ALERT = 0x05;
const OPTION_JUMBO = 0xc2;
const OPTION_HOME_ADDRESS = 0xc9;
/** Cilium's direct server return over IPv6: port and address of the service (cilium bpf/lib/nodeport.h). */
const OPTION_CILIUM_DSR = 0x1b;
const CILIUM_DSR_LEN = 18;

const ROUTING_SOURCE = 0;
const ROUTING_MOBILE = 2;
const ROUTING_SEGMENTS = 4;

/** IP protocol number of the extension header in layer `row`: what the header before it names; -1 = unknown. */
export function ipv6ExtensionType(packet: Packet, row: number): number {
  if (row === 0) return -1;
  const before = packet.protocol[row - 1]!;
  const at = packet.at[row - 1]!;
  if (before === IPV6) return packet.view.getUint8(at + 6);
  if (before === IPV6_EXTENSION || before === IPV6_FRAGMENT || before === AH) {
    return packet.view.getUint8(at);
  }
  return before === IPV4 ? packet.view.getUint8(at + 9) : -1;
}

/** Where the option of this type starts in the extension header [at, payloadAt), or -1; it ends within. */
export function ipv6FindOption(
  view: DataView,
  at: Offset,
  payloadAt: Offset,
  type: number,
): Offset {
  for (let next = at + OPTIONS; next < payloadAt; ) {
    const found = view.getUint8(next);
    if (found === OPTION_PAD1) {
      next++;
      continue;
    }
    if (payloadAt - next < 2 || view.getUint8(next + 1) > payloadAt - next - 2) return -1;
    if (found === type) return next;
    next += 2 + view.getUint8(next + 1);
  }
  return -1;
}

export function dissectIpv6Extension(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < 8) return packet.short(end);
  const view = packet.view;
  const headerLen = (view.getUint8(at + LENGTH) + 1) << 3;
  if (end - at < headerLen) return packet.short(end);
  const nextHeader = view.getUint8(at + NEXT_HEADER);
  packet.push(IPV6_EXTENSION, at, at + headerLen, end);
  packet.carries(nextHeader);
  const row = packet.depth - 1;
  if (packet.protocol[row - 1] === IPV6 && ipv6ExtensionType(packet, row) === HOP_BY_HOP) {
    takeJumboLength(packet, row);
  }
  return onIpProtocol(packet, nextHeader);
}

/**
 * A payload length of 0 before a hop-by-hop header: the jumbo payload option holds the length
 * (RFC 2675 section 2), or, without the option, the frame does.
 */
function takeJumboLength(packet: Packet, row: number): void {
  const view = packet.view;
  const ipAt = packet.at[row - 1]!;
  if (ipv6PayloadLength(view, ipAt) !== 0) return;
  const at = packet.at[row]!;
  const optionAt = ipv6FindOption(view, at, packet.payloadAt[row]!, OPTION_JUMBO);
  if (optionAt < 0 || view.getUint8(optionAt + 1) !== 4) {
    if (packet.quoted < 0) packet.notes |= GSO_LENGTH;
    return;
  }
  const wireEnd = ipAt + IPV6_HEADER_LEN + view.getUint32(optionAt + 2);
  if (wireEnd < packet.payloadAt[row]!) {
    packet.malformed();
    return;
  }
  if (wireEnd > packet.wireLimit(packet.nextEnd)) packet.malformed();
  else if (packet.quoted < 0) packet.wireEnd = wireEnd;
  if (wireEnd < packet.nextEnd) {
    packet.end[row - 1] = wireEnd;
    packet.end[row] = wireEnd;
    packet.nextEnd = wireEnd;
  }
}

interface Names {
  readonly next: ReturnType<typeof found>;
  readonly len: ReturnType<typeof found>;
  readonly octets: ReturnType<typeof found>;
}

function names(name: string): Names {
  return {
    next: found(`ipv6.${name}.nxt`, 'Next header', 'uint'),
    len: found(`ipv6.${name}.len`, 'Length, 8 bytes, less 1', 'uint'),
    octets: found(`ipv6.${name}.len_oct`, 'Length', 'uint'),
  };
}

const HOPOPTS = names('hopopts');
const DSTOPTS = names('dstopts');
const ROUTE = names('routing');
const OPT_TYPE = found('ipv6.opt.type', 'Type', 'hex');
const OPT_LENGTH = found('ipv6.opt.length', 'Length', 'uint');
const OPT_PADN = found('ipv6.opt.padn', 'Padding', 'bytes');
const OPT_ROUTER_ALERT = found('ipv6.opt.router_alert', 'Router alert', 'uint');
const OPT_JUMBO = found('ipv6.opt.jumbo', 'Jumbo payload length', 'uint');
const OPT_TUNNEL_LIMIT = found('ipv6.opt.tel', 'Tunnel encapsulation limit', 'uint');
const OPT_HOME_ADDRESS = found('ipv6.opt.mipv6.home_address', 'Home address', 'ipv6');
const OPT_UNKNOWN = found('ipv6.opt.unknown', 'Data', 'bytes');
/** Not Wireshark's: it knows no such option. */
const DSR_PORT = found('ipv6.opt.cilium_dsr.port', 'Service port', 'uint');
const DSR_ADDRESS = found('ipv6.opt.cilium_dsr.address', 'Service address', 'ipv6');
const ROUTING_TYPE = found('ipv6.routing.type', 'Type', 'uint');
const SEGMENTS_LEFT = found('ipv6.routing.segleft', 'Segments left', 'uint');
const SOURCE_ADDRESS = found('ipv6.routing.src.addr', 'Address', 'ipv6');
const MOBILE_ADDRESS = found('ipv6.routing.mipv6.home_address', 'Home address', 'ipv6');
const SRH_LAST = found('ipv6.routing.srh.last_entry', 'Last entry', 'uint');
const SRH_FLAGS = found('ipv6.routing.srh.flags', 'Flags', 'hex');
const SRH_TAG = found('ipv6.routing.srh.tag', 'Tag', 'bytes');
const SRH_ADDRESS = found('ipv6.routing.srh.addr', 'Segment', 'ipv6');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const payloadAt = packet.payloadAt[row]!;
  const type = ipv6ExtensionType(packet, row);
  const of = type === HOP_BY_HOP ? HOPOPTS : type === ROUTING ? ROUTE : DSTOPTS;
  if (type !== HOP_BY_HOP && type !== ROUTING && type !== DESTINATION_OPTIONS) return;
  give(sink, view, of.next, at + NEXT_HEADER, 1);
  give(sink, view, of.len, at + LENGTH, 1);
  sink.field(of.octets, payloadAt - at, at + LENGTH, 1);
  if (type === ROUTING) walkRouting(sink, view, at, payloadAt);
  else walkOptions(sink, view, at + OPTIONS, payloadAt);
}

function walkOptions(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  for (let next = at; next < end; ) {
    const type = view.getUint8(next);
    const len = type === OPTION_PAD1 ? 1 : end - next < 2 ? 0 : 2 + view.getUint8(next + 1);
    const holds = len > 0 && len <= end - next;
    sink.open(`Option 0x${type.toString(16).padStart(2, '0')}`, next, holds ? len : end - next);
    give(sink, view, OPT_TYPE, next, 1);
    if (len > 1) give(sink, view, OPT_LENGTH, next + 1, 1);
    if (holds && len > 2) giveOption(sink, view, type, next + 2, len - 2);
    sink.close();
    if (!holds) return;
    next += len;
  }
}

/** The value of an option, `len` bytes at `at`, at least 1. */
function giveOption(sink: FieldSink, view: DataView, type: number, at: Offset, len: number): void {
  if (type === OPTION_PADN) giveBytes(sink, OPT_PADN, at, len);
  else if (type === OPTION_ROUTER_ALERT && len === 2) give(sink, view, OPT_ROUTER_ALERT, at, 2);
  else if (type === OPTION_JUMBO && len === 4) give(sink, view, OPT_JUMBO, at, 4);
  else if (type === OPTION_TUNNEL_LIMIT && len === 1) give(sink, view, OPT_TUNNEL_LIMIT, at, 1);
  else if (type === OPTION_HOME_ADDRESS && len === 16) giveBytes(sink, OPT_HOME_ADDRESS, at, 16);
  else if (type === OPTION_CILIUM_DSR && len === CILIUM_DSR_LEN) {
    give(sink, view, DSR_PORT, at, 2);
    giveBytes(sink, DSR_ADDRESS, at + 2, 16);
  } else giveBytes(sink, OPT_UNKNOWN, at, len);
}

function walkRouting(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  give(sink, view, ROUTING_TYPE, at + 2, 1);
  give(sink, view, SEGMENTS_LEFT, at + 3, 1);
  const type = view.getUint8(at + 2);
  if (type === ROUTING_SOURCE || type === ROUTING_MOBILE) {
    const field = type === ROUTING_SOURCE ? SOURCE_ADDRESS : MOBILE_ADDRESS;
    for (let next = at + 8; end - next >= 16; next += 16) giveBytes(sink, field, next, 16);
  }
  if (type !== ROUTING_SEGMENTS) return;
  give(sink, view, SRH_LAST, at + 4, 1); // RFC 8754 section 2
  give(sink, view, SRH_FLAGS, at + 5, 1);
  giveBytes(sink, SRH_TAG, at + 6, 2);
  let segments = view.getUint8(at + 4) + 1;
  for (let next = at + 8; segments > 0 && end - next >= 16; next += 16, segments--) {
    giveBytes(sink, SRH_ADDRESS, next, 16);
  }
}

export const ipv6Extension: Dissector = {
  protocol: IPV6_EXTENSION,
  name: 'ipv6.ext',
  reference: 'RFC 8200 section 4, RFC 6564, RFC 2675, RFC 8754',
  on: { ipProtocol: [HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS, 135, 139, 140] },
  dissect: dissectIpv6Extension,
  fields: [
    HOPOPTS.next,
    HOPOPTS.len,
    HOPOPTS.octets,
    DSTOPTS.next,
    DSTOPTS.len,
    DSTOPTS.octets,
    ROUTE.next,
    ROUTE.len,
    ROUTE.octets,
    OPT_TYPE,
    OPT_LENGTH,
    OPT_PADN,
    OPT_ROUTER_ALERT,
    OPT_JUMBO,
    OPT_TUNNEL_LIMIT,
    OPT_HOME_ADDRESS,
    OPT_UNKNOWN,
    DSR_PORT,
    DSR_ADDRESS,
    ROUTING_TYPE,
    SEGMENTS_LEFT,
    SOURCE_ADDRESS,
    MOBILE_ADDRESS,
    SRH_LAST,
    SRH_FLAGS,
    SRH_TAG,
    SRH_ADDRESS,
  ],
  walk,
};

/** The service that a Cilium DSR option in the destination options [at, payloadAt) names, or -1. */
export function ciliumDsr6At(view: DataView, at: Offset, payloadAt: Offset): Offset {
  const optionAt = ipv6FindOption(view, at, payloadAt, OPTION_CILIUM_DSR);
  return optionAt >= 0 && view.getUint8(optionAt + 1) === CILIUM_DSR_LEN ? optionAt : -1;
}
