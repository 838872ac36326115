/** What happens to the screen on a key, a click, news: one state and an event to the next state. Nothing else acts. */
import { messagesIn } from '../messages/language.ts';
import { runAction } from './actions.ts';
import type { UiData } from './data.ts';
import { type Event, type Step, saying, to, type Writing } from './events.ts';
import { withExtents } from './extents.ts';
import { actionOf } from './keys.ts';
import { arrived, loaded } from './loading.ts';
import { marked, toMark } from './marks.ts';
import { overlayKey } from './menus.ts';
import { clicked, wheeled } from './mouse.ts';
import { moved, settled, totalRows, visibleRows } from './move.ts';
import { runCommand, submit } from './run-command.ts';
import { atPlace, type UiState } from './state.ts';
import { chosen, remembered, typed, typeKey } from './typing.ts';

/** Largest count before a key: `5j`. */
const COUNT_MAX = 1_000_000_000;

export function update(before: UiState, data: UiData, event: Event): Step {
  const { state, effects } = happened(before, data, event);
  return { state: withExtents(state, data), effects };
}

function happened(state: UiState, data: UiData, event: Event): Step {
  switch (event.kind) {
    case 'key':
      return onKey(state, data, event.key, event.text);
    case 'paste':
      return state.input === undefined
        ? to(state)
        : to({ ...state, input: typed(state.input, event.text) });
    case 'resize':
      return to(settled({ ...state, columns: event.columns, rows: event.rows }, data));
    case 'mouse':
      return event.action === 'press' ? clicked(state, data, event) : wheeled(state, data, event);
    case 'news':
      return arrived(settled(state, data), data);
    case 'loaded':
      return to(loaded(state, event.loading));
    case 'found':
      return to(found(state, data, event));
    case 'told':
      return to(saying(state, event.text, event.isError));
    case 'exists':
      return to(asked(state, event.writing));
    case 'saved':
      return to(saved(state, event));
  }
}

function onKey(before: UiState, data: UiData, key: string, text: string): Step {
  if (before.input !== undefined) return onTyping(before, data, key, text); // it may hide the message
  const state = before.message === undefined ? before : { ...before, message: undefined };
  if (state.overlay !== undefined) {
    const { state: next, effects, chosen: command } = overlayKey(state, data, key);
    return command === undefined ? { state: next, effects } : runCommand(next, data, command);
  }
  const waiting = state.pending.at(-1);
  if (waiting === 'm' || waiting === "'") return onMark(state, data, waiting, key);
  if (/^\d$/.test(key) && state.pending.length === 0 && (key !== '0' || state.count > 0)) {
    return to({ ...state, count: Math.min(COUNT_MAX, 10 * state.count + Number(key)) });
  }
  const sequence = [...state.pending, key];
  const action = actionOf(sequence);
  if (action === 'more' || action === 'mark' || action === 'go-to-mark') {
    return to({ ...state, pending: sequence });
  }
  const fresh = { ...state, pending: [], count: 0 };
  if (action !== undefined) return runAction(fresh, data, action, state.count);
  return sequence.length > 1 ? onKey(fresh, data, key, text) : to(fresh);
}

function onMark(state: UiState, data: UiData, sign: string, letter: string): Step {
  const fresh = { ...state, pending: [], count: 0 };
  if (!/^[a-zA-Z']$/.test(letter)) return to(fresh);
  return sign === 'm' ? to(marked(fresh, data, letter)) : toMark(fresh, data, letter);
}

function onTyping(state: UiState, data: UiData, key: string, text: string): Step {
  const result = typeKey(state, data, key, text);
  if (result.kind === 'line') return to({ ...state, input: result.input });
  if (result.kind === 'left') return to({ ...state, input: undefined });
  const input = chosen(state.input!, data);
  if (input !== state.input) return to({ ...state, input });
  const next = remembered({ ...state, input: undefined }, input);
  return input.kind === 'command' ? runCommand(next, data, input.text) : submit(next, data, input);
}

/** A file would be lost: ask, unless one is busy with something else. */
function asked(state: UiState, writing: Writing): UiState {
  const messages = messagesIn(state.language);
  if (state.overlay !== undefined || state.input !== undefined) {
    return saying(state, messages.fileExists(writing.file, writing.kind), true);
  }
  const yes = { ...writing, replaces: true };
  return { ...state, overlay: { kind: 'question', text: messages.replaceFile(writing.file), yes } };
}

/** Packets are in a file: how many, and whether they are all that there were. */
function saved(
  state: UiState,
  { file, query, result }: Extract<Event, { kind: 'saved' }>,
): UiState {
  const { packets, missing } = result;
  const isWhole = query.filter === '' && query.conversation === undefined && query.once !== true;
  const isAll = isWhole && missing === 0;
  const text = messagesIn(state.language).saved(file, packets, missing, query.conversation);
  return saying(isAll ? { ...state, savedPackets: packets } : state, text, missing > 0);
}

/** A row that was looked for: go there, or say that it is not. */
function found(
  state: UiState,
  data: UiData,
  { list, row, text }: Extract<Event, { kind: 'found' }>,
): UiState {
  const messages = messagesIn(state.language);
  if (row < 0) return text === undefined ? state : saying(state, messages.noMatch(text));
  if (state.view !== list) return state;
  const total = Math.max(totalRows(state, data), row + 1);
  const place = moved(state.places[list], { kind: 'to', row }, total, visibleRows(state));
  const isNear = Math.abs(place.selected - state.places[list].selected) < visibleRows(state);
  const middle = Math.max(0, row - (visibleRows(state) >> 1));
  return atPlace(state, list, isNear ? place : { top: middle, selected: row });
}
