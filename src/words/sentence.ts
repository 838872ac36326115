/**
 * A sentence before it is put into words: which one, and what it speaks of. It is made where something
 * is found out, costs no text, crosses threads and is told in one language or another when somebody looks.
 */
import type { CaptureSentences } from './sentences/captures.ts';
import type { FilterSentences } from './sentences/filter.ts';
import type { LogSentences } from './sentences/flow-logs.ts';
import type { LimitSentences } from './sentences/limits.ts';
import type { OwnerSentences } from './sentences/owners.ts';
import type { ReasonSentences } from './sentences/reasons.ts';
import type { TrafficSentences } from './sentences/traffic.ts';
import type { TroubleSentences } from './sentences/troubles.ts';
import type { UnseenSentences } from './sentences/unseen.ts';
import type { WritingSentences } from './sentences/writing.ts';

/** Every sentence by its code, with what it speaks of. */
export interface Sentences
  extends CaptureSentences,
    FilterSentences,
    LimitSentences,
    LogSentences,
    OwnerSentences,
    ReasonSentences,
    TrafficSentences,
    TroubleSentences,
    UnseenSentences,
    WritingSentences {}

export type SentenceCode = keyof Sentences;

/** Names in it are data from files, API and wire: whoever shows its words escapes them. */
export type Sentence = {
  readonly [Code in SentenceCode]: { readonly code: Code } & Readonly<Sentences[Code]>;
}[SentenceCode];

/** Puts a sentence into the words of one language. */
export type Say = (sentence: Sentence) => string;

/** The words of some sentences in one language; `say` is for sentences within them. */
export type Catalog<Of> = {
  readonly [Code in keyof Of]: (it: Readonly<Of[Code]>, say: Say) => string;
};

/** The same sentence of the same things, sentences within it aside. */
export function isSameSentence(a: Sentence, b: Sentence): boolean {
  const one = a as unknown as Readonly<Record<string, unknown>>;
  const other = b as unknown as Readonly<Record<string, unknown>>;
  for (const key in one) if (one[key] !== other[key]) return false;
  for (const key in other) if (!(key in one)) return false;
  return true;
}
