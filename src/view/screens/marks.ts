/** Places to come back to: a letter each. */
import { messagesIn } from '../messages/language.ts';
import { saying } from './events.ts';
import type { Mark, UiState } from './state.ts';

/** Where one was before the last jump. */
const BEFORE = "'";

export function marked(state: UiState, letter: string): UiState {
  const next = { ...state, marks: { ...state.marks, [letter]: here(state) } };
  return saying(next, messagesIn(state.language).marked(letter));
}

export function toMark(state: UiState, letter: string): UiState {
  const mark = state.marks[letter];
  if (mark === undefined) return saying(state, messagesIn(state.language).noMark(letter), true);
  return {
    ...state,
    marks: { ...state.marks, [BEFORE]: here(state) },
    view: mark.view,
    conversation: mark.conversation,
    packet: mark.packet,
    packetsOf: mark.packetsOf,
    places: { ...state.places, [mark.view]: mark.place },
  };
}

/** The state with the place that `''` comes back to. */
export function leaving(state: UiState): UiState {
  return { ...state, marks: { ...state.marks, [BEFORE]: here(state) } };
}

function here(state: UiState): Mark {
  const { view, conversation, packet, packetsOf } = state;
  return { view, conversation, packet, packetsOf, place: state.places[view] };
}
