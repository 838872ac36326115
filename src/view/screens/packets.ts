/** The Packets view: a row a packet, the outer header beside the inner one. */
import { escapeText } from '../escape.ts';
import { type Grid, ROLE } from '../grid.ts';
import { layOut } from '../layout.ts';
import type { Messages } from '../messages/en.ts';
import type { PacketRow, Page } from '../model.ts';
import { shorten, shortenEnds, widthOf } from '../width.ts';
import { type Listed, rowAt } from './data.ts';
import { packetWidths } from './extents.ts';
import { type Span, span } from './lines.ts';
import { PACKET_COLUMNS } from './packet-columns.ts';
import type { Rect } from './panes.ts';
import type { UiState } from './state.ts';

/** Draw the list with its heading, from the view's place on. */
export function drawPackets(
  grid: Grid,
  rect: Rect,
  page: Listed<PacketRow> | undefined,
  state: UiState,
  messages: Messages,
  hasFocus: boolean,
): void {
  const place = state.places.packets;
  const cells = packetWidths(state, page, rect.rows - 1);
  const widths = widthsOf(cells, page, messages, rect.columns);
  let at = rect.column;
  PACKET_COLUMNS.forEach(({ key, right }, c) => {
    const width = widths[c]!;
    if (width === 0) return;
    const text = shorten(messages.packetColumns[key], width);
    grid.put(rect.row, right ? at + width - widthOf(text) : at, text, ROLE.heading, width);
    at += width + 1;
  });
  for (let r = 1; r < rect.rows; r++) {
    const row = place.top + r - 1;
    const packet = rowAt(page, row);
    if (packet !== undefined) drawRow(grid, rect, rect.row + r, widths, packet, state, messages);
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
  cells: readonly number[],
  page: Page<PacketRow> | undefined,
  messages: Messages,
  total: number,
): number[] {
  const isEmpty = (page?.rows.length ?? 0) === 0;
  const demands = PACKET_COLUMNS.map(({ key, least, goes }, c) => {
    if (cells[c] === 0 && !isEmpty) return { natural: 0, least: 0, goes };
    const heading = key === 'label' ? 1 : widthOf(messages.packetColumns[key]);
    const natural = Math.max(cells[c]!, heading);
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
  messages: Messages,
): void {
  if (packet.missing !== null) {
    grid.put(
      row,
      rect.column,
      escapeText(messages.say(packet.missing)),
      ROLE.warning,
      rect.columns,
    );
    return;
  }
  let at = rect.column;
  PACKET_COLUMNS.forEach(({ key, right, spans }, c) => {
    const width = widths[c]!;
    if (width === 0) return;
    const whole = spans(packet, state);
    const used = whole.reduce((sum, { text }) => sum + widthOf(text), 0);
    const parts = key === 'ends' && used > width ? [fittedEnds(whole, width)] : whole;
    let place = right && used < width ? at + width - used : at;
    for (const { text, style } of parts) {
      const room = at + width - place;
      if (room > 0) place = grid.put(row, place, shorten(text, room), style, room);
    }
    at += width + 1;
  });
}

/** Both ends where there is no room for all of them. */
function fittedEnds(whole: readonly Span[], width: number): Span {
  const text = whole.map((one) => one.text).join('');
  return span(shortenEnds(text, width), whole[0]?.style);
}
