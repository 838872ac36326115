/** A picture as one grid: a title, the screen with its marked rows, what is said of them, where it comes from. */

import { escapeText } from '../escape.ts';
import { BOLD, GROUND, Grid, ROLE, type Style } from '../grid.ts';
import { widthOf } from '../width.ts';
import type { Mark } from './request.ts';

const POINTER = '\u25b6';
const RULE = '\u2500';
const GAP = '   ';

export interface Parts {
  readonly screen: Grid;
  /** '' = none. */
  readonly title: string;
  /** With the grid row each stands on. */
  readonly marks: readonly (Mark & { readonly row: number })[];
  /** Facts in the order they are told; a line is filled with as many as fit. */
  readonly footer: readonly string[];
}

/** All of it, as wide as the screen. */
export function compose({ footer, marks, screen, title }: Parts): Grid {
  const { columns } = screen;
  const titles = title === '' ? [] : [...wrapped([title], columns), ''];
  const notes = marks.filter(({ note }) => note !== '').flatMap((mark) => noteLines(mark, columns));
  const facts = wrapped(footer, columns);
  const gap = notes.length > 0 ? 1 : 0;
  const rows = titles.length + screen.rows + gap + notes.length + 1 + facts.length;
  const grid = new Grid(columns, rows);
  let row = 0;
  const add = (lines: readonly string[], style: Style): void => {
    for (const line of lines) grid.put(row++, 0, line, style);
  };
  add(titles, ROLE.heading | BOLD);
  grid.place(screen, row, 0);
  for (const mark of marks) grid.ground(row + mark.row, 0, columns, 'callout');
  row += screen.rows + gap;
  for (const line of notes) {
    const end = grid.put(row, 0, line, ROLE.nat | GROUND.callout);
    grid.clear(row++, end, 1, columns - end, ROLE.nat | GROUND.callout);
  }
  add([RULE.repeat(columns)], ROLE.border);
  add(facts, ROLE.dim);
  return grid;
}

/** `▶ 12  outer header`, further lines of it below its words. */
function noteLines({ note, number }: Mark, columns: number): string[] {
  const head = `${POINTER} ${number}  `;
  const room = Math.max(8, columns - widthOf(head));
  const indent = ' '.repeat(widthOf(head));
  return wrapped([note], room).map((line, i) => (i === 0 ? head : indent) + line);
}

/** Texts one after another in lines of this width, broken between them or at spaces, else where they must be. */
function wrapped(texts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const text of texts) {
    const words = [escapeText(text)];
    for (let gap = line === '' ? '' : GAP; words.length > 0; gap = ' ') {
      const word = words.shift()!;
      const joined = line === '' ? word : line + gap + word;
      if (widthOf(joined) <= columns) line = joined;
      else if (line !== '') {
        lines.push(line);
        line = '';
        words.unshift(word);
      } else words.unshift(...broken(word, columns));
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** A text that does not fit, in two: at its last space that does, else at the last character. */
function broken(text: string, columns: number): string[] {
  let fits = '';
  for (const character of text) {
    if (widthOf(fits + character) > columns) break;
    fits += character;
  }
  const space = fits.lastIndexOf(' ');
  const head = space > 0 ? fits.slice(0, space) : fits;
  return [head, text.slice(head.length).trimStart()];
}
