/** Conversations of a capture that goes on: put together now and then, shown, and let go of when over. */
import type { FrameBatch } from '../base/frames.ts';
import type { RunningConversations } from '../classify/running.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import type { LiveKnowledge } from './live-knowledge.ts';
import type { FlowsStage } from './selection.ts';

/** Conversations are put together again after this, or after so many times as it took. */
const TICK_MS = 1000;
const REST = 4;

/** Shows what the conversations are at one moment. */
export interface LiveView {
  /** Something is to be shown at this time, even if nothing ended. `news`: frames came since the last time. */
  wants(nowMs: number, news: boolean): boolean;
  /** `chooses`: what the filter lets through. `last`: no more comes. */
  show(running: RunningConversations, chooses: (c: number) => boolean, last: boolean): void;
  /** The reader has gone. */
  readonly closed: boolean;
  finish(): Promise<void>;
}

export class LiveConversationsStage implements Stage {
  readonly wantsAll = false;
  private readonly flows: FlowsStage;
  private readonly running: RunningConversations;
  private readonly view: LiveView;
  private readonly knowledge: LiveKnowledge;
  private nextAtMs = 0;
  /** Frames came since conversations were last put together. */
  private news = false;

  constructor(
    flows: FlowsStage,
    running: RunningConversations,
    view: LiveView,
    knowledge: LiveKnowledge,
  ) {
    this.flows = flows;
    this.running = running;
    this.view = view;
    this.knowledge = knowledge;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    this.news = true;
    return this.flows.takePlain(frames, from, to);
  }

  take(packet: Packet, frames: FrameBatch, i: number, matches: boolean): void {
    this.news = true;
    this.flows.take(packet, frames, i, matches);
  }

  async flush(): Promise<boolean> {
    const began = performance.now();
    const isDue = began >= this.nextAtMs || this.running.isCrowded;
    if (isDue && (this.view.wants(began, this.news) || this.running.wants(this.now))) {
      this.turn(false);
      const took = performance.now() - began;
      this.nextAtMs = began + took + Math.max(TICK_MS, REST * took);
    }
    return !this.view.closed;
  }

  /** All that is left. */
  async finish(): Promise<void> {
    this.flows.flows.finish();
    this.turn(true);
    await this.view.finish();
  }

  private turn(last: boolean): void {
    this.news = false;
    const { running, flows } = this;
    running.learn(this.knowledge.current);
    const now = this.now;
    const list = running.update(now);
    const record = (c: number) => running.record(c);
    this.view.show(running, (c) => flows.chooses(list, c, record), last);
    const newRow = running.release(now);
    if (newRow !== undefined) flows.retain(newRow);
  }

  /** Nanoseconds since the stage's epoch. */
  private get now(): number {
    return Date.now() * 1e6 - this.flows.flows.epochSeconds * 1e9;
  }
}
