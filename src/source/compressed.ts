/**
 * gzip (RFC 1952, with any number of members) and zstd (RFC 8878), decompressed as a stream. What could
 * be decompressed before damage is delivered, to the last byte where the file can be read again.
 */
import { once } from 'node:events';
import * as zlib from 'node:zlib';
import type { Sentence } from '../words/sentence.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { type ByteInput, PEEK_LEN } from './input.ts';
import { CaptureError } from './source.ts';
import { ZstdFraming } from './zstd-framing.ts';

export type Compression = 'gzip' | 'zstd';

/** Compressed bytes given to the decompressor at once: bounds what one piece may swell to (gzip: 1032 times). */
const PIECE_LEN = 32 << 10;
/** The decompressor is given no more while this much waits to be taken, bytes. */
const QUEUE_MAX = 2 << 20;

/** A decompressor: pieces in, chunks out to `sink`; rejects with the decompressor's own error. */
interface Decompressor {
  /** Yields how many bytes were taken; fewer than given at the end of the data. */
  write(piece: Uint8Array): Promise<number>;
  end(): Promise<void>;
  close(): void;
}

type Sink = (chunk: Uint8Array) => void;

/** One of Node's own streams, flowing: every chunk is out before the write that made it resolves. */
function nodeDecompressor(stream: zlib.Gunzip, sink: Sink): Decompressor {
  let failure: Error | undefined;
  const failed = new Promise<never>((_, reject) => {
    stream.on('error', (error) => {
      failure = error;
      reject(error);
    });
  });
  failed.catch(() => undefined); // told through write and end
  stream.on('data', sink);
  return {
    async write(piece) {
      if (failure !== undefined) throw failure;
      const before = stream.bytesWritten;
      const written = new Promise<void>((resolve) => stream.write(piece, () => resolve()));
      await Promise.race([written, failed]);
      if (failure !== undefined) throw failure;
      return stream.bytesWritten - before;
    },
    async end() {
      if (failure !== undefined) throw failure;
      stream.end();
      await Promise.race([once(stream, 'end'), failed]);
    },
    close: () => stream.destroy(),
  };
}

/**
 * Node's zstd stream ends with the first frame that ends within a piece: what follows is for another. Data
 * that ends within a frame is an error to it in some releases only, so that is looked after here.
 */
function zstdDecompressor(create: () => zlib.Gunzip, sink: Sink): Decompressor {
  let current = nodeDecompressor(create(), sink);
  const framing = new ZstdFraming();
  return {
    async write(piece) {
      framing.feed(piece);
      let taken = await current.write(piece);
      while (taken < piece.length) {
        current.close();
        current = nodeDecompressor(create(), sink);
        const more = await current.write(piece.subarray(taken));
        if (more === 0) throw new Error('unknown data after the end of a frame');
        taken += more;
      }
      return taken;
    },
    async end() {
      await current.end();
      if (!framing.isBetweenFrames) throw new Error('unexpected end of file');
    },
    close: () => current.close(),
  };
}

/** fzstd, for a Node without zstd of its own: synchronous, no checksums. */
async function fzstdDecompressor(sink: Sink): Promise<Decompressor> {
  const { Decompress } = await import('fzstd');
  const stream = new Decompress((chunk) => sink(chunk));
  return {
    write: async (piece) => {
      stream.push(piece.slice());
      return piece.length;
    },
    end: async () => stream.push(new Uint8Array(0), true),
    close: () => undefined,
  };
}

async function makeDecompressor(kind: Compression, sink: Sink): Promise<Decompressor> {
  if (kind === 'gzip') return nodeDecompressor(zlib.createGunzip({ chunkSize: 128 << 10 }), sink);
  const create = (zlib as { createZstdDecompress?: () => zlib.Gunzip }).createZstdDecompress;
  return create === undefined ? fzstdDecompressor(sink) : zstdDecompressor(create, sink);
}

export class DecompressedInput implements ByteInput {
  readonly file: string;
  readonly readsAhead = 0;
  readonly shortIsEnd = false;
  readonly length = -1;
  private readonly raw: ByteInput;
  private readonly kind: Compression;
  /** The same compressed bytes from the start again, where that is possible. */
  private readonly again: (() => Promise<ByteInput>) | undefined;
  private readonly queue = new ChunkQueue();
  /** Why the input ended before its end. */
  failure: CaptureError | undefined = undefined;
  private produced = 0;
  private closed = false;
  private pumping: Promise<void> | undefined = undefined;
  private room: (() => void) | undefined = undefined;

  constructor(raw: ByteInput, kind: Compression, again?: () => Promise<ByteInput>) {
    this.file = raw.file;
    this.raw = raw;
    this.kind = kind;
    this.again = again;
  }

  get bytesRead(): number {
    return this.raw.bytesRead;
  }

  get bytesTotal(): number {
    return this.raw.bytesTotal;
  }

  async peek(): Promise<Uint8Array> {
    this.pumping ??= this.pump();
    await this.queue.wait(4);
    return this.queue.head(PEEK_LEN);
  }

  async read(target: Uint8Array, at: number, length: number): Promise<number> {
    this.pumping ??= this.pump();
    const count = await this.queue.take(target, at, length);
    if (this.queue.length < QUEUE_MAX) this.room?.();
    return count;
  }

  /** Decompress, ahead of what is taken, until the end or damage. Never rejects. */
  private async pump(): Promise<void> {
    let taken = 0; // compressed bytes that were decompressed without fault
    let decompressor: Decompressor | undefined;
    try {
      decompressor = await makeDecompressor(this.kind, (chunk) => {
        this.produced += chunk.length;
        this.queue.push(chunk);
      });
      const piece = new Uint8Array(PIECE_LEN);
      while (!this.closed) {
        const count = await this.raw.read(piece, 0, PIECE_LEN);
        if (count === 0 || this.closed) break;
        await decompressor.write(piece.subarray(0, count));
        taken += count;
        while (this.queue.length >= QUEUE_MAX && !this.closed) await this.untilRoom();
      }
      if (!this.closed) await decompressor.end();
      this.queue.end();
    } catch (error) {
      if (!(error instanceof CaptureError)) await this.salvage(taken);
      this.failure = error instanceof CaptureError ? error : this.damage(error, taken);
      this.queue.end(this.failure);
    } finally {
      decompressor?.close();
    }
  }

  private untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.room = resolve;
    });
  }

  /**
   * A decompressor that fails keeps what it made of its last piece. Go over the file once more and give it
   * the pieces up to `taken` whole and the rest byte by byte: what it makes beyond `produced` is what was kept.
   */
  private async salvage(taken: number): Promise<void> {
    if (this.again === undefined || this.closed) return;
    const before = this.produced;
    let made = 0;
    const raw = await this.again();
    const decompressor = await makeDecompressor(this.kind, (chunk) => {
      const known = Math.max(0, Math.min(chunk.length, before - made));
      made += chunk.length;
      this.produced = Math.max(this.produced, made);
      this.queue.push(chunk.subarray(known));
    });
    try {
      const piece = new Uint8Array(PIECE_LEN);
      for (let done = 0; !this.closed; ) {
        const whole = done < taken;
        const count = await raw.read(
          piece,
          0,
          whole ? Math.min(PIECE_LEN, taken - done) : PIECE_LEN,
        );
        if (count === 0) break;
        const step = whole ? count : 1;
        for (let i = 0; i < count; i += step) await decompressor.write(piece.slice(i, i + step));
        done += count;
      }
    } catch {
      // the fault that brought us here, met again
    } finally {
      decompressor.close();
      await raw.close();
    }
  }

  private damage(error: unknown, taken: number): CaptureError {
    const { message } = error as Error;
    const cut = /unexpected end of file|unexpected EOF/i.test(message);
    const format = this.kind;
    const what: Sentence = cut
      ? { code: 'compressed-cut', format, taken }
      : { code: 'compressed-damaged', format, from: taken, to: taken + PIECE_LEN, error: message };
    const code = cut ? 'NETLENS_CAPTURE_CUT' : 'NETLENS_CAPTURE_DAMAGED';
    return new CaptureError(code, this.file, this.produced, what);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.queue.end();
    this.room?.();
    await this.raw.close();
    await this.pumping;
  }
}
