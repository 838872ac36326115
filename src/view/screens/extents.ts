/**
 * How wide the cells of a list are, of all its rows that were fetched so far: columns that followed the rows in
 * sight would move with every step.
 */
import type { ConversationRecord } from '../../classify/record.ts';
import { showCount } from '../amounts.ts';
import { type CellWidths, cellWidthsOf, columnOf } from '../conversation-columns.ts';
import type { PacketRow, Page, Status } from '../model.ts';
import type { Listed, UiData } from './data.ts';
import { packetCellWidths, packetStyle } from './packet-columns.ts';
import type { Extent, UiState } from './state.ts';

const ID = columnOf('id');

/** The state with columns as wide as the rows that are there by now need. */
export function withExtents(state: UiState, data: UiData): UiState {
  const { extents } = state;
  const conversations = conversationExtent(state, data);
  const packets = packetExtent(state, data);
  if (conversations === extents.conversations && packets === extents.packets) return state;
  return {
    ...state,
    extents: { ...(conversations && { conversations }), ...(packets && { packets }) },
  };
}

/** What the cells of the list take: of its rows so far, or when nobody kept that, of those in sight. */
export function conversationWidths(
  state: UiState,
  page: Listed<ConversationRecord> | undefined,
  rows: number,
): CellWidths {
  const { extents, ends, places } = state;
  const known = extents.conversations;
  if (known !== undefined && known.of === keyOf(page, ends)) return known.widths;
  return cellWidthsOf(inSight(page, places.conversations.top, rows), ends);
}

/** The same of packets. */
export function packetWidths(
  state: UiState,
  page: Listed<PacketRow> | undefined,
  rows: number,
): readonly number[] {
  const known = state.extents.packets;
  if (known !== undefined && known.of === keyOf(page, packetStyle(state))) return known.widths;
  return packetCellWidths(inSight(page, state.places.packets.top, rows), state);
}

function inSight<Row>(page: Page<Row> | undefined, top: number, rows: number): readonly Row[] {
  const first = Math.max(0, top - (page?.from ?? 0));
  return page?.rows.slice(first, first + rows) ?? [];
}

function keyOf(page: Listed<unknown> | undefined, style: string): string {
  return `${style} ${page?.of}`;
}

function conversationExtent(
  { ends, extents }: UiState,
  { conversations: page, status }: UiData,
): Extent<CellWidths> | undefined {
  const before = extents.conversations;
  if (page === undefined || page.rows.length === 0) return before;
  const { count, full, brief } = measured(page, ends, () => cellWidthsOf(page.rows, ends));
  const id = String(status?.conversations ?? 0).length;
  const of = keyOf(page, ends);
  const provisional = isProvisional(before, page, status);
  const known = isOf(before, of, provisional) ? before.widths : undefined;
  const wider = {
    full: grown(known?.full, withLeast(full, ID, id)),
    brief: grown(known?.brief, withLeast(brief, ID, id)),
  };
  const isSame = known !== undefined && wider.full === known.full && wider.brief === known.brief;
  return isSame ? before : { of, provisional, widths: { count, ...wider } };
}

function packetExtent(
  state: UiState,
  { packets: page, status }: UiData,
): Extent<readonly number[]> | undefined {
  const before = state.extents.packets;
  if (page === undefined || page.rows.length === 0) return before;
  const style = packetStyle(state);
  const widths = measured(page, style, () => packetCellWidths(page.rows, state));
  const of = keyOf(page, style);
  const provisional = isProvisional(before, page, status);
  const known = isOf(before, of, provisional) ? before.widths : undefined;
  const wider = grown(known, withLeast(widths, 0, showCount(status?.frames ?? 0).length));
  return known !== undefined && wider === known ? before : { of, provisional, widths: wider };
}

/** Whether rows may still be written otherwise: until a page has come that was asked for after the end. */
function isProvisional(
  before: Extent<unknown> | undefined,
  { revision }: Page<unknown>,
  status: Status | undefined,
): boolean {
  if (status === undefined || status.provisional) return true;
  return before?.provisional === true && revision < status.revision;
}

function isOf<Widths>(
  extent: Extent<Widths> | undefined,
  of: string,
  provisional: boolean,
): extent is Extent<Widths> {
  return extent?.of === of && extent.provisional === provisional;
}

/** What was measured of a page, by style: a page is measured once. */
const byPage = new WeakMap<Listed<unknown>, Map<string, unknown>>();

function measured<Widths>(page: Listed<unknown>, style: string, measure: () => Widths): Widths {
  let known = byPage.get(page);
  if (known === undefined) {
    known = new Map();
    byPage.set(page, known);
  }
  if (!known.has(style)) known.set(style, measure());
  return known.get(style) as Widths;
}

function withLeast(widths: readonly number[], column: number, least: number): readonly number[] {
  return widths.map((width, c) => (c === column ? Math.max(width, least) : width));
}

/** The larger of each; the widths before when none is larger. */
function grown(before: readonly number[] | undefined, widths: readonly number[]) {
  if (before === undefined) return widths;
  if (widths.every((width, c) => width <= before[c]!)) return before;
  return widths.map((width, c) => Math.max(width, before[c]!));
}
