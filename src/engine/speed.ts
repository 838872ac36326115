/** How fast frames come, over the last seconds. */

const WINDOW_MS = 2000;
const EVERY_MS = 100;

interface Sample {
  readonly at: number;
  readonly frames: number;
  readonly bytes: number;
}

export class Speed {
  private samples: Sample[] = [];

  /** Note the counts by now. */
  note(frames: number, bytes: number): void {
    const at = performance.now();
    const last = this.samples.at(-1);
    if (last !== undefined && at - last.at < EVERY_MS) return;
    this.samples.push({ at, frames, bytes });
    while (this.samples.length > 2 && at - this.samples[1]!.at > WINDOW_MS) this.samples.shift();
  }

  /** Per second. */
  rate(): { frames: number; bytes: number } {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    const now = performance.now();
    if (first === undefined || last === undefined || now - last.at > WINDOW_MS) {
      return { frames: 0, bytes: 0 };
    }
    const seconds = (last.at - first.at) / 1000;
    if (seconds === 0) return { frames: 0, bytes: 0 };
    return {
      frames: Math.round((last.frames - first.frames) / seconds),
      bytes: Math.round((last.bytes - first.bytes) / seconds),
    };
  }

  stop(): void {
    this.samples = [];
  }
}
