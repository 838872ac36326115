/** The line that is being typed: characters, cursor, completion, what was typed before. */
import type { UiData } from './data.ts';
import { completionsOf } from './input-bar.ts';
import type { InputState, UiState } from './state.ts';

/** Longest line; longer ones come from a paste by mistake. */
const TEXT_MAX = 4096;
/** Lines of each kind that are remembered. */
const HISTORY_MAX = 100;

/** What a key does to the line; `done` and `left` end it. */
export type Typed =
  | { readonly kind: 'line'; readonly input: InputState }
  | { readonly kind: 'done' }
  | { readonly kind: 'left' };

export function startInput(state: UiState, kind: InputState['kind'], text: string): UiState {
  const input = { kind, text, cursor: text.length, back: 0, draft: '', choice: -1 };
  return { ...state, input, message: undefined };
}

export function typeKey(state: UiState, data: UiData, key: string, text: string): Typed {
  const input = state.input!;
  switch (key) {
    case 'enter':
      return { kind: 'done' };
    case 'esc':
    case 'C-c':
    case 'C-g':
      return { kind: 'left' };
    case 'tab':
      return at(completed(input, data, 1));
    case 'S-tab':
      return at(completed(input, data, -1));
    case 'up':
    case 'C-p':
      return at(recalled(state, input, 1));
    case 'down':
    case 'C-n':
      return at(recalled(state, input, -1));
    case 'backspace':
      return input.text === '' ? { kind: 'left' } : at(erased(input, before(input)));
    case 'C-w':
      return at(erased(input, wordBefore(input)));
    case 'C-u':
      return at({ ...input, text: input.text.slice(input.cursor), cursor: 0, choice: -1 });
    case 'C-k':
      return at({ ...input, text: input.text.slice(0, input.cursor), choice: -1 });
    case 'delete':
    case 'C-d':
      return at(erasedAfter(input));
    case 'left':
    case 'C-b':
      return at({ ...input, cursor: before(input), choice: -1 });
    case 'right':
    case 'C-f':
      return at({ ...input, cursor: after(input), choice: -1 });
    case 'home':
    case 'C-a':
      return at({ ...input, cursor: 0, choice: -1 });
    case 'end':
    case 'C-e':
      return at({ ...input, cursor: input.text.length, choice: -1 });
    default:
      return at(typed(input, text));
  }
}

function at(input: InputState): Typed {
  return { kind: 'line', input };
}

/** Text put in at the cursor; control characters are no part of a line. */
export function typed(input: InputState, text: string): InputState {
  const clean = text.replace(/[\r\n\t]+/g, ' ').replace(/\p{Cc}/gu, '');
  if (clean === '' || input.text.length + clean.length > TEXT_MAX) return input;
  const whole = input.text.slice(0, input.cursor) + clean + input.text.slice(input.cursor);
  return { ...input, text: whole, cursor: input.cursor + clean.length, choice: -1 };
}

function before({ text, cursor }: InputState): number {
  let last = 0;
  for (const { index } of new Intl.Segmenter().segment(text)) if (index < cursor) last = index;
  return last;
}

function after({ text, cursor }: InputState): number {
  for (const { index } of new Intl.Segmenter().segment(text)) if (index > cursor) return index;
  return text.length;
}

function wordBefore({ text, cursor }: InputState): number {
  const word = /\S+\s*$/.exec(text.slice(0, cursor));
  return word === null ? 0 : word.index;
}

function erased(input: InputState, from: number): InputState {
  const text = input.text.slice(0, from) + input.text.slice(input.cursor);
  return { ...input, text, cursor: from, choice: -1 };
}

function erasedAfter(input: InputState): InputState {
  const text = input.text.slice(0, input.cursor) + input.text.slice(after(input));
  return { ...input, text, choice: -1 };
}

/**
 * The line with a completion in the place of the word at the cursor: the only one with a space after
 * it, what all have in common, else each in turn.
 */
function completed(input: InputState, data: UiData, step: 1 | -1): InputState {
  const { words, at: start } = completionsOf(input, data);
  if (words.length === 0) return input;
  const typedWord = input.text.slice(start, input.cursor);
  if (words.length === 1) return replaced(input, start, ended(words[0]!), -1);
  const common = commonStart(words);
  if (input.choice < 0 && common.length > typedWord.length) {
    return replaced(input, start, common, -1);
  }
  const choice = (input.choice + step + words.length) % words.length;
  return { ...input, choice: input.choice < 0 && step === -1 ? words.length - 1 : choice };
}

/** The chosen completion taken into the line; the line itself when none is chosen. */
export function chosen(input: InputState, data: UiData): InputState {
  if (input.choice < 0) return input;
  const { words, at: start } = completionsOf(input, data);
  const word = words[input.choice];
  return word === undefined ? input : replaced(input, start, ended(word), -1);
}

/** A word that is whole; a directory is not. */
function ended(word: string): string {
  return word.endsWith('/') ? word : `${word} `;
}

function replaced(input: InputState, start: number, word: string, choice: number): InputState {
  const text = input.text.slice(0, start) + word + input.text.slice(input.cursor);
  return { ...input, text, cursor: start + word.length, choice };
}

function commonStart(words: readonly string[]): string {
  let common = words[0]!;
  for (const word of words) while (!word.startsWith(common)) common = common.slice(0, -1);
  return common;
}

/** Up and down: through the completions while one is chosen, else through earlier lines. */
function recalled(state: UiState, input: InputState, step: 1 | -1): InputState {
  if (input.choice >= 0) return { ...input, choice: Math.max(0, input.choice - step) };
  if (input.kind === 'name') return input;
  const earlier = state.history[input.kind];
  const back = Math.max(0, Math.min(earlier.length, input.back + step));
  const draft = input.back === 0 ? input.text : input.draft;
  const text = back === 0 ? draft : earlier[earlier.length - back]!;
  return { ...input, back, draft, text, cursor: text.length };
}

/** The state with a line remembered, once, the latest last. */
export function remembered(state: UiState, input: InputState): UiState {
  const { kind } = input;
  const text = input.text.trim();
  if (kind === 'name' || text === '') return state;
  const lines = [...state.history[kind].filter((one) => one !== text), text].slice(-HISTORY_MAX);
  return { ...state, history: { ...state.history, [kind]: lines } };
}
