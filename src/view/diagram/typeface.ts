/**
 * How wide a text is in the bundled fonts: advance widths of TrueType files (OpenType 1.9: cmap formats
 * 4 and 12, hmtx). The files are our own packages', so a damaged one is a fault of the installation.
 */
import { readFileSync } from 'node:fs';
import { type FontName, fontFile } from '../picture/fonts.ts';

export interface Face {
  readonly family: 'sans' | 'mono';
  readonly bold: boolean;
  /** Font size, units of the picture. */
  readonly size: number;
}

interface Font {
  readonly unitsPerEm: number;
  /** Advance of a character in font units, undefined when the font has no glyph for it. */
  advance(codePoint: number): number | undefined;
}

/** Width in em of a character that no font has: a box. */
const UNKNOWN_EM = 1;
const ELLIPSIS = '…';
/** Characters of a text that are looked at; no line of a picture has room for more. */
const TEXT_MAX = 1000;

const fonts = new Map<FontName, Font>();
/** Em by character, by font. */
const widths = new Map<FontName, Map<number, number>>();
const ASCII = /^[ -~]*$/;

export interface Piece {
  readonly text: string;
  /** In the Hangul font, as the face's own lacks some of these characters. */
  readonly hangul: boolean;
}

/** Signs that stay with the words before them, in whichever font these are. */
const NEUTRAL = /^[ .,:;()%~-]$/;

/** The text in pieces of one font each, so that every renderer takes the font that was measured. */
export function piecesOf(text: string, face: Face): Piece[] {
  const own = load(fontOf(face, false));
  const hangulFont = load(fontOf(face, true));
  const pieces: { text: string; hangul: boolean }[] = [];
  for (const character of text) {
    const last = pieces.at(-1);
    const codePoint = character.codePointAt(0)!;
    const hangul =
      last !== undefined && NEUTRAL.test(character)
        ? last.hangul
        : own.advance(codePoint) === undefined && hangulFont.advance(codePoint) !== undefined;
    if (last !== undefined && last.hangul === hangul) last.text += character;
    else pieces.push({ text: character, hangul });
  }
  return pieces;
}

/** Units of the picture that the text takes. */
export function widthOf(text: string, face: Face): number {
  if (ASCII.test(text)) return widthIn(text, fontOf(face, false), face.size);
  let width = 0;
  for (const piece of piecesOf(text, face)) width += widthOfPiece(piece, face);
  return width;
}

export function widthOfPiece({ text, hangul }: Piece, face: Face): number {
  return widthIn(text, fontOf(face, hangul), face.size);
}

function fontOf({ family, bold }: Face, hangul: boolean): FontName {
  const name = hangul ? 'hangul' : family;
  return bold ? `${name}-bold` : name;
}

function widthIn(text: string, name: FontName, size: number): number {
  let known = widths.get(name);
  if (known === undefined) {
    known = new Map();
    widths.set(name, known);
  }
  const font = load(name);
  let em = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    let width = known.get(codePoint);
    if (width === undefined) {
      const advance = font.advance(codePoint);
      width = advance === undefined ? UNKNOWN_EM : advance / font.unitsPerEm;
      known.set(codePoint, width);
    }
    em += width;
  }
  return em * size;
}

/** A text that may be of any length, cut to what any picture can show. */
export function bounded(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  return `${text.slice(0, TEXT_MAX).replace(/[\ud800-\udbff]$/, '')}${ELLIPSIS}`;
}

/** The text, or its beginning and end with `…` between, so that it is no wider than `room`. */
export function shorten(text: string, room: number, face: Face): string {
  if (text.length <= TEXT_MAX && widthOf(text, face) <= room) return text;
  const characters = [...bounded(text)];
  let fits = 0;
  let tooMany = characters.length;
  while (tooMany - fits > 1) {
    const kept = (fits + tooMany) >> 1;
    if (widthOf(shortened(characters, kept), face) <= room) fits = kept;
    else tooMany = kept;
  }
  return shortened(characters, Math.max(1, fits));
}

function shortened(characters: readonly string[], kept: number): string {
  const head = Math.ceil(kept / 2);
  const tail = kept - head;
  return `${characters.slice(0, head).join('')}${ELLIPSIS}${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}

/** Lines of at most `room`, broken at spaces, within a word only where it is too long; at most `most`. */
export function wrap(text: string, room: number, face: Face, most = 40): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of bounded(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer, face) <= room) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthOf(line, face) > room && lines.length < most) {
      const head = headOf(line, room, face);
      lines.push(head);
      line = line.slice(head.length);
    }
    if (lines.length >= most) break;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), shorten(`${lines[most - 1]} ${ELLIPSIS}`, room, face)];
}

/** As much of the beginning as there is room for, one character at least. */
function headOf(text: string, room: number, face: Face): string {
  let head = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character, face);
    if (head !== '' && width > room) break;
    head += character;
  }
  return head;
}

function load(name: FontName): Font {
  const loaded = fonts.get(name);
  if (loaded !== undefined) return loaded;
  const font = parse(readFileSync(fontFile(name)));
  fonts.set(name, font);
  return font;
}

const drawn = new Map<number, boolean>();

/** Whether any of the bundled fonts has the character. */
export function hasGlyph(codePoint: number): boolean {
  let known = drawn.get(codePoint);
  if (known === undefined) {
    const fonts = ['mono', 'hangul', 'sans'] as const;
    known = fonts.some((name) => load(name).advance(codePoint) !== undefined);
    drawn.set(codePoint, known);
  }
  return known;
}

function parse(file: Buffer): Font {
  const tables = new Map<string, number>();
  for (let i = 0; i < file.readUInt16BE(4); i++) {
    const entry = 12 + 16 * i;
    tables.set(file.toString('latin1', entry, entry + 4), file.readUInt32BE(entry + 8));
  }
  const hmtx = tables.get('hmtx')!;
  const metrics = file.readUInt16BE(tables.get('hhea')! + 34);
  const glyphOf = characterMap(file, tables.get('cmap')!);
  return {
    unitsPerEm: file.readUInt16BE(tables.get('head')! + 18),
    advance(codePoint) {
      const glyph = glyphOf(codePoint);
      return glyph === 0 ? undefined : file.readUInt16BE(hmtx + 4 * Math.min(glyph, metrics - 1));
    },
  };
}

/** Glyph of a character, 0 = none: by the table for all of Unicode, else the one for its first plane. */
function characterMap(file: Buffer, cmap: number): (codePoint: number) => number {
  let best: ((codePoint: number) => number) | undefined;
  for (let i = 0; i < file.readUInt16BE(cmap + 2); i++) {
    const at = cmap + file.readUInt32BE(cmap + 4 + 8 * i + 4);
    const format = file.readUInt16BE(at);
    if (format === 12) return (codePoint) => inGroups(file, at, codePoint);
    if (format === 4) best = (codePoint) => inSegments(file, at, codePoint);
  }
  return best ?? (() => 0);
}

/** Format 12: groups of (first character, last, first glyph). */
function inGroups(file: Buffer, at: number, codePoint: number): number {
  for (let i = 0; i < file.readUInt32BE(at + 12); i++) {
    const group = at + 16 + 12 * i;
    const first = file.readUInt32BE(group);
    if (codePoint < first) return 0;
    if (codePoint <= file.readUInt32BE(group + 4)) {
      return file.readUInt32BE(group + 8) + codePoint - first;
    }
  }
  return 0;
}

/** Format 4: parallel arrays of segment ends, starts, deltas and offsets into glyphs. */
function inSegments(file: Buffer, at: number, codePoint: number): number {
  const doubled = file.readUInt16BE(at + 6);
  for (let i = 0; i < doubled; i += 2) {
    if (codePoint > file.readUInt16BE(at + 14 + i)) continue;
    const start = file.readUInt16BE(at + 16 + doubled + i);
    if (codePoint < start) return 0;
    const delta = file.readUInt16BE(at + 16 + 2 * doubled + i);
    const offsetAt = at + 16 + 3 * doubled + i;
    const offset = file.readUInt16BE(offsetAt);
    if (offset === 0) return (codePoint + delta) & 0xffff;
    const glyph = file.readUInt16BE(offsetAt + offset + 2 * (codePoint - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}
