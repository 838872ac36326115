/** What can happen to the screen, and what it may ask to be done outside of it. */
import type { PacketFilter, SavedPackets, SearchQuery } from '../model.ts';
import type { Mark, UiState } from './state.ts';

export type Event =
  /** A key by name (`j`, `G`, `C-w`, `enter`), and the characters that it types, if any. */
  | { readonly kind: 'key'; readonly key: string; readonly text: string }
  /** Text that came at once. */
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | {
      readonly kind: 'mouse';
      readonly action: 'press' | 'wheel-up' | 'wheel-down';
      readonly row: number;
      readonly column: number;
    }
  /** The model told something new. */
  | { readonly kind: 'news' }
  /** Where a row stands that was looked for; -1 = nowhere. */
  | {
      readonly kind: 'found';
      readonly list: 'conversations' | 'packets';
      readonly row: number;
      /** What was searched for; undefined when a known row was located. */
      readonly text?: string | undefined;
    }
  | { readonly kind: 'loaded'; readonly loading: Extract<Effect, { kind: 'load' }> }
  /** There is a file of the name that was to be written. */
  | { readonly kind: 'exists'; readonly writing: Writing }
  | { readonly kind: 'told'; readonly text: string; readonly isError: boolean }
  | {
      readonly kind: 'saved';
      readonly file: string;
      readonly query: PacketFilter;
      readonly result: SavedPackets;
    };

/** A file to be written; `replaces`: also where there is one of that name. */
export type Writing =
  | {
      readonly kind: 'save';
      readonly file: string;
      readonly query: PacketFilter;
      readonly replaces: boolean;
    }
  | { readonly kind: 'screenshot'; readonly file: string; readonly replaces: boolean };

export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'copy'; readonly text: string }
  | Writing
  /** Other captures instead of these; `mark`: where in them to go. */
  | { readonly kind: 'load'; readonly files: readonly string[]; readonly mark?: Mark | undefined }
  | { readonly kind: 'search'; readonly query: SearchQuery }
  /** Where in its list a conversation or packet stands. */
  | { readonly kind: 'locate'; readonly list: 'conversations' | 'packets'; readonly id: number };

/** Messages that are kept. */
const SAID_MAX = 200;

export interface Step {
  readonly state: UiState;
  readonly effects: readonly Effect[];
}

export function to(state: UiState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

/** The state with something to say in the status line. */
export function saying(state: UiState, text: string, isError = false): UiState {
  const message = { text, isError };
  return { ...state, message, said: [...state.said, message].slice(-SAID_MAX) };
}
