/** A row of cells in runs of one look and one font: what painters of pictures put down one after another. */
import type { Grid, Style } from '../grid.ts';

/** Which font draws it: letters of one cell; lines and blocks, which must touch; characters of two cells. */
export type RunKind = 'letters' | 'lines' | 'wide';

export interface Run {
  readonly kind: RunKind;
  readonly style: Style;
  /** First cell. */
  readonly column: number;
  /** Cells it takes. */
  readonly columns: number;
  readonly text: string;
  /** Characters, as a reader counts them. */
  readonly characters: number;
}

const LINES = /^[\u2500-\u259f]/;

/** The runs of a row, left to right, spaces included; together they take all of its cells. */
export function runsOf(grid: Grid, row: number): Run[] {
  const runs: Run[] = [];
  const start = row * grid.columns;
  for (let column = 0; column < grid.columns; column++) {
    const text = grid.text[start + column]!;
    const style = grid.style[start + column]!;
    const isWide = column + 1 < grid.columns && grid.text[start + column + 1] === '';
    const kind = isWide ? 'wide' : LINES.test(text) ? 'lines' : 'letters';
    const columns = isWide ? 2 : 1;
    const last = runs.at(-1);
    // a character with marks may come out wider than its cell: it stands alone
    const joins =
      last !== undefined && last.style === style && last.kind === kind && isSimple(text);
    if (joins && last.characters * columns === last.columns && isSimple(last.text.slice(-1))) {
      runs[runs.length - 1] = {
        ...last,
        columns: last.columns + columns,
        text: last.text + text,
        characters: last.characters + 1,
      };
    } else {
      runs.push({ kind, style, column, columns, text, characters: 1 });
    }
    if (isWide) column++;
  }
  return runs;
}

/** One UTF-16 unit, so that the run's text can be looked at from its end. */
function isSimple(text: string): boolean {
  return text.length === 1;
}
