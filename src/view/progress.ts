/** How far a long read is, on standard error, while nothing else is written there. */
import type { SingleBar } from 'cli-progress';
import { showSize } from './amounts.ts';

/** What a source tells of itself; total -1 = not known. */
export interface ReadSoFar {
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** Reads shorter than this need no bar. */
const PATIENCE_MS = 1000;
const FRESH_MS = 250;

export class Progress {
  private readonly readSoFar: () => ReadSoFar;
  private readonly startedMs = Date.now();
  private shownMs = 0;
  private bar: SingleBar | undefined = undefined;
  private loading = false;
  private stopped = false;

  constructor(readSoFar: () => ReadSoFar) {
    this.readSoFar = readSoFar;
  }

  /** Called between batches: draws at most four times a second, from one second on. */
  update(): void {
    const now = Date.now();
    if (this.stopped || now - this.startedMs < PATIENCE_MS || now - this.shownMs < FRESH_MS) return;
    const { bytesRead, bytesTotal } = this.readSoFar();
    if (bytesTotal <= 0) return;
    this.shownMs = now;
    if (this.bar === undefined) {
      if (!this.loading) void this.start(bytesTotal);
      return;
    }
    this.bar.setTotal(bytesTotal);
    this.bar.update(bytesRead, this.payload(bytesRead, now));
  }

  /** Take the bar away; the line is free again. */
  stop(): void {
    this.stopped = true;
    this.bar?.stop();
    this.bar = undefined;
  }

  private async start(total: number): Promise<void> {
    this.loading = true;
    const { default: cliProgress } = await import('cli-progress');
    if (this.stopped) return;
    this.bar = new cliProgress.SingleBar({
      format: '{bar} {percentage}% {read} of {all}, {rate}/s, {left} left',
      stream: process.stderr,
      barsize: 24,
      clearOnComplete: true,
      linewrap: true, // a killed process would leave the terminal without
      gracefulExit: false, // Ctrl-C is ours
    });
    const { bytesRead } = this.readSoFar();
    this.bar.start(total, bytesRead, this.payload(bytesRead, Date.now()));
  }

  private payload(bytesRead: number, now: number): Record<string, string> {
    const { bytesTotal } = this.readSoFar();
    const rate = bytesRead / Math.max(1, now - this.startedMs);
    const leftMs = (bytesTotal - bytesRead) / Math.max(1e-9, rate);
    return {
      read: showSize(bytesRead),
      all: showSize(bytesTotal),
      rate: showSize(1000 * rate),
      left: `${Math.ceil(leftMs / 1000)} s`,
    };
  }
}
