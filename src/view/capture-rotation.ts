/**
 * One capture over many files, by size or by time: tcpdump's -C, -W and -G, with its names. With -C a
 * number follows the name, from the second file on; with -C and -W from the first, in as many digits as
 * the last one takes, and after the last the first is written over. With -G the name is a time format.
 */
import { rmSync } from 'node:fs';
import type { FrameBatch } from '../base/frames.ts';
import {
  CaptureWriter,
  type CaptureWriterOptions,
  formatOf,
  refuseInputs,
} from './capture-writer.ts';
import type { FrameWriter } from './capture-writer-contents.ts';
import { fileTime } from './file-time.ts';
import { openOutput, openOutputNow } from './open-output.ts';

export interface RotationOptions {
  /** A file that is longer than this, bytes, is not written on; 0 = any length. */
  readonly sizeMax: number;
  /** A file is written for so long, whole seconds; 0 = for ever. */
  readonly seconds: number;
  /** Files: with a size those that are kept, without one those that are written at all; 0 = any number. */
  readonly filesMax: number;
}

/** Names of a capture's files. */
export class FileNames {
  private readonly name: string;
  private readonly rotation: RotationOptions;
  private readonly digits: number;

  constructor(name: string, rotation: RotationOptions) {
    this.name = name;
    this.rotation = rotation;
    this.digits = rotation.filesMax > 1 ? String(rotation.filesMax - 1).length : 0;
  }

  /** The file begun at this time, `count` files by size after the first of its time. */
  of(count: number, at: Date): string {
    const { sizeMax, seconds } = this.rotation;
    const timed = seconds > 0 ? fileTime(this.name, at) : this.name;
    const isNumbered = sizeMax > 0 && (count > 0 || this.digits > 0);
    return isNumbered ? timed + String(count).padStart(this.digits, '0') : timed;
  }
}

export class CaptureRotation implements FrameWriter {
  frames = 0;
  isFull = false;
  /** Frames that the finished files had no room for. */
  private lostBefore = 0;
  private readonly names: FileNames;
  private readonly options: CaptureWriterOptions;
  private readonly rotation: RotationOptions;
  private readonly now: () => number;
  private writer: CaptureWriter;
  /** Files that are being finished; what went wrong with one. */
  private finishing: Promise<void> = Promise.resolve();
  private failure: unknown = undefined;
  private readonly unfinished = new Set<string>();
  /** When the file was begun, whole seconds. */
  private begun: number;
  private bySize = 0;
  private byTime = 0;

  /** `now`: seconds since 1970 UTC. */
  constructor(
    names: FileNames,
    writer: CaptureWriter,
    options: CaptureWriterOptions,
    rotation: RotationOptions,
    now: () => number,
  ) {
    this.names = names;
    this.writer = writer;
    this.options = options;
    this.rotation = rotation;
    this.now = now;
    this.begun = Math.floor(now());
  }

  get lost(): number {
    return this.lostBefore + this.writer.lost;
  }

  get readerGone(): boolean {
    return this.writer.readerGone;
  }

  /** Into the file that is its turn. A frame that comes after the last file is not taken: `isFull`. */
  write(batch: FrameBatch, i: number): void {
    const { sizeMax, seconds, filesMax } = this.rotation;
    if (this.isFull) return;
    const now = Math.floor(seconds > 0 ? this.now() : 0);
    if (seconds > 0 && now - this.begun >= seconds) {
      this.begun = now;
      this.bySize = 0;
      this.byTime++;
      this.isFull = sizeMax === 0 && filesMax > 0 && this.byTime >= filesMax;
      if (this.isFull) return;
      this.turn();
    } else if (sizeMax > 0 && this.writer.size > sizeMax) {
      this.bySize++;
      if (filesMax > 0 && this.bySize >= filesMax) this.bySize = 0;
      this.turn();
    }
    this.writer.write(batch, i);
    this.frames++;
  }

  async flush(): Promise<void> {
    await this.writer.flush();
    if (this.failure !== undefined) throw this.failure;
  }

  async close(): Promise<void> {
    await this.finishing;
    await this.writer.close();
    if (this.failure !== undefined) throw this.failure;
  }

  /** Finish the file, and begin the next. Throws a WriteError. */
  private turn(): void {
    const last = this.writer;
    this.unfinished.add(last.file);
    this.finishing = this.finishing
      .then(() => last.close())
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.lostBefore += last.lost;
        this.unfinished.delete(last.file);
      });
    const file = this.names.of(this.bySize, new Date(1000 * this.begun));
    // its turn came again before it was written: what is still on its way must not get into the new one
    if (this.unfinished.has(file)) rmSync(file, { force: true });
    this.options.watcher?.begins(file);
    this.writer = new CaptureWriter(file, openOutputNow(file), this.options);
  }
}

/** A writer on the first of the files. Rejects with a WriteError when it cannot be made, or is an input. */
export async function openRotation(
  name: string,
  options: CaptureWriterOptions,
  rotation: RotationOptions,
  now: () => number = () => Date.now() / 1000,
): Promise<CaptureRotation> {
  const names = new FileNames(name, rotation);
  const file = names.of(0, new Date(1000 * Math.floor(now())));
  await refuseInputs(file, options.inputs);
  options.watcher?.begins(file);
  const settled = { ...options, format: options.format ?? formatOf(name) };
  const writer = new CaptureWriter(file, await openOutput(file), settled);
  return new CaptureRotation(names, writer, settled, rotation, now);
}
