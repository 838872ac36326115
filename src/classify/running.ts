/**
 * The conversations of a run that has not ended: put together anew from the flows there are, each under
 * the same number every time, and let go of when they are over. What was learned of the network stays.
 */
import type { Nanoseconds } from '../base/units.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { FlowStage } from '../flow/observe.ts';
import { type Stitching, stitch } from '../flow/stitch.ts';
import { buildTopology } from '../topology/build.ts';
import type { Facts } from '../topology/facts.ts';
import { inferFacts } from '../topology/infer.ts';
import type { Topology } from '../topology/topology.ts';
import { conversationsOf } from './analyse.ts';
import type { Conversations } from './conversations.ts';
import { CLOSED, LIVING, Lifetimes } from './lifetimes.ts';
import { type NatTable, NatTables } from './nat-tables.ts';
import { observationsOf } from './observations.ts';
import { Observed } from './observed.ts';
import { proxyFacts } from './proxies.ts';
import type { ConversationRecord } from './record.ts';

/** The table is emptied down to this share when it is fuller than that one. */
export const CROWDED = 0.75;
export const ROOMY = 0.5;
/** What traffic teaches is put together again at most so often that it takes this share of the time. */
const LEARNING_SHARE = 0.1;
/** ICMP errors are told with conversations for so long. */
export const ERRORS_KEPT_NS = 300e9;

export interface Knowledge {
  /** The most trusted first. */
  readonly facts: readonly Facts[];
  readonly conntrackTables: readonly NatTable[];
}

/** How it stands with a conversation. */
export const GOES_ON = 0;
export const IS_OVER = 1;
/** It goes on, but room is needed. */
export const PUSHED_OUT = 2;

export class RunningConversations {
  /** Flows that were pushed out. */
  evictedFlows = 0;
  /** Conversations that were let go of, and flows. */
  ended = 0;
  endedFlows = 0;
  /** Conversations that went on at the last update. */
  goingOn = 0;
  private readonly stage: FlowStage;
  private readonly clockMs: () => number;
  private readonly lifetimes: Lifetimes;
  private readonly observed = new Observed();
  private knowledge: Knowledge;
  private nat: NatTables;
  private topology: Topology | undefined = undefined;
  /** What the topology was made of, when, and how long that took. */
  private learnedRevision = -1;
  private learnedAtMs = 0;
  private learningMs = 0;
  /** Conversation number by flow row, 0 = none yet. */
  private idByRow: Float64Array;
  private nextId = 1;
  private list: Conversations | undefined = undefined;
  /** By conversation of the list: number, GOES_ON or IS_OVER or PUSHED_OUT. */
  private ids = new Float64Array(0);
  private states = new Uint8Array(0);

  /** `idleNs`: see Lifetimes. `clockMs` tells the time that learning from traffic takes its share of. */
  constructor(
    stage: FlowStage,
    idleNs: Nanoseconds,
    knowledge: Knowledge,
    clockMs: () => number = () => performance.now(),
  ) {
    this.stage = stage;
    this.clockMs = clockMs;
    this.lifetimes = new Lifetimes(stage.flows, idleNs);
    this.knowledge = knowledge;
    this.nat = new NatTables(knowledge.conntrackTables);
    this.idByRow = new Float64Array(stage.flows.limit);
  }

  /** What is known beside the traffic has changed. */
  learn(knowledge: Knowledge): void {
    if (knowledge.conntrackTables !== this.knowledge.conntrackTables) {
      this.nat = new NatTables(knowledge.conntrackTables);
    }
    const { facts } = this.knowledge;
    const isSame = (one: Facts, i: number): boolean => one === facts[i];
    if (knowledge.facts.length !== facts.length || !knowledge.facts.every(isSame)) {
      this.topology = undefined;
    }
    this.knowledge = knowledge;
  }

  /** Is there anything to let go of at this time, or too little room? */
  wants(now: Nanoseconds): boolean {
    const { flows } = this.stage;
    if (this.isCrowded) return true;
    for (let f = 0; f < flows.count; f++) {
      if (this.lifetimes.stateOf(f, now) !== LIVING) return true;
    }
    return false;
  }

  /** Flows take more room than is good. */
  get isCrowded(): boolean {
    const { flows } = this.stage;
    return flows.count > CROWDED * flows.limit;
  }

  /** Put together what there is at this time. All below is of this moment, until `release`. */
  update(now: Nanoseconds): Conversations {
    const { stage } = this;
    for (let f = 0; f < stage.flows.count; f++) {
      if (this.lifetimes.stateOf(f, now) !== LIVING) stage.facts.finishFlow(f);
    }
    const stitching = stitch(stage, { conntrack: this.nat.pairs(stage) });
    const topology = this.topologyOf(stitching);
    const list = conversationsOf(stage, this.nat, stitching, topology);
    this.list = list;
    this.number(stitching);
    this.judge(stitching, now);
    return list;
  }

  /** Who owns which address, as known when conversations were last put together. */
  get known(): Topology | undefined {
    return this.topology;
  }

  get count(): number {
    return this.list?.count ?? 0;
  }

  /** GOES_ON, IS_OVER or PUSHED_OUT. */
  stateOf(c: number): number {
    return this.states[c]!;
  }

  idOf(c: number): number {
    return this.ids[c]!;
  }

  /** Conversation c under its lasting number. A fresh object, the caller's to keep. */
  record(c: number): ConversationRecord {
    const record = this.list!.record(c);
    return {
      ...record,
      id: this.ids[c]!,
      related: record.related.map((one) => this.ids[one - 1]!),
    };
  }

  /** Let go of all that is not going on. Yields the new row of each flow, NO_FLOW = gone; undefined when all stay. */
  release(now: Nanoseconds): Int32Array | undefined {
    const { stage, states } = this;
    const { conversationOf } = this.list!.run.stitching;
    const newRow = new Int32Array(stage.flows.count);
    let kept = 0;
    for (let f = 0; f < newRow.length; f++) {
      // what came since the update is of the next one
      const stays = f >= conversationOf.length || states[conversationOf[f]!] === GOES_ON;
      if (!stays) stage.facts.finishFlow(f);
      if (stays) this.idByRow[kept] = this.idByRow[f]!;
      newRow[f] = stays ? kept++ : NO_FLOW;
    }
    if (kept === newRow.length) return undefined;
    this.list = undefined;
    this.endedFlows += newRow.length - kept;
    this.idByRow.fill(0, kept, newRow.length);
    stage.retain(newRow, now - ERRORS_KEPT_NS);
    return newRow;
  }

  private topologyOf(stitching: Stitching): Topology {
    this.observed.add(observationsOf(this.stage, stitching, []));
    const began = this.clockMs();
    const isDue = began - this.learnedAtMs >= this.learningMs / LEARNING_SHARE;
    const isNewer = this.observed.revision !== this.learnedRevision;
    if (this.topology !== undefined && !(isDue && isNewer)) return this.topology;
    const inferred = inferFacts(this.observed.values());
    const topology = buildTopology(...this.knowledge.facts, proxyFacts(this.stage), inferred);
    this.topology = topology;
    this.learnedRevision = this.observed.revision;
    this.learnedAtMs = this.clockMs();
    this.learningMs = this.learnedAtMs - began;
    return topology;
  }

  /** The lasting number of each conversation: the lowest that one of its flows had, or a new one. */
  private number({ count, start, members }: Stitching): void {
    this.ids = new Float64Array(count);
    for (let c = 0; c < count; c++) {
      let id = 0;
      for (let m = start[c]!; m < start[c + 1]!; m++) {
        const own = this.idByRow[members[m]! >> 1]!;
        if (own !== 0 && (id === 0 || own < id)) id = own;
      }
      if (id === 0) id = this.nextId++;
      this.ids[c] = id;
      for (let m = start[c]!; m < start[c + 1]!; m++) this.idByRow[members[m]! >> 1] = id;
    }
  }

  /** Over is what is over at every place; what TCP closed at one place is closed at all. */
  private judge({ count, start, members }: Stitching, now: Nanoseconds): void {
    const { flows } = this.stage;
    this.states = new Uint8Array(count);
    const last = new Float64Array(count);
    for (let c = 0; c < count; c++) {
      let living = 0;
      let closed = 0;
      for (let m = start[c]!; m < start[c + 1]!; m++) {
        const f = members[m]! >> 1;
        const state = this.lifetimes.stateOf(f, now);
        if (state === CLOSED) closed++;
        if (state === LIVING) living++;
        last[c] = Math.max(last[c]!, flows.last(f));
      }
      const isOver = living === 0 || (closed > 0 && this.lifetimes.isQuiet(last[c]!, now));
      if (!isOver) continue;
      this.states[c] = IS_OVER;
      this.ended++;
    }
    if (this.isCrowded) this.pushOut(last, start);
    this.goingOn = count - this.states.reduce((sum, state) => sum + (state === GOES_ON ? 0 : 1), 0);
  }

  /** Those that have been silent longest make room. */
  private pushOut(last: Float64Array, start: Int32Array): void {
    const { flows } = this.stage;
    let count = 0;
    for (let c = 0; c < last.length; c++) {
      if (this.states[c] === GOES_ON) count += start[c + 1]! - start[c]!;
    }
    const order = Array.from(last.keys()).sort((a, b) => last[a]! - last[b]!);
    for (const c of order) {
      if (count <= ROOMY * flows.limit) return;
      if (this.states[c] !== GOES_ON) continue;
      const size = start[c + 1]! - start[c]!;
      this.states[c] = PUSHED_OUT;
      this.evictedFlows += size;
      this.ended++;
      count -= size;
    }
  }
}
