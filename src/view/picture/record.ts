/** What a picture says of itself, so that it can be made again: JSON of schema netlens.picture/1 inside the file. */
import { escapeJson } from '../escape.ts';
import type { PictureFormat } from './formats.ts';
import { RECORD_META } from './html.ts';
import { textIn } from './png-text.ts';
import type { PictureRequest } from './request.ts';

export const PICTURE_SCHEMA = 'netlens.picture/1';
/** Keyword of the PNG's text, and first word of the last line of a text. */
export const RECORD_KEYWORD = 'netlens-picture';

/** A file that the picture rests on. */
export interface NamedDigest {
  /** Last part of its path. */
  readonly name: string;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

export interface PictureRecord {
  readonly schema: typeof PICTURE_SCHEMA;
  /** Of netlens. */
  readonly version: string;
  readonly captures: readonly (NamedDigest & { readonly node: string | null })[];
  /** Files that say what is known of the cluster, by the option that named each. */
  readonly knowledge: readonly (NamedDigest & { readonly option: string })[];
  /** What was added to the times of captures: `NAME=SECONDS`. */
  readonly skew: readonly string[];
  /** null = a screen of the terminal UI, which nobody can ask for again. */
  readonly request: PictureRequest | null;
}

/** One line, safe on a terminal; the same record gives the same line. */
export function recordJson(record: PictureRecord): string {
  return escapeJson(JSON.stringify(record, byKey));
}

function byKey(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The record's JSON; undefined = the file holds none. */
export function recordIn(bytes: Uint8Array, format: PictureFormat): string | undefined {
  if (format === 'png') return textIn(bytes, RECORD_KEYWORD);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  switch (format) {
    case 'svg':
      return between(text, '<metadata>', '</metadata>');
    case 'html':
      return between(text, `<meta name="${RECORD_META}" content="`, '">');
    default: {
      const at = text.lastIndexOf(`${RECORD_KEYWORD} {`);
      if (at < 0) return undefined;
      const json = text.slice(at + RECORD_KEYWORD.length + 1);
      return json.slice(0, json.lastIndexOf('}') + 1);
    }
  }
}

function between(text: string, head: string, tail: string): string | undefined {
  const at = text.indexOf(head);
  const end = at < 0 ? -1 : text.indexOf(tail, at + head.length);
  return end < 0 ? undefined : unquoted(text.slice(at + head.length, end));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

function unquoted(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!);
}
