/** What lies over the view: help made from the key table, menus, a question. */
import { BOLD, GROUND, type Grid, ROLE } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import { messagesIn } from '../messages/language.ts';
import { shorten, widthOf } from '../width.ts';
import { LABEL_LETTERS } from '../wording.ts';
import { captureLines, logLines } from './capture-info.ts';
import type { UiData } from './data.ts';
import { ACTIONS, BINDINGS, KEY_GROUPS, showKeys } from './keys.ts';
import { cell, EMPTY_LINE, type Line, labelRole, line, putLine, span } from './lines.ts';
import type { Overlay, UiState } from './state.ts';

const COMMAND_COLUMNS = 16;
/** What is asked stands at the end, behind names that may be long. */
const QUESTION_END = 24;

/** All lines of the help: labels, keys, commands. */
export function helpLines(messages: Messages): readonly Line[] {
  const lines: Line[] = [];
  const keys = Math.max(...ACTIONS.map((action) => widthOf(keysOf(action)))) + 2;
  for (const group of KEY_GROUPS) {
    if (lines.length > 0) lines.push(EMPTY_LINE);
    lines.push(line(span(messages.keyGroups[group], ROLE.heading)));
    for (const action of ACTIONS) {
      if (BINDINGS[action].group !== group) continue;
      lines.push(
        line(cell(keysOf(action), keys, ROLE.key), span(messages.actions[action], ROLE.text)),
      );
    }
  }
  lines.push(EMPTY_LINE, line(span(messages.labelsTitle, ROLE.heading)));
  for (const [label, letter] of Object.entries(LABEL_LETTERS)) {
    const name = label as keyof typeof LABEL_LETTERS;
    lines.push(
      line(
        cell(`${letter} ${messages.labels[name]}`, keys, labelRole(name) | BOLD),
        span(messages.labelMeaning[name], ROLE.text),
      ),
    );
  }
  lines.push(EMPTY_LINE, line(span(messages.commandsTitle, ROLE.heading)));
  for (const [name, text] of Object.entries(messages.commands)) {
    lines.push(line(cell(name, COMMAND_COLUMNS, ROLE.key), span(text, ROLE.text)));
  }
  return lines;
}

function keysOf(action: (typeof ACTIONS)[number]): string {
  return BINDINGS[action].keys.map(showKeys).join('  ');
}

type TextOverlay = Extract<Overlay, { kind: 'text' }>;

/** Rows of a text that are on screen at once. */
export function overlayRows({ rows }: UiState): number {
  return Math.max(1, rows - 4);
}

/** Columns of a text and its frame. */
function overlayColumns({ columns }: UiState): number {
  return Math.min(columns, 84);
}

/** All lines of a text. */
export function overlayLines(state: UiState, data: UiData, of: TextOverlay['of']): readonly Line[] {
  const messages = messagesIn(state.language);
  const columns = overlayColumns(state) - 4;
  if (of === 'help') return helpLines(messages);
  if (of === 'capture') return captureLines(data.status, columns, messages);
  return logLines(state.said, data.status, columns, messages);
}

/** The text moved by rows, not beyond its ends. */
export function scrolledText(
  state: UiState,
  data: UiData,
  overlay: TextOverlay,
  rows: number,
): TextOverlay {
  const most = Math.max(0, overlayLines(state, data, overlay.of).length - overlayRows(state));
  return { ...overlay, top: Math.max(0, Math.min(most, overlay.top + rows)) };
}

export function drawOverlay(grid: Grid, state: UiState, data: UiData, messages: Messages): void {
  const { overlay } = state;
  if (overlay?.kind === 'text') drawText(grid, state, data, overlay, messages);
  if (overlay?.kind === 'menu') drawMenu(grid, overlay);
  if (overlay?.kind === 'question') {
    const row = grid.rows - 1;
    grid.clear(row, 0, 1, grid.columns, GROUND.callout);
    const text = shorten(overlay.text, grid.columns - 2, QUESTION_END);
    grid.put(row, 1, text, ROLE.text | BOLD | GROUND.callout);
  }
}

function drawText(
  grid: Grid,
  state: UiState,
  data: UiData,
  { of, top: wish }: TextOverlay,
  messages: Messages,
): void {
  const lines = overlayLines(state, data, of);
  const width = overlayColumns(state);
  const room = overlayRows(state);
  const rows = of === 'help' ? room : Math.min(room, lines.length);
  const top = Math.max(0, Math.min(wish, lines.length - rows));
  const column = (grid.columns - width) >> 1;
  const titles = {
    help: messages.helpTitle,
    capture: messages.captureTitle,
    log: messages.logTitle,
  };
  box(grid, 1, column, rows + 2, width, titles[of], messages.helpClose);
  for (let r = 0; r < rows; r++) {
    const one = lines[top + r];
    if (one !== undefined) {
      putLine(grid, 2 + r, column + 2, width - 4, onOverlay(one));
    }
  }
  if (lines.length > rows) {
    const at = Math.round((top / Math.max(1, lines.length - rows)) * (rows - 1));
    grid.put(2 + at, column + width - 1, '\u2588', ROLE.border | GROUND.overlay);
  }
}

/** The menu's box: rows of items, and where it stands. */
export function menuRect(
  { columns, rows }: UiState,
  overlay: Extract<Overlay, { kind: 'menu' }>,
): { row: number; column: number; rows: number; columns: number } {
  const inner = Math.max(
    widthOf(overlay.title) + 4,
    ...overlay.items.map(({ label, hint }) => widthOf(label) + widthOf(hint) + 4),
  );
  const width = Math.min(columns, inner + 4);
  const height = Math.min(rows - 2, overlay.items.length + 2);
  return {
    row: Math.max(1, (rows - height) >> 1),
    column: (columns - width) >> 1,
    rows: height,
    columns: width,
  };
}

/** The first item that is in sight. */
export function menuTop(visible: number, selected: number): number {
  return Math.max(0, selected - visible + 1);
}

function drawMenu(grid: Grid, overlay: Extract<Overlay, { kind: 'menu' }>): void {
  const size = { columns: grid.columns, rows: grid.rows } as UiState;
  const rect = menuRect(size, overlay);
  box(grid, rect.row, rect.column, rect.rows, rect.columns, overlay.title, '');
  const visible = rect.rows - 2;
  const top = menuTop(visible, overlay.selected);
  for (let r = 0; r < visible; r++) {
    const item = overlay.items[top + r];
    if (item === undefined) break;
    const row = rect.row + 1 + r;
    const ground = top + r === overlay.selected ? GROUND.selected : GROUND.overlay;
    grid.clear(row, rect.column + 1, 1, rect.columns - 2, ground);
    grid.put(row, rect.column + 2, shorten(item.label, rect.columns - 4), ROLE.text | ground);
    const hintAt = rect.column + rect.columns - 2 - widthOf(item.hint);
    grid.put(row, hintAt, item.hint, ROLE.dim | ground);
  }
}

/** A frame with a title, and a word at its lower edge. */
function box(
  grid: Grid,
  row: number,
  column: number,
  rows: number,
  columns: number,
  title: string,
  footer: string,
): void {
  const style = ROLE.border | GROUND.overlay;
  grid.clear(row, column, rows, columns, GROUND.overlay);
  const rule = '\u2500'.repeat(Math.max(0, columns - 2));
  grid.put(row, column, `\u256d${rule}\u256e`, style);
  grid.put(row + rows - 1, column, `\u2570${rule}\u256f`, style);
  for (let r = 1; r < rows - 1; r++) {
    grid.put(row + r, column, '\u2502', style);
    grid.put(row + r, column + columns - 1, '\u2502', style);
  }
  grid.put(row, column + 2, ` ${title} `, ROLE.heading | GROUND.overlay, columns - 4);
  if (footer !== '' && columns > widthOf(footer) + 6) {
    grid.put(row + rows - 1, column + 2, ` ${footer} `, ROLE.dim | GROUND.overlay);
  }
}

function onOverlay({ spans }: Line): Line {
  return line(...spans.map(({ text, style }) => span(text, style | GROUND.overlay)));
}
