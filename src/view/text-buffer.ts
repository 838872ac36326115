/** Text in the making, as bytes: fast enough for a line per frame. Grows as needed, emptied by its owner. */
import type { Ipv4, Offset } from '../base/units.ts';
import { escapeJson, escapeText } from './escape.ts';
import type { Phrase } from './phrase.ts';

const ZERO = 48;
const NEWLINE = 10;
const DELETE = '\x7f';
const COLON = 58;
const DOT = 46;
const QUOTE = 34;
const BACKSLASH = 92;
/** 1 by the code of a character that a string of JSON holds as it is: ASCII that prints. */
const STANDS_IN_JSON = new Uint8Array(128).fill(1, 0x20, 0x7f);
STANDS_IN_JSON[QUOTE] = 0;
STANDS_IN_JSON[BACKSLASH] = 0;
const DIGITS = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** Bytes 0..255 in decimal: three digits' room and the length, four bytes each. */
const DECIMAL = new Uint8Array(1024);
for (let i = 0; i < 256; i++) {
  const text = String(i);
  for (let j = 0; j < text.length; j++) DECIMAL[4 * i + j] = text.charCodeAt(j);
  DECIMAL[4 * i + 3] = text.length;
}

/** 00..99, two digits each, the first in the low byte. */
const PAIRS = Uint16Array.from(
  { length: 100 },
  (_, i) => (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8),
);

const encoder = new TextEncoder();

export class TextBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  /** The text is bytes [0, at). */
  at = 0;
  private view: DataView;
  private spare: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(capacity = 65_536) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * What was written so far, and a fresh start in another buffer. What it yields stays untouched until
   * the next call but one.
   */
  take(): Uint8Array {
    const taken = this.bytes;
    const text = taken.subarray(0, this.at);
    this.bytes = this.spare.length < taken.length ? new Uint8Array(taken.length) : this.spare;
    this.view = new DataView(this.bytes.buffer);
    this.spare = taken;
    this.at = 0;
    return text;
  }

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  private grow(count: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.bytes.length, this.at + count));
    bytes.set(this.bytes.subarray(0, this.at));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** One ASCII character, by code. */
  char(code: number): void {
    this.reserve(1);
    this.bytes[this.at++] = code;
  }

  newline(): void {
    this.char(NEWLINE);
  }

  /** Our own words: ASCII, nothing escaped. */
  ascii(text: string): void {
    const len = text.length;
    this.reserve(len);
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < len; i++) bytes[at + i] = text.charCodeAt(i);
    this.at = at + len;
  }

  /** Our own words, ready-made. */
  phrase({ words, length }: Phrase): void {
    this.words(words, 0, length);
  }

  /** `length` bytes of text that stand in `words` from int `from` on, little-endian. */
  words(words: Int32Array, from: number, length: number): void {
    const count = (length + 3) >> 2;
    this.reserve(4 * count);
    const { at, view } = this;
    for (let i = 0; i < count; i++) view.setInt32(at + 4 * i, words[from + i]!, true);
    this.at = at + length;
  }

  /** Put the text from `start` on into `words` at int `to`, where there is room, so that `words` appends it. */
  copyTo(words: Int32Array, to: number, start: number): void {
    this.reserve(3); // the last int may go beyond the text
    const count = (this.at - start + 3) >> 2;
    for (let i = 0; i < count; i++) words[to + i] = this.view.getInt32(start + 4 * i, true);
  }

  /** Foreign text: escaped, then UTF-8. */
  text(text: string): void {
    this.utf8(escapeText(text));
  }

  /** Text that is escaped already, as UTF-8. */
  utf8(text: string): void {
    this.reserve(3 * text.length);
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written;
  }

  /** The value as JSON that is safe to look at on a terminal, and a newline. */
  json(value: unknown): void {
    this.jsonValue(value);
    this.newline();
  }

  /** The value as JSON that is safe to look at on a terminal. */
  jsonValue(value: unknown): void {
    const text = JSON.stringify(value);
    this.reserve(3 * text.length);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(this.at));
    if (written === text.length && !text.includes(DELETE)) this.at += written;
    else this.utf8(escapeJson(text)); // something beyond ASCII: rare
  }

  /** The text as a string of JSON; what has to be escaped is rare. */
  jsonString(text: string): void {
    const len = text.length;
    this.reserve(len + 2);
    const { bytes } = this;
    const at = this.at + 1;
    bytes[at - 1] = QUOTE;
    for (let i = 0; i < len; i++) {
      const code = text.charCodeAt(i);
      if (STANDS_IN_JSON[code] !== 1) {
        this.jsonValue(text);
        return;
      }
      bytes[at + i] = code;
    }
    bytes[at + len] = QUOTE;
    this.at = at + len + 1;
  }

  /** Bytes that are text already. */
  copy(from: Uint8Array, at: Offset, end: Offset): void {
    const len = end - at;
    this.reserve(len);
    const bytes = this.bytes;
    const to = this.at;
    if (len > 48) bytes.set(from.subarray(at, end), to);
    else for (let i = 0; i < len; i++) bytes[to + i] = from[at + i]!;
    this.at = to + len;
  }

  /** A whole number 0..2^53-1, decimal. */
  uint(n: number): void {
    this.reserve(16);
    if (n < 256) {
      this.byteDecimal(n);
      return;
    }
    if (n > 0x7fff_ffff) {
      const high = Math.floor(n / 1e9);
      this.uint(high);
      this.padded(n - high * 1e9, 9);
      return;
    }
    this.padded(n, widthOf(n));
  }

  private byteDecimal(n: number): void {
    const bytes = this.bytes;
    const at = this.at;
    const from = 4 * n;
    bytes[at] = DECIMAL[from]!;
    bytes[at + 1] = DECIMAL[from + 1]!;
    bytes[at + 2] = DECIMAL[from + 2]!;
    this.at = at + DECIMAL[from + 3]!;
  }

  /** A number 0..2^31-1 in exactly `width` decimal digits. */
  padded(n: number, width: number): void {
    this.reserve(width);
    const { at, view } = this;
    let rest = n | 0;
    let i = width - 2;
    for (; i >= 0; i -= 2) {
      const hundredth = (rest / 100) | 0;
      view.setUint16(at + i, PAIRS[rest - 100 * hundredth]!, true);
      rest = hundredth;
    }
    if (i === -1) view.setUint8(at, ZERO + (rest % 10));
    this.at = at + width;
  }

  /** The low `width` hexadecimal digits of a 32-bit number. */
  hex(n: number, width: number): void {
    this.reserve(width);
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < width; i++) bytes[at + i] = DIGITS[(n >>> (4 * (width - 1 - i))) & 15]!;
    this.at = at + width;
  }

  /** A 32-bit number in as many hexadecimal digits as it needs. */
  hexShort(n: number): void {
    this.hex(n, n === 0 ? 1 : 8 - (Math.clz32(n) >> 2));
  }

  ipv4(address: Ipv4): void {
    this.reserve(16);
    this.byteDecimal(address >>> 24);
    this.bytes[this.at++] = DOT;
    this.byteDecimal((address >>> 16) & 255);
    this.bytes[this.at++] = DOT;
    this.byteDecimal((address >>> 8) & 255);
    this.bytes[this.at++] = DOT;
    this.byteDecimal(address & 255);
  }

  /** The 16 bytes at `at` as RFC 5952 asks. */
  ipv6(view: DataView, at: Offset): void {
    let runAt = -1;
    let runLen = 1; // a single zero group is not compressed (RFC 5952 section 4.2.2)
    for (let i = 0; i < 8; ) {
      let j = i;
      while (j < 8 && view.getUint16(at + 2 * j) === 0) j++;
      if (j - i > runLen) {
        runAt = i;
        runLen = j - i;
      }
      i = j > i ? j : i + 1;
    }
    const mapped = runAt === 0 && runLen === 5 && view.getUint16(at + 10) === 0xffff;
    for (let i = 0; i < (mapped ? 6 : 8); i++) {
      if (i === runAt) {
        this.char(COLON);
        if (i === 0) this.char(COLON);
        i += runLen - 1;
        if (i < 7) continue;
        return;
      }
      this.hexShort(view.getUint16(at + 2 * i));
      if (i < 7) this.char(COLON);
    }
    if (mapped) this.ipv4(view.getInt32(at + 12)); // ::ffff:1.2.3.4 (RFC 5952 section 5)
  }

  /** The six bytes at `at`, colon-separated. */
  mac(view: DataView, at: Offset): void {
    for (let i = 0; i < 6; i++) {
      if (i > 0) this.char(COLON);
      this.hex(view.getUint8(at + i), 2);
    }
  }

  /** What was written, as a string; for tests and small texts. */
  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.at).toString('utf8');
  }
}

/** Decimal digits of a number 100..2^31-1. */
function widthOf(n: number): number {
  if (n < 10_000) return n < 1000 ? 3 : 4;
  if (n < 1_000_000) return n < 100_000 ? 5 : 6;
  if (n < 100_000_000) return n < 10_000_000 ? 7 : 8;
  return n < 1_000_000_000 ? 9 : 10;
}
