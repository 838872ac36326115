/** What somebody who types a filter may want to type next, and whether a word is of the language at all. */
import { FilterError, nearest } from './error.ts';
import { fieldNames, isFieldName } from './field-words.ts';
import { tokenAt } from './lexer.ts';
import { parse } from './parse.ts';
import { Reader } from './reader.ts';
import { END_FIELDS, RESERVED, STARTERS } from './words.ts';

export interface Completion {
  /** Each of these may stand at [at, cursor). In order of likelihood; [] when nothing is known to fit. */
  readonly words: readonly string[];
  /** Where the word that is being typed starts. */
  readonly at: number;
  /** A name of this kind may stand there (`pod`, `iface`, ...): the caller may know some. */
  readonly nameOf: string | undefined;
}

/** The part of a word before the cursor. */
const PARTIAL = /[^\s()!&|"'<>=,{}[\]+*/%^]*$/;

/** What may stand at the cursor, a place in [0, text.length], given what is before it. Never throws. */
export function completeFilter(text: string, cursor: number): Completion {
  const before = text.slice(0, cursor);
  const partial = PARTIAL.exec(before)![0];
  const at = before.length - partial.length;
  const { wanted, nameOf } = wantedAfter(before.slice(0, at));
  if (partial.includes('.') && wanted.includes('outer')) {
    wanted.push(...Object.keys(END_FIELDS), ...fieldNames());
  }
  const words = [...new Set(wanted)].filter((word) => word.startsWith(partial));
  return { words, at, nameOf };
}

function wantedAfter(text: string): { wanted: string[]; nameOf: string | undefined } {
  let reader: Reader | undefined;
  try {
    reader = new Reader(text);
    parse(reader);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error; // an unfinished filter is one all the same
  }
  return { wanted: reader?.wanted ?? [], nameOf: reader?.wantedName };
}

/**
 * Whether an argument of a command line starts a filter: a word of the language, a parenthesis, `!`, an
 * address, or a field's name. A whole filter in one argument counts by its first word.
 */
export function looksLikeFilterWord(word: string): boolean {
  const { kind, text } = tokenAt(word, 0);
  switch (kind) {
    case 'word':
      return RESERVED.has(text) || isFieldName(text) || Object.hasOwn(END_FIELDS, text);
    case 'symbol':
      return text === '(' || text === '!';
    case 'dotted':
      return text.split('.').length === 4;
    case 'ipv6':
    case 'mac':
      return true;
    default:
      return false;
  }
}

/** The word of the language that a word which is none was probably meant to be. */
export function filterWordNear(word: string): string | undefined {
  return nearest(word, STARTERS);
}
