/** The formats that a grid is painted in, by the names and the first bytes of their files. */
import { extname } from 'node:path';

export const PICTURE_FORMATS = ['png', 'svg', 'html', 'txt', 'ans'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, PictureFormat>> = {
  '.png': 'png',
  '.svg': 'svg',
  '.html': 'html',
  '.htm': 'html',
  '.txt': 'txt',
  '.ans': 'ans',
  '.ansi': 'ans',
};

/** For messages. */
export const PICTURE_EXTENSIONS = Object.keys(EXTENSIONS).join(' ');

/** undefined = the end of the name tells none of ours. */
export function formatOfName(file: string): PictureFormat | undefined {
  return EXTENSIONS[extname(file).toLowerCase()];
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
const HEAD_LEN = 64;

/** By content: what is nothing else is text. */
export function formatOf(bytes: Uint8Array): PictureFormat {
  if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return 'png';
  const head = Buffer.from(bytes.subarray(0, HEAD_LEN)).toString('latin1');
  if (head.startsWith('<svg ')) return 'svg';
  if (head.startsWith('<!doctype html>')) return 'html';
  return head.startsWith('\x1b[') ? 'ans' : 'txt';
}
