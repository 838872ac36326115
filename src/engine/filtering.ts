/** One filter at work: on packets, and through them or by itself on conversations. */
import type { Filter } from '../filter/filter.ts';
import type { Analysis } from './analysis.ts';
import type { Background } from './background.ts';
import { Choice } from './choice.ts';
import { FramePass } from './frame-pass.ts';
import type { Packets } from './packet-index.ts';
import type { PacketLoader } from './packet-loader.ts';

export interface Workshop {
  readonly packets: Packets;
  readonly loader: PacketLoader;
  readonly analysis: Analysis;
  readonly background: Background;
}

export class Filtering {
  readonly filter: Filter;
  private readonly shop: Workshop;
  private pass: FramePass | undefined = undefined;
  private choice: Choice | undefined = undefined;
  private choiceGeneration = -1;
  /** Packets that the choice knows of. */
  private choiceDone = -1;

  constructor(filter: Filter, shop: Workshop) {
    this.filter = filter;
    this.shop = shop;
  }

  /** The packets that match by themselves; more of them as the pass goes on. */
  frames(): FramePass {
    const { packets, loader, background } = this.shop;
    this.pass ??= new FramePass(this.filter, packets, loader);
    if (this.pass.left > 0) background.start(this.pass);
    return this.pass;
  }

  /**
   * The conversations that it chooses by now; undefined while that cannot be said yet. Where packets decide,
   * the choice is made anew as more of them were asked.
   */
  chosen(): Choice | undefined {
    const { analysis, background } = this.shop;
    const { conversations, generation } = analysis;
    if (conversations === undefined) return undefined;
    const pass = this.isByRecords ? undefined : this.frames();
    const waits = this.filter.prefersConversation && pass !== undefined && pass.left > 0;
    if (waits) return undefined;
    const { asked } = this;
    if (
      this.choice === undefined ||
      this.choiceGeneration !== generation ||
      (asked !== this.choiceDone && this.choice.progress === 1)
    ) {
      this.choice = new Choice(this.filter, conversations, pass);
      this.choiceGeneration = generation;
      this.choiceDone = asked;
    }
    if (this.choice.progress < 1) {
      if (!this.choice.step(performance.now() + FIRST_MS)) return this.choice;
      background.start(this.choice);
    }
    return this.choice;
  }

  /** Conversations are chosen by their records alone, whatever their packets. */
  private get isByRecords(): boolean {
    return this.filter.prefersConversation && this.filter.witnesses.length === 0;
  }

  /** Packets that conversations are chosen by, so far. */
  private get asked(): number {
    return this.isByRecords ? 0 : (this.pass?.set.done ?? 0);
  }

  /** How much has been asked of what it decides conversations by, 0..1; 1 only when nothing will change. */
  get progress(): number {
    const { choice, pass } = this;
    if (choice === undefined) return pass === undefined ? 1 : 0;
    // a choice that was begun before the last packets were asked is made once more
    const share = this.choiceDone === this.asked ? 1 : 0.5;
    return (pass?.progress ?? 1) * choice.progress * share;
  }

  /** Flows have new rows, and conversations new numbers. */
  renumber(newRow: Int32Array): void {
    this.pass?.renumber(newRow);
    if (this.choice !== undefined) this.shop.background.drop(this.choice);
    this.choice = undefined;
  }

  drop(): void {
    if (this.pass !== undefined) this.shop.background.drop(this.pass);
    if (this.choice !== undefined) this.shop.background.drop(this.choice);
  }
}

/** Small choices are made at once, ms. */
const FIRST_MS = 4;
