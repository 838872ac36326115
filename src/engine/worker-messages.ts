/** What passes between a screen's thread and the engine's: plain data. */
import type { Model, Status } from '../view/model.ts';
import type { Sentence } from '../words/sentence.ts';
import { SentenceError } from '../words/sentence-error.ts';

/** What can be asked of the engine: the model's questions, by name. */
export type Question = Exclude<keyof Model, 'subscribe' | 'close'>;

export const QUESTIONS: ReadonlySet<string> = new Set<Question>([
  'status',
  'settled',
  'conversations',
  'record',
  'packets',
  'frame',
  'rowOfConversation',
  'rowOfPacket',
  'search',
  'topology',
  'statistics',
  'stream',
  'advise',
  'stop',
  'save',
]);

/** From the screen; the first thing the engine gets is its spec, as the thread's data. */
export type Request =
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly question: Question;
      readonly of: unknown[];
    }
  | { readonly kind: 'close' };

/** An error as it passes between threads. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  /** What tells it. */
  readonly sentence: Sentence | undefined;
}

/** From the engine. */
export type Reply =
  /** It has been opened, or not. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly error: PlainError }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'closed' };

export function plainError(error: unknown): PlainError {
  const { name, message, code } = error as Error & { code?: unknown };
  return {
    name: name ?? 'Error',
    message: message ?? String(error),
    code: typeof code === 'string' ? code : undefined,
    sentence: error instanceof SentenceError ? error.sentence : undefined,
  };
}

export function errorOf({ name, message, code, sentence }: PlainError): Error {
  const error = sentence === undefined ? new Error(message) : new SentenceError(sentence);
  error.name = name;
  return Object.assign(error, code === undefined ? {} : { code });
}
