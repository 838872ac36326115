/** The messages of a language. */

import type { LanguageName } from '../../words/language-names.ts';
import { en, type Messages } from './en.ts';
import { ko } from './ko.ts';

const CATALOGS: Readonly<Record<LanguageName, Messages>> = { en, ko };

export function messagesIn(language: LanguageName): Messages {
  return CATALOGS[language];
}
