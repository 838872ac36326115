/**
 * Conversations of the frames read so far. While frames still come an analysis is made now and then, each
 * of all flows by then; between two, figures go on, as conversations point into the flow table.
 */
import { type AnalyseOptions, analyse } from '../classify/analyse.ts';
import { withNotes } from '../classify/capture-knowledge.ts';
import type { Conversations } from '../classify/conversations.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Source } from '../source/source.ts';
import { leadingFlows } from './leading-flows.ts';

/** The next analysis waits so many times as long as the last one took, and at least this long, ms. */
const PAUSE_TIMES = 20;
const PAUSE_MIN_MS = 250;
/** No analysis before the end once one took this long, ms, unless frames have no end. */
const COST_MAX_MS = 150;

export class Analysis {
  /** Undefined before the first analysis. */
  conversations: Conversations | undefined = undefined;
  /** Number of the analysis: conversations of another one may have other numbers. */
  generation = 0;
  /** Frames came, or may come, that it does not know. */
  provisional = true;
  private readonly stage: FlowStage;
  private readonly source: Source;
  private readonly knowledge: () => AnalyseOptions;
  /** What the last analysis knew. */
  private known: AnalyseOptions | undefined = undefined;
  private readonly live: boolean;
  private lastEnd = Number.NEGATIVE_INFINITY;
  private lastCost = 0;
  private lastFlows = 0;

  /** `knowledge` yields the same object until something changes. */
  constructor(stage: FlowStage, source: Source, knowledge: () => AnalyseOptions, live: boolean) {
    this.stage = stage;
    this.source = source;
    this.knowledge = knowledge;
    this.live = live;
  }

  /** Analyse, if it is time and flows have come since, or more is known; whether it was done. */
  maybe(): boolean {
    const { count } = this.stage.flows;
    const isNew = count !== this.lastFlows || (count > 0 && this.knowledge() !== this.known);
    if (!isNew) return false;
    const pause = Math.max(PAUSE_MIN_MS, PAUSE_TIMES * this.lastCost);
    if (performance.now() - this.lastEnd < pause) return false;
    if (!this.live && this.lastCost > COST_MAX_MS) return false;
    this.run(this.knowledge());
    return true;
  }

  /** Flows have new rows: what is known of the old ones is of no use. */
  renew(): void {
    this.run(this.knowledge());
  }

  /** The last analysis: no more frames come. */
  async finish(): Promise<void> {
    this.stage.finish();
    this.run(await withNotes(this.knowledge(), this.source));
    this.provisional = false;
  }

  private run(knowledge: AnalyseOptions): void {
    const start = performance.now();
    this.lastFlows = this.stage.flows.count;
    const names = this.source.names.map((record) => ({ kind: 'name' as const, ...record }));
    this.conversations = analyse(this.stage, { ...knowledge, names });
    this.known = knowledge;
    this.generation++;
    this.lastEnd = performance.now();
    this.lastCost = this.lastEnd - start;
  }

  /** Conversation of a flow, 0-based; -1 = none, or not known yet. */
  conversationOf(flow: number): number {
    if (flow === NO_FLOW || this.conversations === undefined) return -1;
    return this.conversations.run.stitching.conversationOf[flow] ?? -1;
  }

  /** By flow of the last analysis, whether its packets stand for its conversation's; undefined before the first. */
  leadingFlows(): Uint8Array | undefined {
    if (this.conversations === undefined) return undefined;
    return leadingFlows(this.stage.flows, this.conversations.run.stitching);
  }
}
