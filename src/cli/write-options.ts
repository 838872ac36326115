/** -w and how it is spread over files: options that reading and capturing share. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RotationOptions } from '../view/capture-rotation.ts';
import type { CaptureWriterOptions } from '../view/capture-writer.ts';
import type { FrameWriter } from '../view/capture-writer-contents.ts';
import { UsageError } from './errors.ts';
import { positive } from './option-values.ts';

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

/** A writer on the file, or on the files in turn. Rejects with a WriteError. */
export async function openWriter(
  file: string,
  options: CaptureWriterOptions,
  rotation: RotationOptions | undefined,
): Promise<FrameWriter> {
  if (rotation === undefined) {
    const { openCaptureWriter } = await import('../view/capture-writer.ts');
    return openCaptureWriter(file, options);
  }
  const { openRotation } = await import('../view/capture-rotation.ts');
  return openRotation(file, options, rotation);
}
