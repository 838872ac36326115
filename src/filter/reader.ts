/** A place in a filter's text: the token there, what may stand there, and how to complain. */

import type { Sentence } from '../words/sentence.ts';
import type { FilterPart } from '../words/sentences/filter.ts';
import { FilterError, nearest } from './error.ts';
import { nameAt, type Token, tokenAt } from './lexer.ts';
import { Problem } from './values.ts';

/** The longest filter, characters. */
export const TEXT_MAX = 65_536;
/** The deepest nesting of parentheses, `not`, operators, and changes between `and` and `or`. */
export const DEPTH_MAX = 100;

export class Reader {
  readonly text: string;
  token: Token;
  /** Words that would have been understood at the text's end, in order of asking. */
  readonly wanted: string[] = [];
  /** What kind of name would have been: `pod`, `iface`, ...; undefined = none. */
  wantedName: string | undefined;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    if (text.length > TEXT_MAX) {
      const problem = { code: 'filter-too-long', most: TEXT_MAX } as const;
      throw new FilterError(text, TEXT_MAX, text.length - TEXT_MAX, problem);
    }
    this.token = tokenAt(text, 0);
  }

  /** Go to the next token; yields the one left behind. */
  take(): Token {
    const token = this.token;
    this.token = tokenAt(this.text, token.end);
    return token;
  }

  /** The token after the current one. */
  next(): Token {
    return tokenAt(this.text, this.token.end);
  }

  /** The name at the current place, read loosely; undefined when none starts here. */
  name(): Token | undefined {
    return nameAt(this.text, this.token.at);
  }

  /** Take the name at the current place. */
  takeName(name: Token): void {
    this.token = tokenAt(this.text, name.end);
  }

  atEnd(): boolean {
    return this.token.kind === 'end';
  }

  isWord(word: string): boolean {
    return this.token.kind === 'word' && this.token.text === word;
  }

  isSymbol(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  /** The current token's text when it is a word among these. */
  wordOf<T extends string>(candidates: readonly T[]): T | undefined {
    if (this.token.kind !== 'word') return undefined;
    return candidates.find((candidate) => candidate === this.token.text);
  }

  /** These words would be understood here: remembered when the text ends here. */
  want(words: readonly string[]): void {
    if (this.token.kind === 'end') this.wanted.push(...words);
  }

  /** The name of one of these would be understood here. */
  wantName(of: string): void {
    if (this.token.kind === 'end') this.wantedName = of;
  }

  /** One level deeper; pair with `leave`. */
  enter(): void {
    if (++this.depth > DEPTH_MAX) this.failDepth();
  }

  leave(): void {
    this.depth--;
  }

  /** Check the height of a tree that was built without recursion. */
  checkHeight(height: number): number {
    if (height > DEPTH_MAX) this.failDepth();
    return height;
  }

  private failDepth(): never {
    this.fail(this.token, { code: 'filter-too-deep', most: DEPTH_MAX });
  }

  fail(where: Token, problem: Sentence, hint?: Sentence): never {
    throw new FilterError(this.text, where.at, where.end - where.at, problem, hint);
  }

  /** The value, unless it is a problem: then complain about text[from.at, to.end). */
  good<T>(value: T | Problem, from: Token, to: Token = from): T {
    if (!(value instanceof Problem)) return value;
    throw new FilterError(this.text, from.at, to.end - from.at, value.problem, value.hint);
  }

  /** Complain that the current token is not what should stand here; `word` is what that belongs to. */
  failExpected(part: FilterPart, hint?: Sentence, word?: string): never {
    const { kind, text } = this.token;
    if (kind === 'end') this.fail(this.token, { code: 'filter-ends', part, word }, hint);
    const found = kind === 'quoted' ? undefined : text;
    this.fail(this.token, { code: 'filter-expects', part, word, found }, hint);
  }

  /** The word at `token` is none of these: complain, and name the nearest. */
  failUnknown(token: Token, what: string, candidates: Iterable<string>): never {
    const problem = { code: 'filter-unknown', what, text: token.text } as const;
    this.fail(token, problem, meant(nearest(token.text, candidates)));
  }
}

export function meant(text: string | undefined): Sentence | undefined {
  return text === undefined ? undefined : { code: 'hint-meant', text };
}
