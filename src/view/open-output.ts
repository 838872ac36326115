/**
 * Opening a file for what a run writes, perhaps as root, perhaps in a directory where others may write
 * too: there a name may be a trap, a link to a file that is to be destroyed or read along.
 */
import { closeSync, constants, fstatSync, ftruncateSync, open, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
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
    const what = "is somebody else's, in a directory where others may write: choose another name";
    throw new WriteError(file, what);
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
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ELOOP') {
    const what = 'is a symbolic link, in a directory where others may write: name the file itself';
    return new WriteError(file, what);
  }
  return new WriteError(file, showFileError(error as NodeJS.ErrnoException));
}

/** What went wrong with a file, and what to do. */
export function showFileError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'no such directory: make it first';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return 'permission denied: write to a directory that is yours';
  }
  if (error.code === 'EISDIR') return 'is a directory: name a file in it';
  if (error.code === 'EPIPE') return 'the reader has gone';
  return error.message.replace(/^([A-Z]+: [^,]*), .*$/s, '$1');
}
