/**
 * The bytes of one input, passing through a ring of regions of one buffer: while records are parsed
 * from one region, the next ones are being read. Nothing is copied but the part of a record at a
 * region's end, which moves in front of the next region's first byte.
 *
 *   region: [ room for the part of a record | chunk bytes as read ]
 */
import type { Offset } from '../base/units.ts';
import { type ByteInput, fileError } from './input.ts';
import type { CaptureError } from './source.ts';

/** The longest piece that a parser may need in one piece, bytes: a frame, its header and options. */
export const RECORD_ROOM = 512 << 10;
/**
 * Read at once, without waiting, bytes: a piece that the core's second cache still holds when its records are
 * parsed. Measured, 1 GB in the page cache: 64 KiB into the same place each time 150 to 190 ms, 256 KiB 235 to
 * 290 ms.
 */
const NOW_LEN = 64 << 10;
const NOT_READ = -2;
const BEING_READ = -1;

/** The buffer that the regions of one or several windows are cut from. Pages never touched cost nothing. */
export class Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private used = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }

  take(length: number): Offset {
    const at = this.used;
    this.used += length;
    if (this.used > this.bytes.length) throw new RangeError('arena too small');
    return at;
  }
}

/** Bytes of arena that a window with this many regions takes. */
export function windowLen(regions: number, chunk: number): number {
  return regions * (RECORD_ROOM + chunk);
}

export class Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly input: ByteInput;
  /** Bytes not yet parsed: [at, end). */
  at: Offset = 0;
  end: Offset = 0;
  /** Why the input ended before its end. */
  failure: CaptureError | undefined = undefined;
  /** Position in the input of the byte at `end`. */
  private endPosition = 0;
  private ended = false;
  private closing: Promise<void> | undefined = undefined;
  private readonly chunk: number;
  /** Columns by region: its first byte after the room; bytes read into it; the read under way. */
  private readonly dataAt: Offset[] = [];
  private readonly filled: number[] = [];
  private readonly reading: Promise<void>[] = [];
  /** Regions being read, or read and not yet gone on to. */
  private pending = 0;
  /** Regions gone on to since the last release: they and the one before hold what is borrowed. */
  private steps = 0;
  /** The region that `end` is in; the next one to be read into. */
  private current: number;
  private toRead = 0;

  constructor(input: ByteInput, arena: Arena, regions: number, chunk: number) {
    this.input = input;
    this.bytes = arena.bytes;
    this.view = arena.view;
    this.chunk = chunk;
    for (let i = 0; i < regions; i++) {
      this.dataAt.push(arena.take(RECORD_ROOM + chunk) + RECORD_ROOM);
      this.filled.push(NOT_READ);
      this.reading.push(Promise.resolve());
    }
    this.current = regions - 1;
    this.at = this.dataAt[this.current]!;
    this.end = this.at;
  }

  /** Position in the input, bytes, of the byte at `at` of the buffer. */
  positionOf(at: Offset): number {
    return this.endPosition - (this.end - at);
  }

  /** No byte before `at` is needed any more: the regions before it may be filled again. */
  release(): void {
    this.steps = 0;
    if (this.pending > 0) this.readAhead();
  }

  /** Keep reads under way into every region but the current one. */
  private readAhead(): void {
    if (this.ended) return;
    while (this.toRead !== this.current) {
      this.startRead(this.toRead);
      this.toRead = (this.toRead + 1) % this.dataAt.length;
    }
  }

  private startRead(region: number): void {
    this.filled[region] = BEING_READ;
    this.pending++;
    this.reading[region] = this.input.read(this.bytes, this.dataAt[region]!, this.chunk).then(
      (count) => {
        this.filled[region] = count;
      },
      (error: unknown) => {
        this.failure ??= fileError(this.input.file, error);
        this.filled[region] = 0;
      },
    );
  }

  /** Wait for more bytes after `end`; false at the end of the input. Nothing before `at` is kept. */
  async more(): Promise<boolean> {
    this.steps = 0;
    if (this.ended) return false;
    if (this.input.readsAhead === 0) return this.append();
    if (this.pending === 0) {
      if (this.readNow(this.current)) return true;
      if (this.ended) return false;
    }
    this.readAhead();
    const next = (this.current + 1) % this.dataAt.length;
    await this.reading[next];
    return this.advance();
  }

  /**
   * Go on to the next region without waiting; false when that is not possible, or at the end. Keeps all before
   * `at` that was there at the last `release`.
   */
  advance(): boolean {
    if (this.ended) return false;
    const next = (this.current + 1) % this.dataAt.length;
    const count = this.filled[next]!;
    if (count < 0)
      return this.pending === 0 && this.steps < this.dataAt.length - 1 && this.readNow(next);
    this.pending--;
    this.filled[next] = NOT_READ;
    if (count < (this.input.shortIsEnd ? this.chunk : 1)) this.ended = true; // what follows was read past the end
    if (count > 0) this.goOn(next, count);
    return count > 0;
  }

  /** `more` where the input yields bytes at once; false when it does not, or at the end. */
  moreNow(): boolean {
    this.steps = 0;
    return !this.ended && this.pending === 0 && this.readNow(this.current);
  }

  /** Fill a region at once, where the input can: the next one, or the current one, of which nothing before `at` stays. */
  private readNow(region: number): boolean {
    if (this.input.readNow === undefined) return false;
    this.moveTo(region);
    const length = Math.min(this.chunk, NOW_LEN);
    let count: number | undefined = 0;
    try {
      count = this.input.readNow(this.bytes, this.end, length);
    } catch (error) {
      this.failure ??= fileError(this.input.file, error);
    }
    if (count === undefined) return false;
    if (count < length) this.ended = true;
    this.end += count;
    this.endPosition += count;
    return count > 0;
  }

  /** `count` bytes of the next region follow those not yet parsed. */
  private goOn(next: number, count: number): void {
    this.moveTo(next);
    this.end += count;
    this.endPosition += count;
  }

  /** What is not yet parsed stands before the first byte of the region now, which becomes the current one. */
  private moveTo(region: number): void {
    const left = this.end - this.at;
    const to = this.dataAt[region]!;
    if (left > 0) this.bytes.copyWithin(to - left, this.at, this.end);
    this.at = to - left;
    this.end = to;
    if (region !== this.current) this.steps++;
    this.current = region;
    if (this.pending === 0) this.toRead = (region + 1) % this.dataAt.length;
  }

  /** A stream has its own buffers: read after `end`, from the region's start again when it is full. */
  private async append(): Promise<boolean> {
    const first = this.dataAt[0]! - RECORD_ROOM;
    const last = first + RECORD_ROOM + this.chunk;
    if (this.end === this.at || last - this.end < this.chunk >> 1) {
      this.bytes.copyWithin(first, this.at, this.end);
      this.end += first - this.at;
      this.at = first;
    }
    try {
      const count = await this.input.read(this.bytes, this.end, last - this.end);
      this.end += count;
      this.endPosition += count;
      this.ended = count === 0;
    } catch (error) {
      this.failure ??= fileError(this.input.file, error);
      this.ended = true;
    }
    return !this.ended;
  }

  /** Let go of the input; further calls do nothing. */
  async close(): Promise<void> {
    this.ended = true;
    this.closing ??= this.input.close();
    await this.closing;
  }
}
