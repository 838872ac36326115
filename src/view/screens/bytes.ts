/** The bytes of a packet, or of what a stream carried, as hex and text. */
import { GROUND, type Grid, ROLE, type Style, UNDERLINE } from '../grid.ts';
import type { Rect } from './panes.ts';

const PRINTS_FROM = 0x20;
const PRINTS_TO = 0x7e;

/** Bytes in a row of a dump that is this wide: 4, 8 or 16. */
export function bytesPerRow(columns: number): number {
  for (const count of [16, 8]) if (dumpWidth(count) <= columns) return count;
  return 4;
}

/** Offset, two spaces, hex with a gap in the middle, two spaces, text. */
function dumpWidth(count: number): number {
  return 4 + 2 + 3 * count + (count > 8 ? 1 : 0) + 1 + count;
}

export interface DumpOptions {
  /** First row of the dump that is shown. */
  readonly top: number;
  /** These are lit: [at, end). */
  readonly at: number;
  readonly end: number;
  /** Where the cursor is; undefined = nowhere. */
  readonly cursor: number | undefined;
  /** The role of a byte. */
  readonly roleOf: (at: number) => Style;
}

/** Draw the dump's rows from `top` on. */
export function drawBytes(grid: Grid, rect: Rect, bytes: Uint8Array, options: DumpOptions): void {
  const perRow = bytesPerRow(rect.columns);
  for (let r = 0; r < rect.rows; r++) {
    const at = (options.top + r) * perRow;
    if (at >= bytes.length) break;
    drawRow(grid, rect, rect.row + r, bytes, at, perRow, options);
  }
}

function drawRow(
  grid: Grid,
  rect: Rect,
  row: number,
  bytes: Uint8Array,
  start: number,
  perRow: number,
  options: DumpOptions,
): void {
  const end = rect.column + rect.columns;
  const offset = start.toString(16).padStart(4, '0');
  const hexAt = grid.put(row, rect.column, offset, ROLE.dim, rect.columns) + 2;
  const textAt = hexAt + 3 * perRow + (perRow > 8 ? 1 : 0) + 1;
  for (let i = 0; i < perRow && start + i < bytes.length; i++) {
    const at = start + i;
    const value = bytes[at]!;
    const isLit = at >= options.at && at < options.end;
    const isCursor = at === options.cursor;
    const style = options.roleOf(at) | (isLit ? GROUND.lit : 0) | (isCursor ? UNDERLINE : 0);
    const column = hexAt + 3 * i + (i >= 8 ? 1 : 0);
    grid.put(row, column, value.toString(16).padStart(2, '0'), style, end - column);
    const goesOn = isLit && at + 1 < options.end && i + 1 < perRow && at + 1 < bytes.length;
    if (goesOn) grid.put(row, column + 2, i === 7 ? '  ' : ' ', GROUND.lit, end - column - 2);
    const prints = value >= PRINTS_FROM && value <= PRINTS_TO;
    const text = prints ? String.fromCharCode(value) : '\u00b7';
    grid.put(row, textAt + i, text, prints ? style : style | ROLE.dim, end - textAt - i);
  }
}

/** The byte of a row whose digits or text are in this column; undefined = none. */
export function offsetInRow(column: number, perRow: number): number | undefined {
  const hexAt = 4 + 2;
  const textAt = hexAt + 3 * perRow + (perRow > 8 ? 1 : 0) + 1;
  if (column >= textAt) return column < textAt + perRow ? column - textAt : undefined;
  if (column < hexAt) return undefined;
  const gap = column >= hexAt + 24 && perRow > 8 ? 1 : 0;
  const offset = Math.floor((column - hexAt - gap) / 3);
  return offset < perRow ? offset : undefined;
}
