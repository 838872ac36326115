/** Where bytes come from, one after the other: a plain file, a pipe, a decompressor over either. */
import { close as closeFd, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { CaptureError } from './source.ts';

export interface ByteInput {
  readonly file: string;
  /** Reads that may be under way at once; 0 = a stream that buffers by itself and is read on demand. */
  readonly readsAhead: number;
  /** True when a read that yields fewer bytes than asked for reached the end. */
  readonly shortIsEnd: boolean;
  /** Bytes taken so far from the file as it is on disk. */
  readonly bytesRead: number;
  /** The first bytes without taking them, before any `read`: at least 4 unless fewer come. Rejects with a CaptureError. */
  peek(): Promise<Uint8Array>;
  /** Size of the file on disk, -1 when it is not one. */
  readonly bytesTotal: number;
  /** Bytes that `read` will yield in all, -1 when not known beforehand. */
  readonly length: number;
  /**
   * Put the next bytes, at least 1 and at most `length`, into target at `at`, and yield their number;
   * 0 at the end. Rejects with a CaptureError.
   */
  read(target: Uint8Array, at: number, length: number): Promise<number>;
  close(): Promise<void>;
}

/** What the system says, without its call and path, in words for the user. */
export function showSystemError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file: check the name and the directory';
  if (code === 'EACCES' || code === 'EPERM')
    return 'permission denied: run as a user who may read it';
  if (code === 'EISDIR') return 'is a directory, a capture file was expected: name the files in it';
  if (code === 'EMFILE' || code === 'ENFILE') {
    return 'too many open files: give fewer files at once or raise the limit (ulimit -n)';
  }
  if (code === 'EBADF') return 'is closed: pipe a capture into it, or name a file';
  if (code === 'ENOTDIR') return 'a part of the path is not a directory: check the name';
  if (code === 'ELOOP') return 'too many symbolic links: check the name';
  return (message ?? String(error)).replace(/^([A-Z]+: [^,]*), .*$/s, '$1');
}

export function fileError(file: string, error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  return new CaptureError('NETLENS_FILE', file, -1, showSystemError(error));
}

/** Bytes that tell what a file is. */
export const PEEK_LEN = 64;
const readFd = promisify(read);

/** A plain file, read at its own positions so that several reads may be under way at once. */
export class FileInput implements ByteInput {
  readonly file: string;
  readonly readsAhead = 3;
  readonly shortIsEnd = true;
  readonly bytesTotal: number;
  readonly length: number;
  bytesRead = 0;
  private readonly fd: number;
  private position: number;
  private underWay = 0;
  private closing: (() => void) | undefined = undefined;

  constructor(file: string, fd: number, size: number, position = 0) {
    this.file = file;
    this.fd = fd;
    this.bytesTotal = size;
    this.length = size - position;
    this.position = position;
  }

  async peek(): Promise<Uint8Array> {
    const bytes = new Uint8Array(PEEK_LEN);
    try {
      const { bytesRead } = await readFd(this.fd, bytes, 0, PEEK_LEN, this.position);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      throw fileError(this.file, error);
    }
  }

  read(target: Uint8Array, at: number, length: number): Promise<number> {
    const position = this.position;
    this.position += length;
    this.underWay++;
    return new Promise((resolve, reject) => {
      let done = 0;
      const step = (error: Error | null, count: number): void => {
        done += count;
        if (error === null && count > 0 && done < length && this.closing === undefined) {
          read(this.fd, target, at + done, length - done, position + done, step); // a short read is not yet the end
          return;
        }
        this.bytesRead += done;
        if (--this.underWay === 0) this.closing?.();
        if (error === null) resolve(done);
        else
          reject(
            new CaptureError('NETLENS_FILE', this.file, position + done, showSystemError(error)),
          );
      };
      read(this.fd, target, at, length, position, step);
    });
  }

  /** Waits for the reads under way: their memory and descriptor must not go before them. */
  async close(): Promise<void> {
    if (this.closing !== undefined) return;
    await new Promise<void>((resolve) => {
      this.closing = resolve;
      if (this.underWay === 0) resolve();
    });
    await promisify(closeFd)(this.fd);
  }
}

export const openFd = promisify(open);
export const statFd = promisify(fstat);
