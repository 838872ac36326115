/**
 * What the walks of dissectors are made of: read a number, hand it to the sink under its field.
 * For packets somebody looks at, not for each frame. Every caller has checked that [at, at + len) is
 * within its layer.
 */
import type { Offset } from '../base/units.ts';
import type { Field, FieldSink } from './dissector.ts';

const TWO_32 = 4_294_967_296;
/** As many arguments as a call takes without harm. */
const PIECE_LEN = 4096;

/** The unsigned number of 1 to 6 bytes at `at`, big-endian. */
export function unsignedAt(view: DataView, at: Offset, len: number): number {
  let number = 0;
  for (let i = 0; i < len; i++) number = number * 256 + view.getUint8(at + i);
  return number;
}

/** The unsigned number of 1 to 6 bytes at `at`, little-endian. */
export function littleAt(view: DataView, at: Offset, len: number): number {
  let number = 0;
  for (let i = len - 1; i >= 0; i--) number = number * 256 + view.getUint8(at + i);
  return number;
}

/** high * 2^32 + low, both unsigned 32-bit: a number up to 2^53, decimal text above. */
export function wide(high: number, low: number): number | string {
  if (high < 0x20_0000) return high * TWO_32 + low;
  const chunks = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
  let text = '';
  while (chunks.some((chunk) => chunk !== 0)) {
    let rest = 0;
    for (let i = 0; i < 4; i++) {
      const dividend = rest * 65_536 + chunks[i]!;
      chunks[i] = Math.floor(dividend / 10_000);
      rest = dividend % 10_000;
    }
    text = String(rest).padStart(4, '0') + text;
  }
  return text.replace(/^0+/, '');
}

/** The number of `len` bytes (1 to 4) at `at`, under the field's mask if it has one. */
export function give(sink: FieldSink, view: DataView, field: Field, at: Offset, len: number): void {
  const number = unsignedAt(view, at, len);
  sink.field(field, field.mask === 0 ? number : (number & field.mask) >>> field.shift, at, len);
}

/** The same, little-endian. */
export function giveLittle(
  sink: FieldSink,
  view: DataView,
  field: Field,
  at: Offset,
  len: number,
): void {
  sink.field(field, littleAt(view, at, len), at, len);
}

/** Bytes or an address that stand at [at, at + len). */
export function giveBytes(sink: FieldSink, field: Field, at: Offset, len: number): void {
  sink.field(field, 0, at, len);
}

/** Text at [at, at + len); a field that is empty is left out. */
export function giveText(
  sink: FieldSink,
  view: DataView,
  field: Field,
  at: Offset,
  len: number,
): void {
  const text = textAt(view, at, len);
  if (text !== '') sink.field(field, text, at, len);
}

/** ASCII text at [at, at + len), up to the first zero byte; other bytes as U+FFFD. */
export function textAt(view: DataView, at: Offset, len: number): string {
  const codes: number[] = [];
  for (let i = at; i < at + len; i++) {
    const byte = view.getUint8(i);
    if (byte === 0) break;
    codes.push(byte < 128 ? byte : 0xfffd);
  }
  return textOf(codes);
}

/** The text of UTF-16 codes in one piece: text grown by += holds 32 bytes a character while it is kept. */
export function textOf(codes: readonly number[]): string {
  if (codes.length <= PIECE_LEN) return String.fromCharCode(...codes);
  const pieces: string[] = [];
  for (let i = 0; i < codes.length; i += PIECE_LEN) {
    pieces.push(String.fromCharCode(...codes.slice(i, i + PIECE_LEN)));
  }
  return pieces.join('');
}
