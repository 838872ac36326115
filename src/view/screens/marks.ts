/** Places to come back to: a letter each. Capital letters also remember the files, and open them again. */
import { messagesIn } from '../messages/language.ts';
import type { UiData } from './data.ts';
import { type Effect, type Step, saying, to } from './events.ts';
import { conversationOf, packetOf } from './needs.ts';
import type { Mark, UiState } from './state.ts';

/** Where one was before the last jump. */
const BEFORE = "'";
const ACROSS_FILES = /^[A-Z]$/;

export function marked(state: UiState, data: UiData, letter: string): UiState {
  const { status } = data;
  const isAcross = ACROSS_FILES.test(letter) && status?.live === false;
  const files = isAcross && !status.inputs.includes('-') ? status.inputs : undefined;
  const mark = { ...here(state, data), ...(files && { files }) };
  const next = { ...state, marks: { ...state.marks, [letter]: mark } };
  return saying(next, messagesIn(state.language).marked(letter));
}

export function toMark(state: UiState, data: UiData, letter: string): Step {
  const mark = state.marks[letter];
  if (mark === undefined) return to(saying(state, messagesIn(state.language).noMark(letter), true));
  const { files } = mark;
  const isElsewhere = files !== undefined && !isSame(files, data.status?.inputs ?? []);
  return isElsewhere ? to(state, { kind: 'load', files, mark }) : toPlace(state, data, mark);
}

/** There, in the files that are open; the row that was selected is looked for, wherever it stands now. */
export function toPlace(state: UiState, data: UiData, mark: Mark): Step {
  const { view, row } = mark;
  const isList = view === 'conversations' || view === 'packets';
  const effects: Effect[] =
    isList && row !== undefined ? [{ kind: 'locate', list: view, id: row }] : [];
  return to(
    {
      ...state,
      marks: { ...state.marks, [BEFORE]: here(state, data) },
      view,
      conversation: mark.conversation,
      packet: mark.packet,
      packetsOf: mark.packetsOf,
      places: { ...state.places, [view]: mark.place },
    },
    ...effects,
  );
}

/** The state with the place that `''` comes back to. */
export function leaving(state: UiState, data: UiData): UiState {
  return { ...state, marks: { ...state.marks, [BEFORE]: here(state, data) } };
}

/** Marks that mean something in other files too. */
export function marksAcrossFiles({ marks }: UiState): UiState['marks'] {
  return Object.fromEntries(Object.entries(marks).filter(([, { files }]) => files !== undefined));
}

function here(state: UiState, data: UiData): Mark {
  const { view, conversation, packet, packetsOf } = state;
  const row = view === 'packets' ? packetOf(state, data) : conversationOf(state, data);
  return { view, conversation, packet, packetsOf, row, place: state.places[view] };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((file, i) => file === b[i]);
}
