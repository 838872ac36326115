/** Sentences in the words of a language. */
import { en } from './en/index.ts';
import { ko } from './ko/index.ts';
import type { LanguageName } from './language-names.ts';
import type { Catalog, Say, Sentence, Sentences } from './sentence.ts';

function sayBy(catalog: Catalog<Sentences>): Say {
  const words = catalog as Readonly<Record<string, (it: Sentence, say: Say) => string>>;
  const say: Say = (sentence) => words[sentence.code]!(sentence, say);
  return say;
}

/** In English, as every output for programs says it. */
export const english: Say = sayBy(en);

const LANGUAGES: Readonly<Record<LanguageName, Say>> = { en: english, ko: sayBy(ko) };

/** What puts sentences into the words of this language. */
export function sayIn(language: LanguageName): Say {
  return LANGUAGES[language];
}
