/** A source of frames that a test makes, in batches of its choice. */
import type { FrameBatch } from '../../src/base/frames.ts';
import type { CaptureError, NameRecord, Source } from '../../src/source/source.ts';

export class MadeSource implements Source {
  readonly interfaces: Source['interfaces'] = [];
  readonly names: readonly NameRecord[] = [];
  readonly damage: readonly CaptureError[] = [];
  readonly progress = { bytesRead: 0, bytesTotal: -1 };
  private readonly batches: Iterator<FrameBatch>;

  constructor(batches: Iterable<FrameBatch>) {
    this.batches = batches[Symbol.iterator]();
  }

  async next(): Promise<FrameBatch | undefined> {
    await new Promise((resolve) => setImmediate(resolve));
    const { value, done } = this.batches.next();
    if (done === true) return undefined;
    (this as { interfaces: Source['interfaces'] }).interfaces = value.interfaces;
    return value;
  }

  async close(): Promise<void> {}
}
