/** Conversations of a capture as lines: text when they begin and end, JSON when they end. */
import type { Lifecycle } from '../classify/record.ts';
import { GOES_ON, IS_OVER, type RunningConversations } from '../classify/running.ts';
import type { Painter } from '../view/color.ts';
import { showLiveLine } from '../view/live-line.ts';
import type { LiveOutput } from '../view/live-output.ts';
import type { LiveView } from './live-conversations.ts';

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

  show(running: RunningConversations, chooses: (c: number) => boolean, last: boolean): void {
    const { intervalMs, painter } = this.options;
    const nowMs = performance.now();
    const all = intervalMs !== undefined && nowMs >= this.nextAtMs;
    if (all) this.nextAtMs = nowMs + intervalMs;
    const told = new Set<number>();
    for (let c = 0; c < running.count; c++) {
      const id = running.idOf(c);
      const wasTold = this.told.has(id);
      const state = running.stateOf(c);
      const goesOn = state === GOES_ON && !last;
      if (goesOn && wasTold) told.add(id);
      const isSilent = goesOn && !all && (painter === undefined || wasTold);
      if (isSilent || !chooses(c)) continue;
      if (!goesOn)
        this.add(running, c, state === IS_OVER ? 'ended' : last ? 'unfinished' : 'evicted');
      else if (painter === undefined || wasTold) this.add(running, c, 'running');
      else {
        this.add(running, c, 'new');
        told.add(id);
      }
    }
    this.told = told;
    this.out.pump();
  }

  private add(running: RunningConversations, c: number, event: Lifecycle | 'new'): void {
    const { painter, names } = this.options;
    if (!this.out.admits()) return;
    const record = running.record(c);
    if (painter !== undefined) {
      this.out.text.utf8(showLiveLine(record, event, painter, names));
      return;
    }
    const { schema, ...rest } = record;
    this.out.text.json({ schema, lifecycle: event, ...rest });
  }

  finish(): Promise<void> {
    return this.out.finish();
  }
}
