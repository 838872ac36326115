/**
 * Putting TCP payload back together where a dissector alone cannot see enough: the first bytes of a
 * direction, and streams of messages (BGP, DNS) that span segments. Bounded; the first bytes seen of a
 * position stand, so that a retransmission that says otherwise changes nothing.
 */
import type { Offset } from '../base/units.ts';

/** Bytes kept of the start of a direction. */
export const HEAD_LEN_MAX = 16_384;
/** Pieces beyond a gap that a head remembers. */
const SPANS_MAX = 16;
const BYTES_MIN = 512;
/** A stream that waits for nothing lets go of a larger buffer. */
const BYTES_KEPT = 8192;

/** Bytes of a message stream that wait behind a gap, and segments. */
const WAITING_LEN_MAX = 131_072;
const WAITING_MAX = 64;

/** The first bytes of one direction of a connection, from `base` on. */
export class StreamHead {
  /** Sequence number of the first byte, int32. */
  readonly base: number;
  /** The first byte is the first of its direction, so a PROXY header may stand there. */
  readonly atStart: boolean;
  /** What is there was read to its end: nothing is lost when nothing follows. */
  isRead = false;
  /** Bytes [0, length) are there without a gap. */
  length = 0;
  view: DataView;
  private bytes: Uint8Array;
  /** Start and end of each piece beyond `length`, in order. */
  private spans: number[] = [];

  constructor(base: number, atStart: boolean) {
    this.base = base;
    this.atStart = atStart;
    this.bytes = new Uint8Array(BYTES_MIN);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes of memory. */
  get size(): number {
    return this.bytes.length;
  }

  /** No more bytes fit. */
  get full(): boolean {
    return this.length === HEAD_LEN_MAX;
  }

  /**
   * Take in the segment whose payload is [at, end) of `from` and whose first byte has this sequence
   * number. Returns whether `length` grew. Bytes already there are kept; those beyond HEAD_LEN_MAX or
   * beyond too many gaps are left out.
   */
  add(from: DataView, at: Offset, end: Offset, seq: number): boolean {
    let start = (seq - this.base) | 0;
    let source = at;
    if (start < 0) {
      source -= start;
      start = 0;
    }
    const stop = Math.min(start + end - source, HEAD_LEN_MAX);
    if (stop <= start || stop <= this.length) return false;
    if (start > this.length && this.spans.length >= 2 * SPANS_MAX) return false;
    this.reserve(stop);
    this.copy(from, source - start, start, stop);
    return this.merge(start, stop);
  }

  /** The pieces beyond the first gap, [from, to) each, in order. */
  *pieces(): Generator<[number, number]> {
    for (let i = 0; i < this.spans.length; i += 2) yield [this.spans[i]!, this.spans[i + 1]!];
  }

  /** Copy [start, stop) from `shift + start` on, but for what is there already. */
  private copy(from: DataView, shift: number, start: number, stop: number): void {
    const source = new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
    let pos = Math.max(start, this.length);
    for (let i = 0; i <= this.spans.length && pos < stop; i += 2) {
      const freeEnd = i < this.spans.length ? Math.min(this.spans[i]!, stop) : stop;
      if (freeEnd > pos) this.bytes.set(source.subarray(shift + pos, shift + freeEnd), pos);
      if (i < this.spans.length) pos = Math.max(pos, this.spans[i + 1]!);
    }
  }

  /** [start, stop) is there now: join it with its neighbours. Returns whether `length` grew. */
  private merge(start: number, stop: number): boolean {
    const spans: number[] = [];
    let from = start;
    let to = stop;
    for (let i = 0; i < this.spans.length; i += 2) {
      const spanAt = this.spans[i]!;
      const spanEnd = this.spans[i + 1]!;
      if (spanEnd < from || spanAt > to) spans.push(spanAt, spanEnd);
      else {
        from = Math.min(from, spanAt);
        to = Math.max(to, spanEnd);
      }
    }
    const grew = from <= this.length && to > this.length;
    if (grew) this.length = to;
    else if (from > this.length) {
      let i = 0;
      while (i < spans.length && spans[i]! < from) i += 2;
      spans.splice(i, 0, from, to);
    }
    this.spans = spans;
    return grew;
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return;
    let capacity = this.bytes.length;
    while (capacity < size) capacity *= 2;
    const bytes = new Uint8Array(Math.min(capacity, HEAD_LEN_MAX));
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** How messages follow one another in a stream. */
export interface Framing {
  /** Bytes of the message that starts at `at`; 0 = more bytes must come to tell; -1 = none starts there. */
  lengthAt(view: DataView, at: Offset, end: Offset): number;
  /**
   * Where a message may start at or after `at`, when it is not known where the last one ended;
   * -1 = nowhere before `end`. `isSegmentStart`: a segment starts at `at`.
   */
  resync(view: DataView, at: Offset, end: Offset, isSegmentStart: boolean): Offset;
}

/** A segment behind a gap. */
interface Waiting {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** One direction of a connection, as a stream of messages. */
export class MessageStream {
  private readonly framing: Framing;
  /** Sequence number after the last byte of `bytes`. */
  private next: number;
  /** Bytes of a message that is not finished: [0, len). */
  private bytes = new Uint8Array(BYTES_MIN);
  private len = 0;
  private waiting: Waiting[] = [];
  private waitingLen = 0;
  private synchronous = true;
  /** Times that bytes were lost and the start of a message had to be looked for. */
  gaps = 0;

  /** Bytes of memory. */
  get size(): number {
    return this.bytes.length + this.waitingLen;
  }

  constructor(framing: Framing, seq: number) {
    this.framing = framing;
    this.next = seq;
  }

  /** Nothing waits for more: to stop here loses nothing. */
  get idle(): boolean {
    return this.len === 0 && this.waitingLen === 0;
  }

  /**
   * Take in the segment whose payload is [at, end) and `wireLen` bytes long on the wire (more than
   * end - at when the capture cut it), and hand each message that it completes to `take`, as
   * [messageAt, messageEnd) of a view borrowed until the next call.
   */
  add(
    view: DataView,
    at: Offset,
    end: Offset,
    wireLen: number,
    seq: number,
    take: (view: DataView, at: Offset, end: Offset) => void,
  ): void {
    const ahead = (seq - this.next) | 0;
    if (ahead > 0) {
      this.keep(view, at, end, seq, wireLen);
      if (this.waitingLen > WAITING_LEN_MAX || this.waiting.length > WAITING_MAX) this.skip(take);
      return;
    }
    if (ahead + (end - at) > 0) this.append(view, at - ahead, end, ahead === 0, take);
    if (wireLen > end - at && ((seq + wireLen - this.next) | 0) > 0) this.lose(seq + wireLen);
    this.drain(take);
  }

  /** Nothing more comes: what waits behind a gap is read without what is missing. */
  finish(take: (view: DataView, at: Offset, end: Offset) => void): void {
    while (this.waiting.length > 0) this.skip(take);
  }

  private keep(view: DataView, at: Offset, end: Offset, seq: number, wireLen: number): void {
    if (wireLen !== end - at || this.waiting.some((other) => other.seq === seq)) return;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
    const i = this.waiting.findIndex((other) => ((other.seq - seq) | 0) > 0);
    this.waiting.splice(i < 0 ? this.waiting.length : i, 0, { seq, bytes });
    this.waitingLen += bytes.length;
  }

  /** Hand on the segments that waited for what has come now. */
  private drain(take: (view: DataView, at: Offset, end: Offset) => void): void {
    while (this.waiting.length > 0) {
      const { seq, bytes } = this.waiting[0]!;
      const ahead = (seq - this.next) | 0;
      if (ahead > 0) return;
      this.waiting.shift();
      this.waitingLen -= bytes.length;
      if (ahead + bytes.length <= 0) continue;
      const view = new DataView(bytes.buffer);
      this.append(view, -ahead, bytes.length, ahead === 0, take);
    }
  }

  /** Give up what is missing before the first segment that waits. */
  private skip(take: (view: DataView, at: Offset, end: Offset) => void): void {
    const first = this.waiting[0];
    if (first === undefined) return;
    this.lose(first.seq);
    this.drain(take);
  }

  private lose(next: number): void {
    this.gaps++;
    this.len = 0;
    this.next = next | 0;
    this.synchronous = false;
  }

  private append(
    view: DataView,
    at: Offset,
    end: Offset,
    isSegmentStart: boolean,
    take: (view: DataView, at: Offset, end: Offset) => void,
  ): void {
    this.next = (this.next + end - at) | 0;
    if (this.len === 0) {
      const rest = this.messages(view, at, end, isSegmentStart, take);
      this.store(view, rest, end);
      return;
    }
    this.store(view, at, end);
    const held = this.len;
    const own = new DataView(this.bytes.buffer);
    const rest = this.messages(own, 0, held, false, take);
    this.len = held - rest;
    if (this.len === 0 && held > BYTES_KEPT) this.bytes = new Uint8Array(BYTES_MIN);
    else this.bytes.copyWithin(0, rest, held);
  }

  /** Hand on the whole messages at [at, end); returns where the unfinished one starts. */
  private messages(
    view: DataView,
    at: Offset,
    end: Offset,
    isSegmentStart: boolean,
    take: (view: DataView, at: Offset, end: Offset) => void,
  ): Offset {
    let pos = at;
    while (pos < end) {
      if (!this.synchronous) {
        const found = this.framing.resync(view, pos, end, isSegmentStart && pos === at);
        if (found < 0) return end;
        pos = found;
        this.synchronous = true;
      }
      const length = this.framing.lengthAt(view, pos, end);
      if (length < 0) {
        this.gaps++;
        this.synchronous = false;
        pos++;
        continue;
      }
      if (length === 0 || length > end - pos) return pos;
      take(view, pos, pos + length);
      pos += length;
    }
    return pos;
  }

  private store(view: DataView, at: Offset, end: Offset): void {
    const size = this.len + end - at;
    if (size > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(size, 2 * this.bytes.length));
      bytes.set(this.bytes.subarray(0, this.len));
      this.bytes = bytes;
    }
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, end - at), this.len);
    this.len = size;
  }
}
