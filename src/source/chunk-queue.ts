/** Bytes between whoever makes them in its own time and whoever takes them in its. */
import type { CaptureError } from './source.ts';

/** Chunks in the order they came, taken piece by piece. */
export class ChunkQueue {
  /** Bytes waiting. */
  length = 0;
  private readonly chunks: Uint8Array[] = [];
  /** Bytes of the first chunk already taken. */
  private taken = 0;
  private ended = false;
  private failure: CaptureError | undefined = undefined;
  private wake: (() => void) | undefined = undefined;

  push(chunk: Uint8Array): void {
    if (this.ended || chunk.length === 0) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
    this.wake?.();
  }

  /** No more will come; what waits can still be taken, then `take` rejects with `failure` if there is one. */
  end(failure?: CaptureError): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.wake?.();
  }

  /** Resolves once `count` bytes wait, or the end is known. */
  async wait(count: number): Promise<void> {
    while (this.length < count && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.wake = undefined;
  }

  /** The first bytes, at most `count`, as a copy that stays in the queue. */
  head(count: number): Uint8Array {
    const bytes = Buffer.concat(this.chunks.slice(0, count + 1)); // each chunk holds at least a byte
    return bytes.subarray(this.taken, this.taken + count);
  }

  /** Move bytes into target at `at`, at least 1 and at most `length`; 0 at the end. */
  async take(target: Uint8Array, at: number, length: number): Promise<number> {
    await this.wait(1);
    if (this.length === 0 && this.failure !== undefined) throw this.failure;
    let done = 0;
    while (done < length && this.chunks.length > 0) {
      const first = this.chunks[0]!;
      const step = Math.min(length - done, first.length - this.taken);
      target.set(first.subarray(this.taken, this.taken + step), at + done);
      done += step;
      this.taken += step;
      if (this.taken === first.length) {
        this.chunks.shift();
        this.taken = 0;
      }
    }
    this.length -= done;
    return done;
  }
}
