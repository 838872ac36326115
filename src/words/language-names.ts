/** The languages of the screen, and which of them a locale asks for. */
export const LANGUAGES = ['en', 'ko'] as const;
export type LanguageName = (typeof LANGUAGES)[number];

/** The language of a POSIX locale, as LC_ALL, LC_MESSAGES and LANG name it in this order: `ko_KR.UTF-8`. */
export function languageOf(
  environment: Readonly<Record<string, string | undefined>>,
): LanguageName {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return /^ko([_.@-]|$)/i.test(locale) ? 'ko' : 'en';
}
