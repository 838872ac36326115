/** Moving in the pane that has the focus: lists, texts, the field tree, bytes. */

import { messagesIn } from '../messages/language.ts';
import { bytesPerRow } from './bytes.ts';
import type { UiData } from './data.ts';
import { rowAt } from './data.ts';
import { frameOf } from './draw.ts';
import { journeyLines } from './journey.ts';
import { contentOf, focusOf, panesOf, rowsIn } from './panes.ts';
import { atPlace, type Place, type UiState } from './state.ts';
import { isTextView, linesOf } from './text-views.ts';
import { branchAt, branchesOf, parentOf } from './tree.ts';

/** How far: rows down (or up), or to a row. */
export type Distance =
  | { readonly kind: 'by'; readonly rows: number }
  | { readonly kind: 'to'; readonly row: number };

/** Rows of the view's list or text. */
export function totalRows(state: UiState, data: UiData): number {
  if (state.view === 'conversations') {
    return Math.min(data.conversations?.total ?? 0, state.frozen?.conversations ?? Infinity);
  }
  if (state.view === 'packets') {
    return Math.min(data.packets?.total ?? 0, state.frozen?.packets ?? Infinity);
  }
  return isTextView(state.view) ? linesOf(state, data).length : 0;
}

/** Rows of the list that are on screen, its heading left out. */
export function visibleRows(state: UiState): number {
  const rows = rowsIn(state, 'main');
  return Math.max(1, isTextView(state.view) ? rows : rows - 1);
}

export function move(state: UiState, data: UiData, distance: Distance): UiState {
  const pane = focusOf(state);
  if (pane === 'bytes') return moveByte(state, data, distance);
  if (pane === 'side') {
    return state.view === 'conversations'
      ? movePreview(state, data, distance)
      : moveInTree(state, data, distance);
  }
  const total = totalRows(state, data);
  const place = state.places[state.view];
  const next =
    isTextView(state.view) && !hasCursor(state)
      ? scrolled(place, distance, total, visibleRows(state))
      : moved(place, distance, total, visibleRows(state));
  const isLast = next.selected >= total - 1;
  return {
    ...atPlace(state, state.view, next),
    following: state.following && isLast,
    sideTop: 0,
    byte: undefined,
  };
}

/** Texts that are read, not chosen from, scroll without a cursor. */
export function hasCursor({ view }: UiState): boolean {
  return view !== 'journey' && view !== 'explain';
}

/** The place with the selected row moved and in sight. */
export function moved(place: Place, distance: Distance, total: number, visible: number): Place {
  const wish = distance.kind === 'by' ? place.selected + distance.rows : distance.row;
  const selected = Math.max(0, Math.min(total - 1, wish));
  return { top: topFor(place.top, selected, total, visible), selected };
}

function topFor(top: number, selected: number, total: number, visible: number): number {
  const least = selected - visible + 1;
  const within = Math.max(least, Math.min(top, selected));
  return Math.max(0, Math.min(within, Math.max(0, total - visible)));
}

function scrolled(place: Place, distance: Distance, total: number, visible: number): Place {
  const wish = distance.kind === 'by' ? place.top + distance.rows : distance.row;
  const top = Math.max(0, Math.min(wish, total - visible));
  return { top, selected: top };
}

/** The list's place made to fit its rows and the screen, after either changed. */
export function settled(state: UiState, data: UiData): UiState {
  if (isTextView(state.view) || state.view === 'detail') return settledTree(state, data);
  const total = totalRows(state, data);
  if (total === 0) return state;
  const place = state.places[state.view];
  const wish = state.following ? total - 1 : Math.min(place.selected, total - 1);
  const next = moved(place, { kind: 'to', row: wish }, total, visibleRows(state));
  const same = next.top === place.top && next.selected === place.selected;
  return settledTree(same ? state : atPlace(state, state.view, next), data);
}

function settledTree(state: UiState, data: UiData): UiState {
  if (isTextView(state.view)) {
    const total = totalRows(state, data);
    const place = state.places[state.view];
    if (total === 0 || place.selected < total) return state;
    return move(state, data, { kind: 'to', row: total - 1 });
  }
  const frame = frameOf(state, data);
  if (frame === undefined) return state;
  const total = branchesOf(frame, state.open).length;
  const { tree } = state;
  const rows = Math.max(1, rowsIn(state, 'side'));
  const next = moved(tree, { kind: 'to', row: Math.min(tree.selected, total - 1) }, total, rows);
  return next.top === tree.top && next.selected === tree.selected
    ? state
    : { ...state, tree: next };
}

function movePreview(state: UiState, data: UiData, distance: Distance): UiState {
  const record = rowAt(data.conversations, state.places.conversations.selected);
  const pane = panesOf(state).find(({ pane }) => pane === 'side');
  if (record === undefined || pane === undefined) return state;
  const { columns, rows } = contentOf(pane);
  const total = journeyLines(record, columns, messagesIn(state.language), true).length;
  const place = { top: state.sideTop, selected: state.sideTop };
  return { ...state, sideTop: scrolled(place, distance, total, rows).top };
}

function moveInTree(state: UiState, data: UiData, distance: Distance): UiState {
  const frame = frameOf(state, data);
  if (frame === undefined) return state;
  const total = branchesOf(frame, state.open).length;
  const rows = Math.max(1, rowsIn(state, 'side'));
  return { ...state, tree: moved(state.tree, distance, total, rows), byte: undefined };
}

/** The cursor in the bytes, a row at a time; the tree follows. */
function moveByte(state: UiState, data: UiData, distance: Distance): UiState {
  const pane = panesOf(state).find(({ pane }) => pane === 'bytes');
  if (pane === undefined) return state;
  const perRow = bytesPerRow(contentOf(pane).columns);
  const now = state.byte ?? selectedBranch(state, data)?.at ?? 0;
  const wish = distance.kind === 'by' ? now + perRow * distance.rows : perRow * distance.row;
  return toByte(state, data, wish);
}

/** The cursor on a byte, and the tree on the deepest open field that holds it. */
export function toByte(state: UiState, data: UiData, wish: number): UiState {
  const frame = frameOf(state, data);
  if (frame === undefined || frame.bytes.length === 0) return state;
  const byte = Math.max(0, Math.min(frame.bytes.length - 1, wish));
  const branches = branchesOf(frame, state.open);
  const row = branchAt(branches, byte);
  const rows = Math.max(1, rowsIn(state, 'side'));
  const tree = row < 0 ? state.tree : moved(state.tree, { kind: 'to', row }, branches.length, rows);
  return { ...state, byte, tree };
}

function selectedBranch(state: UiState, data: UiData) {
  const frame = frameOf(state, data);
  return frame === undefined ? undefined : branchesOf(frame, state.open)[state.tree.selected];
}

/** Left or right: in bytes a byte, in the tree fold or open, in lists nothing. */
export function sideways(state: UiState, data: UiData, step: 1 | -1): UiState {
  const pane = focusOf(state);
  if (pane === 'bytes') {
    return toByte(state, data, (state.byte ?? selectedBranch(state, data)?.at ?? 0) + step);
  }
  if (pane !== 'side' || state.view === 'conversations') return state;
  const branch = selectedBranch(state, data);
  if (branch === undefined) return state;
  const isToggle = step === 1 ? branch.hasMore && !branch.isOpen : branch.isOpen;
  if (isToggle) return toggled(state, branch.key, step === 1);
  if (step === 1) return moveInTree(state, data, { kind: 'by', rows: 1 });
  const branches = branchesOf(frameOf(state, data)!, state.open);
  const row = parentOf(branches, state.tree.selected);
  return moveInTree(state, data, { kind: 'to', row });
}

/** Open or fold the tree's selected branch. */
export function toggleBranch(state: UiState, data: UiData): UiState {
  const branch = selectedBranch(state, data);
  if (branch === undefined || !branch.hasMore) return state;
  return toggled(state, branch.key, !branch.isOpen);
}

/** Branches remembered as open: those of other packets too. */
const OPEN_MAX = 512;

function toggled(state: UiState, key: string, open: boolean): UiState {
  const others = state.open.filter((one) => one !== key);
  return { ...state, open: open ? [...others, key].slice(-OPEN_MAX) : others };
}
