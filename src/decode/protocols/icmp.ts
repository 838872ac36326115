/**
 * Internet Control Message Protocol (RFC 792), with the original datagram's length and the extensions
 * of RFC 4884.
 *
 *     0               1               2               3
 *     +---------------+---------------+-------------------------------+
 *     |     Type      |     Code      |           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |  identifier and sequence, or gateway, or length / 4 and MTU   |
 *     +---------------------------------------------------------------+
 *
 * An error quotes the start of the packet it is about: those layers follow, from row `packet.quoted`.
 */
import { ICMP, IPV4, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import { ICMP_EXTENSION_FIELDS, walkIcmpExtension } from './icmp-extension.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const IDENTIFIER = 4;
const LENGTH = 5;
const SEQUENCE = 6;
const MTU = 6;
const GATEWAY = 4;
const HEADER_LEN = 8;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
/** Code of ICMP_UNREACHABLE: the packet needed fragmentation and forbade it (RFC 1191). */
export const ICMP_FRAGMENTATION_NEEDED = 4;

export const icmpType = (view: DataView, at: Offset): number => view.getUint8(at + TYPE);
export const icmpCode = (view: DataView, at: Offset): number => view.getUint8(at + CODE);
/** Of echo, timestamp, information and mask messages. */
export const icmpIdentifier = (view: DataView, at: Offset): number =>
  view.getUint16(at + IDENTIFIER);
export const icmpSequence = (view: DataView, at: Offset): number => view.getUint16(at + SEQUENCE);
/** Next-hop MTU of "fragmentation needed" (RFC 1191 section 4); 0 = an old router did not say. */
export const icmpMtu = (view: DataView, at: Offset): number => view.getUint16(at + MTU);
/** Gateway of a redirect. */
export const icmpGateway = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + GATEWAY);

/** The octet at fault, of "parameter problem". */
export const icmpPointer = (view: DataView, at: Offset): number => view.getUint8(at + IDENTIFIER);

export const icmpChecksum = (view: DataView, at: Offset): number => view.getUint16(at + 2);

/** Does a message of this type carry an identifier? Echo 8, 0; timestamp, information, mask 13..18; extended echo. */
export const icmpHasIdentifier = (type: number): boolean =>
  type === ICMP_ECHO ||
  type === ICMP_ECHO_REPLY ||
  (type >= 13 && type <= 18) ||
  isExtendedEcho(type);

/** Extended echo (RFC 8335), whose sequence number is one byte. */
const isExtendedEcho = (type: number): boolean => type === 42 || type === 43;

/** Does a message of this type quote a packet? */
export const icmpQuotes = (type: number): boolean =>
  type === ICMP_UNREACHABLE ||
  type === ICMP_SOURCE_QUENCH ||
  type === ICMP_REDIRECT ||
  type === ICMP_TIME_EXCEEDED ||
  type === ICMP_PARAMETER_PROBLEM;

/** Types whose byte 5 holds the quoted length in words (RFC 4884 section 4). */
const hasLength = (type: number): boolean =>
  type === ICMP_UNREACHABLE || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETER_PROBLEM;

export function dissectIcmp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const type = view.getUint8(at + TYPE);
  packet.push(ICMP, at, at + HEADER_LEN, end);
  const identifier = icmpHasIdentifier(type) ? view.getUint16(at + IDENTIFIER) : 0;
  packet.enterTransport(identifier, identifier);
  if (!icmpQuotes(type) || at + HEADER_LEN === end) return NONE;
  if (packet.quoted < 0) packet.quoted = packet.depth;
  const quotedLen = hasLength(type) ? view.getUint8(at + LENGTH) << 2 : 0;
  if (quotedLen !== 0) packet.nextEnd = Math.min(at + HEADER_LEN + quotedLen, end);
  return IPV4;
}

const IDENT = found('icmp.ident', 'Identifier', 'uint');
const SEQ = found('icmp.seq', 'Sequence', 'uint');
const IDENT_LITTLE = found('icmp.ident_le', 'Identifier (little-endian)', 'uint');
const EXTENDED_SEQ = found('icmp.ext.echo.seq', 'Sequence', 'uint');
const SEQ_LITTLE = found('icmp.seq_le', 'Sequence (little-endian)', 'uint');
const MTU_FIELD = found('icmp.mtu', 'MTU of next hop', 'uint');
const GATEWAY_FIELD = found('icmp.redir_gw', 'Gateway', 'ipv4');
const POINTER = found('icmp.pointer', 'Pointer', 'uint');
const LENGTH_FIELD = found('icmp.length', 'Quoted length, 4 bytes', 'uint');
const ORIGINATE = found('icmp.originate_timestamp', 'Originate timestamp', 'uint');
const RECEIVE = found('icmp.receive_timestamp', 'Receive timestamp', 'uint');
const TRANSMIT = found('icmp.transmit_timestamp', 'Transmit timestamp', 'uint');
const MASK = found('icmp.address_mask', 'Address mask', 'ipv4');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const type = view.getUint8(at + TYPE);
  const len = packet.end[row]! - at;
  if (icmpHasIdentifier(type)) {
    give(sink, view, IDENT, at + IDENTIFIER, 2);
    sink.field(IDENT_LITTLE, view.getUint16(at + IDENTIFIER, true), at + IDENTIFIER, 2);
    if (isExtendedEcho(type)) {
      give(sink, view, EXTENDED_SEQ, at + SEQUENCE, 1);
      if (type === 42) walkIcmpExtension(sink, view, at + HEADER_LEN, at + len);
      return;
    }
    give(sink, view, SEQ, at + SEQUENCE, 2);
    sink.field(SEQ_LITTLE, view.getUint16(at + SEQUENCE, true), at + SEQUENCE, 2);
    if ((type === 13 || type === 14) && len >= 20) {
      give(sink, view, ORIGINATE, at + 8, 4);
      give(sink, view, RECEIVE, at + 12, 4);
      give(sink, view, TRANSMIT, at + 16, 4);
    } else if ((type === 17 || type === 18) && len >= 12) giveBytes(sink, MASK, at + 8, 4);
    return;
  }
  const isTooBig =
    type === ICMP_UNREACHABLE && view.getUint8(at + CODE) === ICMP_FRAGMENTATION_NEEDED;
  if (isTooBig) give(sink, view, MTU_FIELD, at + MTU, 2);
  else if (type === ICMP_REDIRECT) giveBytes(sink, GATEWAY_FIELD, at + GATEWAY, 4);
  else if (type === ICMP_PARAMETER_PROBLEM) give(sink, view, POINTER, at + IDENTIFIER, 1);
  const quotedLen = hasLength(type) ? view.getUint8(at + LENGTH) << 2 : 0;
  if (quotedLen === 0) return;
  give(sink, view, LENGTH_FIELD, at + LENGTH, 1);
  walkIcmpExtension(sink, view, at + HEADER_LEN + quotedLen, at + len);
}

export const icmp: Dissector = {
  protocol: ICMP,
  name: 'icmp',
  reference: 'RFC 792, RFC 1191, RFC 4884',
  on: { ipProtocol: [1] },
  dissect: dissectIcmp,
  fields: [
    fixed('icmp.type', 'Type', 'uint', TYPE, 1),
    fixed('icmp.code', 'Code', 'uint', CODE, 1),
    fixed('icmp.checksum', 'Checksum', 'hex', CHECKSUM, 2),
    IDENT,
    SEQ,
    IDENT_LITTLE,
    SEQ_LITTLE,
    EXTENDED_SEQ,
    MTU_FIELD,
    GATEWAY_FIELD,
    POINTER,
    LENGTH_FIELD,
    ...ICMP_EXTENSION_FIELDS,
    ORIGINATE,
    RECEIVE,
    TRANSMIT,
    MASK,
  ],
  walk,
};
