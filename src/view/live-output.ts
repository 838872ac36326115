/**
 * Text that must not hold up who makes it: it waits while the one before is on its way, and where the
 * reader is too slow for too long, whole lines are left out and counted.
 */
import type { Output } from './output.ts';
import { TextBuffer } from './text-buffer.ts';

/** Bytes that may wait. */
const WAITING_MAX = 32 << 20;

export class LiveOutput {
  /** Lines left out. */
  dropped = 0;
  readonly text = new TextBuffer();
  private readonly output: Output;
  private busy = false;

  constructor(output: Output) {
    this.output = output;
  }

  /** The reader has gone, or the disk is full: see the output's `error`. */
  get closed(): boolean {
    return this.output.closed;
  }

  /** Something is still on its way. */
  get waiting(): boolean {
    return this.busy;
  }

  /** Is there room for a line? Else it is counted, and the caller leaves it out. */
  admits(): boolean {
    if (this.text.at < WAITING_MAX) return true;
    this.dropped++;
    return false;
  }

  /** Hand over what waits, unless the last hand-over is still on its way. */
  pump(): void {
    if (this.busy || this.text.at === 0) return;
    this.busy = true;
    void this.output
      .write(this.text.take())
      .then(() => this.output.flush())
      .then(() => {
        this.busy = false;
        this.pump();
      });
  }

  /** Resolves when all is out. */
  async finish(): Promise<void> {
    while (this.busy) await new Promise((resolve) => setTimeout(resolve, 1));
    await this.output.write(this.text.take());
    await this.output.flush();
  }
}
