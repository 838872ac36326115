/** The mouse: tabs, rows, headings, the field tree, bytes, menus; the wheel scrolls what is under it. */
import { messagesIn } from '../messages/language.ts';
import { tabsOf } from './bars.ts';
import { columnAt, SORTABLE } from './conversations.ts';
import type { UiData } from './data.ts';
import { frameOf } from './draw.ts';
import { byteAt } from './dump-pane.ts';
import { type Event, type Step, to } from './events.ts';
import { deeper, goTo } from './go.ts';
import { move, toByte, toggleBranch, totalRows } from './move.ts';
import { menuRect, menuTop, scrolledText } from './overlays.ts';
import { contentOf, FILTER_ROW, focusOf, type PaneRect, panesOf } from './panes.ts';
import { runCommand } from './run-command.ts';
import type { UiState } from './state.ts';
import { isTextView } from './text-views.ts';
import { startInput } from './typing.ts';

type Press = Extract<Event, { kind: 'mouse' }>;

/** Rows that one step of the wheel moves. */
const WHEEL_ROWS = 3;

export function wheeled(state: UiState, data: UiData, { action, row, column }: Press): Step {
  const rows = action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS;
  if (state.overlay?.kind === 'text') {
    return to({ ...state, overlay: scrolledText(state, data, state.overlay, rows) });
  }
  if (state.overlay !== undefined) return to(state);
  const pane = paneAt(state, row, column);
  if (pane === undefined) return to(state);
  const { focus } = state;
  const moved = move({ ...state, focus: pane.pane }, data, { kind: 'by', rows });
  return to({ ...moved, focus });
}

export function clicked(state: UiState, data: UiData, press: Press): Step {
  const { row, column } = press;
  if (state.overlay !== undefined) return clickedOverlay(state, data, press);
  if (row === 0) {
    const tabs = tabsOf(state, messagesIn(state.language));
    const tab = tabs.find(({ from, to: end }) => column >= from && column < end);
    return tab === undefined ? to(state) : goTo(state, data, tab.view);
  }
  if (row === FILTER_ROW) return to(startInput(state, 'filter', state.filter));
  const pane = paneAt(state, row, column);
  if (pane === undefined) return to(state);
  const content = contentOf(pane);
  const focused: UiState = { ...state, focus: pane.pane, input: undefined };
  const at = row - content.row;
  if (at < 0) return to(focused);
  if (pane.pane === 'bytes') {
    const frame = frameOf(state, data);
    if (frame === undefined) return to(focused);
    const byte = byteAt(state, frame, content, at, column - content.column);
    return to(byte === undefined ? focused : toByte(focused, data, byte));
  }
  if (pane.pane === 'side') return clickedSide(focused, data, at);
  const heading = isTextView(state.view) ? 0 : 1;
  const line = state.places[state.view].top + at - heading;
  if (state.view === 'conversations' && at === 0) {
    const messages = messagesIn(state.language);
    const key = columnAt(content, data.conversations, state, messages, column - content.column);
    const canSort = key !== undefined && Object.hasOwn(SORTABLE, key);
    return canSort ? runCommand(focused, data, `sort ${key}`) : to(focused);
  }
  if (at < heading || line >= totalRows(state, data)) return to(focused);
  const isAgain = line === state.places[state.view].selected && focusOf(state) === 'main';
  const next = move(focused, data, { kind: 'to', row: line });
  return isAgain ? deeper(next, data) : to(next);
}

function clickedSide(state: UiState, data: UiData, at: number): Step {
  if (state.view === 'conversations') return to(state);
  const row = state.tree.top + at;
  const next = move(state, data, { kind: 'to', row });
  return to(next.tree.selected === row ? toggleBranch(next, data) : next);
}

function clickedOverlay(state: UiState, data: UiData, { row, column }: Press): Step {
  const closed: UiState = { ...state, overlay: undefined };
  if (state.overlay?.kind !== 'menu') return to(closed);
  const rect = menuRect(state, state.overlay);
  const isInside =
    row > rect.row &&
    row < rect.row + rect.rows - 1 &&
    column > rect.column &&
    column < rect.column + rect.columns - 1;
  if (!isInside) return to(closed);
  const top = menuTop(rect.rows - 2, state.overlay.selected);
  const item = state.overlay.items[top + row - rect.row - 1];
  return item === undefined ? to(state) : runCommand(closed, data, item.command);
}

function paneAt(state: UiState, row: number, column: number): PaneRect | undefined {
  return panesOf(state).find(
    (rect) =>
      row >= rect.row &&
      row < rect.row + rect.rows &&
      column >= rect.column &&
      column < rect.column + rect.columns,
  );
}
