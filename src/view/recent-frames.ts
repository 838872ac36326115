/** The latest frames of a capture, in memory until they are wanted: bounded in time and in bytes. */
import { FRAMES_MAX, FrameBatch } from '../base/frames.ts';
import type { FrameWriter } from './capture-writer-contents.ts';

export interface RecentOptions {
  /** Frames older than this, by the latest one, are let go of. */
  readonly seconds: number;
  /** Memory for frames. */
  readonly bytesMax: number;
}

/** Bytes that one piece of the memory holds: the longest frame fits. */
const PIECE_LEN = 1 << 19;
/** Bytes that a piece takes: its frames, and the columns that describe them. */
const PIECE_COST = PIECE_LEN + FRAMES_MAX * 56;
/** Pieces written out before others get their turn. */
const PIECES_AT_ONCE = 4;

/** A file for what is written out. */
export interface RecentWriter extends FrameWriter {
  readonly file: string;
}

/** Makes the next one. Rejects with a WriteError. */
export type OpenNext = () => Promise<RecentWriter>;

/** What came of writing out: how many frames are in which file, or why they are not. */
export type Tell = (outcome: { readonly file: string; readonly frames: number } | Error) => void;

export class RecentFrames implements FrameWriter {
  frames = 0;
  readonly isFull = false;
  readonly readerGone = false;
  /** Within the time; older ones are not missed. */
  lost = 0;
  /** What went wrong first. */
  private failure: unknown = undefined;
  private readonly options: RecentOptions;
  private readonly open: OpenNext;
  private readonly tell: Tell;
  private pieces: FrameBatch[] = [];
  private piece: FrameBatch | undefined = undefined;
  private used = 0;
  private latest = Number.NEGATIVE_INFINITY;
  private isWanted = false;

  constructor(options: RecentOptions, open: OpenNext, tell: Tell) {
    this.options = options;
    this.open = open;
    this.tell = tell;
  }

  write(batch: FrameBatch, i: number): void {
    const caplen = batch.caplen[i]!;
    let { piece } = this;
    if (piece === undefined || piece.count === FRAMES_MAX || this.used + caplen > PIECE_LEN) {
      piece = this.nextPiece();
    }
    piece.interfaces = batch.interfaces;
    const row = piece.count++;
    const at = this.used;
    this.used += caplen;
    piece.bytes.set(batch.bytes.subarray(batch.at[i]!, batch.at[i]! + caplen), at);
    piece.at[row] = at;
    piece.caplen[row] = caplen;
    piece.len[row] = batch.len[i]!;
    piece.seconds[row] = batch.seconds[i]!;
    piece.nanoseconds[row] = batch.nanoseconds[i]!;
    piece.iface[row] = batch.iface[i]!;
    piece.flags[row] = batch.flags[i]!;
    piece.number[row] = batch.number[i]!;
    this.latest = Math.max(this.latest, timeOf(batch, i));
    this.frames++;
  }

  /** Write out what is there, with the next `flush`, and go on with an empty memory. */
  want(): void {
    this.isWanted = true;
  }

  async flush(): Promise<void> {
    if (!this.isWanted) return;
    this.isWanted = false;
    // a disk that is full now may have room when the next frames are wanted
    await this.writeOut().catch((error: Error) => {
      this.failure ??= error;
      this.tell(error);
    });
  }

  async close(): Promise<void> {
    await this.writeOut();
    if (this.failure !== undefined) throw this.failure;
  }

  private nextPiece(): FrameBatch {
    const piece = new FrameBatch(new Uint8Array(PIECE_LEN));
    this.pieces.push(piece);
    this.piece = piece;
    this.used = 0;
    const oldest = this.latest - this.options.seconds;
    const isOld = (one: FrameBatch): boolean => timeOf(one, one.count - 1) < oldest;
    while (this.pieces.length > 1 && isOld(this.pieces[0]!)) this.pieces.shift();
    while (this.pieces.length > 1 && this.pieces.length * PIECE_COST > this.options.bytesMax) {
      this.lost += this.pieces.shift()!.count;
    }
    return piece;
  }

  private async writeOut(): Promise<void> {
    const { pieces } = this;
    const oldest = this.latest - this.options.seconds;
    this.pieces = [];
    this.piece = undefined;
    let within = 0;
    for (const piece of pieces) {
      for (let i = 0; i < piece.count; i++) if (timeOf(piece, i) >= oldest) within++;
    }
    let writer: RecentWriter | undefined;
    try {
      writer = await this.open();
      for (const [p, piece] of pieces.entries()) {
        for (let i = 0; i < piece.count; i++) {
          if (timeOf(piece, i) >= oldest) writer.write(piece, i);
        }
        if (p % PIECES_AT_ONCE === PIECES_AT_ONCE - 1) await writer.flush();
      }
      await writer.close();
      this.tell({ file: writer.file, frames: writer.frames });
    } finally {
      await writer?.close(); // of no effect when it is closed
      this.lost += within - (writer === undefined ? 0 : writer.frames - writer.lost);
    }
  }
}

function timeOf(batch: FrameBatch, i: number): number {
  return batch.seconds[i]! + batch.nanoseconds[i]! / 1e9;
}
