/** The latest conversations of a capture on the screen of a terminal, drawn anew as they change. */
import { writeSync } from 'node:fs';
import type { ConversationRecord } from '../classify/record.ts';
import { GOES_ON, type RunningConversations } from '../classify/running.ts';
import type { LiveOutput } from '../view/live-output.ts';
import { ENTER_SCREEN, LEAVE_SCREEN, type Screen, showLiveTable } from '../view/live-table.ts';
import type { LiveView } from './live-conversations.ts';

export interface ScreenOptions {
  readonly color: boolean;
  readonly names: boolean;
  readonly size: () => Screen;
  /** The first lines: what is captured and lost, and what has happened. */
  readonly status: () => string[];
}

const STDOUT = 1;

export class LiveScreen implements LiveView {
  private readonly out: LiveOutput;
  private readonly options: ScreenOptions;
  private entered = false;
  /** Ctrl-Z: the shell has the terminal as it was; the next picture takes it again. */
  private readonly onStop = (): void => {
    this.leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  /** The latest of those that ended. */
  private past: ConversationRecord[] = [];

  constructor(out: LiveOutput, options: ScreenOptions) {
    this.out = out;
    this.options = options;
    process.once('exit', () => this.leave()); // whatever ends us, the terminal is left as it was
    process.on('SIGTSTP', this.onStop);
  }

  get closed(): boolean {
    return this.out.closed;
  }

  wants(): boolean {
    return true;
  }

  *show(
    running: RunningConversations,
    chooses: (c: number) => boolean,
    last: boolean,
  ): Generator<void> {
    if (last) return;
    const size = this.options.size();
    const present: ConversationRecord[] = [];
    for (let c = running.count - 1; c >= 0; c--) {
      const isPast = running.stateOf(c) !== GOES_ON;
      if ((!isPast && present.length >= size.rows) || !chooses(c)) continue;
      const record = running.record(c);
      (isPast ? this.past : present).push(record);
      yield;
    }
    this.past = this.past.sort(laterFirst).slice(0, size.rows);
    if (this.out.waiting) return; // the terminal is slow: the next picture will do
    if (!this.entered) this.out.text.ascii(ENTER_SCREEN);
    this.entered = true;
    const records = [...present, ...this.past].sort(laterFirst);
    this.out.text.utf8(showLiveTable(records, this.options.status(), size, this.options));
    this.out.pump();
  }

  drain(): Promise<void> {
    return this.out.finish();
  }

  async finish(): Promise<void> {
    process.off('SIGTSTP', this.onStop);
    await this.out.finish();
    this.leave();
  }

  private leave(): void {
    if (this.entered) writeSync(STDOUT, LEAVE_SCREEN);
    this.entered = false;
  }
}

function laterFirst(a: ConversationRecord, b: ConversationRecord): number {
  return a.start < b.start ? 1 : a.start > b.start ? -1 : b.id - a.id;
}
