/** Frames into a capture file: pcapng, or pcap where the file's name ends in .pcap or .cap. */
import { close, fstat, ftruncate, stat } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import type { FrameBatch } from '../base/frames.ts';
import type { Sentence } from '../words/sentence.ts';
import { RecordBuffer } from './capture-writer-buffer.ts';
import {
  type CaptureContents,
  type FileWatcher,
  type FrameWriter,
  type RecordWriter,
  WriteError,
} from './capture-writer-contents.ts';
import { PcapRecords } from './capture-writer-pcap.ts';
import { PcapngRecords } from './capture-writer-pcapng.ts';
import { openOutput, outputFault } from './open-output.ts';
import { Output } from './output.ts';

export interface CaptureWriterOptions {
  /** Interfaces and names of the frames, as they become known; a source will do. */
  readonly contents: CaptureContents;
  /** Files being read, which must not be written over. */
  readonly inputs?: readonly string[];
  /** By the name of the file unless told. */
  readonly format?: 'pcap' | 'pcapng';
  /** Who writes, for the file's header: name and version. */
  readonly application?: string;
  readonly watcher?: FileWatcher | undefined;
}

const STANDARD_OUTPUT = 1;

/** What a file holds where it may be cut: at the end of a record. */
interface Whole {
  readonly len: number;
  readonly frames: number;
}

const NOTHING: Whole = { len: 0, frames: 0 };

export class CaptureWriter implements FrameWriter {
  readonly file: string;
  frames = 0;
  readonly isFull = false;
  private readonly out = new RecordBuffer();
  private readonly records: RecordWriter;
  private readonly output: Output;
  private readonly watcher: FileWatcher | undefined;
  /** Bytes handed over in whole records. */
  private handed = 0;
  /** What the file held before the last two hand-overs. */
  private before: [Whole, Whole] = [NOTHING, NOTHING];
  private framesHanded = 0;
  /** Set once writing failed: the frames that the file ends with. */
  private framesKept: number | undefined = undefined;
  private closed = false;

  constructor(file: string, fd: number, options: CaptureWriterOptions) {
    this.file = file;
    this.output = new Output(fd);
    this.watcher = options.watcher;
    const format = options.format ?? formatOf(file);
    this.records =
      format === 'pcap'
        ? new PcapRecords(this.out, options.contents, file)
        : new PcapngRecords(this.out, options.contents, options.application ?? 'netlens');
  }

  /** Bytes of the file, with those that are still to be written. */
  get size(): number {
    return this.handed + this.out.length;
  }

  get lost(): number {
    return this.framesKept === undefined ? 0 : this.frames - this.framesKept;
  }

  get readerGone(): boolean {
    return this.output.closed && this.output.error === undefined;
  }

  write(batch: FrameBatch, i: number): void {
    this.records.frame(batch, i);
    this.frames++;
  }

  async flush(): Promise<void> {
    this.records.catchUp();
    await this.handOver();
  }

  private async handOver(): Promise<void> {
    if (this.out.length > 0 && !this.output.closed) {
      const bytes = this.out.take();
      this.before = [this.before[1], { len: this.handed, frames: this.framesHanded }];
      this.handed += bytes.length;
      this.framesHanded = this.frames;
      await this.output.write(bytes);
    }
    await this.check();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      this.records.finish();
      await this.handOver();
      await this.output.flush();
      await this.check();
    } finally {
      if (this.output.fd !== STANDARD_OUTPUT) await promisify(close)(this.output.fd);
    }
    this.watcher?.ended(this.file, this.frames);
  }

  private async check(): Promise<void> {
    const { error, closed } = this.output;
    if (!closed) return;
    if (error === undefined) throw new WriteError(this.file, { code: 'output-pipe-ended' });
    await this.dropPartialRecord();
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG';
    const why: Sentence = full ? { code: 'output-fault', fault: 'full' } : outputFault(error);
    throw new WriteError(this.file, { code: 'output-ends-early', why });
  }

  /** Cut the file where the hand-over began that did not fit: what is left ends with a whole record. */
  private async dropPartialRecord(): Promise<void> {
    const [first, second] = this.before;
    const end = this.output.bytesWritten >= second.len ? second : first;
    this.framesKept = end.frames;
    if (this.output.fd === STANDARD_OUTPUT) return; // perhaps appended to: not ours to cut
    await promisify(ftruncate)(this.output.fd, end.len).catch(() => undefined); // a device has no length
  }
}

/**
 * A writer on this file, made anew; '-' is standard output. Rejects with a WriteError when it cannot be
 * made, is one of the inputs, or is a terminal.
 */
export async function openCaptureWriter(
  file: string,
  options: CaptureWriterOptions,
): Promise<CaptureWriter> {
  if (file === '-') {
    if (isatty(STANDARD_OUTPUT)) {
      throw new WriteError(file, { code: 'output-is-terminal' });
    }
    return new CaptureWriter(file, STANDARD_OUTPUT, options);
  }
  await refuseInputs(file, options.inputs);
  options.watcher?.begins(file);
  return new CaptureWriter(file, await openOutput(file), options);
}

/** The format that a file's name asks for. */
export function formatOf(file: string): 'pcap' | 'pcapng' {
  return /\.(pcap|cap)$/i.test(file) ? 'pcap' : 'pcapng';
}

/** Rejects with a WriteError when the file is one of the inputs. */
export async function refuseInputs(file: string, inputs: readonly string[] = []): Promise<void> {
  for (const input of inputs) await refuseSame(file, input);
}

async function refuseSame(file: string, input: string): Promise<void> {
  const look = (one: Promise<{ dev: number; ino: number }>) => one.catch(() => undefined);
  const ours = await look(promisify(stat)(file));
  const theirs = await look(input === '-' ? promisify(fstat)(0) : promisify(stat)(input));
  if (ours === undefined || ours.dev !== theirs?.dev || ours.ino !== theirs.ino) return;
  throw new WriteError(file, { code: 'output-is-input', input });
}
