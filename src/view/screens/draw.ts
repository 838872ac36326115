/** The whole screen as a grid: a function of what is remembered and what is known, nothing else. */

import { escapeText } from '../escape.ts';
import { Grid, ROLE } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import { messagesIn } from '../messages/language.ts';
import { shorten } from '../width.ts';
import { drawFilterBar, drawStatus, drawTitle } from './bars.ts';
import { drawConversations } from './conversations.ts';
import { rowAt, type UiData } from './data.ts';
import { drawDump } from './dump-pane.ts';
import { drawInput } from './input-bar.ts';
import { journeyLines } from './journey.ts';
import { line, putLines, span } from './lines.ts';
import { packetOf } from './needs.ts';
import { drawOverlay } from './overlays.ts';
import { drawPackets } from './packets.ts';
import { contentOf, focusOf, type PaneRect, panesOf, type Rect } from './panes.ts';
import type { UiState } from './state.ts';
import { isTextView, linesOf } from './text-views.ts';
import { branchesOf, treeLines } from './tree.ts';

/** Smallest screen on which anything can be told. */
const COLUMNS_MIN = 20;
const ROWS_MIN = 5;

export function drawScreen(state: UiState, data: UiData): Grid {
  const grid = new Grid(state.columns, state.rows);
  const messages = messagesIn(state.language);
  if (state.columns < COLUMNS_MIN || state.rows < ROWS_MIN) {
    grid.put(0, 0, messages.tooSmall, ROLE.warning);
    return grid;
  }
  drawTitle(grid, state, messages);
  drawFilterBar(grid, state, data, messages);
  drawStatus(grid, state, data, messages);
  for (const rect of panesOf(state)) drawPane(grid, rect, state, data, messages);
  drawInput(grid, state, data, messages);
  drawOverlay(grid, state, data, messages);
  return grid;
}

function drawPane(
  grid: Grid,
  rect: PaneRect,
  state: UiState,
  data: UiData,
  messages: Messages,
): void {
  const hasFocus = focusOf(state) === rect.pane;
  if (rect.titled) drawRule(grid, rect, paneTitle(rect, state, data, messages), hasFocus);
  if (rect.column > 0) {
    for (let r = 0; r < rect.rows; r++) {
      grid.put(
        rect.row + r,
        rect.column - 1,
        r === 0 && rect.titled ? '\u252c' : '\u2502',
        ROLE.border,
      );
    }
  }
  const content = contentOf(rect);
  if (isTextView(state.view)) {
    const cursor = state.view === 'journey' || state.view === 'explain' ? 'none' : 'selected';
    putLines(grid, content, linesOf(state, data), state.places[state.view], cursor);
    return;
  }
  switch (rect.pane) {
    case 'main':
      drawList(grid, content, state, data, messages, hasFocus);
      break;
    case 'side':
      if (state.view === 'conversations') drawPreview(grid, content, state, data, messages);
      else drawTree(grid, content, state, data, messages, hasFocus);
      break;
    case 'bytes':
      drawDumpPane(grid, content, state, data, hasFocus);
      break;
  }
}

function drawRule(grid: Grid, rect: Rect, title: string, hasFocus: boolean): void {
  grid.put(rect.row, rect.column, '\u2500'.repeat(rect.columns), ROLE.border);
  const text = ` ${shorten(title, rect.columns - 6)} `;
  grid.put(rect.row, rect.column + 2, text, hasFocus ? ROLE.key : ROLE.heading);
}

function paneTitle(rect: PaneRect, state: UiState, data: UiData, messages: Messages): string {
  if (state.view === 'conversations') {
    const row = rowAt(data.conversations, state.places.conversations.selected);
    return row === undefined ? messages.views.journey : `${messages.views.journey} #${row.id}`;
  }
  const packet = packetOf(state, data);
  const number = packet === undefined ? '' : ` ${messages.packetNumber(packet + 1)}`;
  return rect.pane === 'bytes' ? messages.bytesTitle : `${messages.views.detail}${number}`;
}

function drawList(
  grid: Grid,
  rect: Rect,
  state: UiState,
  data: UiData,
  messages: Messages,
  hasFocus: boolean,
): void {
  const page = state.view === 'packets' ? data.packets : data.conversations;
  if (state.view === 'packets') {
    drawPackets(grid, rect, data.packets, state, messages, hasFocus);
  } else drawConversations(grid, rect, data.conversations, state, messages, hasFocus);
  const isEmpty = page !== undefined && page.total === 0;
  if (!isEmpty && page !== undefined) return;
  const text = emptyText(state, data, messages);
  const row = rect.row + Math.min(2, rect.rows - 1);
  grid.put(row, rect.column + 2, shorten(text, rect.columns - 4), ROLE.dim);
}

/** Why a list is empty. */
function emptyText(state: UiState, data: UiData, messages: Messages): string {
  const { status } = data;
  const page = state.view === 'packets' ? data.packets : data.conversations;
  if (page?.fault) return escapeText(messages.say(page.fault.problem));
  if (page === undefined || status === undefined) return messages.loading;
  if (status.frames === 0 && status.phase === 'reading') return messages.waiting;
  if (page.progress < 1) return messages.loading;
  if (state.filter !== '') return messages.nothingChosen;
  return state.view === 'packets' ? messages.noPackets : messages.noConversations;
}

/** The journey of the selected conversation, under or beside the list. */
function drawPreview(
  grid: Grid,
  rect: Rect,
  state: UiState,
  data: UiData,
  messages: Messages,
): void {
  const record = rowAt(data.conversations, state.places.conversations.selected);
  if (record === undefined) return;
  const lines = journeyLines(record, rect.columns, messages, true);
  const top = Math.min(state.sideTop, Math.max(0, lines.length - rect.rows));
  putLines(grid, rect, lines, { top, selected: -1 }, 'none');
}

function drawTree(
  grid: Grid,
  rect: Rect,
  state: UiState,
  data: UiData,
  messages: Messages,
  hasFocus: boolean,
): void {
  const frame = frameOf(state, data);
  if (frame === undefined) {
    const isGone = data.frame !== undefined && data.frame.packet === packetOf(state, data);
    const isNone = state.view === 'packets' && data.packets?.total === 0;
    if (isNone) return;
    const text = isGone ? messages.gone : messages.loading;
    putLines(grid, rect, [line(span(text, ROLE.dim))], { top: 0, selected: -1 }, 'none');
    return;
  }
  const lines = treeLines(branchesOf(frame, state.open), rect.columns);
  putLines(grid, rect, lines, state.tree, hasFocus ? 'selected' : 'selectedElsewhere');
}

function drawDumpPane(
  grid: Grid,
  rect: Rect,
  state: UiState,
  data: UiData,
  hasFocus: boolean,
): void {
  const frame = frameOf(state, data);
  if (frame !== undefined) drawDump(grid, rect, state, frame, hasFocus);
}

/** The frame that the panes show, when it is the one that was asked for. */
export function frameOf(state: UiState, data: UiData) {
  const packet = packetOf(state, data);
  return data.frame?.packet === packet ? data.frame?.frame : undefined;
}
