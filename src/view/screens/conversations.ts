/** The Conversations view: a row each, label with colour and letter, both ends, tunnel, NAT, application. */
import type { ConversationRecord } from '../../classify/record.ts';
import { COLUMNS, type ColumnKey, ConversationColumns } from '../conversation-columns.ts';
import { BOLD, type Grid, ROLE, type Role } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import { widthOf } from '../width.ts';
import { type Listed, rowAt } from './data.ts';
import { conversationWidths } from './extents.ts';
import { labelRole } from './lines.ts';
import type { Rect } from './panes.ts';
import type { Place, UiState } from './state.ts';

const ROLES: Readonly<Partial<Record<ColumnKey, Role>>> = {
  id: 'dim',
  protocol: 'protocol',
  client: 'address',
  server: 'address',
  tunnel: 'outer',
  nat: 'nat',
  service: 'service',
  application: 'application',
  packets: 'number',
  bytes: 'number',
  rtt: 'number',
  trouble: 'error',
  start: 'time',
  duration: 'time',
  hops: 'dim',
};

/** Columns by which the list can be sorted, and the order's name in the model. */
export const SORTABLE = {
  id: 'id',
  label: 'label',
  protocol: 'protocol',
  client: 'client',
  server: 'server',
  packets: 'packets',
  bytes: 'bytes',
  rtt: 'rtt',
  trouble: 'retransmissions',
  start: 'start',
  duration: 'duration',
} as const;

/** Draw the list with its heading: one row for that, the others for conversations from place.top on. */
export function drawConversations(
  grid: Grid,
  rect: Rect,
  page: Listed<ConversationRecord> | undefined,
  state: UiState,
  messages: Messages,
  hasFocus: boolean,
): void {
  const place: Place = state.places.conversations;
  const columns = columnsOf(rect, page, state, messages);
  drawHeading(grid, rect, columns, state);
  for (let r = 1; r < rect.rows; r++) {
    const row = place.top + r - 1;
    const record = rowAt(page, row);
    if (record !== undefined) drawRow(grid, rect, rect.row + r, columns, record);
    else if (page !== undefined && row < page.total)
      grid.put(rect.row + r, rect.column, '\u2026', ROLE.dim);
    if (row === place.selected && row < (page?.total ?? 0)) {
      grid.ground(
        rect.row + r,
        rect.column,
        rect.columns,
        hasFocus ? 'selected' : 'selectedElsewhere',
      );
    }
  }
}

function columnsOf(
  rect: Rect,
  page: Listed<ConversationRecord> | undefined,
  state: UiState,
  messages: Messages,
): ConversationColumns {
  return new ConversationColumns(
    {
      width: rect.columns,
      ends: state.ends,
      headings: COLUMNS.map(({ key }) => messages.columns[key]),
      labels: messages.labels,
      hidden: state.hiddenColumns as readonly ColumnKey[],
    },
    conversationWidths(state, page, rect.rows),
  );
}

/** The column whose heading is at a column of the rectangle; undefined = none. */
export function columnAt(
  rect: Rect,
  page: Listed<ConversationRecord> | undefined,
  state: UiState,
  messages: Messages,
  column: number,
): ColumnKey | undefined {
  let at = 0;
  const { widths } = columnsOf(rect, page, state, messages);
  for (let c = 0; c < widths.length; c++) {
    if (widths[c] === 0) continue;
    at += widths[c]! + 1;
    if (column < at) return COLUMNS[c]!.key;
  }
  return undefined;
}

function drawHeading(grid: Grid, rect: Rect, columns: ConversationColumns, state: UiState): void {
  let at = rect.column;
  COLUMNS.forEach(({ key, right }, c) => {
    const width = columns.widths[c]!;
    if (width === 0) return;
    const isSorted = (SORTABLE as Partial<Record<ColumnKey, string>>)[key] === state.sort;
    const text = columns.heading(c);
    const start = right ? at + width - widthOf(text) : at;
    grid.put(rect.row, start, text, ROLE.heading, rect.column + rect.columns - start);
    if (isSorted) {
      const arrow = state.descending ? '\u25be' : '\u25b4';
      const place = right ? start - 1 : at + widthOf(text);
      if (place >= rect.column) grid.put(rect.row, place, arrow, ROLE.key);
    }
    at += width + 1;
  });
}

function drawRow(
  grid: Grid,
  rect: Rect,
  row: number,
  columns: ConversationColumns,
  record: ConversationRecord,
): void {
  let at = rect.column;
  const end = rect.column + rect.columns;
  COLUMNS.forEach(({ key, right }, c) => {
    const width = columns.widths[c]!;
    if (width === 0) return;
    const text = columns.cell(c, record);
    const start = right ? at + width - widthOf(text) : at;
    if (key === 'label') grid.put(row, start, text, labelRole(record.label) | BOLD, end - start);
    else if (key === 'client' || key === 'server') putEnd(grid, row, start, text, end - start);
    else grid.put(row, start, text, ROLE[ROLES[key] ?? 'text'], end - start);
    at += width + 1;
  });
}

/** Name bright, address plain, port dim: `default/web-0 10.0.0.5:80`. */
export function putEnd(
  grid: Grid,
  row: number,
  column: number,
  text: string,
  width: number,
): number {
  const gap = text.lastIndexOf(' ');
  const name = text.slice(0, gap + 1);
  const address = text.slice(gap + 1);
  const isNamed = gap < 0 && /[a-z]/i.test(address) && !/^[\d.:a-f[\]]+$/i.test(address);
  const colon = address.lastIndexOf(':');
  const hasPort = colon > 0 && /^:\d+$/.test(address.slice(colon));
  const end = column + width;
  let at = grid.put(row, column, name, ROLE.name, width);
  const role = isNamed ? ROLE.name : ROLE.address;
  at = grid.put(row, at, hasPort ? address.slice(0, colon) : address, role, end - at);
  return hasPort ? grid.put(row, at, address.slice(colon), ROLE.port, end - at) : at;
}
