/** Frames and bytes by the time of the capture, in a bounded number of buckets of equal width. */

/** When more would be needed, buckets become twice as wide. */
const BUCKETS = 512;
/** Width of the first buckets, seconds. */
const WIDTH_FIRST = 1 / 64;

export class Rates {
  /** Seconds of a bucket, a power of two. */
  width = WIDTH_FIRST;
  private readonly frames = new Float64Array(BUCKETS);
  private readonly bytes = new Float64Array(BUCKETS);
  private used = 0;
  private start = Number.NaN;

  /** Count a frame of `len` bytes. What is earlier than the first frame counts as at its time. */
  add(seconds: number, nanoseconds: number, len: number): void {
    if (Number.isNaN(this.start)) this.start = seconds + nanoseconds / 1e9;
    const since = Math.max(0, seconds + nanoseconds / 1e9 - this.start);
    let bucket = Math.floor(since / this.width);
    while (bucket >= BUCKETS) {
      this.fold();
      bucket = Math.floor(since / this.width);
    }
    this.frames[bucket]!++;
    this.bytes[bucket]! += len;
    if (bucket >= this.used) this.used = bucket + 1;
  }

  private fold(): void {
    for (let i = 0; i < BUCKETS; i++) {
      const two = 2 * i < BUCKETS;
      this.frames[i] = two ? this.frames[2 * i]! + this.frames[2 * i + 1]! : 0;
      this.bytes[i] = two ? this.bytes[2 * i]! + this.bytes[2 * i + 1]! : 0;
    }
    this.width *= 2;
    this.used = (this.used + 1) >> 1;
  }

  /** The buckets from the first frame's to the last one's. */
  snapshot(): { width: number; frames: number[]; bytes: number[] } {
    return {
      width: this.width,
      frames: Array.from(this.frames.subarray(0, this.used)),
      bytes: Array.from(this.bytes.subarray(0, this.used)),
    };
  }
}
