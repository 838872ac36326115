/** Conversations of a capture as lines: text when they begin and end, JSON when they end. */
import type { Lifecycle } from '../classify/record.ts';
import { GOES_ON, IS_OVER, type RunningConversations } from '../classify/running.ts';
import type { Painter } from '../view/color.ts';
import { conversationJson } from '../view/conversation-json.ts';
import { showLiveLine } from '../view/live-line.ts';
import type { LiveOutput } from '../view/live-output.ts';
import type { LiveView } from './live-conversations.ts';

/** Text is handed over in pieces of about this many bytes. */
const STEP_LEN = 1 << 17;

export interface LineOptions {
  /** Undefined = JSON Lines. */
  readonly painter: Painter | undefined;
  /** Show names beside addresses. */
  readonly names: boolean;
  /** Tell of those that go on this often; undefined = never. */
  readonly intervalMs: number | undefined;
}

export class LiveLines implements LiveView {
  private readonly out: LiveOutput;
  private readonly options: LineOptions;
  private nextAtMs: number;
  /** Numbers of conversations whose beginning was told. */
  private told = new Set<number>();

  constructor(out: LiveOutput, options: LineOptions) {
    this.out = out;
    this.options = options;
    this.nextAtMs = performance.now() + (options.intervalMs ?? 0);
  }

  get closed(): boolean {
    return this.out.closed;
  }

  wants(nowMs: number, news: boolean): boolean {
    const { painter, intervalMs } = this.options;
    return (painter !== undefined && news) || (intervalMs !== undefined && nowMs >= this.nextAtMs);
  }

  *show(
    running: RunningConversations,
    chooses: (c: number) => boolean,
    last: boolean,
  ): Generator<void> {
    const { intervalMs } = this.options;
    const nowMs = performance.now();
    const all = intervalMs !== undefined && nowMs >= this.nextAtMs;
    if (all) this.nextAtMs = nowMs + intervalMs;
    const told = new Set<number>();
    for (let c = 0; c < running.count; c++) {
      const event = this.eventOf(running, c, all, last, told);
      if (event === undefined || !chooses(c)) continue;
      this.add(running, c, event);
      if (event === 'new') told.add(running.idOf(c));
      if (this.out.text.at > STEP_LEN) {
        this.out.pump();
        yield;
      }
    }
    this.told = told;
    this.out.pump();
  }

  /** What is to be told of conversation c; undefined = nothing. Those told of before stay so in `told`. */
  private eventOf(
    running: RunningConversations,
    c: number,
    all: boolean,
    last: boolean,
    told: Set<number>,
  ): Lifecycle | 'new' | undefined {
    const state = running.stateOf(c);
    if (state === IS_OVER) return 'ended';
    if (state !== GOES_ON) return 'evicted';
    if (last) return 'unfinished';
    const id = running.idOf(c);
    const wasTold = this.told.has(id);
    if (wasTold) told.add(id);
    if (this.options.painter !== undefined && !wasTold) return 'new';
    return all ? 'running' : undefined;
  }

  private add(running: RunningConversations, c: number, event: Lifecycle | 'new'): void {
    const { painter, names } = this.options;
    if (!this.out.admits()) return;
    const record = running.record(c);
    if (painter !== undefined) {
      this.out.text.utf8(showLiveLine(record, event, painter, names));
      return;
    }
    const { schema, ...rest } = conversationJson(record);
    this.out.text.json({ schema, lifecycle: event, ...rest });
  }

  drain(): Promise<void> {
    return this.out.finish();
  }

  finish(): Promise<void> {
    return this.out.finish();
  }
}
