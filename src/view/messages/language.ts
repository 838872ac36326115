/** The messages of a language. */
import { en, type Messages } from './en.ts';
import { ko } from './ko.ts';
import type { LanguageName } from './language-names.ts';

const CATALOGS: Readonly<Record<LanguageName, Messages>> = { en, ko };

export function messagesIn(language: LanguageName): Messages {
  return CATALOGS[language];
}
