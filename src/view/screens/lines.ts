/** Text of several styles, a line at a time, and how a pane shows it. */
import type { Label } from '../../classify/record.ts';
import { type Grid, ROLE, type Style } from '../grid.ts';
import { shorten, widthOf } from '../width.ts';
import type { Rect } from './panes.ts';
import type { Place } from './state.ts';

/** Text, escaped or our own, in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** What `enter` on a line leads to. */
export type Target =
  | { readonly kind: 'conversation'; readonly id: number }
  | { readonly kind: 'packet'; readonly packet: number }
  | { readonly kind: 'filter'; readonly filter: string }
  | { readonly kind: 'branch'; readonly key: string };

export interface Line {
  readonly spans: readonly Span[];
  readonly target?: Target;
}

export function span(text: string, style: Style = ROLE.text): Span {
  return { text, style };
}

export function line(...spans: readonly Span[]): Line {
  return { spans };
}

export function labelRole(label: Label): Style {
  return ROLE[`label.${label}`];
}

export const EMPTY_LINE: Line = { spans: [] };

/** Text cut to a width and filled up to it. */
export function cell(text: string, width: number, style: Style, right = false): Span {
  const cut = shorten(text, width);
  const fill = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return { text: right ? fill + cut : cut + fill, style };
}

export function lineWidth({ spans }: Line): number {
  return spans.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The line in at most `width` columns, an ellipsis where it is cut. */
export function fitLine(one: Line, width: number): Line {
  if (lineWidth(one) <= width) return one;
  const spans: Span[] = [];
  let room = width;
  for (const { text, style } of one.spans) {
    if (room <= 0) break;
    const cut = shorten(text, room);
    spans.push({ text: cut, style });
    room -= widthOf(cut);
  }
  return { ...one, spans };
}

/** Put a line's spans into a row of the grid; an ellipsis where it is cut. */
export function putLine(grid: Grid, row: number, column: number, width: number, one: Line): void {
  let at = column;
  const end = column + width;
  for (const { text, style } of one.spans) {
    if (at >= end) break;
    at = grid.put(row, at, shorten(text, end - at), style);
  }
}

/** Show lines in a rectangle, from place.top on; the selected one lit when the pane has a cursor. */
export function putLines(
  grid: Grid,
  rect: Rect,
  lines: readonly Line[],
  place: Place,
  cursor: 'selected' | 'selectedElsewhere' | 'none',
): void {
  for (let r = 0; r < rect.rows; r++) {
    const i = place.top + r;
    const one = lines[i];
    if (one === undefined) break;
    putLine(grid, rect.row + r, rect.column, rect.columns, one);
    if (cursor !== 'none' && i === place.selected) {
      grid.ground(rect.row + r, rect.column, rect.columns, cursor);
    }
  }
}

/** Words of a text in lines of at most `width` columns; a word that is longer is broken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const candidate = current === '' ? word : `${current} ${word}`;
    if (widthOf(candidate) <= width) {
      current = candidate;
      continue;
    }
    if (current !== '') lines.push(current);
    const pieces = breakWord(word, Math.max(2, width));
    current = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  lines.push(current);
  return lines;
}

function breakWord(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of word) {
    const columns = widthOf(character);
    if (used + columns > width) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += columns;
  }
  return [...pieces, piece];
}
