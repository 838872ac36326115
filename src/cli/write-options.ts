/** -w and how it is spread over files: options that reading and capturing share. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RotationOptions } from '../view/capture-rotation.ts';
import type { RecentOptions } from '../view/recent-frames.ts';
import { UsageError } from './errors.ts';
import { positive } from './option-values.ts';

/** Whether the frames written get comments. Throws a UsageError where there is nothing to put them on. */
export function annotates({ annotate, write }: Record<string, unknown>): boolean {
  if (annotate !== true) return false;
  if (write === undefined) throw new UsageError('--annotate: -w is missing, the file to write');
  if (/\.(pcap|cap)$/i.test(write as string)) {
    throw new UsageError('--annotate: a pcap holds no comments: name the file .pcapng');
  }
  return true;
}

const MILLION = 1_000_000;
const UNITS: Readonly<Record<string, number>> = { k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** Add -C and -W, and with `byTime` -G, to a command's help. */
export function addRotationOptions(command: Command, byTime: boolean): void {
  command.option(
    '-C, --file-size <millions>',
    'with -w: another file when one is longer than so many million bytes (k, m, g: of 1,024)',
    size,
  );
  if (byTime) {
    command.option(
      '-G, --file-seconds <n>',
      'with -w: another file after so many seconds; its name is a time format (%F_%T)',
      positive,
    );
  }
  command.option(
    '-W, --file-count <n>',
    byTime
      ? 'with -C: so many files, then the first is written over; with -G: end after so many'
      : 'with -C: so many files, then the first is written over',
    positive,
  );
}

/** Undefined = one file. Throws a UsageError. */
export function rotationOptions(
  given: Record<string, unknown>,
  write: string | undefined,
): RotationOptions | undefined {
  const sizeMax = (given.fileSize as number | undefined) ?? 0;
  const seconds = (given.fileSeconds as number | undefined) ?? 0;
  const filesMax = (given.fileCount as number | undefined) ?? 0;
  if (sizeMax + seconds + filesMax === 0) return undefined;
  const flag = sizeMax > 0 ? '-C' : seconds > 0 ? '-G' : '-W';
  if (write === undefined) throw new UsageError(`${flag}: -w is missing, the file to write`);
  if (write === '-') throw new UsageError(`${flag}: standard output is no file: name one with -w`);
  if (sizeMax + seconds === 0) {
    throw new UsageError('-W: -C or -G is missing, what makes one file end and another begin');
  }
  return { sizeMax, seconds, filesMax };
}

function size(value: string): number {
  const match = /^(\d+)([kmg]?)$/i.exec(value);
  const bytes = match === null ? 0 : Number(match[1]) * (UNITS[match[2]!.toLowerCase()] ?? MILLION);
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('a number of million bytes is expected, or one with k, m or g');
}

const RECENT_MIB = 256;
/** Seconds by the letter behind a number. */
const SPANS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Add --last to a command's help. */
export function addRecentOptions(command: Command): void {
  command
    .option(
      '--last <time>',
      'keep the latest frames in memory (90s, 5m, 1h) and write them, with -w, at the end, and before on the key w or SIGUSR2',
      span,
    )
    .option('--last-size <MiB>', `memory for --last (default ${RECENT_MIB})`, positive);
}

/** Undefined = frames are written as they come. Throws a UsageError. */
export function recentOptions(
  given: Record<string, unknown>,
  write: string | undefined,
): RecentOptions | undefined {
  const seconds = given.last as number | undefined;
  if (seconds === undefined) return undefined;
  if (write === undefined) throw new UsageError('--last: -w is missing, the file to write');
  if (given.fileSize !== undefined || given.fileSeconds !== undefined) {
    throw new UsageError('--last: does not go with -C or -G, which write all frames');
  }
  const size = (given.lastSize as number | undefined) ?? RECENT_MIB;
  return { seconds, bytesMax: size * (1 << 20) };
}

function span(value: string): number {
  const match = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(value);
  const seconds = match === null ? 0 : Number(match[1]) * (SPANS[match[2]!] ?? 1);
  if (seconds > 0 && seconds < 1e9) return seconds;
  throw new InvalidArgumentError('a time is expected: 90s, 5m, 1h');
}
