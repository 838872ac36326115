/**
 * Internet Group Management Protocol, versions 1 (RFC 1112), 2 (RFC 2236) and 3 (RFC 9776).
 *
 *     0               1               2               3
 *     +---------------+---------------+-------------------------------+
 *     |     Type      | Max resp time |           Checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |        Group address, or (report v3) reserved and records     |
 *     +---------------------------------------------------------------+
 */
import { IGMP, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';

const TYPE = 0;
const MAX_RESPONSE = 1;
const CHECKSUM = 2;
const GROUP = 4;
const HEADER_LEN = 8;
const QUERY_V3_LEN = 12;
const RECORD_LEN = 8;

export const IGMP_QUERY = 0x11;
export const IGMP_REPORT_V1 = 0x12;
export const IGMP_REPORT_V2 = 0x16;
export const IGMP_LEAVE = 0x17;
export const IGMP_REPORT_V3 = 0x22;

export const igmpType = (view: DataView, at: Offset): number => view.getUint8(at + TYPE);
/** Group address of queries and of reports of versions 1 and 2. */
export const igmpGroup = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + GROUP);

export const igmpChecksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);

/** Group records of a version 3 report. */
export const igmpRecords = (view: DataView, at: Offset): number => view.getUint16(at + 6);

export function dissectIgmp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  packet.push(IGMP, at, at + HEADER_LEN, end);
  return NONE;
}

const MAX_RESP = found('igmp.max_resp', 'Max response, 100 ms', 'uint');
const ADDRESS = found('igmp.maddr', 'Multicast address', 'ipv4');
const SUPPRESS = found('igmp.s', 'Suppress', 'boolean', 0x08);
const ROBUSTNESS = found('igmp.qrv', 'Robustness', 'uint', 0x07);
const INTERVAL = found('igmp.qqic', 'Query interval code', 'uint');
const SOURCES = found('igmp.num_src', 'Sources', 'uint');
const SOURCE = found('igmp.saddr', 'Source', 'ipv4');
const RECORDS = found('igmp.num_grp_recs', 'Group records', 'uint');
const RECORD_TYPE = found('igmp.record_type', 'Record type', 'uint');
const AUXILIARY = found('igmp.aux_data_len', 'Auxiliary data length', 'uint');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const type = view.getUint8(at + TYPE);
  if (type === IGMP_REPORT_V3) {
    walkRecords(sink, view, at, end);
    return;
  }
  if (type === IGMP_QUERY || type === IGMP_REPORT_V2 || type === IGMP_LEAVE) {
    give(sink, view, MAX_RESP, at + MAX_RESPONSE, 1);
  }
  if (!hasGroup(type)) return;
  giveBytes(sink, ADDRESS, at + GROUP, 4);
  if (type !== IGMP_QUERY || end - at < QUERY_V3_LEN) return;
  give(sink, view, SUPPRESS, at + 8, 1);
  give(sink, view, ROBUSTNESS, at + 8, 1);
  give(sink, view, INTERVAL, at + 9, 1);
  give(sink, view, SOURCES, at + 10, 2);
  walkSources(sink, at + QUERY_V3_LEN, end, view.getUint16(at + 10));
}

/** Other types (DVMRP, mtrace, the IGMP of RFC 988) have other things there. */
function hasGroup(type: number): boolean {
  switch (type) {
    case IGMP_QUERY:
    case IGMP_REPORT_V1:
    case IGMP_REPORT_V2:
    case IGMP_LEAVE:
      return true;
    default:
      return false;
  }
}

/** Yield up to `count` source addresses, and where they end. */
function walkSources(sink: FieldSink, at: Offset, end: Offset, count: number): Offset {
  let next = at;
  for (let i = 0; i < count && end - next >= 4; i++, next += 4) giveBytes(sink, SOURCE, next, 4);
  return next;
}

function walkRecords(sink: FieldSink, view: DataView, at: Offset, end: Offset): void {
  give(sink, view, RECORDS, at + 6, 2);
  let left = view.getUint16(at + 6);
  for (let next = at + HEADER_LEN; left > 0 && end - next >= RECORD_LEN; left--) {
    const sources = view.getUint16(next + 2);
    sink.open('Group record', next, Math.min(RECORD_LEN + 4 * sources, end - next));
    give(sink, view, RECORD_TYPE, next, 1);
    give(sink, view, AUXILIARY, next + 1, 1);
    give(sink, view, SOURCES, next + 2, 2);
    giveBytes(sink, ADDRESS, next + 4, 4);
    const auxiliaryLen = view.getUint8(next + 1) << 2;
    next = walkSources(sink, next + RECORD_LEN, end, sources) + auxiliaryLen;
    sink.close();
  }
}

export const igmp: Dissector = {
  protocol: IGMP,
  name: 'igmp',
  reference: 'RFC 1112, RFC 2236, RFC 9776',
  on: { ipProtocol: [2] },
  dissect: dissectIgmp,
  fields: [
    fixed('igmp.type', 'Type', 'hex', TYPE, 1),
    fixed('igmp.checksum', 'Checksum', 'hex', CHECKSUM, 2),
    MAX_RESP,
    ADDRESS,
    SUPPRESS,
    ROBUSTNESS,
    INTERVAL,
    SOURCES,
    SOURCE,
    RECORDS,
    RECORD_TYPE,
    AUXILIARY,
  ],
  walk,
};
