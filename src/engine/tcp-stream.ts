/**
 * One direction of a TCP connection as bytes in order: what came again is left out, what came too early
 * waits, what never came is counted. Bounded in bytes.
 */

/** Bytes that wait for earlier ones; beyond, the earlier ones are given up as missing. */
const WAITING_MAX = 1 << 20;
const WAITING_SEGMENTS_MAX = 4096;

/** A piece of the stream with what the caller knows of it. */
export interface Piece<Origin> {
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  /** Bytes missing right before it. */
  readonly missingBefore: number;
}

interface Waiting<Origin> {
  /** Sequence number of its first byte, relative to the stream's first, modulo 2^32. */
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** Bytes that the segment has on the wire beyond those captured. */
  readonly cut: number;
  readonly origin: Origin;
}

export class TcpStream<Origin> {
  retransmitted = 0;
  missing = 0;
  /** Next sequence number in order; undefined before the first segment. */
  private next: number | undefined = undefined;
  private waiting: Waiting<Origin>[] = [];
  private waitingBytes = 0;
  /** Bytes known to be missing before the next piece. */
  private gap = 0;
  private readonly sink: (piece: Piece<Origin>) => void;

  constructor(sink: (piece: Piece<Origin>) => void) {
    this.sink = sink;
  }

  /** A SYN: data begins after it. */
  open(seq: number): void {
    this.next ??= (seq + 1) >>> 0;
  }

  /** A segment's payload, of which `cut` more bytes were not captured. `bytes` are kept: hand over a copy. */
  add(seq: number, bytes: Uint8Array, cut: number, origin: Origin): void {
    this.next ??= seq >>> 0;
    const ahead = (seq - this.next) | 0;
    if (ahead <= 0) {
      this.take(ahead, bytes, cut, origin);
      this.drain();
      return;
    }
    this.waiting.push({ seq: seq >>> 0, bytes, cut, origin });
    this.waitingBytes += bytes.length;
    while (this.waitingBytes > WAITING_MAX || this.waiting.length > WAITING_SEGMENTS_MAX)
      this.skip();
  }

  /** No more comes: what waits is delivered with gaps before it. */
  finish(): void {
    while (this.waiting.length > 0) this.skip();
  }

  /** A segment that begins `-ahead` bytes before what is wanted next. */
  private take(ahead: number, bytes: Uint8Array, cut: number, origin: Origin): void {
    const length = bytes.length + cut;
    const known = Math.min(length, -ahead);
    this.retransmitted += known;
    if (known === length) return;
    const fresh = bytes.subarray(Math.min(known, bytes.length));
    if (fresh.length > 0) {
      this.sink({ bytes: fresh, origin, missingBefore: this.gap });
      this.gap = 0;
    }
    const lost = length - known - fresh.length;
    this.gap += lost;
    this.missing += lost;
    this.next = (this.next! + length - known) >>> 0;
  }

  /** Deliver what no longer waits. */
  private drain(): void {
    for (let found = true; found && this.waiting.length > 0; ) {
      const i = this.waiting.findIndex(({ seq }) => ((seq - this.next!) | 0) <= 0);
      found = i >= 0;
      if (found) this.deliver(i);
    }
  }

  private deliver(i: number): void {
    const [segment] = this.waiting.splice(i, 1);
    const { seq, bytes, cut, origin } = segment!;
    this.waitingBytes -= bytes.length;
    this.take((seq - this.next!) | 0, bytes, cut, origin);
  }

  /** Give up what is missing before the earliest segment that waits. */
  private skip(): void {
    let first = 0;
    for (let i = 1; i < this.waiting.length; i++) {
      if (((this.waiting[i]!.seq - this.waiting[first]!.seq) | 0) < 0) first = i;
    }
    const lost = (this.waiting[first]!.seq - this.next!) >>> 0;
    this.gap += lost;
    this.missing += lost;
    this.next = this.waiting[first]!.seq;
    this.deliver(first);
    this.drain();
  }
}
