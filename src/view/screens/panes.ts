/** Where on the screen the panes of the view are, given its size. */
import type { Layout, Pane, UiState, View } from './state.ts';

export interface Rect {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

export interface PaneRect extends Rect {
  readonly pane: Pane;
  /** Its first row is a rule with its title. */
  readonly titled: boolean;
}

/** Title, filter bar and status line. */
const BARS = 3;
const TITLE_ROW = 0;
export const FILTER_ROW = TITLE_ROW + 1;

const PANES_OF: Readonly<Record<View, readonly Pane[]>> = {
  conversations: ['main', 'side'],
  packets: ['main', 'side', 'bytes'],
  journey: ['main'],
  detail: ['side', 'bytes'],
  topology: ['main'],
  statistics: ['main'],
  explain: ['main'],
  stream: ['main'],
};

/** Below these a pane is of no use, and only the one that has the focus is shown. */
const PANE_ROWS_MIN = 5;
const PANE_COLUMNS_MIN = 44;
/** A hex dump of 16 bytes a row, with its text. */
const BYTES_COLUMNS = 73;
/** Two panes and the line between them: on a narrower screen they are below each other. */
export const BESIDE_COLUMNS_MIN = 2 * PANE_COLUMNS_MIN + 1;

/** All that is between the bars. */
export function bodyOf({ columns, rows }: UiState): Rect {
  return { row: FILTER_ROW + 1, column: 0, rows: Math.max(0, rows - BARS), columns };
}

/** The panes on screen, the first in reading order first; at least one. */
export function panesOf(state: UiState): readonly PaneRect[] {
  const panes = PANES_OF[state.view];
  const body = bodyOf(state);
  const focus = focusOf(state);
  if (panes.length === 1 || state.zoomed) return [whole(body, focus)];
  if (state.view === 'detail') return detailPanes(state, body, focus);
  if (state.layout === 'alone') return [whole(body, focus)];
  const [main, rest] = divide(state, body) ?? [];
  if (main === undefined || rest === undefined) return [whole(body, focus)];
  const first = { ...main, pane: 'main' as const, titled: false };
  if (panes.length === 2) return [first, { ...rest, pane: 'side', titled: true }];
  const tree = focus === 'bytes' ? 'bytes' : 'side';
  const both = treeAndBytes(rest, true);
  return [first, ...(both ?? [{ ...rest, pane: tree as Pane, titled: true }])];
}

/** The pane that has the focus: the state's where the view has it, else the view's first. */
export function focusOf({ view, focus }: UiState): Pane {
  const panes = PANES_OF[view];
  return panes.includes(focus) ? focus : panes[0]!;
}

/** The pane after (or before) the focused one, around. */
export function nextPane(state: UiState, step: 1 | -1): Pane {
  const panes = PANES_OF[state.view];
  const at = panes.indexOf(focusOf(state));
  return panes[(at + step + panes.length) % panes.length]!;
}

/** Rows of content that a pane has on screen; 0 when it is not there. */
export function rowsIn(state: UiState, pane: Pane): number {
  const rect = panesOf(state).find((one) => one.pane === pane);
  return rect === undefined ? 0 : contentOf(rect).rows;
}

/** The pane without its title. */
export function contentOf(rect: PaneRect): Rect {
  if (!rect.titled) return rect;
  return { ...rect, row: rect.row + 1, rows: rect.rows - 1 };
}

function whole(body: Rect, pane: Pane): PaneRect {
  return { ...body, pane, titled: false };
}

/** Where the second pane is on a screen of this width. */
export function layoutOf({ columns, layout }: UiState): Layout {
  return layout === 'beside' && columns < BESIDE_COLUMNS_MIN ? 'below' : layout;
}

/** The list's part and the other; undefined when there is no room for two. */
function divide(state: UiState, body: Rect): readonly [Rect, Rect] | undefined {
  const { split } = state;
  if (layoutOf(state) === 'beside') {
    const room = body.columns - 1;
    const columns = between(share(room, split), PANE_COLUMNS_MIN, room - PANE_COLUMNS_MIN);
    return [
      { ...body, columns },
      { ...body, column: columns + 1, columns: room - columns },
    ];
  }
  if (body.rows < 2 * PANE_ROWS_MIN + 5) return undefined;
  const rows = between(share(body.rows, split), PANE_ROWS_MIN, body.rows - PANE_ROWS_MIN);
  return [
    { ...body, rows },
    { ...body, row: body.row + rows, rows: body.rows - rows },
  ];
}

function detailPanes(state: UiState, body: Rect, focus: Pane): readonly PaneRect[] {
  const both = treeAndBytes(body, false);
  if (both !== undefined) return both;
  if (body.rows < 2 * PANE_ROWS_MIN + 4) return [whole(body, focus)];
  const rows = between(share(body.rows, state.split), PANE_ROWS_MIN, body.rows - PANE_ROWS_MIN);
  return [
    { ...body, rows, pane: 'side', titled: false },
    { ...body, row: body.row + rows, rows: body.rows - rows, pane: 'bytes', titled: true },
  ];
}

/** Tree and bytes beside each other, where both have room. */
function treeAndBytes(rect: Rect, titled: boolean): readonly PaneRect[] | undefined {
  const columns = rect.columns - 1 - BYTES_COLUMNS;
  if (columns < PANE_COLUMNS_MIN) return undefined;
  return [
    { ...rect, columns, pane: 'side', titled },
    { ...rect, column: rect.column + columns + 1, columns: BYTES_COLUMNS, pane: 'bytes', titled },
  ];
}

function share(size: number, hundredths: number): number {
  return Math.round((size * hundredths) / 100);
}

function between(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
