/** A grid of cells as SVG: text that can be selected, every cell in its place whatever font the viewer has. */
import {
  type Attributes,
  cellsNode,
  element,
  joined,
  type Markup,
  textNode,
} from '../diagram/markup.ts';
import type { Grid } from '../grid.ts';
import type { Theme } from '../theme.ts';
import { Looks } from './colors.ts';
import { HANGUL_FAMILY, MONO_FAMILY } from './fonts.ts';
import { type Run, type RunKind, runsOf } from './runs.ts';

/** Size of a cell, and the room around all of them, in units of the picture. */
export const CELL_WIDTH = 9;
export const CELL_HEIGHT = 18;
export const MARGIN = 12;

/** DejaVu Sans Mono: 1233 of 2048 units wide, so that letters of this size are as wide as a cell. */
const LETTER_SIZE = Math.round((CELL_WIDTH / (1233 / 2048)) * 10_000) / 10_000;
/** Its line is 2384 units high: lines and blocks of this size meet those of the next row. */
const LINE_SIZE = Math.round((CELL_HEIGHT / (2384 / 2048)) * 100) / 100;
/** Characters of two cells are as wide as they are high: a little room is left between them. */
const WIDE_SIZE = 16;
const BASELINE = 14;

const FAMILIES = `'${MONO_FAMILY}', 'Nanum Gothic Coding', ${HANGUL_FAMILY}, monospace`;
const WIDE_FAMILIES = `'Nanum Gothic Coding', ${HANGUL_FAMILY}, '${MONO_FAMILY}', monospace`;

export interface SvgText {
  /** For those who cannot see it, and for tooltips. */
  readonly title: string;
  /** What made the picture, as JSON: kept in the file, not shown. */
  readonly record: string;
}

/** The whole document, with its newline. */
export function svgOf(grid: Grid, theme: Theme, { record, title }: SvgText): string {
  const looks = new Looks(theme);
  const width = grid.columns * CELL_WIDTH + 2 * MARGIN;
  const height = grid.rows * CELL_HEIGHT + 2 * MARGIN;
  const grounds: Markup[] = [];
  const lines: Markup[] = [];
  for (let row = 0; row < grid.rows; row++) {
    const runs = runsOf(grid, row);
    grounds.push(...groundsOf(runs, row, looks));
    lines.push(...lineOf(runs, row, looks));
  }
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': title,
    },
    element('title', {}, textNode(title)),
    element('metadata', {}, cellsNode(record)),
    element('rect', { width, height, fill: looks.ground }),
    element('g', { 'shape-rendering': 'crispEdges' }, joined(grounds)),
    element('g', { 'font-family': FAMILIES, 'font-size': String(LETTER_SIZE) }, joined(lines)),
  );
  return `${svg}\n`;
}

/** Rectangles under the cells of a row that have a ground of their own. */
function groundsOf(runs: readonly Run[], row: number, looks: Looks): Markup[] {
  const rects: { column: number; columns: number; ground: string }[] = [];
  for (const { column, columns, style } of runs) {
    const { ground } = looks.of(style);
    const last = rects.at(-1);
    if (ground === undefined) continue;
    if (last?.ground === ground && last.column + last.columns === column) last.columns += columns;
    else rects.push({ column, columns, ground });
  }
  return rects.map(({ column, columns, ground }) =>
    element('rect', {
      x: MARGIN + column * CELL_WIDTH,
      y: MARGIN + row * CELL_HEIGHT,
      width: columns * CELL_WIDTH,
      height: CELL_HEIGHT,
      fill: ground,
    }),
  );
}

/** The text of a row: one element, so that what is selected and copied is the line. */
function lineOf(runs: readonly Run[], row: number, looks: Looks): Markup[] {
  const shown = [...runs];
  while (shown.length > 0 && isBlank(shown.at(-1)!, looks)) shown.pop();
  if (shown.length === 0) return [];
  const spans = shown.map((run) => spanOf(run, looks));
  // on each line: browsers have a rule of their own for text that a group's would lose to
  const attributes = { y: MARGIN + row * CELL_HEIGHT + BASELINE, 'xml:space': 'preserve' };
  return [element('text', attributes, ...spans)];
}

function isBlank({ style, text }: Run, looks: Looks): boolean {
  return !looks.of(style).underline && text.trim() === '';
}

function spanOf(run: Run, looks: Looks): Markup {
  const { bold, ink, underline } = looks.of(run.style);
  const attributes: Attributes = {
    ...placeOf(run),
    ...FONTS[run.kind],
    fill: ink,
    'font-weight': bold ? 'bold' : undefined,
    'text-decoration': underline ? 'underline' : undefined,
  };
  return element('tspan', attributes, cellsNode(run.text));
}

const FONTS: Readonly<Record<RunKind, Attributes>> = {
  letters: {},
  lines: { 'font-size': LINE_SIZE },
  wide: { 'font-family': WIDE_FAMILIES, 'font-size': WIDE_SIZE },
};

/** Letters are told their width as a whole, other characters their places one by one. */
function placeOf({ characters, column, columns, kind }: Run): Attributes {
  const x = MARGIN + column * CELL_WIDTH;
  if (kind === 'letters') return { x, textLength: columns * CELL_WIDTH };
  const step = (columns / characters) * CELL_WIDTH;
  const inset = kind === 'wide' ? (step - WIDE_SIZE) / 2 : 0;
  const places = Array.from({ length: characters }, (_, i) => x + inset + i * step);
  return { x: places.join(' ') };
}
