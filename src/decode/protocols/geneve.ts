/**
 * Generic Network Virtualization Encapsulation (RFC 8926 section 3.4), UDP port 6081.
 *
 *     0               1               2               3
 *     +---+-----------+-+-+-----------+-------------------------------+
 *     |Ver|  Opt Len  |O|C|   Rsvd    |         Protocol Type         |
 *     +---+-----------+-+-+-----------+---------------+---------------+
 *     |        Virtual Network Identifier (VNI)       |   Reserved    |
 *     +-----------------------------------------------+---------------+
 *     |  options: class 2, type 1 (0x80 = critical), 3 bits reserved and length / 4 in 5, data
 *
 * Decoded options: AWS Gateway Load Balancer (class 0x0108), Cilium's direct server return (0x014B).
 */
import { GENEVE, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { geneveOptionsHold, mayBeGeneve, notTunnel } from '../tunnel-guess.ts';
import { give, giveBytes } from '../walk.ts';
import { onEtherType } from './ethernet.ts';

const VERSION_LENGTH = 0;
const FLAGS = 1;
const PROTOCOL_TYPE = 2;
const VNI = 4;
const RESERVED = 7;
const HEADER_LEN_MIN = 8;
const OPTION_HEADER_LEN = 4;

/** Option classes (IANA nvo3) whose options are decoded here. */
export const GENEVE_CLASS_AWS = 0x0108;
export const GENEVE_CLASS_CILIUM = 0x014b;
/** AWS GWLB: endpoint (ENI) and attachment as 64-bit numbers, flow cookie as 32. */
export const AWS_ENDPOINT = 1;
export const AWS_ATTACHMENT = 2;
export const AWS_COOKIE = 3;
export const CILIUM_DSR = 0x81;

/** Virtual network identifier, 24 bits. */
export const geneveVni = (view: DataView, at: Offset): number => view.getUint32(at + VNI) >>> 8;
/** Class of the option at `at`. */
export const geneveOptionClass = (view: DataView, at: Offset): number => view.getUint16(at);
/** Type of the option at `at`, the critical bit included. */
export const geneveOptionType = (view: DataView, at: Offset): number => view.getUint8(at + 2);
/** Bytes of the option at `at`, its header of 4 included. */
export const geneveOptionLen = (view: DataView, at: Offset): number =>
  OPTION_HEADER_LEN + ((view.getUint8(at + 3) & 0x1f) << 2);

/** Where the option of this class and type starts in the header [at, payloadAt), or -1; it ends within. */
export function geneveFindOption(
  view: DataView,
  at: Offset,
  payloadAt: Offset,
  optionClass: number,
  type: number,
): Offset {
  for (let next = at + HEADER_LEN_MIN; payloadAt - next >= OPTION_HEADER_LEN; ) {
    const len = geneveOptionLen(view, next);
    if (len > payloadAt - next) return -1;
    if (view.getUint16(next) === optionClass && view.getUint8(next + 2) === type) return next;
    next += len;
  }
  return -1;
}

/** Flag bits: 0x80 control packet (O), 0x40 critical options (C). */
export const geneveFlags = (view: DataView, at: Offset): number => view.getUint8(at + 1);
/** EtherType of what it carries. */
export const geneveProtocol = (view: DataView, at: Offset): number =>
  view.getUint16(at + PROTOCOL_TYPE);
/** Bytes of options in the header [at, payloadAt). */
export const geneveOptionsLen = (at: Offset, payloadAt: Offset): number =>
  payloadAt - at - HEADER_LEN_MIN;

/** Where Cilium's DSR option for an IPv4 service starts, or -1. */
export function geneveDsrAt(view: DataView, at: Offset, payloadAt: Offset): Offset {
  const optionAt = geneveFindOption(view, at, payloadAt, GENEVE_CLASS_CILIUM, CILIUM_DSR);
  return optionAt >= 0 && geneveOptionLen(view, optionAt) === 12 ? optionAt : -1;
}
/** The service that a DSR option names. */
export const geneveDsrAddress = (view: DataView, optionAt: Offset): Ipv4 =>
  view.getInt32(optionAt + OPTION_HEADER_LEN);
export const geneveDsrPort = (view: DataView, optionAt: Offset): number =>
  view.getUint16(optionAt + OPTION_HEADER_LEN + 4);

export function dissectGeneve(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  if (!mayBeGeneve(view, at)) return notTunnel(packet, GENEVE);
  const payloadAt = at + HEADER_LEN_MIN + ((view.getUint8(at + VERSION_LENGTH) & 0x3f) << 2);
  if (payloadAt > end) return packet.short(end);
  packet.push(GENEVE, at, payloadAt, end);
  if (!geneveOptionsHold(view, at + HEADER_LEN_MIN, payloadAt)) packet.malformed();
  if (payloadAt === end) return NONE;
  return onEtherType(packet, view.getUint16(at + PROTOCOL_TYPE));
}

const OPTION_CLASS = found('geneve.option.class', 'Class', 'hex');
const OPTION_TYPE = found('geneve.option.type', 'Type', 'hex');
const OPTION_CRITICAL = found('geneve.option.type.critical', 'Critical', 'boolean', 0x80);
const OPTION_LENGTH = found('geneve.option.length', 'Length', 'uint');
const OPTION_DATA = found('geneve.option.unknown.data', 'Data', 'bytes');
/** Not Wireshark's names: it shows the data of these options as bytes. */
const ENDPOINT = found('geneve.option.aws.endpoint', 'GWLB endpoint', 'text');
const ATTACHMENT = found('geneve.option.aws.attachment', 'Attachment', 'text');
const COOKIE = found('geneve.option.aws.cookie', 'Flow cookie', 'hex');
const DSR_ADDRESS = found('geneve.option.cilium_dsr.address', 'Service address', 'ipv4');
const DSR_ADDRESS6 = found('geneve.option.cilium_dsr.address6', 'Service address', 'ipv6');
const DSR_PORT = found('geneve.option.cilium_dsr.port', 'Service port', 'uint');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.payloadAt[row]!;
  const layerAt = packet.at[row]!;
  sink.field(OPTION_LENGTH, end - layerAt - HEADER_LEN_MIN, layerAt, 1); // of all options
  for (let at = layerAt + HEADER_LEN_MIN; end - at >= OPTION_HEADER_LEN; ) {
    const len = geneveOptionLen(view, at);
    const held = Math.min(len, end - at);
    sink.open(`Option 0x${geneveOptionClass(view, at).toString(16)}`, at, held);
    give(sink, view, OPTION_CLASS, at, 2);
    give(sink, view, OPTION_TYPE, at + 2, 1);
    give(sink, view, OPTION_CRITICAL, at + 2, 1);
    sink.field(OPTION_LENGTH, len, at + 3, 1);
    if (len <= end - at && len > OPTION_HEADER_LEN) giveOption(sink, view, at, len);
    sink.close();
    at += len;
  }
}

function giveOption(sink: FieldSink, view: DataView, at: Offset, len: number): void {
  const dataAt = at + OPTION_HEADER_LEN;
  giveBytes(sink, OPTION_DATA, dataAt, len - OPTION_HEADER_LEN);
  const type = geneveOptionType(view, at);
  if (geneveOptionClass(view, at) === GENEVE_CLASS_AWS) {
    if (type === AWS_COOKIE && len === 8) give(sink, view, COOKIE, dataAt, 4);
    else if ((type === AWS_ENDPOINT || type === AWS_ATTACHMENT) && len === 12) {
      const field = type === AWS_ENDPOINT ? ENDPOINT : ATTACHMENT;
      sink.field(field, awsIdentifier(view, dataAt), dataAt, 8);
    }
  } else if (geneveOptionClass(view, at) === GENEVE_CLASS_CILIUM && type === CILIUM_DSR) {
    if (len === 12) {
      giveBytes(sink, DSR_ADDRESS, dataAt, 4);
      give(sink, view, DSR_PORT, dataAt + 4, 2);
    } else if (len === 24) {
      giveBytes(sink, DSR_ADDRESS6, dataAt, 16);
      give(sink, view, DSR_PORT, dataAt + 16, 2);
    }
  }
}

/** The 64-bit number at `at` as AWS writes its identifiers: 17 hex digits. */
export function awsIdentifier(view: DataView, at: Offset): string {
  const high = view.getUint32(at).toString(16).padStart(9, '0');
  return (
    high +
    view
      .getUint32(at + 4)
      .toString(16)
      .padStart(8, '0')
  );
}

export const geneve: Dissector = {
  protocol: GENEVE,
  name: 'geneve',
  reference: 'RFC 8926',
  on: { udpPort: [6081] },
  dissect: dissectGeneve,
  fields: [
    fixed('geneve.version', 'Version', 'uint', VERSION_LENGTH, 1, 0xc0),
    fixed('geneve.flags', 'Flags', 'hex', FLAGS, 1),
    fixed('geneve.flags.oam', 'OAM', 'boolean', FLAGS, 1, 0x80),
    fixed('geneve.flags.critical', 'Critical options', 'boolean', FLAGS, 1, 0x40),
    fixed('geneve.proto_type', 'Protocol type', 'hex', PROTOCOL_TYPE, 2),
    fixed('geneve.vni', 'VNI', 'hex', VNI, 3),
    fixed('geneve.reserved', 'Reserved', 'hex', RESERVED, 1),
    OPTION_CLASS,
    OPTION_TYPE,
    OPTION_CRITICAL,
    OPTION_LENGTH,
    OPTION_DATA,
    ENDPOINT,
    ATTACHMENT,
    COOKIE,
    DSR_ADDRESS,
    DSR_ADDRESS6,
    DSR_PORT,
  ],
  walk,
};
