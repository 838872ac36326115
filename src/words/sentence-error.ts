/** An error that a sentence tells: in English as its message, in the screen's language where one is shown. */
import { english } from './say.ts';
import type { Sentence } from './sentence.ts';

export class SentenceError extends Error {
  readonly sentence: Sentence;

  constructor(sentence: Sentence) {
    super(english(sentence));
    this.sentence = sentence;
  }
}

/** What an error says; one that no sentence tells is quoted. */
export function sentenceOf(error: unknown): Sentence {
  if (error instanceof SentenceError) return error.sentence;
  return { code: 'quoted', text: error instanceof Error ? error.message : String(error) };
}
