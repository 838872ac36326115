/**
 * Opening a file for what a run writes, perhaps as root, perhaps in a directory where others may write
 * too: there a name may be a trap, a link to a file that is to be destroyed or read along.
 */
import { closeSync, constants, fstatSync, ftruncateSync, open, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Sentence } from '../words/sentence.ts';
import type { OutputFault } from '../words/sentences/writing.ts';
import { WriteError } from './capture-writer-contents.ts';

const MODE = 0o644;
/** Others may write: the group, or all. */
const OTHERS_WRITE = 0o022;

/**
 * Descriptor of the file, made anew or emptied; a device is taken as it is, and a pipe once it has a
 * reader. In a directory where others may write neither a symbolic link nor a file of somebody else is
 * taken. Rejects with a WriteError.
 */
export async function openOutput(file: string): Promise<number> {
  try {
    const isShared = othersWrite(file);
    return taken(await promisify(open)(file, flagsFor(isShared), MODE), file, isShared);
  } catch (error) {
    throw writeError(file, error);
  }
}

/** The same without waiting, so that a pipe must have a reader. Throws a WriteError. */
export function openOutputNow(file: string): number {
  try {
    const isShared = othersWrite(file);
    return taken(openSync(file, flagsFor(isShared) | constants.O_NONBLOCK, MODE), file, isShared);
  } catch (error) {
    throw writeError(file, error);
  }
}

function flagsFor(isShared: boolean): number {
  return constants.O_WRONLY | constants.O_CREAT | (isShared ? constants.O_NOFOLLOW : 0);
}

function othersWrite(file: string): boolean {
  return (statSync(path.dirname(path.resolve(file))).mode & OTHERS_WRITE) !== 0;
}

function taken(fd: number, file: string, isShared: boolean): number {
  const { uid, nlink, isFile } = describe(fd);
  const isOthers = uid !== (process.geteuid?.() ?? uid) || (isFile && nlink > 1); // or a hard link
  if (isShared && isOthers) {
    closeSync(fd);
    throw new WriteError(file, { code: 'output-of-somebody-else' });
  }
  if (isFile) ftruncateSync(fd);
  return fd;
}

function describe(fd: number): { uid: number; nlink: number; isFile: boolean } {
  const found = fstatSync(fd);
  return { uid: found.uid, nlink: found.nlink, isFile: found.isFile() };
}

function writeError(file: string, error: unknown): WriteError {
  if (error instanceof WriteError) return error;
  const fault = error as NodeJS.ErrnoException;
  return new WriteError(
    file,
    fault.code === 'ELOOP' ? { code: 'output-is-link' } : outputFault(fault),
  );
}

const FAULTS: Readonly<Record<string, OutputFault>> = {
  ENOENT: 'no-directory',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EISDIR: 'directory',
  EPIPE: 'reader-gone',
};

/** What went wrong with a file, and what to do. */
export function outputFault({ code, message }: NodeJS.ErrnoException): Sentence {
  const fault = FAULTS[code ?? ''];
  if (fault !== undefined) return { code: 'output-fault', fault };
  return { code: 'quoted', text: message.replace(/^([A-Z]+: [^,]*), .*$/s, '$1') };
}
