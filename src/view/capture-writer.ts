/** Frames into a capture file: pcapng, or pcap where the file's name ends in .pcap or .cap. */
import { close, constants, fstat, ftruncate, open, stat } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import type { FrameBatch } from '../base/frames.ts';
import { RecordBuffer } from './capture-writer-buffer.ts';
import { type CaptureContents, type RecordWriter, WriteError } from './capture-writer-contents.ts';
import { PcapRecords } from './capture-writer-pcap.ts';
import { PcapngRecords } from './capture-writer-pcapng.ts';
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
}

const STANDARD_OUTPUT = 1;

export class CaptureWriter {
  readonly file: string;
  /** Frames written. */
  frames = 0;
  private readonly out = new RecordBuffer();
  private readonly records: RecordWriter;
  private readonly output: Output;
  /** Bytes handed over in whole records, and before the last two hand-overs. */
  private handed = 0;
  private handedBefore: [number, number] = [0, 0];
  private closed = false;

  constructor(file: string, fd: number, options: CaptureWriterOptions) {
    this.file = file;
    this.output = new Output(fd);
    const format = options.format ?? (/\.(pcap|cap)$/i.test(file) ? 'pcap' : 'pcapng');
    this.records =
      format === 'pcap'
        ? new PcapRecords(this.out, options.contents, file)
        : new PcapngRecords(this.out, options.contents, options.application ?? 'netlens');
  }

  /** The reader of a pipe has gone: nothing that follows reaches anyone. */
  get readerGone(): boolean {
    return this.output.closed && this.output.error === undefined;
  }

  /** Take frame i of the batch, copying it. Throws a WriteError when the format cannot hold it. */
  write(batch: FrameBatch, i: number): void {
    this.records.frame(batch, i);
    this.frames++;
  }

  /** Hand what was taken to the system, in whole records; once a batch. Rejects with a WriteError. */
  async flush(): Promise<void> {
    this.records.catchUp();
    await this.handOver();
  }

  private async handOver(): Promise<void> {
    if (this.out.length > 0) {
      const bytes = this.out.take();
      this.handedBefore = [this.handedBefore[1], this.handed];
      this.handed += bytes.length;
      await this.output.write(bytes);
    }
    await this.check();
  }

  /** Finish the file. It ends with a whole record whatever happens. Rejects with a WriteError. */
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
  }

  private async check(): Promise<void> {
    const { error, closed } = this.output;
    if (!closed) return;
    if (error === undefined) throw new WriteError(this.file, 'the reader of the pipe has gone');
    await this.dropPartialRecord();
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG';
    const what = full ? 'the disk is full, or the file too large' : showError(error);
    throw new WriteError(this.file, `${what}: the file ends after the last frames that fitted`);
  }

  /** Cut the file where the hand-over began that did not fit: what is left ends with a whole record. */
  private async dropPartialRecord(): Promise<void> {
    if (this.output.fd === STANDARD_OUTPUT) return; // perhaps appended to: not ours to cut
    const [first, second] = this.handedBefore;
    const end = this.output.bytesWritten >= second ? second : first;
    await promisify(ftruncate)(this.output.fd, end).catch(() => undefined); // a device has no length
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
      throw new WriteError(file, 'standard output is a terminal: redirect it, or name a file');
    }
    return new CaptureWriter(file, STANDARD_OUTPUT, options);
  }
  for (const input of options.inputs ?? []) await refuseSame(file, input);
  try {
    const fd = await promisify(open)(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
      0o644,
    );
    return new CaptureWriter(file, fd, options);
  } catch (error) {
    throw new WriteError(file, showError(error as NodeJS.ErrnoException));
  }
}

async function refuseSame(file: string, input: string): Promise<void> {
  const look = (one: Promise<{ dev: number; ino: number }>) => one.catch(() => undefined);
  const ours = await look(promisify(stat)(file));
  const theirs = await look(input === '-' ? promisify(fstat)(0) : promisify(stat)(input));
  if (ours === undefined || ours.dev !== theirs?.dev || ours.ino !== theirs.ino) return;
  throw new WriteError(file, `is being read (${input}): write to another file`);
}

function showError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'no such directory: make it first';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return 'permission denied: write to a directory that is yours';
  }
  if (error.code === 'EISDIR') return 'is a directory: name a file in it';
  if (error.code === 'EPIPE') return 'the reader has gone';
  return error.message.replace(/^([A-Z]+: [^,]*), .*$/s, '$1');
}
