/** What can be told of a terminal before anything is written to it. */
import { THEME_NAMES, type ThemeName } from '../theme-names.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Terminals that cannot place a cursor. */
const DUMB = new Set(['', 'dumb', 'unknown', 'emacs']);

/** Why there can be no screen here; undefined when there can. */
export function whyNoScreen(
  stdin: { readonly isTTY?: boolean },
  stdout: { readonly isTTY?: boolean },
  environment: Environment,
): string | undefined {
  if (stdin.isTTY !== true) return 'standard input is not a terminal';
  if (stdout.isTTY !== true) return 'standard output is not a terminal';
  const terminal = environment.TERM ?? '';
  if (!DUMB.has(terminal)) return undefined;
  return terminal === ''
    ? 'TERM is not set'
    : `TERM is ${terminal}: a terminal that cannot place a cursor`;
}

/** The theme that suits the terminal: its ground as COLORFGBG tells, no colour where none is wanted. */
export function themeOf(environment: Environment): ThemeName {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return 'none';
  const named = THEME_NAMES.find((name) => name === environment.NETLENS_THEME);
  if (named !== undefined) return named;
  const ground = Number(environment.COLORFGBG?.split(';').at(-1) ?? Number.NaN);
  return ground === 7 || ground >= 9 ? 'light' : 'dark';
}
