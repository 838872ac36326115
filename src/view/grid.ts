/**
 * A screen or a picture as cells: what every painter paints (terminal, SVG, PNG, HTML, text). Text is
 * put into cells here alone, so that nothing foreign can steer a painter or move its neighbours.
 */
import stringWidth from 'string-width';
import { escapeForCells } from './escape.ts';
import { measureWith, widthOf } from './width.ts';

measureWith(stringWidth); // whoever lays out cells needs it, so that no caller has to remember

/** What a cell means; a theme says how that looks. A style is one of these, plus attributes, plus a ground. */
export const ROLE = {
  text: 0,
  dim: 1,
  heading: 2,
  'label.same-node': 3,
  'label.cross-node': 4,
  'label.external': 5,
  'label.host': 6,
  'label.unknown': 7,
  outer: 8,
  inner: 9,
  address: 10,
  name: 11,
  port: 12,
  protocol: 13,
  nat: 14,
  service: 15,
  application: 16,
  number: 17,
  time: 18,
  error: 19,
  warning: 20,
  good: 21,
  key: 22,
  border: 23,
  graph: 24,
  toServer: 25,
  toClient: 26,
  field: 27,
  value: 28,
} as const;

export type Role = keyof typeof ROLE;

export const BOLD = 0x100;
export const UNDERLINE = 0x200;
export const INVERSE = 0x400;

/** What lies under the text of a cell. */
export const GROUND = {
  none: 0,
  /** The row that keys act on. */
  selected: 1 << 12,
  /** The same in a pane that has not the focus. */
  selectedElsewhere: 2 << 12,
  /** Title and status lines. */
  bar: 3 << 12,
  /** Bytes or fields that belong together with what is selected; matches of a search. */
  lit: 4 << 12,
  /** Menus and overlays. */
  overlay: 5 << 12,
  /** A note that a person added. */
  callout: 6 << 12,
} as const;

export type Ground = keyof typeof GROUND;

const ROLE_MASK = 0xff;
const GROUND_MASK = 0xf000;

/** Role, attributes and ground of one cell: what `Grid.style` holds. */
export type Style = number;

export function roleOf(style: Style): number {
  return style & ROLE_MASK;
}

export function groundOf(style: Style): number {
  return style & GROUND_MASK;
}

/** The style on another ground. */
export function onGround(style: Style, ground: Ground): Style {
  return (style & ~GROUND_MASK) | GROUND[ground];
}

/** Code units that one cell's character with its combining marks may have: enough for any script's own. */
const CHARACTER_MAX = 8;
/** What a mark with nothing to stand on is put on. */
const DOTTED_CIRCLE = '\u25cc';
const ASCII = /^[ -~]*$/;

export class Grid {
  readonly columns: number;
  readonly rows: number;
  /** Row-major: cell (r, c) is at r * columns + c. One character each; '' = second half of a wide one. */
  readonly text: string[];
  /** Row-major as `text`. */
  readonly style: Uint16Array;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.text = new Array<string>(columns * rows).fill(' ');
    this.style = new Uint16Array(columns * rows);
  }

  /**
   * Put text, which is escaped or our own, from a cell on, in at most `width` columns and never beyond
   * the row. Yields the column after it. A wide character that does not fit leaves a space.
   */
  put(row: number, column: number, text: string, style: Style, width = this.columns): number {
    const end = Math.min(this.columns, column + width);
    if (row < 0 || row >= this.rows || column >= end) return column;
    if (ASCII.test(text)) return this.putAscii(row, column, end, text, style);
    let at = column;
    for (const { segment } of charactersOf(escapeForCells(text))) {
      if (at >= end) break;
      at = this.putCharacter(row, at, end, segment, style);
    }
    return at;
  }

  private putAscii(row: number, column: number, end: number, text: string, style: Style): number {
    const count = Math.min(end - column, text.length);
    for (let i = Math.max(0, -column); i < count; i++) this.set(row, column + i, text[i]!, style);
    return column + Math.max(0, count);
  }

  private putCharacter(row: number, at: number, end: number, text: string, style: Style): number {
    const marked = text.length > CHARACTER_MAX ? withoutMarks(text) : text;
    const width = Math.min(2, widthOf(marked));
    if (width === 0) {
      this.set(row, at, DOTTED_CIRCLE + marked, style);
      return at + 1;
    }
    const fits = at >= 0 && at + width <= end;
    if (!fits) {
      for (let c = Math.max(0, at); c < Math.min(end, at + width); c++) {
        this.set(row, c, ' ', style);
      }
      return Math.min(end, at + width);
    }
    this.set(row, at, marked, style);
    if (width === 2) {
      this.set(row, at + 1, ' ', style);
      this.text[row * this.columns + at + 1] = '';
    }
    return at + width;
  }

  /** Set one cell; what is left of a wide character that it breaks becomes a space. */
  private set(row: number, column: number, text: string, style: Style): void {
    if (column < 0 || column >= this.columns) return;
    const at = row * this.columns + column;
    if (this.text[at] === '' && column > 0) this.text[at - 1] = ' ';
    if (column + 1 < this.columns && this.text[at + 1] === '') this.text[at + 1] = ' ';
    this.text[at] = text;
    this.style[at] = style;
  }

  /** Fill a rectangle with spaces of a style. */
  clear(row: number, column: number, rows: number, columns: number, style: Style): void {
    const bottom = Math.min(this.rows, row + rows);
    const right = Math.min(this.columns, column + columns);
    for (let r = Math.max(0, row); r < bottom; r++) {
      for (let c = Math.max(0, column); c < right; c++) this.set(r, c, ' ', style);
    }
  }

  /** Change the ground under cells that hold text already. */
  ground(row: number, column: number, columns: number, ground: Ground): void {
    if (row < 0 || row >= this.rows) return;
    const right = Math.min(this.columns, column + columns);
    for (let c = Math.max(0, column); c < right; c++) {
      const at = row * this.columns + c;
      this.style[at] = onGround(this.style[at]!, ground);
    }
  }

  /** Copy a grid into this one with its upper left cell at (row, column), clipped. */
  place(from: Grid, row: number, column: number): void {
    const rows = Math.min(from.rows, this.rows - row);
    const columns = Math.min(from.columns, this.columns - column);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const at = r * from.columns + c;
        const text = from.text[at]!;
        const isCut = c === columns - 1 && c + 1 < from.columns && from.text[at + 1] === '';
        this.set(row + r, column + c, isCut || text === '' ? ' ' : text, from.style[at]!);
        if (text === '' && c > 0) this.text[(row + r) * this.columns + column + c] = '';
      }
    }
  }

  /** A row as plain text, spaces at its end left out. */
  rowText(row: number): string {
    const at = row * this.columns;
    return this.text
      .slice(at, at + this.columns)
      .join('')
      .trimEnd();
  }

  /** All rows as plain text, a newline after each. */
  toText(): string {
    let all = '';
    for (let row = 0; row < this.rows; row++) all += `${this.rowText(row)}\n`;
    return all;
  }
}

let segmenter: Intl.Segmenter | undefined;

function charactersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

/** The character alone: so many marks would stand on the lines above. */
function withoutMarks(character: string): string {
  return String.fromCodePoint(character.codePointAt(0)!);
}
