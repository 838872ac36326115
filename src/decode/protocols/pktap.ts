/**
 * Apple's packet tap (LINKTYPE_PKTAP 258), version 1: a little-endian header that names interface and
 * process, then a frame of the link type that it holds.
 *
 *     0 header length 4 | 4 record type 4 | 8 DLT 4 | 12 interface name 24 | 36 flags 4 |
 *     40 protocol family 4 | 44 link header length 4 | 48 link trailer length 4 | 52 process 4 |
 *     56 command 20 | 76 service class 4 | 80 interface type 2 | 82 interface unit 2 |
 *     84 effective process 4 | 88 effective command 20
 *
 * (darwin-xnu bsd/net/pktap.h; read as print-pktap.c of tcpdump does.)
 */
import { NONE, PKTAP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import { byLinktype } from '../next.ts';
import { type Packet, UNKNOWN_LINKTYPE } from '../packet.ts';
import { giveLittle, giveText, textAt } from '../walk.ts';

const HEADER_LEN = 0;
const DLT = 8;
const NAME = 12;
const NAME_LEN = 24;
const COMMAND_LEN = 20;
const HEADER_LEN_MIN = 108;

/** Interface name of the layer at `at`. */
export const pktapInterface = (view: DataView, at: Offset): string =>
  textAt(view, at + NAME, NAME_LEN);

export function dissectPktap(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const headerLen = view.getUint32(at + HEADER_LEN, true);
  if (headerLen < HEADER_LEN_MIN) return packet.malformed();
  if (headerLen > end - at) return packet.short(end);
  packet.push(PKTAP, at, at + headerLen, end);
  const linktype = view.getUint32(at + DLT, true);
  const next = linktype < byLinktype.length ? byLinktype[linktype]! : NONE;
  if (next === NONE || next === PKTAP) {
    packet.notes |= UNKNOWN_LINKTYPE;
    return NONE;
  }
  return next;
}

const HDRLEN_FIELD = found('pktap.hdrlen', 'Header length', 'uint');
const RECTYPE = found('pktap.rectype', 'Record type', 'uint');
const DLT_FIELD = found('pktap.dlt', 'DLT', 'uint');
const IFNAME = found('pktap.ifname', 'Interface name', 'text');
const FLAGS = found('pktap.flags', 'Flags', 'hex');
const PFAMILY = found('pktap.pfamily', 'Protocol family', 'uint');
const LLHDRLEN = found('pktap.llhdrlen', 'Link header length', 'uint');
const LLTRLRLEN = found('pktap.lltrlrlen', 'Link trailer length', 'uint');
const PID = found('pktap.pid', 'Process ID', 'uint');
const CMDNAME = found('pktap.cmdname', 'Command name', 'text');
const SVC_CLASS = found('pktap.svc_class', 'Service class', 'uint');
const IFTYPE = found('pktap.iftype', 'Interface type', 'uint');
const IFUNIT = found('pktap.ifunit', 'Interface unit', 'uint');
const EPID = found('pktap.epid', 'Effective process ID', 'uint');
const ECMDNAME = found('pktap.ecmdname', 'Effective command name', 'text');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  giveLittle(sink, view, HDRLEN_FIELD, at, 4);
  giveLittle(sink, view, RECTYPE, at + 4, 4);
  giveLittle(sink, view, DLT_FIELD, at + DLT, 4);
  giveText(sink, view, IFNAME, at + NAME, NAME_LEN);
  giveLittle(sink, view, FLAGS, at + 36, 4);
  giveLittle(sink, view, PFAMILY, at + 40, 4);
  giveLittle(sink, view, LLHDRLEN, at + 44, 4);
  giveLittle(sink, view, LLTRLRLEN, at + 48, 4);
  giveLittle(sink, view, PID, at + 52, 4);
  giveText(sink, view, CMDNAME, at + 56, COMMAND_LEN);
  giveLittle(sink, view, SVC_CLASS, at + 76, 4);
  giveLittle(sink, view, IFTYPE, at + 80, 2);
  giveLittle(sink, view, IFUNIT, at + 82, 2);
  giveLittle(sink, view, EPID, at + 84, 4);
  giveText(sink, view, ECMDNAME, at + 88, COMMAND_LEN);
}

export const pktap: Dissector = {
  protocol: PKTAP,
  name: 'pktap',
  reference: 'LINKTYPE_PKTAP',
  on: { linktype: [258] },
  dissect: dissectPktap,
  fields: [
    HDRLEN_FIELD,
    RECTYPE,
    DLT_FIELD,
    IFNAME,
    FLAGS,
    PFAMILY,
    LLHDRLEN,
    LLTRLRLEN,
    PID,
    CMDNAME,
    SVC_CLASS,
    IFTYPE,
    IFUNIT,
    EPID,
    ECMDNAME,
  ],
  walk,
};
