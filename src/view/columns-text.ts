/** Plain tables for people: a heading line, then lines whose cells stand under it. */
import { escapeText } from './escape.ts';
import { pad, widthOf } from './width.ts';

const GAP = '  ';

export interface TextColumn<T> {
  readonly heading: string;
  /** Numbers stand at the right. */
  readonly right?: true;
  /** Raw text: it is escaped here. */
  readonly cell: (row: T) => string;
}

/** The lines of a table, each with its newline; every column as wide as its widest cell. */
export function showColumns<T>(columns: readonly TextColumn<T>[], rows: readonly T[]): string {
  const lines = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => escapeText(cell(row)))),
  ];
  const widths = columns.map((_, c) =>
    lines.reduce((most, cells) => Math.max(most, widthOf(cells[c]!)), 0),
  );
  return lines
    .map((cells) => {
      const padded = cells.map((cell, c) => pad(cell, widths[c]!, columns[c]!.right === true));
      return `${padded.join(GAP).trimEnd()}\n`;
    })
    .join('');
}
