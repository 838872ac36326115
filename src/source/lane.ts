/** One file of a run, from its name to a reader over its bytes. */
import { stat } from 'node:fs';
import { promisify } from 'node:util';
import { detectFormat, type Format, whyNoCapture } from './detect.ts';
import type { CaptureFile, Findings } from './findings.ts';
import { type ByteInput, FileInput, fileError, openFd, statFd } from './input.ts';
import { PcapReader } from './pcap-file.ts';
import { PcapngReader } from './pcapng-file.ts';
import type { Reader } from './reader.ts';
import { CaptureError } from './source.ts';
import { type Arena, Window } from './window.ts';

export interface Lane {
  readonly window: Window;
  readonly reader: Reader;
  /** Frames come in their own time: a pipe, or a file that is followed. */
  readonly live: boolean;
}

export interface LaneOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  readonly regions: number;
  readonly chunk: number;
}

const STANDARD_INPUT = 0;

async function openPlain(file: string): Promise<ByteInput> {
  const fd = await openFd(file, 'r');
  return new FileInput(file, fd, (await statFd(fd)).size);
}

async function openInput(file: string, options: LaneOptions): Promise<ByteInput> {
  const { follow, signal } = options;
  try {
    const what = file === '-' ? await statFd(STANDARD_INPUT) : await promisify(stat)(file);
    if (what.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (what.isFile() && file !== '-' && !follow) return await openPlain(file);
    const fd = file === '-' ? STANDARD_INPUT : await openFd(file, 'r');
    const { PipeInput, SequentialInput } = await import('./pipe-input.ts'); // node:net takes 10 ms
    if (what.isFIFO() || what.isSocket()) return new PipeInput(file, fd, signal);
    if ((await import('node:tty')).isatty(fd)) {
      throw new CaptureError('NETLENS_FILE', file, -1, { code: 'input-is-terminal' });
    }
    return new SequentialInput(file, fd, what.isFile() ? what.size : -1, follow, signal);
  } catch (error) {
    throw fileError(file, error);
  }
}

function notACapture(file: string, first: Uint8Array): CaptureError {
  return new CaptureError('NETLENS_NOT_A_CAPTURE', file, -1, whyNoCapture(first));
}

/** What the input holds, decompressed where it is compressed. */
async function uncompress(
  input: ByteInput,
  again: (() => Promise<ByteInput>) | undefined,
): Promise<{ input: ByteInput; format: Format }> {
  const first = await input.peek();
  const format = detectFormat(first);
  if (format === 'pcap' || format === 'pcapng') return { input, format };
  if (format === undefined) throw notACapture(input.file, first);
  const { DecompressedInput } = await import('./compressed.ts'); // node:zlib takes 10 ms
  const inner = new DecompressedInput(input, format, again);
  const bytes = await inner.peek();
  const innerFormat = detectFormat(bytes);
  if (innerFormat === 'pcap' || innerFormat === 'pcapng')
    return { input: inner, format: innerFormat };
  await inner.close();
  const failure = bytes.length === 0 ? inner.failure : undefined;
  throw failure ?? notACapture(`${input.file} (${format})`, bytes);
}

/** Rejects with a CaptureError when the file is missing, unreadable, empty or no capture. */
export async function openLane(
  of: CaptureFile,
  findings: Findings,
  arena: Arena,
  options: LaneOptions,
): Promise<Lane> {
  const raw = await openInput(of.file, options);
  const live = raw.bytesTotal < 0 || options.follow;
  let input = raw;
  try {
    const again =
      raw instanceof FileInput ? (): Promise<ByteInput> => openPlain(of.file) : undefined;
    const found = await uncompress(raw, again);
    input = found.input;
    const regions = Math.min(options.regions, input.readsAhead + 1);
    const window = new Window(input, arena, regions, options.chunk);
    const reader =
      found.format === 'pcap'
        ? await PcapReader.open(window, of, findings)
        : new PcapngReader(of, findings);
    return { window, reader, live };
  } catch (error) {
    await input.close();
    if (!options.signal?.aborted) throw error;
    throw new CaptureError('NETLENS_FILE', of.file, -1, { code: 'stopped-before-capture' });
  }
}
