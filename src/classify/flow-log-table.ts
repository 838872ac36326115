/**
 * Records of flow logs put together: all windows and both directions of one 5-tuple at one network
 * interface are one row, as the packets bore its addresses. A 5-tuple used again later is another row.
 */
import type { FlowLogRecord } from '../base/flow-log.ts';
import { FIN, RST, SYN } from '../flow/tcp-tracking.ts';
import { canonicalIp } from '../topology/ip.ts';

/** Rows kept at once unless told otherwise. */
const ROWS_MAX_DEFAULT = 1 << 20;
/** A 5-tuple that nothing used for so long is another connection when it comes again, seconds. */
const IDLE_SECONDS = 900;
const TCP_NUMBER = 6;

/** What one end of a row sent, as the interface logged it. */
export interface Sent {
  records: number;
  packets: number;
  bytes: number;
  /** TCP flags of all its windows; -1 = the log has none. */
  flags: number;
  /** Windows with action REJECT, and their packets. */
  rejected: number;
  rejectedPackets: number;
  direction: 'ingress' | 'egress' | undefined;
  trafficPath: number;
}

export interface LogEnd {
  /** As the packets bore it (RFC 5952), or as the interface shows it where the log tells no more. */
  ip: string;
  readonly port: number;
  /** What the interface shows in its place, where that is another address. */
  shown: string | undefined;
  /** Name of the AWS service whose range holds it. */
  service: string | undefined;
}

/** One 5-tuple at one interface. End 0 is the source of the first record. */
export interface LogFlow {
  readonly fileIndex: number;
  /** Of the first record. */
  readonly line: number;
  readonly interfaceId: string | undefined;
  instanceId: string | undefined;
  readonly protocol: number;
  readonly ends: readonly [LogEnd, LogEnd];
  readonly sent: readonly [Sent, Sent];
  /** The log tells the packets' own addresses. */
  readonly hasPacketAddresses: boolean;
  /** Seconds since 1970 UTC, NaN when the log does not tell. */
  first: number;
  last: number;
  rejectReason: string | undefined;
  encryptionStatus: string | undefined;
  workload: string | undefined;
}

/** What the records of one interface show of it. */
export interface LogInterface {
  readonly id: string;
  instanceId: string | undefined;
  /** Its primary address, once the records tell: the one that is in all of them, on its own side. */
  primary: string | undefined;
  /** Addresses that may be its primary one: those of the first record that all later ones have too. */
  candidates: string[];
}

export class FlowLogTable {
  readonly flows: LogFlow[] = [];
  readonly interfaces = new Map<string, LogInterface>();
  /** Records that found no row left. */
  untracked = 0;
  private readonly current = new Map<string, LogFlow>();
  private readonly limit: number;

  constructor(limit: number = ROWS_MAX_DEFAULT) {
    this.limit = limit;
  }

  add(record: FlowLogRecord): void {
    const srcaddr = canonical(record.srcaddr);
    const dstaddr = canonical(record.dstaddr);
    const src = canonical(record.pktSrcaddr) ?? srcaddr!;
    const dst = canonical(record.pktDstaddr) ?? dstaddr!;
    this.noteInterface(record, srcaddr, dstaddr);
    const source = `${src} ${record.srcport}`;
    const target = `${dst} ${record.dstport}`;
    const isForward = source <= target;
    const where = record.interfaceId ?? `file ${record.fileIndex}`;
    const key = `${where} ${record.protocol} ${isForward ? source : target} ${isForward ? target : source}`;
    let flow = this.current.get(key);
    if (flow !== undefined && isAnother(flow, record)) flow = undefined;
    if (flow === undefined) {
      if (this.flows.length >= this.limit) {
        this.untracked++;
        return;
      }
      flow = newFlow(record, src, dst);
      this.flows.push(flow);
      this.current.set(key, flow);
    }
    const side = flow.ends[0].ip === src && flow.ends[0].port === record.srcport ? 0 : 1;
    fill(flow, side, record);
    noteShown(flow.ends[side]!, srcaddr);
    noteShown(flow.ends[1 - side]!, dstaddr);
  }

  private noteInterface(
    record: FlowLogRecord,
    srcaddr: string | undefined,
    dstaddr: string | undefined,
  ): void {
    const id = record.interfaceId;
    if (id === undefined || srcaddr === undefined || dstaddr === undefined) return;
    let known = this.interfaces.get(id);
    if (known === undefined) {
      if (this.interfaces.size >= this.limit) return;
      known = { id, instanceId: undefined, primary: undefined, candidates: [srcaddr, dstaddr] };
      this.interfaces.set(id, known);
    }
    known.instanceId ??= record.instanceId;
    if (record.direction !== undefined) {
      known.primary ??= record.direction === 'egress' ? srcaddr : dstaddr;
    } else if (known.candidates.length > 1) {
      known.candidates = known.candidates.filter((one) => one === srcaddr || one === dstaddr);
    }
    if (known.primary === undefined && known.candidates.length === 1) {
      known.primary = known.candidates[0];
    }
  }
}

function canonical(address: string | undefined): string | undefined {
  if (address === undefined || !address.includes(':')) return address;
  return canonicalIp(address) ?? address;
}

/** Whether the record belongs to a later connection of the same 5-tuple. */
function isAnother(flow: LogFlow, record: FlowLogRecord): boolean {
  if (!(record.start > flow.last)) return false;
  const isIdle = record.start - flow.last > IDLE_SECONDS;
  if (record.protocol !== TCP_NUMBER) return isIdle;
  const isNew = record.tcpFlags > 0 && (record.tcpFlags & SYN) !== 0;
  const seen = Math.max(0, flow.sent[0].flags) | Math.max(0, flow.sent[1].flags);
  return isNew && (isIdle || (seen & (FIN | RST)) !== 0);
}

function newFlow(record: FlowLogRecord, src: string, dst: string): LogFlow {
  const end = (ip: string, port: number): LogEnd => ({
    ip,
    port,
    shown: undefined,
    service: undefined,
  });
  return {
    fileIndex: record.fileIndex,
    line: record.line,
    interfaceId: record.interfaceId,
    instanceId: record.instanceId,
    protocol: record.protocol,
    ends: [end(src, record.srcport), end(dst, record.dstport)],
    sent: [nothingSent(), nothingSent()],
    hasPacketAddresses: record.pktSrcaddr !== undefined && record.pktDstaddr !== undefined,
    first: record.start,
    last: record.end,
    rejectReason: undefined,
    encryptionStatus: undefined,
    workload: undefined,
  };
}

function nothingSent(): Sent {
  return {
    records: 0,
    packets: 0,
    bytes: 0,
    flags: -1,
    rejected: 0,
    rejectedPackets: 0,
    direction: undefined,
    trafficPath: 0,
  };
}

/** Put the record into the row; `side` is the end that sent. */
function fill(flow: LogFlow, side: number, record: FlowLogRecord): void {
  const sent = flow.sent[side]!;
  sent.records++;
  sent.packets += record.packets;
  sent.bytes += record.bytes;
  if (record.tcpFlags >= 0) sent.flags = Math.max(0, sent.flags) | record.tcpFlags;
  if (record.rejected) {
    sent.rejected++;
    sent.rejectedPackets += record.packets;
  }
  sent.direction ??= record.direction;
  if (sent.trafficPath === 0) sent.trafficPath = record.trafficPath;
  flow.ends[side]!.service ??= record.srcService;
  flow.ends[1 - side]!.service ??= record.dstService;
  flow.instanceId ??= record.instanceId;
  flow.rejectReason ??= record.rejectReason;
  flow.encryptionStatus ??= record.encryptionStatus;
  flow.workload ??= record.workload;
  flow.first = earlier(flow.first, record.start);
  flow.last = -earlier(-flow.last, -record.end);
}

function noteShown(end: LogEnd, address: string | undefined): void {
  if (address !== undefined && address !== end.ip) end.shown ??= address;
}

/** The lesser of two times, NaN counting as none. */
function earlier(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : Math.min(a, b);
}
