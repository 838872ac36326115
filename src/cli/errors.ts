/** Exit codes, and how an error becomes the line that the user reads. */
import { escapeText } from '../view/escape.ts';

export const EXIT_DONE = 0;
/** Something that was asked for could not be done: a file missing or damaged, … */
export const EXIT_FAILED = 1;
/** What was asked for makes no sense: an unknown option, a wrong filter. */
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C, after showing what was read. */
export const EXIT_INTERRUPTED = 130;

/** Wrong usage: one line that says what to write instead. */
export class UsageError extends Error {
  readonly code = 'NETLENS_USAGE';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/**
 * Text for stderr, with its newline, and the exit code of an error that ended a command. Messages are
 * escaped here, once: errors hold what users typed and files say as it is.
 */
export function showError(error: unknown): { text: string; exitCode: number } {
  if (isFilterError(error)) return { text: `netlens: ${error.show()}\n`, exitCode: EXIT_USAGE };
  const exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  const { message, stack, code } = error as NodeJS.ErrnoException;
  const isOurs = typeof code === 'string' && /^(NETLENS_|E[A-Z]+$)/.test(code);
  if (isOurs) return { text: `netlens: ${escapeText(message)}\n`, exitCode };
  const trace = process.env.NETLENS_DEBUG ? `\n${stack}` : '';
  const what = escapeText(String(message ?? error));
  return {
    text: `netlens: a fault in netlens itself: ${what}; please report it with the command and the file (NETLENS_DEBUG=1 shows where)${trace}\n`,
    exitCode,
  };
}

/** By shape, so that the filter's code is not loaded for every error. */
function isFilterError(error: unknown): error is { show(): string } {
  return (error as { code?: unknown })?.code === 'NETLENS_FILTER';
}
