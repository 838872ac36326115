/** VPC flow logs as a stream of records: text and Parquet, plain or compressed, told by their content. */
import { open, stat } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { FlowLogRecord } from '../base/flow-log.ts';
import { DecompressedInput } from './compressed.ts';
import { detectFormat } from './detect.ts';
import { DEFAULT_ORDER, type FieldOrder, hasAddresses, headerOrder } from './flow-log-fields.ts';
import { DamagedLine, type NoTraffic } from './flow-log-record.ts';
import { FlowLogLines, LineCutter } from './flow-log-text.ts';
import { type ByteInput, FileInput, fileError, openFd, statFd } from './input.ts';
import { PipeInput, SequentialInput } from './pipe-input.ts';
import { CaptureError } from './source.ts';

/** What a file is: a flow log we can read, or one whose order of fields only the user knows. */
export type FlowLogKind = 'text' | 'parquet' | 'unknown-order';

/** What one file held. */
export interface FlowLogCounts {
  readonly file: string;
  /** Lines, or rows, of traffic. */
  records: number;
  /** Windows in which there was nothing, and those that were left out of the log by its writer. */
  noData: number;
  skipData: number;
  damaged: number;
  /** The first damaged lines with the reason: `line 12: it has 3 fields, 14 were expected`. */
  readonly damagedLines: string[];
}

/** Damaged lines told one by one, per file. */
const DAMAGED_SHOWN = 3;
const CHUNK_LEN = 256 << 10;
/** Bytes looked at to tell what a file is. */
const LOOK_LEN = 4096;
const PARQUET = 'PAR1';
const STANDARD_INPUT = 0;

export interface FlowLogOptions {
  /** Order of the fields of text without a header; the default is version 2's. */
  readonly order?: FieldOrder | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which a silent Parquet decoder is given up; a minute unless told otherwise. */
  readonly parquetStallMs?: number | undefined;
}

/**
 * What the regular file at this path is, looked at cheaply; undefined when it is missing, unreadable, no
 * regular file or no flow log. A Parquet file is taken for one: its columns are looked at when it is read.
 */
export async function detectFlowLog(path: string): Promise<FlowLogKind | undefined> {
  const found = await stat(path).catch(() => undefined);
  const handle = found?.isFile() === true ? await open(path).catch(() => undefined) : undefined;
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(LOOK_LEN), 0, LOOK_LEN, 0);
    return kindOf(buffer.subarray(0, bytesRead));
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

function kindOf(first: Uint8Array): FlowLogKind | undefined {
  if (Buffer.from(first.subarray(0, 4)).toString('latin1') === PARQUET) return 'parquet';
  const format = detectFormat(first);
  if (format === 'pcap' || format === 'pcapng' || format === 'zstd') return undefined;
  const text = Buffer.from(format === 'gzip' ? gunzipHead(first) : first).toString('latin1');
  return kindOfText(text);
}

function gunzipHead(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}

/** What the beginning of a text is, by its first line. */
export function kindOfText(text: string): FlowLogKind | undefined {
  const line = text.split('\n', 20).find((one) => one.trim() !== '');
  if (line === undefined) return undefined;
  const header = headerOrder(line.trim().split(/\s+/));
  if (header !== undefined) return hasAddresses(header) ? 'text' : undefined;
  const lines = new FlowLogLines(0, DEFAULT_ORDER);
  const read = lines.read(line);
  const words = ` ${line.trim()} `;
  const isOurs = /\s(ACCEPT|REJECT|NODATA|SKIPDATA)\s/.test(words);
  if (read !== undefined && !(read instanceof DamagedLine)) return isOurs ? 'text' : undefined;
  return isOurs && /\seni-[0-9a-f]+\s/.test(words) ? 'unknown-order' : undefined;
}

/** The records of several flow logs, one file after the other. */
export class FlowLogs {
  readonly counts: readonly FlowLogCounts[];
  /** Why a file ended before its end. */
  readonly damage: CaptureError[] = [];
  private readonly paths: readonly string[];
  private readonly options: FlowLogOptions;
  private done = { bytesRead: 0, bytesTotal: 0 };
  private input: { readonly bytesRead: number } | undefined = undefined;

  constructor(paths: readonly string[], options: FlowLogOptions = {}) {
    this.paths = paths;
    this.options = options;
    this.counts = paths.map((file) => ({
      file,
      records: 0,
      noData: 0,
      skipData: 0,
      damaged: 0,
      damagedLines: [],
    }));
  }

  /** Bytes read as they are on disk, and of all files; total -1 when a pipe is among them. */
  get progress(): { bytesRead: number; bytesTotal: number } {
    const { bytesRead, bytesTotal } = this.done;
    return { bytesRead: bytesRead + (this.input?.bytesRead ?? 0), bytesTotal };
  }

  /**
   * Give every record to `take`, in the order of files and lines; `pause` is called now and then. A file
   * that is damaged ends there, see `damage`; rejects with a CaptureError when the first file cannot be read.
   */
  async read(take: (record: FlowLogRecord) => void, pause: () => void): Promise<void> {
    for (const path of this.paths) {
      if (path === '-' || this.done.bytesTotal < 0) this.done.bytesTotal = -1;
      else this.done.bytesTotal += (await stat(path).catch(() => ({ size: 0 }))).size;
    }
    for (const [fileIndex, path] of this.paths.entries()) {
      if (this.options.signal?.aborted === true) return;
      try {
        await this.readFile(path, fileIndex, take, pause);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        if (this.counts[fileIndex]!.records === 0 && this.paths.length === 1) throw error;
        this.damage.push(error);
      }
      this.done.bytesRead += this.input?.bytesRead ?? 0;
      this.input = undefined;
    }
  }

  private async readFile(
    path: string,
    fileIndex: number,
    take: (record: FlowLogRecord) => void,
    pause: () => void,
  ): Promise<void> {
    const raw = await openBytes(path, this.options.signal);
    const first = await raw.peek();
    this.input = raw;
    const note = (read: FlowLogRecord | NoTraffic | DamagedLine | undefined, line: number): void =>
      this.note(fileIndex, read, line, take);
    if (Buffer.from(first.subarray(0, 4)).toString('latin1') === PARQUET) {
      await raw.close();
      const { readParquet } = await import('./flow-log-parquet.ts');
      const { signal, parquetStallMs: stallMs } = this.options;
      return readParquet(path, fileIndex, note, pause, { signal, stallMs });
    }
    const format = detectFormat(first);
    const again = raw instanceof FileInput ? () => openBytes(path, undefined) : undefined;
    const input =
      format === 'gzip' || format === 'zstd' ? new DecompressedInput(raw, format, again) : raw;
    try {
      await this.readText(input, new FlowLogLines(fileIndex, this.options.order), note, pause);
    } finally {
      await input.close();
    }
  }

  private async readText(
    input: ByteInput,
    lines: FlowLogLines,
    note: (read: FlowLogRecord | NoTraffic | DamagedLine | undefined, line: number) => void,
    pause: () => void,
  ): Promise<void> {
    const chunk = new Uint8Array(CHUNK_LEN);
    const cutter = new LineCutter();
    const line = (text: string | undefined): void => {
      const read = text === undefined ? lines.readOverlong() : lines.read(text);
      note(read, lines.line);
    };
    let failure: unknown;
    while (this.options.signal?.aborted !== true) {
      let count = 0;
      try {
        count = await input.read(chunk, 0, CHUNK_LEN);
      } catch (error) {
        failure = error;
      }
      if (count === 0) break;
      cutter.push(chunk.subarray(0, count), line);
      pause();
    }
    if (failure === undefined)
      cutter.finish(line); // of a file that is cut short the last line is, too
    else throw failure;
  }

  private note(
    fileIndex: number,
    read: FlowLogRecord | NoTraffic | DamagedLine | undefined,
    line: number,
    take: (record: FlowLogRecord) => void,
  ): void {
    if (read === undefined) return;
    const counts = this.counts[fileIndex]!;
    if (read === 'nodata') counts.noData++;
    else if (read === 'skipdata') counts.skipData++;
    else if (read instanceof DamagedLine) {
      counts.damaged++;
      if (counts.damagedLines.length < DAMAGED_SHOWN)
        counts.damagedLines.push(`line ${line}: ${read.why}`);
    } else {
      counts.records++;
      take(read);
    }
  }
}

async function openBytes(path: string, signal: AbortSignal | undefined): Promise<ByteInput> {
  try {
    if (path === '-') {
      const what = await statFd(STANDARD_INPUT);
      return what.isFile()
        ? new SequentialInput(path, STANDARD_INPUT, what.size, false, signal)
        : new PipeInput(path, STANDARD_INPUT, signal);
    }
    const what = await stat(path);
    if (what.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    const fd = await openFd(path, 'r');
    return what.isFile()
      ? new FileInput(path, fd, (await statFd(fd)).size)
      : new PipeInput(path, fd, signal);
  } catch (error) {
    throw fileError(path, error);
  }
}
