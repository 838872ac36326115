/** A source read to its end: its frames into flows and into the index of packets, its conversations analysed now and then. */
import type { AnalyseOptions } from '../classify/analyse.ts';
import type { Ledger } from '../classify/record.ts';
import { ERRORS_KEPT_NS } from '../classify/running.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import { FlowStage } from '../flow/observe.ts';
import { type FrameFilter, NOTHING_READ, run, type Stage, Tally } from '../pipeline.ts';
import type { Source } from '../source/source.ts';
import type { Phase } from '../view/model.ts';
import type { Sentence } from '../words/sentence.ts';
import { sentenceOf } from '../words/sentence-error.ts';
import { Analysis } from './analysis.ts';
import { RING_MAX, SPILL_MAX } from './frame-blocks.ts';
import { FrameStore } from './frame-store.ts';
import { Intake } from './intake.ts';
import { isCrowded, rowsWithRoom } from './letting-go.ts';
import { Packets } from './packet-index.ts';
import { Speed } from './speed.ts';

/** Takes the frames beside the engine: into a capture file. */
export interface Beside {
  /** The stage that gives frames to it and to this one. */
  around(intake: Stage): Stage;
  readonly file: string;
  /** No more frames come. Yields what went wrong. */
  finish(): Promise<string | undefined>;
  /** Frames that it could not take. */
  readonly unwritten: number;
}

export interface ReadingOptions {
  /** As given, for people. */
  readonly inputs: readonly string[];
  /** Frames have no end: only the newest are kept to look at. */
  readonly live?: boolean;
  /** What is known beside the frames: the same object until that changes. */
  readonly knowledge?: () => AnalyseOptions;
  /** Called between batches, with the number of frames so far. */
  readonly onBatch?: (frames: number) => void;
  readonly beside?: Beside | undefined;
  readonly onClose?: () => Promise<void> | undefined;
  readonly maxFlows?: number | undefined;
  /** The text of the filter that decides which frames come at all, and where it must be asked here, itself. */
  readonly captureFilter?: string;
  readonly frameFilter?: FrameFilter | undefined;
  /** Ends the source, which delivers what it has by then; where there is none, what it has is left. */
  readonly endSource?: () => void;
  /** What a live source says of its losses, and what has happened to its devices. */
  readonly losses?: () => Partial<Ledger>;
  readonly notices?: readonly Sentence[];
  /** Bounds of memory: packets in the index; bytes of frames that are kept as copies. */
  readonly packetsMax?: number;
  readonly keptBytesMax?: number;
}

/** Flows that come slowly are analysed this often too, ms. */
const IDLE_MS = 500;
const NOTHING: AnalyseOptions = {};

export class Reading {
  phase: Phase = 'reading';
  /** Why it ended before its end. */
  failure: Sentence | null = null;
  readonly source: Source;
  readonly options: ReadingOptions;
  readonly stage: FlowStage;
  readonly packets: Packets;
  readonly store: FrameStore;
  readonly intake: Intake;
  readonly analysis: Analysis;
  readonly speed = new Speed();
  private readonly tally = new Tally();
  private readonly stopping = new AbortController();
  private readonly onChange: () => void;
  private readonly onRenumber: (newRow: Int32Array) => void;
  /** What went wrong beside. */
  private readonly faults: string[] = [];
  /** Flows and conversations that had to make room. */
  private flowsGone = 0;
  private conversationsGone = 0;
  /** The ledger's part of conversations, and the analysis that it is of. */
  private counts: Partial<Ledger> = {};
  private countsOf = -1;

  /** `onChange`: called when something has changed; `onRenumber`: when flows have new rows, by the row there was. */
  constructor(
    source: Source,
    options: ReadingOptions,
    onChange: () => void,
    onRenumber: (newRow: Int32Array) => void,
  ) {
    const live = options.live === true;
    this.source = source;
    this.options = options;
    this.onChange = onChange;
    this.onRenumber = onRenumber;
    this.stage = new FlowStage(options.maxFlows);
    this.packets = new Packets(options.packetsMax);
    const limit = options.keptBytesMax ?? (live ? RING_MAX : SPILL_MAX);
    this.store = new FrameStore(source, { spill: !live, limit });
    this.analysis = new Analysis(this.stage, source, options.knowledge ?? (() => NOTHING), live);
    this.intake = new Intake(
      { flows: this.stage, packets: this.packets, store: this.store },
      options.frameFilter === undefined,
      () => this.afterBatch(),
    );
  }

  /** Read to the end or until `stop`; never rejects. */
  async run(): Promise<void> {
    const { beside } = this.options;
    const idle = setInterval(() => this.analyse(), IDLE_MS);
    try {
      await run(this.source, beside?.around(this.intake) ?? this.intake, this.tally, {
        filter: this.options.frameFilter,
        limit: Number.POSITIVE_INFINITY,
        signal: this.stopping.signal,
      });
    } catch (error) {
      this.failure = sentenceOf(error);
    }
    clearInterval(idle);
    const fault = await beside?.finish();
    if (fault !== undefined) this.faults.push(fault);
    this.phase = 'analysing';
    this.onChange();
    await new Promise((resolve) => setImmediate(resolve)); // those who ask learn of it first
    await this.analysis.finish();
    this.speed.stop();
    this.phase = 'complete';
    this.onChange();
  }

  /** Take no more frames. */
  stop(): void {
    if (this.options.endSource === undefined) this.stopping.abort();
    else this.options.endSource();
  }

  private afterBatch(): void {
    const { packets, store, tally } = this;
    if (store.firstPosition > 0) {
      let { first } = packets;
      while (first < packets.count && packets.position(first) < store.firstPosition) first++;
      packets.dropBefore(first);
    }
    if (this.options.live === true && isCrowded(this.stage.flows)) this.makeRoom();
    this.options.onBatch?.(tally.frames);
    this.speed.note(tally.frames, tally.bytes);
    this.analyse();
    this.onChange();
  }

  /** Flows that were silent longest go. */
  private makeRoom(): void {
    const { stage, packets, analysis } = this;
    const { flows } = stage;
    const { newRow, conversations } = rowsWithRoom(flows, (f) => analysis.conversationOf(f));
    for (let f = 0; f < newRow.length; f++) if (newRow[f] === NO_FLOW) stage.facts.finishFlow(f);
    const now = (this.intake.lastSeconds - stage.epochSeconds) * 1e9;
    stage.retain(newRow, now - ERRORS_KEPT_NS);
    packets.renumber(newRow);
    analysis.renew();
    this.flowsGone += newRow.length - flows.count;
    this.conversationsGone += conversations;
    this.onRenumber(newRow);
  }

  private analyse(): void {
    if (this.phase === 'reading' && this.analysis.maybe()) this.onChange();
  }

  get frames(): number {
    return this.tally.frames;
  }

  get bytes(): number {
    return this.tally.bytes;
  }

  ledger(): Ledger {
    const { conversations, generation } = this.analysis;
    if (conversations !== undefined && this.countsOf !== generation) {
      this.counts = conversations.counts();
      this.countsOf = generation;
    }
    const { source, options, tally } = this;
    const counted = {
      ...NOTHING_READ,
      ...tally.ledgerOf(source),
      ...options.losses?.(),
      ...this.counts,
    };
    return {
      ...counted,
      flows: counted.flows + this.flowsGone,
      conversations: counted.conversations + this.conversationsGone,
      evictedFlows: this.flowsGone,
      damage: [...counted.damage, ...this.faults],
    };
  }

  /** What `ledger().damage` tells. */
  damage(): Sentence[] {
    const faults = this.faults.map((text): Sentence => ({ code: 'quoted', text }));
    return [...this.source.damage.map(({ sentence }) => sentence), ...faults];
  }

  /** Bounds of memory that were reached, and what each cost. */
  bounds(): Sentence[] {
    const { stage, intake, source, store } = this;
    const { overflow } = stage.encapsulations;
    const bounds: Sentence[] = [];
    if (stage.untracked > 0) {
      bounds.push({ code: 'limit-flows', frames: stage.untracked, kept: stage.flows.count });
    }
    if (this.flowsGone > 0) bounds.push({ code: 'limit-room', flows: this.flowsGone });
    if (intake.notKept > 0) {
      const why: Sentence = store.full ?? { code: 'index-full' };
      bounds.push({ code: 'limit-packets', packets: intake.notKept, why });
    }
    if (this.packets.first > 0) bounds.push({ code: 'limit-newest', packets: this.packets.first });
    const ringFull = this.options.losses?.().live?.ringFull ?? 0;
    if (ringFull > 0) bounds.push({ code: 'limit-ring', times: ringFull });
    const leftOut = source.leftOut ?? 0;
    if (leftOut > 0) bounds.push({ code: 'limit-names', count: leftOut });
    if (overflow > 0) bounds.push({ code: 'limit-tunnels', packets: overflow });
    return bounds;
  }

  /** The source and all that is kept; after `run`. */
  async close(): Promise<void> {
    await this.source.close();
    await this.options.onClose?.();
    this.store.close();
  }
}
