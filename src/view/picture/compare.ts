/** Where two pictures of one format differ: what a reader can look for in them. */
import { inflateSync } from 'node:zlib';
import type { PictureFormat } from './formats.ts';
import { chunksOf } from './png-text.ts';
import { CELL_HEIGHT, MARGIN } from './svg.ts';

/** Differences told one by one. */
const TOLD_MAX = 5;
const LINE_MAX = 160;
const CHANNELS = 4;

/** [] = they show the same. `scale` is that of PNGs. Texts in it are as the pictures hold them: escape them. */
export function differences(
  theirs: Uint8Array,
  ours: Uint8Array,
  format: PictureFormat,
  scale: number,
): string[] {
  if (Buffer.compare(theirs, ours) === 0) return [];
  if (format === 'png') return pngDifferences(theirs, ours, scale);
  const [a, b] = [linesOf(theirs, format), linesOf(ours, format)];
  const found: string[] = [];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    const [theirLine, ourLine] = [a[i], b[i]].map((line) =>
      line === undefined ? 'nothing' : `"${line.slice(0, LINE_MAX)}"`,
    );
    found.push(`line ${i + 1}: the picture has ${theirLine}, the captures give ${ourLine}`);
  }
  if (found.length === 0)
    return ['the words are the same, colours or other parts of the file are not'];
  const more = found.length - TOLD_MAX;
  return more > 0 ? [...found.slice(0, TOLD_MAX), `and ${more} more lines`] : found;
}

/** The text of a picture, a line a row. */
function linesOf(bytes: Uint8Array, format: Exclude<PictureFormat, 'png'>): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  switch (format) {
    case 'svg':
      return [...text.matchAll(/<text [^>]*>([\s\S]*?)<\/text>/g)].map(([, row]) => bare(row!));
    case 'html':
      return bare(/<pre[^>]*>([\s\S]*)<\/pre>/.exec(text)?.[1] ?? '').split('\n');
    case 'ans':
      return text.split('\n').map((line) => line.replaceAll(SGR, '').trimEnd());
    case 'txt':
      return text.split('\n');
  }
}

const SGR = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*m`, 'g');

function bare(markup: string): string {
  return markup.replace(/<[^>]*>/g, '').trimEnd();
}

/** By scan lines: those before the first that differs are alike byte for byte. */
function pngDifferences(theirs: Uint8Array, ours: Uint8Array, scale: number): string[] {
  const [a, b] = [pixelsOf(theirs), pixelsOf(ours)];
  if (a === undefined) return ['the picture is damaged'];
  if (a.width !== b!.width || a.height !== b!.height) {
    return [`the picture is ${a.width}x${a.height}, the captures give ${b!.width}x${b!.height}`];
  }
  const stride = 1 + CHANNELS * a.width;
  for (let y = 0; y < a.height; y++) {
    const [from, to] = [y * stride, (y + 1) * stride];
    if (a.lines.subarray(from, to).equals(b!.lines.subarray(from, to))) continue;
    const row = Math.floor((y / scale - MARGIN) / CELL_HEIGHT) + 1;
    return [`the pixels differ from line ${Math.max(1, row)} on`];
  }
  return ['the pixels are the same, other parts of the file are not'];
}

/** Scan lines with their filter bytes; undefined = damaged, or no PNG as we write them. */
function pixelsOf(png: Uint8Array): { width: number; height: number; lines: Buffer } | undefined {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header === undefined || header.length < 13) return undefined;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const packed = Buffer.concat(
    chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data),
  );
  const length = height * (1 + CHANNELS * width);
  try {
    const lines = inflateSync(packed, { maxOutputLength: length });
    return lines.length === length ? { width, height, lines } : undefined;
  } catch {
    return undefined;
  }
}
