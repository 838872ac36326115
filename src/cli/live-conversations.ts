/** Conversations of a capture that goes on: put together now and then, shown, and let go of when over. */
import { FRAMES_MAX, type FrameBatch } from '../base/frames.ts';
import type { RunningConversations } from '../classify/running.ts';
import type { Packet } from '../decode/packet.ts';
import type { LiveKnowledge } from '../engine/live-knowledge.ts';
import type { Stage } from '../pipeline.ts';
import type { FlowsStage } from './selection.ts';

/** Conversations are put together again after this, or after so many times as it took. */
const TICK_MS = 1000;
const REST = 4;
/** Much has ended where less than this share of the flows is left. */
const MANY_ENDED = 0.75;
/** Showing goes on for so long, then frames have their turn; a little less after a full batch, behind which more may wait. */
const STEP_MS = 20;
const BUSY_STEP_MS = 15;

/** Shows what the conversations are at one moment. */
export interface LiveView {
  /** Something is to be shown at this time, even if nothing ended. `news`: frames came since the last time. */
  wants(nowMs: number, news: boolean): boolean;
  /**
   * What there is at one moment, a step at a time: frames are taken between the steps. `chooses`: what the
   * filter lets through. `last`: no more comes.
   */
  show(
    running: RunningConversations,
    chooses: (c: number) => boolean,
    last: boolean,
  ): Generator<void>;
  /** The reader has gone. */
  readonly closed: boolean;
  /** Resolves when there is room for more. */
  drain(): Promise<void>;
  finish(): Promise<void>;
}

export class LiveConversationsStage implements Stage {
  /** Where the filter chooses whole conversations, frames that do not match are part of them too. */
  readonly wantsAll: boolean;
  private readonly flows: FlowsStage;
  private readonly running: RunningConversations;
  private readonly view: LiveView;
  private readonly knowledge: LiveKnowledge;
  private nextAtMs = 0;
  /** Frames came since conversations were last put together. */
  private news = false;
  /** Frames of the batch in hand. */
  private taken = 0;
  /** The conversations of the last turn that are still to be shown. */
  private showing: Generator<void> | undefined = undefined;
  /** Time of that turn, as \`now\`. */
  private turnNow = 0;
  /** The last turn let go of much: the next one must not wait until there is no room. */
  private manyEnded = false;
  /** Spent on that turn so far. */
  private tookMs = 0;

  constructor(
    flows: FlowsStage,
    running: RunningConversations,
    view: LiveView,
    knowledge: LiveKnowledge,
  ) {
    this.wantsAll = flows.isChoosing;
    this.flows = flows;
    this.running = running;
    this.view = view;
    this.knowledge = knowledge;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    this.news = true;
    const taken = this.flows.takePlain(frames, from, to);
    this.taken += taken - from;
    return taken;
  }

  take(packet: Packet, frames: FrameBatch, i: number, matches: boolean): void {
    this.news = true;
    this.taken++;
    this.flows.take(packet, frames, i, matches);
  }

  async flush(): Promise<boolean> {
    const began = performance.now();
    const until = began + (this.taken >= FRAMES_MAX ? BUSY_STEP_MS : STEP_MS);
    this.taken = 0;
    if (this.showing !== undefined) this.goOn(until);
    else if (began >= this.nextAtMs || this.running.isCrowded) {
      if (this.view.wants(began, this.news) || this.running.wants(this.now)) {
        this.tookMs = 0;
        this.begin(false);
        this.goOn(until);
      }
    }
    return !this.view.closed;
  }

  /** All that is left. */
  async finish(): Promise<void> {
    if (this.showing !== undefined) await this.showAll();
    this.flows.flows.finish();
    this.begin(true);
    await this.showAll();
    await this.view.finish();
  }

  /** Put the conversations together as they are now. */
  private begin(last: boolean): void {
    const { running, flows } = this;
    const began = performance.now();
    this.news = false;
    this.turnNow = this.now;
    running.learn(this.knowledge.current);
    const list = running.update(this.turnNow);
    const record = (c: number) => running.record(c);
    this.showing = this.view.show(running, (c) => flows.chooses(list, c, record), last);
    this.tookMs += performance.now() - began;
  }

  /** Show until this time, and when all is shown let go of what is over. */
  private goOn(untilMs: number): void {
    const began = performance.now();
    while (this.showing!.next().done !== true) {
      if (performance.now() >= untilMs) {
        this.tookMs += performance.now() - began;
        return;
      }
    }
    this.end();
    this.tookMs += performance.now() - began;
    const restMs = this.manyEnded ? 0 : REST * this.tookMs;
    this.nextAtMs = performance.now() + Math.max(TICK_MS, restMs);
  }

  private end(): void {
    this.showing = undefined;
    const newRow = this.running.release(this.turnNow);
    const kept = this.flows.flows.flows.count;
    this.manyEnded = newRow !== undefined && kept < MANY_ENDED * newRow.length;
    if (newRow !== undefined) this.flows.retain(newRow);
  }

  private async showAll(): Promise<void> {
    while (this.showing!.next().done !== true) await this.view.drain();
    this.end();
  }

  /** Nanoseconds since the stage's epoch. */
  private get now(): number {
    return Date.now() * 1e6 - this.flows.flows.epochSeconds * 1e9;
  }
}
