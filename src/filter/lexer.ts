/** The tokens of a filter's text, one at a time: tcpdump's, where the longest match wins, and quoted text. */

export type TokenKind =
  /** A word of the language or a name; may hold dots, hyphens and underscores inside. */
  | 'word'
  /** A word after a backslash: a name even where a word of the language has its spelling. */
  | 'escaped'
  | 'number'
  /** Two to four numbers with dots between. */
  | 'dotted'
  | 'ipv6'
  | 'mac'
  | 'symbol'
  /** Text in quotes, without them. */
  | 'quoted'
  | 'end'
  /** Nothing of the language starts here. */
  | 'junk';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Place in the filter's text: [at, end). */
  readonly at: number;
  readonly end: number;
}

const SPACE = /[ \t\r\n]*/y;
const SYMBOL = /&&|\|\||>=|<=|!=|==|<<|>>|[-+*/%:[\]!<>()&|^={},]/y;
const ESCAPED = /\\[^\s()!]+/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y;
/** What a name may consist of where one is expected: all but space, control characters, quotes, parentheses and operators. */
const NAME = /[^\s\p{Cc}()!&|"'<>=,{}[\]]+/uy;

/** In order of preference between matches of one length; the longest wins. */
const WORDS: readonly (readonly [TokenKind, RegExp])[] = [
  [
    'mac',
    /[0-9a-f]{1,2}(?:(?::[0-9a-f]{1,2}){5}|(?:-[0-9a-f]{1,2}){5}|(?:\.[0-9a-f]{1,2}){5})|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}|[0-9a-f]{12}/iy,
  ],
  ['number', /0x[0-9a-f]+|[0-9]+/iy],
  ['dotted', /(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){1,3}/iy],
  ['ipv6', /(?:[0-9a-f]{0,4}:){2,8}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]{0,4})/iy],
  ['word', /[a-z0-9](?:[-_.a-z0-9]*[.a-z0-9])?/iy],
];

/** The token that starts at or after `at`. Past the last one, 'end' at the text's end, again and again. */
export function tokenAt(text: string, at: number): Token {
  const start = skipSpace(text, at);
  if (start >= text.length) return { kind: 'end', text: '', at: text.length, end: text.length };
  let kind: TokenKind = 'junk';
  let end = start;
  for (const [candidate, pattern] of WORDS) {
    const matchEnd = endOf(pattern, text, start);
    if (matchEnd > end) {
      kind = candidate;
      end = matchEnd;
    }
  }
  if (kind !== 'junk') return { kind, text: text.slice(start, end), at: start, end };
  const symbolEnd = endOf(SYMBOL, text, start);
  if (symbolEnd > start) {
    return { kind: 'symbol', text: text.slice(start, symbolEnd), at: start, end: symbolEnd };
  }
  const escapedEnd = endOf(ESCAPED, text, start);
  if (escapedEnd > start) {
    return { kind: 'escaped', text: text.slice(start + 1, escapedEnd), at: start, end: escapedEnd };
  }
  return quotedAt(text, start) ?? junkAt(text, start);
}

/**
 * The name that starts at or after `at`, read loosely: quoted text, or everything up to a space, a
 * parenthesis or an operator, a backslash before it left out. Undefined when none starts there.
 */
export function nameAt(text: string, at: number): Token | undefined {
  const start = skipSpace(text, at);
  const quoted = quotedAt(text, start);
  if (quoted !== undefined) return quoted;
  const end = endOf(NAME, text, start);
  if (end === start) return undefined;
  const escaped = text[start] === '\\';
  const kind = escaped ? 'escaped' : 'word';
  return { kind, text: text.slice(escaped ? start + 1 : start, end), at: start, end };
}

/** Where the parenthesis that closes the one at `at` stands, or -1. Quoted text does not count. */
export function closingAt(text: string, at: number): number {
  let depth = 0;
  let quotesClose = true;
  for (let i = at; i < text.length; i++) {
    const character = text[i];
    if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return i;
    else if (quotesClose && (character === '"' || character === "'")) {
      const quoted = quotedAt(text, i);
      quotesClose = quoted !== undefined; // one that does not close makes the next no better
      if (quoted !== undefined) i = quoted.end - 1;
    }
  }
  return -1;
}

function skipSpace(text: string, at: number): number {
  return endOf(SPACE, text, at);
}

/** Where the match of a sticky pattern at `at` ends; `at` when there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function quotedAt(text: string, at: number): Token | undefined {
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(text);
  if (match === null) return undefined;
  const body = (match[1] ?? match[2] ?? '').replace(/\\([\s\S])/g, '$1');
  return { kind: 'quoted', text: body, at, end: QUOTED.lastIndex };
}

function junkAt(text: string, at: number): Token {
  const end = at + [...text.slice(at, at + 2)][0]!.length;
  return { kind: 'junk', text: text.slice(at, end), at, end };
}
