/**
 * Stream Control Transmission Protocol (RFC 9260 section 3).
 *
 *     0               1               2               3
 *     +-------------------------------+-------------------------------+
 *     |          Source Port          |       Destination Port        |
 *     |                       Verification Tag                        |
 *     |                           Checksum                            |
 *     +---------------+---------------+-------------------------------+
 *     |  Chunk type   |  Chunk flags  |  Chunk length, header and all |  chunks, padded to 4
 *     +---------------+---------------+-------------------------------+
 */
import { NONE, SCTP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';

const SRC_PORT = 0;
const DST_PORT = 2;
const VERIFICATION_TAG = 4;
const CHECKSUM = 8;
const HEADER_LEN = 12;
const CHUNK_HEADER_LEN = 4;

export const SCTP_DATA = 0;
export const SCTP_INIT = 1;
export const SCTP_INIT_ACK = 2;
export const SCTP_SACK = 3;
export const SCTP_HEARTBEAT = 4;
export const SCTP_HEARTBEAT_ACK = 5;
export const SCTP_ABORT = 6;
export const SCTP_SHUTDOWN = 7;
export const SCTP_SHUTDOWN_ACK = 8;
export const SCTP_ERROR = 9;
export const SCTP_COOKIE_ECHO = 10;
export const SCTP_COOKIE_ACK = 11;
export const SCTP_SHUTDOWN_COMPLETE = 14;

const CHUNK_NAMES: readonly string[] = [
  'DATA',
  'INIT',
  'INIT ACK',
  'SACK',
  'HEARTBEAT',
  'HEARTBEAT ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN ACK',
  'ERROR',
  'COOKIE ECHO',
  'COOKIE ACK',
  'ECNE',
  'CWR',
  'SHUTDOWN COMPLETE',
];

/** Name of a chunk type (RFC 9260 section 3.2). */
export const sctpChunkName = (type: number): string => CHUNK_NAMES[type] ?? `chunk ${type}`;

export const sctpSrcPort = (view: DataView, at: Offset): number => view.getUint16(at + SRC_PORT);
export const sctpDstPort = (view: DataView, at: Offset): number => view.getUint16(at + DST_PORT);
/** Unsigned 32-bit. */
export const sctpVerificationTag = (view: DataView, at: Offset): number =>
  view.getUint32(at + VERIFICATION_TAG);
/** Where the first chunk starts. */
export const sctpFirstChunkAt = (at: Offset): Offset => at + HEADER_LEN;
/** Type of the chunk at `at`, of which 4 bytes are there. */
export const sctpChunkType = (view: DataView, at: Offset): number => view.getUint8(at);
/** Where the chunk after the one at `at` starts; -1 = none, or the lengths are wrong. */
export function sctpNextChunkAt(view: DataView, at: Offset, end: Offset): Offset {
  if (end - at < CHUNK_HEADER_LEN) return -1;
  const len = view.getUint16(at + 2);
  const next = at + ((len + 3) & ~3);
  return len < CHUNK_HEADER_LEN || end - next < CHUNK_HEADER_LEN ? -1 : next;
}

export function dissectSctp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  packet.push(SCTP, at, at + HEADER_LEN, end);
  packet.enterTransport(view.getUint16(at + SRC_PORT), view.getUint16(at + DST_PORT));
  for (let next = at + HEADER_LEN; next < end; ) {
    if (end - next < CHUNK_HEADER_LEN) return packet.short(end);
    const len = view.getUint16(next + 2);
    if (len < CHUNK_HEADER_LEN) return packet.malformed();
    if (len > end - next) return packet.short(end);
    next += (len + 3) & ~3;
  }
  return NONE;
}

const TYPE = found('sctp.chunk_type', 'Chunk type', 'uint');
const FLAGS = found('sctp.chunk_flags', 'Chunk flags', 'hex');
const LENGTH = found('sctp.chunk_length', 'Chunk length', 'uint');
const DATA_TSN = found('sctp.data_tsn_raw', 'TSN', 'uint');
const DATA_STREAM = found('sctp.data_sid', 'Stream', 'hex');
const DATA_SEQUENCE = found('sctp.data_ssn', 'Stream sequence', 'uint');
const DATA_PPID = found('sctp.data_payload_proto_id', 'Payload protocol', 'uint');
const DATA_E = found('sctp.data_e_bit', 'Last fragment', 'boolean', 0x01);
const DATA_B = found('sctp.data_b_bit', 'First fragment', 'boolean', 0x02);
const DATA_U = found('sctp.data_u_bit', 'Unordered', 'boolean', 0x04);
const DATA_I = found('sctp.data_i_bit', 'Immediate', 'boolean', 0x08);
const SACK_TSN = found('sctp.sack_cumulative_tsn_ack_raw', 'Cumulative TSN', 'uint');
const SACK_RWND = found('sctp.sack_a_rwnd', 'Receiver window', 'uint');
const SACK_GAPS = found('sctp.sack_number_of_gap_blocks', 'Gap blocks', 'uint');
const SACK_DUPLICATES = found('sctp.sack_number_of_duplicated_tsns', 'Duplicate TSNs', 'uint');
const SHUTDOWN_TSN = found('sctp.shutdown_cumulative_tsn_ack', 'Cumulative TSN', 'uint');

interface InitFields {
  readonly tag: Field;
  readonly credit: Field;
  readonly outbound: Field;
  readonly inbound: Field;
  readonly tsn: Field;
}

function initFields(name: string): InitFields {
  return {
    tag: found(`sctp.${name}_initiate_tag`, 'Initiate tag', 'hex'),
    credit: found(`sctp.${name}_credit`, 'Receiver window', 'uint'),
    outbound: found(`sctp.${name}_nr_out_streams`, 'Outbound streams', 'uint'),
    inbound: found(`sctp.${name}_nr_in_streams`, 'Inbound streams', 'uint'),
    tsn: found(`sctp.${name}_initial_tsn`, 'Initial TSN', 'uint'),
  };
}

const INIT = initFields('init');
const INIT_ACK = initFields('initack');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.end[row]!;
  for (let at = packet.payloadAt[row]!; end - at >= CHUNK_HEADER_LEN; ) {
    const len = view.getUint16(at + 2);
    const held = Math.min(len, end - at);
    sink.open(sctpChunkName(view.getUint8(at)), at, held);
    give(sink, view, TYPE, at, 1);
    give(sink, view, FLAGS, at + 1, 1);
    give(sink, view, LENGTH, at + 2, 2);
    giveChunk(sink, view, at, held);
    sink.close();
    if (len < CHUNK_HEADER_LEN) return;
    at += (len + 3) & ~3;
  }
}

/** The fields of a chunk of which `len` bytes are there. */
function giveChunk(sink: FieldSink, view: DataView, at: Offset, len: number): void {
  switch (view.getUint8(at)) {
    case SCTP_DATA:
      if (len < 16) return;
      give(sink, view, DATA_E, at + 1, 1);
      give(sink, view, DATA_B, at + 1, 1);
      give(sink, view, DATA_U, at + 1, 1);
      give(sink, view, DATA_I, at + 1, 1);
      give(sink, view, DATA_TSN, at + 4, 4);
      give(sink, view, DATA_STREAM, at + 8, 2);
      give(sink, view, DATA_SEQUENCE, at + 10, 2);
      give(sink, view, DATA_PPID, at + 12, 4);
      return;
    case SCTP_INIT:
      if (len >= 20) giveInit(sink, view, INIT, at);
      return;
    case SCTP_INIT_ACK:
      if (len >= 20) giveInit(sink, view, INIT_ACK, at);
      return;
    case SCTP_SACK:
      if (len < 16) return;
      give(sink, view, SACK_TSN, at + 4, 4);
      give(sink, view, SACK_RWND, at + 8, 4);
      give(sink, view, SACK_GAPS, at + 12, 2);
      give(sink, view, SACK_DUPLICATES, at + 14, 2);
      return;
    case SCTP_SHUTDOWN:
      if (len >= 8) give(sink, view, SHUTDOWN_TSN, at + 4, 4);
  }
}

function giveInit(sink: FieldSink, view: DataView, of: InitFields, at: Offset): void {
  give(sink, view, of.tag, at + 4, 4);
  give(sink, view, of.credit, at + 8, 4);
  give(sink, view, of.outbound, at + 12, 2);
  give(sink, view, of.inbound, at + 14, 2);
  give(sink, view, of.tsn, at + 16, 4);
}

export const sctp: Dissector = {
  protocol: SCTP,
  name: 'sctp',
  reference: 'RFC 9260',
  on: { ipProtocol: [132] },
  dissect: dissectSctp,
  fields: [
    fixed('sctp.srcport', 'Source port', 'uint', SRC_PORT, 2),
    fixed('sctp.dstport', 'Destination port', 'uint', DST_PORT, 2),
    fixed('sctp.verification_tag', 'Verification tag', 'hex', VERIFICATION_TAG, 4),
    fixed('sctp.checksum', 'Checksum', 'hex', CHECKSUM, 4),
    TYPE,
    FLAGS,
    LENGTH,
    DATA_E,
    DATA_B,
    DATA_U,
    DATA_I,
    DATA_TSN,
    DATA_STREAM,
    DATA_SEQUENCE,
    DATA_PPID,
    ...Object.values(INIT),
    ...Object.values(INIT_ACK),
    SACK_TSN,
    SACK_RWND,
    SACK_GAPS,
    SACK_DUPLICATES,
    SHUTDOWN_TSN,
  ],
  walk,
};
