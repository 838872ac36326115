/** Bytes that come in their own time: pipes, sockets, devices, and files that are still growing. */
import { close as closeFd, fstat, read } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ChunkQueue } from './chunk-queue.ts';
import { type ByteInput, fileError, PEEK_LEN } from './input.ts';
import { CaptureError } from './source.ts';

/** A pipe is not read further while this much waits to be taken, bytes. */
const QUEUE_MAX = 1 << 20;
/** How often a growing file is looked at, ms. */
const FOLLOW_MS = 100;

/** A pipe or socket: frames are handed on as they come, and the writer is held back when they are not taken. */
export class PipeInput implements ByteInput {
  readonly file: string;
  readonly readsAhead = 0;
  readonly shortIsEnd = false;
  readonly length = -1;
  readonly bytesTotal = -1;
  bytesRead = 0;
  private readonly queue = new ChunkQueue();
  private readonly socket: Socket;
  private readonly signal: AbortSignal | undefined;
  private readonly stop = (): void => this.queue.end();

  constructor(file: string, fd: number, signal?: AbortSignal) {
    this.file = file;
    this.signal = signal;
    this.socket = new Socket({ fd, readable: true, writable: false });
    this.socket.on('data', (chunk: Buffer) => {
      this.queue.push(chunk);
      if (this.queue.length >= QUEUE_MAX) this.socket.pause();
    });
    this.socket.on('end', () => this.queue.end());
    this.socket.on('close', () => this.queue.end());
    this.socket.on('error', (error) => this.queue.end(fileError(file, error)));
    signal?.addEventListener('abort', this.stop);
    if (signal?.aborted) this.stop();
  }

  async peek(): Promise<Uint8Array> {
    await this.queue.wait(4);
    return this.queue.head(PEEK_LEN);
  }

  async read(target: Uint8Array, at: number, length: number): Promise<number> {
    const count = await this.queue.take(target, at, length);
    this.bytesRead += count;
    if (this.queue.length < QUEUE_MAX / 2) this.socket.resume();
    return count;
  }

  close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.stop);
    this.queue.end();
    this.socket.destroy();
    return Promise.resolve();
  }
}

/** A file read from where its descriptor stands: redirected standard input, a device, or a file that is growing. */
export class SequentialInput implements ByteInput {
  readonly file: string;
  readonly readsAhead = 1;
  readonly shortIsEnd = false;
  readonly length = -1;
  readonly bytesTotal: number;
  bytesRead = 0;
  private readonly fd: number;
  private readonly follow: boolean;
  private readonly stopping = new AbortController();
  private readonly signal: AbortSignal;
  private head = new Uint8Array(0);
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(file: string, fd: number, size: number, follow: boolean, signal?: AbortSignal) {
    this.file = file;
    this.fd = fd;
    this.bytesTotal = size;
    this.follow = follow;
    const own = this.stopping.signal;
    this.signal = signal === undefined ? own : AbortSignal.any([own, signal]);
  }

  async peek(): Promise<Uint8Array> {
    const bytes = new Uint8Array(PEEK_LEN);
    let have = 0;
    while (have < 4) {
      const count = await this.take(bytes, have, PEEK_LEN - have);
      if (count === 0) break;
      have += count;
    }
    this.head = bytes.slice(0, have);
    return this.head;
  }

  async read(target: Uint8Array, at: number, length: number): Promise<number> {
    if (this.head.length === 0) return this.take(target, at, length);
    const count = Math.min(length, this.head.length);
    target.set(this.head.subarray(0, count), at);
    this.head = this.head.slice(count);
    return count;
  }

  private take(target: Uint8Array, at: number, length: number): Promise<number> {
    const taking = this.takeNext(target, at, length);
    this.underWay = taking.catch(() => 0);
    return taking;
  }

  private async takeNext(target: Uint8Array, at: number, length: number): Promise<number> {
    try {
      for (;;) {
        const { bytesRead } = await promisify(read)(this.fd, target, at, length, null);
        this.bytesRead += bytesRead;
        if (bytesRead > 0 || !this.follow || this.signal.aborted) return bytesRead;
        const { size } = await promisify(fstat)(this.fd);
        if (size < this.bytesRead) throw this.shrunk(size);
        await sleep(FOLLOW_MS, undefined, { signal: this.signal }).catch(() => undefined);
      }
    } catch (error) {
      throw fileError(this.file, error);
    }
  }

  private shrunk(size: number): CaptureError {
    return new CaptureError('NETLENS_FILE', this.file, this.bytesRead, {
      code: 'file-shrunk',
      size,
    });
  }

  async close(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    await this.underWay; // its memory and descriptor must not go before it
    await promisify(closeFd)(this.fd);
  }
}
