/** Menus and what keys do in them; an item runs a command of the command line. */
import { COLUMNS, type ColumnKey } from '../conversation-columns.ts';
import { escapeText } from '../escape.ts';
import { messagesIn } from '../messages/language.ts';
import { SORTABLE } from './conversations.ts';
import { COPY_PARTS } from './copying.ts';
import type { UiData } from './data.ts';
import type { Step } from './events.ts';
import { to } from './events.ts';
import { BINDINGS, showKeys } from './keys.ts';
import { overlayRows, scrolledText } from './overlays.ts';
import { type MenuItem, type Overlay, type UiState, VIEWS } from './state.ts';

type Menu = Extract<Overlay, { kind: 'menu' }>;

function menu(title: string, items: readonly MenuItem[], selected = 0): Menu {
  return { kind: 'menu', title, items, selected: Math.max(0, selected) };
}

export function mainMenu(state: UiState): Menu {
  const messages = messagesIn(state.language);
  const views = VIEWS.map((view) => ({
    label: messages.views[view],
    hint: showKeys(BINDINGS[`view-${view}`].keys[0]),
    command: view,
  }));
  const item = (label: string, key: string, command: string): MenuItem => ({
    label,
    hint: showKeys(key),
    command,
  });
  return menu(messages.menuTitle, [
    ...views,
    item(messages.sortTitle, BINDINGS.sort.keys[0], 'sort'),
    item(messages.columnsTitle, BINDINGS.columns.keys[0], 'columns'),
    item(messages.copyTitle, BINDINGS.copy.keys[0], 'copy'),
    item(messages.themeTitle, BINDINGS.theme.keys[0], 'theme'),
    item(messages.helpTitle, BINDINGS.help.keys[0], 'help'),
    item(messages.quitItem, BINDINGS.quit.keys[0], 'quit'),
  ]);
}

export function sortMenu(state: UiState): Menu {
  const messages = messagesIn(state.language);
  const keys = Object.keys(SORTABLE) as (keyof typeof SORTABLE)[];
  const items = keys.map((key) => ({
    label: messages.columns[key],
    hint: SORTABLE[key] === state.sort ? (state.descending ? '\u25be' : '\u25b4') : '',
    command: `sort ${key}`,
  }));
  const selected = keys.findIndex((key) => SORTABLE[key] === state.sort);
  return menu(messages.sortTitle, items, selected);
}

/** Columns that cannot be taken away: without them a row says nothing. */
const ALWAYS: readonly ColumnKey[] = ['id', 'client', 'server'];

export function columnsMenu(state: UiState, selected = 0): Menu {
  const messages = messagesIn(state.language);
  const items = COLUMNS.filter(({ key }) => !ALWAYS.includes(key)).map(({ key }) => ({
    label: messages.columns[key],
    hint: state.hiddenColumns.includes(key) ? messages.hidden : messages.shown,
    command: `column ${key}`,
  }));
  return menu(messages.columnsTitle, items, selected);
}

/** A column shown or hidden; the menu stays for the next. */
export function toggledColumn(state: UiState, key: string): UiState {
  const column = COLUMNS.find((one) => one.key === key);
  if (column === undefined || ALWAYS.includes(column.key)) return state;
  const isHidden = state.hiddenColumns.includes(key);
  const hiddenColumns = isHidden
    ? state.hiddenColumns.filter((one) => one !== key)
    : [...state.hiddenColumns, key];
  const next = { ...state, hiddenColumns };
  const at = columnsMenu(next).items.findIndex(({ command }) => command === `column ${key}`);
  return { ...next, overlay: columnsMenu(next, at) };
}

export function copyMenu(state: UiState): Menu {
  const messages = messagesIn(state.language);
  const labels = {
    cell: messages.copyCell,
    row: messages.copyRow,
    json: messages.copyJson,
    filter: messages.copyFilter,
  };
  const items = COPY_PARTS.map((part) => ({
    label: labels[part],
    hint: part,
    command: `copy ${part}`,
  }));
  return menu(messages.copyTitle, items);
}

/** undefined = no mark is set. */
export function marksMenu(state: UiState): Menu | undefined {
  const messages = messagesIn(state.language);
  const items = Object.entries(state.marks).map(([letter, mark]) => ({
    label: `${letter}  ${messages.views[mark.view]}`,
    hint: `${(mark.files ?? []).map(baseName).join(' ')} ${mark.place.selected + 1}`.trim(),
    command: `mark ${letter}`,
  }));
  return items.length === 0 ? undefined : menu(messages.marksTitle, items);
}

/** undefined = none is known. */
export function recentsMenu(state: UiState): Menu | undefined {
  const items = state.recents.map((files, i) => ({
    label: files.map(escapeText).join(' '),
    hint: '',
    command: `recent ${i}`,
  }));
  return items.length === 0 ? undefined : menu(messagesIn(state.language).recentsTitle, items);
}

/** What a key does while something lies over the view. `chosen` is the command of a menu's item. */
export function overlayKey(
  state: UiState,
  data: UiData,
  key: string,
): Step & { readonly chosen?: string } {
  const overlay = state.overlay!;
  const closed: UiState = { ...state, overlay: undefined };
  if (overlay.kind === 'question') {
    const isYes = ['y', 'Y', 'enter', 'C-c'].includes(key); // Ctrl-C insists
    return isYes ? to(closed, overlay.yes) : to(closed);
  }
  if (key === 'esc' || key === 'q' || key === 'C-c') return to(closed);
  if (overlay.kind === 'text') {
    if (key === '?' || key === 'f1' || key === 'enter') return to(closed);
    const rows = stepOf(key, overlayRows(state));
    return to({ ...state, overlay: scrolledText(state, data, overlay, rows) });
  }
  const item = overlay.items[overlay.selected];
  if (key === 'enter' || key === 'space') {
    return item === undefined ? to(closed) : { ...to(closed), chosen: item.command };
  }
  const last = overlay.items.length - 1;
  const byLetter = overlay.items.findIndex(({ hint }) => hint === key);
  if (byLetter >= 0 && key.length === 1) {
    return { ...to(closed), chosen: overlay.items[byLetter]!.command };
  }
  const wish = overlay.selected + stepOf(key, last + 1);
  return to({ ...state, overlay: { ...overlay, selected: Math.max(0, Math.min(last, wish)) } });
}

function baseName(file: string): string {
  return escapeText(file.slice(file.lastIndexOf('/') + 1));
}

function stepOf(key: string, page: number): number {
  switch (key) {
    case 'j':
    case 'down':
    case 'tab':
      return 1;
    case 'k':
    case 'up':
    case 'S-tab':
      return -1;
    case 'pagedown':
    case 'space':
    case 'C-d':
      return page;
    case 'pageup':
    case 'C-u':
      return -page;
    case 'home':
    case 'g':
      return -Infinity;
    case 'end':
    case 'G':
      return Infinity;
    default:
      return 0;
  }
}
