/**
 * Frames kept as they come, of sources that cannot be read again: pipes, compressed files, live captures.
 * They are copied one after the other into blocks of memory. A block that is full goes to a temporary file
 * (`spill`), or stays until newer ones need its place.
 *
 *   record: seconds f64, nanoseconds, caplen, len, flags, interface, comment's bytes: i32; frame; comment
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameBatch } from '../base/frames.ts';
import type { Sentence } from '../words/sentence.ts';

const BLOCK_LEN = 1 << 20;
const HEADER_LEN = 32;
/** A comment longer than this is cut: a block must hold every record. */
const COMMENT_MAX = 64 << 10;
/** Blocks of the temporary file that stay in memory once they were read. */
const CACHED_MAX = 8;

/** The most kept in a temporary file, bytes; and in memory of a live capture. */
export const SPILL_MAX = 8 * 2 ** 30;
export const RING_MAX = 256 * 2 ** 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function newBlock(): Block {
  const bytes = new Uint8Array(BLOCK_LEN);
  return { bytes, view: new DataView(bytes.buffer) };
}

export interface FrameBlocksOptions {
  /** Into a temporary file, all of them; else only the newest are kept. */
  readonly spill: boolean;
  /** Bytes kept at most. */
  readonly limit: number;
}

export class FrameBlocks {
  /** Records before this position are gone. */
  firstPosition = 0;
  /** Why no more frames are kept; undefined = they are. */
  full: Sentence | undefined = undefined;
  private readonly options: FrameBlocksOptions;
  /** The block that is being filled, its number, and where in it the next record goes. */
  private current: Block = newBlock();
  private number = 0;
  private at = 0;
  /** Blocks in memory by number: of the ring, or as read from the file. */
  private readonly blocks = new Map<number, Block>();
  private fd = -1;

  constructor(options: FrameBlocksOptions) {
    this.options = options;
  }

  /** Keep frame i of the batch; its position for `load`, -1 when no more are kept. */
  keep(frames: FrameBatch, i: number): number {
    if (this.full !== undefined) return -1;
    const caplen = frames.caplen[i]!;
    const comment = frames.comments?.get(i);
    const said = comment === undefined ? undefined : encoder.encode(comment.slice(0, COMMENT_MAX));
    const saidLen = said === undefined ? 0 : Math.min(said.length, COMMENT_MAX);
    const needed = HEADER_LEN + caplen + saidLen;
    if (this.at + needed > BLOCK_LEN && !this.turn()) return -1;
    const { bytes, view } = this.current;
    const at = this.at;
    view.setFloat64(at, frames.seconds[i]!);
    view.setInt32(at + 8, frames.nanoseconds[i]!);
    view.setInt32(at + 12, caplen);
    view.setInt32(at + 16, frames.len[i]!);
    view.setInt32(at + 20, frames.flags[i]!);
    view.setInt32(at + 24, frames.iface[i]!);
    view.setInt32(at + 28, saidLen);
    const from = frames.at[i]!;
    bytes.set(frames.bytes.subarray(from, from + caplen), at + HEADER_LEN);
    if (said !== undefined) bytes.set(said.subarray(0, saidLen), at + HEADER_LEN + caplen);
    this.at += needed;
    return this.number * BLOCK_LEN + at;
  }

  /** The current block is full: begin the next. */
  private turn(): boolean {
    if (!this.options.spill) this.blocks.set(this.number, this.current);
    else if (!this.spill()) return false;
    this.number++;
    this.at = 0;
    this.current = this.options.spill ? this.current : this.room();
    return true;
  }

  /** A block's memory for the ring: the oldest one's, when there are enough. */
  private room(): Block {
    if ((this.blocks.size + 1) * BLOCK_LEN <= this.options.limit) return newBlock();
    const [[oldest, block]] = this.blocks as unknown as [[number, Block]];
    this.blocks.delete(oldest);
    this.firstPosition = (oldest + 1) * BLOCK_LEN;
    return block;
  }

  private spill(): boolean {
    const { limit } = this.options;
    if ((this.number + 1) * BLOCK_LEN > limit) {
      this.full = { code: 'temporary-file-full', bytes: limit };
      return false;
    }
    try {
      if (this.fd < 0) this.fd = openTemporary();
      let done = 0;
      while (done < BLOCK_LEN) {
        const left = BLOCK_LEN - done;
        done += writeSync(this.fd, this.current.bytes, done, left, this.number * BLOCK_LEN + done);
      }
    } catch (error) {
      this.full = { code: 'temporary-file-failed', error: (error as Error).message };
      return false;
    }
    return true;
  }

  /** The frame kept at this position as the one row of `batch`; why not, else undefined. Borrowed until the next call or `keep`. */
  load(position: number, batch: FrameBatch): Sentence | undefined {
    if (position < this.firstPosition) return { code: 'no-longer-kept' };
    const number = Math.floor(position / BLOCK_LEN);
    const block = number === this.number ? this.current : this.blockOf(number);
    if ('code' in block) return block;
    const at = position - number * BLOCK_LEN;
    const { bytes, view } = block;
    const caplen = view.getInt32(at + 12);
    const saidLen = view.getInt32(at + 28);
    batch.bytes = bytes;
    batch.view = view;
    batch.count = 1;
    batch.at[0] = at + HEADER_LEN;
    batch.seconds[0] = view.getFloat64(at);
    batch.nanoseconds[0] = view.getInt32(at + 8);
    batch.caplen[0] = caplen;
    batch.len[0] = view.getInt32(at + 16);
    batch.flags[0] = view.getInt32(at + 20);
    batch.iface[0] = view.getInt32(at + 24);
    const end = at + HEADER_LEN + caplen;
    batch.comments =
      saidLen === 0
        ? undefined
        : new Map([[0, decoder.decode(bytes.subarray(end, end + saidLen))]]);
    return undefined;
  }

  private blockOf(number: number): Block | Sentence {
    const there = this.blocks.get(number);
    if (there !== undefined || !this.options.spill) return there ?? { code: 'no-longer-kept' };
    let block: Block;
    if (this.blocks.size < CACHED_MAX) block = newBlock();
    else {
      const [[oldest, used]] = this.blocks as unknown as [[number, Block]];
      this.blocks.delete(oldest);
      block = used;
    }
    try {
      let done = 0;
      for (let count = 1; count > 0 && done < BLOCK_LEN; done += count) {
        const from = number * BLOCK_LEN + done;
        count = readSync(this.fd, block.bytes, done, BLOCK_LEN - done, from);
      }
    } catch (error) {
      return { code: 'temporary-file-failed', error: (error as Error).message };
    }
    this.blocks.set(number, block);
    return block;
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
    this.blocks.clear();
    this.full = { code: 'store-closed' };
  }
}

/** A file that only we have: it has no name any more, so nothing is left of it however we end. */
function openTemporary(): number {
  const directory = mkdtempSync(path.join(tmpdir(), 'netlens-'));
  try {
    return openSync(path.join(directory, 'frames'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
