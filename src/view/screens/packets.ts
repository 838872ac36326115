/** The Packets view: a row a packet, the outer header beside the inner one. */
import { showCount, showSpan, showTimeOfDay } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, type Grid, ROLE, type Style } from '../grid.ts';
import { layOut } from '../layout.ts';
import type { Messages } from '../messages/en.ts';
import type { PacketRow, Page } from '../model.ts';
import { shorten, widthOf } from '../width.ts';
import { LABEL_LETTERS, showEndpoint } from '../wording.ts';
import { labelRole } from './conversations.ts';
import { rowAt } from './data.ts';
import { type Span, span } from './lines.ts';
import type { Rect } from './panes.ts';
import type { UiState } from './state.ts';

type PacketColumnKey =
  | 'number'
  | 'time'
  | 'place'
  | 'label'
  | 'outer'
  | 'ends'
  | 'protocol'
  | 'length'
  | 'info';

interface PacketColumn {
  readonly key: PacketColumnKey;
  readonly right?: true;
  readonly least?: number;
  readonly goes: number;
  readonly spans: (row: PacketRow, state: UiState) => readonly Span[];
}

/** Two IPv4 endpoints; IPv6 ones are shortened where there is no room. */
const ENDS_COMFORT = 43;
/** On a narrower screen only the tunnel's type is shown, not its ends. */
const WIDE = 140;

const COLUMNS: readonly PacketColumn[] = [
  {
    key: 'number',
    right: true,
    goes: 3,
    spans: (row) => [span(showCount(row.index + 1), ROLE.dim)],
  },
  { key: 'time', goes: 4, spans: (row, state) => [span(showPacketTime(row, state), ROLE.time)] },
  { key: 'place', goes: 5, least: 8, spans: (row) => [span(showPlace(row), ROLE.name)] },
  {
    key: 'label',
    goes: 6,
    spans: ({ label }) =>
      label === null ? [] : [span(LABEL_LETTERS[label], labelRole(label) | BOLD)],
  },
  { key: 'outer', goes: 2, spans: outerSpans },
  { key: 'ends', goes: 0, least: ENDS_COMFORT, spans: endsSpans },
  {
    key: 'protocol',
    goes: 7,
    spans: (row) => [span(escapeText(row.protocol), ROLE.protocol)],
  },
  { key: 'length', right: true, goes: 8, spans: (row) => [span(String(row.length), ROLE.number)] },
  { key: 'info', goes: 1, least: 10, spans: infoSpans },
];

/** Draw the list with its heading, from the view's place on. */
export function drawPackets(
  grid: Grid,
  rect: Rect,
  page: Page<PacketRow> | undefined,
  state: UiState,
  messages: Messages,
  hasFocus: boolean,
): void {
  const place = state.places.packets;
  const shown: PacketRow[] = [];
  for (let r = 0; r + 1 < rect.rows; r++) {
    const row = rowAt(page, place.top + r);
    if (row !== undefined) shown.push(row);
  }
  const widths = widthsOf(shown, state, messages, rect.columns);
  let at = rect.column;
  COLUMNS.forEach(({ key, right }, c) => {
    const width = widths[c]!;
    if (width === 0) return;
    const text = shorten(messages.packetColumns[key], width);
    grid.put(rect.row, right ? at + width - widthOf(text) : at, text, ROLE.heading, width);
    at += width + 1;
  });
  for (let r = 1; r < rect.rows; r++) {
    const row = place.top + r - 1;
    const packet = rowAt(page, row);
    if (packet !== undefined) drawRow(grid, rect, rect.row + r, widths, packet, state);
    else if (page !== undefined && row < page.total) {
      grid.put(rect.row + r, rect.column, '\u2026', ROLE.dim);
    }
    if (row === place.selected && row < (page?.total ?? 0)) {
      const ground = hasFocus ? 'selected' : 'selectedElsewhere';
      grid.ground(rect.row + r, rect.column, rect.columns, ground);
    }
  }
}

function widthsOf(
  rows: readonly PacketRow[],
  state: UiState,
  messages: Messages,
  total: number,
): number[] {
  const demands = COLUMNS.map(({ key, least, goes, spans }) => {
    let natural = 0;
    for (const row of rows) {
      natural = Math.max(
        natural,
        spans(row, state).reduce((sum, { text }) => sum + widthOf(text), 0),
      );
    }
    if (natural === 0 && rows.length > 0) return { natural: 0, least: 0, goes };
    const heading = widthOf(messages.packetColumns[key]);
    natural = Math.max(natural, key === 'label' ? 1 : heading);
    return { natural, least: Math.min(least ?? natural, natural, Math.max(24, total >> 1)), goes };
  });
  return layOut(demands, total);
}

function drawRow(
  grid: Grid,
  rect: Rect,
  row: number,
  widths: readonly number[],
  packet: PacketRow,
  state: UiState,
): void {
  if (packet.missing !== null) {
    grid.put(row, rect.column, escapeText(packet.missing), ROLE.warning, rect.columns);
    return;
  }
  let at = rect.column;
  COLUMNS.forEach(({ right, spans }, c) => {
    const width = widths[c]!;
    if (width === 0) return;
    const parts = spans(packet, state);
    const used = parts.reduce((sum, { text }) => sum + widthOf(text), 0);
    let place = right && used < width ? at + width - used : at;
    for (const { text, style } of parts) {
      const room = at + width - place;
      if (room > 0) place = grid.put(row, place, shorten(text, room), style, room);
    }
    at += width + 1;
  });
}

/** The packet's time in the style that is on. */
function showPacketTime(row: PacketRow, { time }: UiState): string {
  switch (time) {
    case 'clock':
      return showTimeOfDay(row.time, 6);
    case 'since':
      return (row.since / 1e9).toFixed(6);
    case 'delta':
      return `+${showSpan(row.delta)}`;
    case 'date':
      return `${row.time.slice(0, 10)} ${row.time.slice(11, 26)}Z`;
    case 'epoch':
      return `${Math.floor(Date.parse(row.time) / 1000)}${row.time.slice(19, 26)}`;
  }
}

function showPlace(row: PacketRow): string {
  const device = row.interface ?? row.file.slice(row.file.lastIndexOf('/') + 1);
  const arrow = row.direction === null ? '' : row.direction === 'in' ? '\u2190 ' : '\u2192 ';
  const node = row.node === null ? '' : `${escapeText(row.node)} `;
  return `${arrow}${node}${escapeText(device)}`;
}

function outerSpans(row: PacketRow, { headers, columns }: UiState): readonly Span[] {
  if (row.tunnels.length === 0 || headers === 'inner') return [];
  const tunnels = span(row.tunnels.map(escapeText).join('+'), ROLE.outer | BOLD);
  if (row.outer === null || headers === 'outer' || columns < WIDE) return [tunnels];
  const { src, dst } = row.outer;
  return [tunnels, span(` ${escapeText(src)} > ${escapeText(dst)}`, ROLE.outer)];
}

/** From this width on ends have their names beside their addresses. */
const NAMES_WIDE = 180;

function endsSpans(row: PacketRow, state: UiState): readonly Span[] {
  const isOuter = state.headers === 'outer' && row.outer !== null;
  const ends = isOuter ? row.outer : row.inner;
  if (ends === null) return [];
  const role = isOuter ? ROLE.outer : row.outer === null ? ROLE.address : ROLE.inner;
  return [
    ...endSpans(ends.src, ends.sport, ends.srcName, state, role),
    span(' > ', ROLE.dim),
    ...endSpans(ends.dst, ends.dport, ends.dstName, state, role),
  ];
}

/** `port` is -1 where there is none. Addresses are what packets tell: names stand for them only when asked for. */
function endSpans(
  ip: string,
  port: number,
  name: string | null,
  { ends, columns }: UiState,
  role: Style,
): Span[] {
  const endpoint = showEndpoint(ip, port, port >= 0);
  const addressLen = port >= 0 ? endpoint.lastIndexOf(':') : endpoint.length;
  const address = span(endpoint.slice(0, addressLen), role);
  const portSpan = span(endpoint.slice(addressLen), ROLE.port);
  if (name === null || ends === 'addresses') return [address, portSpan];
  const named = span(escapeText(name), ROLE.name);
  if (ends === 'names') return [named, portSpan];
  return columns < NAMES_WIDE ? [address, portSpan] : [named, span(' '), address, portSpan];
}

/** What these say is told of every packet; the layers above them stand out. */
const TRANSPORTS = new Set(['tcp', 'udp', 'sctp']);

function infoSpans(row: PacketRow): readonly Span[] {
  const spans: Span[] = [];
  for (const note of row.notes) spans.push(span(`[${escapeText(note)}] `, ROLE.warning));
  const text = row.inner === null ? row.line : row.info;
  spans.push(span(escapeText(text), TRANSPORTS.has(row.protocol) ? ROLE.text : ROLE.application));
  if (row.comment !== null) spans.push(span(`  # ${escapeText(row.comment)}`, ROLE.dim));
  return spans;
}
