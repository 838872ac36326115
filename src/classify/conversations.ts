/** The conversations of a run: how many, in which order, and each as a record when asked for. */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import { ipProtocolName } from '../base/ip-protocols.ts';
import { orderOf } from '../base/order.ts';
import { showTimeSince } from '../base/time.ts';
import { protocolOf } from '../flow/addresses.ts';
import type { Hop } from '../flow/journey.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stitching } from '../flow/stitch.ts';
import { tcpStateOf } from '../flow/tcp-tracking.ts';
import { english } from '../words/say.ts';
import { type Case, caseOf, type Run } from './case.ts';
import { encapsulationOf, encapsulationsOf } from './encapsulation.ts';
import { endRecord } from './end-record.ts';
import { evidenceOf } from './evidence/index.ts';
import type {
  BothWays,
  ConversationRecord,
  HopRecord,
  Label,
  Ledger,
  TcpRecord,
} from './record.ts';
import { judge, labelRules } from './rules/index.ts';
import { serviceRecord } from './service.ts';
import type { Told } from './told.ts';
import { troublesOf } from './troubles/index.ts';
import { unseenOf } from './unseen.ts';

/** What conversations can be sorted by without building their records. */
export const SORT_KEYS = [
  'start',
  'bytes',
  'packets',
  'duration',
  'retransmissions',
  'rtt',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

const TCP_NUMBER = 6;
/** Clocks that agree better than this are called equal. */
const CLOCK_SHOWN_NS = 1e6;

/** What can be shown, sorted and chosen from: conversations of captured frames or of flow logs. */
export interface ConversationList {
  readonly count: number;
  /** Numbers of all conversations, sorted; equal ones in order of their start. */
  order(key: SortKey, descending: boolean): Int32Array;
  /** Conversation c, 0-based. A fresh object, the caller's to keep. */
  record(c: number): ConversationRecord;
  joins(): Pick<Ledger, 'joinedFlows' | 'aloneFlows' | 'ties' | 'clocks' | 'conflicts'>;
}

export class Conversations implements ConversationList {
  readonly run: Run;
  private readonly stage: FlowStage;
  private readonly grouping: Stitching;
  private readonly told: Told;

  constructor(run: Run, told: Told) {
    this.run = run;
    this.stage = run.stage;
    this.grouping = run.stitching;
    this.told = told;
  }

  get count(): number {
    return this.grouping.count;
  }

  /** Numbers of all conversations, sorted; equal ones in order of their first frame. */
  order(key: SortKey, descending: boolean): Int32Array {
    const values = new Float64Array(this.count);
    for (let c = 0; c < this.count; c++) values[c] = this.value(key, c);
    return orderOf(values, descending);
  }

  /** Conversation c, 0-based, laid out for the rules. */
  case(c: number): Case {
    return caseOf(this.run, c, this.told.proxyOf(c));
  }

  /** The label of conversation c, without its reasons. */
  label(c: number): Label {
    return judge(this.case(c), labelRules).label;
  }

  /** Conversation c, 0-based. A fresh object, the caller's to keep. */
  record(c: number): ConversationRecord {
    const one = this.case(c);
    const { hops, protocol } = one;
    const { stage } = this;
    const { flows } = stage;
    const verdict = judge(one, labelRules);
    const application = this.told.applicationOf(c);
    return {
      schema: 'netlens.conversation/1',
      id: c + 1,
      label: verdict.label,
      confidence: verdict.confidence,
      direction: verdict.direction,
      protocol: one.protocolName,
      client: endRecord(one.client, this.run.topology),
      server: endRecord(one.server, this.run.topology),
      service: serviceRecord(one),
      encapsulation: encapsulationsOf(stage, hops),
      translations: [...one.translations],
      proxyProtocol: one.proxy,
      hops: hops.map((hop) => this.hopRecord(hop, hops[0]!)),
      packets: mostSeen(hops, (fd) => flows.packetsBy(fd)),
      bytes: mostSeen(hops, (fd) => flows.bytesBy(fd)),
      payloadBytes: mostSeen(hops, (fd) => flows.payloadBy(fd)),
      related: this.told.relatedTo(c),
      start: showTimeSince(stage.epochSeconds, this.startOf(c)),
      end: showTimeSince(stage.epochSeconds, this.endOf(c)),
      tcp: protocol === TCP_NUMBER ? this.tcpOf(hops) : null,
      application,
      troubles: troublesOf(one, application),
      evidence: [
        { rule: verdict.rule, confidence: verdict.confidence, sentence: verdict.sentence },
        ...evidenceOf(one),
      ],
      unseen: unseenOf(one),
    };
  }

  private value(key: SortKey, c: number): number {
    const { members, start } = this.grouping;
    const { flows } = this.stage;
    if (key === 'start') return this.startOf(c);
    if (key === 'duration') return this.endOf(c) - this.startOf(c);
    let most = 0;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      const f = members[m]! >> 1;
      let value: number;
      if (key === 'bytes') value = flows.bytesBy(2 * f) + flows.bytesBy(2 * f + 1);
      else if (key === 'packets') value = flows.packetsBy(2 * f) + flows.packetsBy(2 * f + 1);
      else if (key === 'rtt') value = flows.rtt(f);
      else value = flows.retransmissions(f);
      if (value > most) most = value;
    }
    return most;
  }

  private startOf(c: number): number {
    const { members, start } = this.grouping;
    let first = Number.POSITIVE_INFINITY;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      const f = members[m]! >> 1;
      first = Math.min(first, this.stage.flows.first(f) + this.correctionOf(f));
    }
    return first;
  }

  private endOf(c: number): number {
    const { members, start } = this.grouping;
    let last = Number.NEGATIVE_INFINITY;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      const f = members[m]! >> 1;
      last = Math.max(last, this.stage.flows.last(f) + this.correctionOf(f));
    }
    return last;
  }

  private hopRecord(hop: Hop, from: Hop): HopRecord {
    const { flows } = this.stage;
    const f = hop.flow;
    const place = this.stage.places.list[flows.place(f)]!;
    const direction = flows.directionBy(2 * f + hop.toServer) & DIRECTION_MASK;
    return {
      node: this.run.vantages.at(flows.place(f))?.node ?? null,
      interface: this.run.stage.places.nameOf(flows.place(f)) ?? null,
      file: place.capture.file || null,
      direction: direction === DIRECTION_IN ? 'in' : direction === DIRECTION_OUT ? 'out' : null,
      tuple: {
        src: hop.src,
        sport: hop.sport,
        dst: hop.dst,
        dport: hop.dport,
        protocol: ipProtocolName(protocolOf(flows, f)),
      },
      encapsulation: encapsulationOf(this.stage, hop),
      packets: flows.packetsBy(2 * f) + flows.packetsBy(2 * f + 1),
      bytes: flows.wireBytesBy(2 * f) + flows.wireBytesBy(2 * f + 1),
      frame: flows.frame(f),
      ttl: hop.ttl === 0 ? null : hop.ttl,
      first: showTimeSince(this.stage.epochSeconds, flows.first(f)),
      last: showTimeSince(this.stage.epochSeconds, flows.last(f)),
      offsetUs: Math.round((this.firstOf(hop) - this.firstOf(from)) / 1000),
    };
  }

  /** Time of the hop's first packet, by the first file's clock. */
  private firstOf(hop: Hop): number {
    return this.stage.flows.first(hop.flow) + this.correctionOf(hop.flow);
  }

  /** Nanoseconds to add to the times of flow f's file. */
  private correctionOf(f: number): number {
    const { flows, places } = this.stage;
    const { fileIndex } = places.list[flows.place(f)]!.capture;
    return this.grouping.clocks[fileIndex]?.correction ?? 0;
  }

  /** What the ledger says of the flows and of what became of them. */
  counts(): Partial<Ledger> {
    const { stage } = this;
    return {
      nonIp: stage.nonIp,
      orphanFragments: stage.orphanFragments,
      flows: stage.flows.count,
      conversations: this.count,
      untrackedFrames: stage.untracked,
      ...this.joins(),
    };
  }

  /** How the flows were put together, for the ledger. */
  joins(): Pick<Ledger, 'joinedFlows' | 'aloneFlows' | 'ties' | 'clocks' | 'conflicts'> {
    const { start, ties, clocks, count } = this.grouping;
    let alone = 0;
    for (let c = 0; c < count; c++) if (start[c + 1]! - start[c]! === 1) alone++;
    let tied = 0;
    for (const n of ties) tied += n;
    const files = new Map(this.stage.places.list.map((p) => [p.capture.fileIndex, p.capture.file]));
    const { conflicts, problems } = this.run.topology;
    return {
      joinedFlows: this.stage.flows.count - alone,
      aloneFlows: alone,
      ties: tied,
      clocks: clocks
        .filter((clock) => Math.abs(clock.correction) >= CLOCK_SHOWN_NS)
        .map((clock) => ({
          file: files.get(clock.file) ?? '',
          correctionUs: Math.round(clock.correction / 1000),
          connections: clock.connections,
        })),
      conflicts: [
        ...conflicts.map((conflict) => english({ code: 'conflict', ...conflict })),
        ...problems,
      ],
    };
  }

  /** TCP of the connection: each figure from the place that saw most of it. */
  private tcpOf(hops: readonly Hop[]): TcpRecord {
    const { flows } = this.stage;
    let toServer = 0;
    let toClient = 0;
    let rtt = -1;
    let retransmissions = 0;
    let resets = 0;
    for (const { flow, toServer: side } of hops) {
      toServer |= flows.tcpFlagsBy(2 * flow + side);
      toClient |= flows.tcpFlagsBy(2 * flow + 1 - side);
      if (rtt < 0) rtt = flows.rtt(flow); // the hop nearest the client: the whole way there and back
      retransmissions = Math.max(retransmissions, flows.retransmissions(flow));
      resets = Math.max(resets, flows.resets(flow));
    }
    return {
      state: tcpStateOf(toServer, toClient),
      handshakeRttUs: rtt < 0 ? null : Math.round(rtt / 1000),
      retransmissions,
      resets,
    };
  }
}

/** A figure per direction at the hop that saw most: each packet once, however many hops saw it. */
function mostSeen(hops: readonly Hop[], of: (fd: number) => number): BothWays {
  let toServer = 0;
  let toClient = 0;
  for (const hop of hops) {
    toServer = Math.max(toServer, of(2 * hop.flow + hop.toServer));
    toClient = Math.max(toClient, of(2 * hop.flow + 1 - hop.toServer));
  }
  return { toServer, toClient };
}
