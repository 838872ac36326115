/**
 * Filter text to tree: tcpdump's grammar (libpcap's grammar.y) with our words beside it. `and` and `or`
 * bind alike, left to right; `not`, `outer` and `inner` bind tighter. A value without a qualifier takes
 * those of the value before it (`port 80 or 443`).
 */

import type { Sentence } from '../words/sentence.ts';
import { parseRelation, startsRelation } from './arithmetic.ts';
import type { Expression, Layer } from './ast.ts';
import { nearest } from './error.ts';
import { fieldNames, isFieldName, parseField } from './field-words.ts';
import { type Token, tokenAt } from './lexer.ts';
import { parseLeaf, parseWord, type Qualifiers } from './primitives.ts';
import { meant, Reader } from './reader.ts';
import * as words from './words.ts';

/** What was parsed, and the qualifiers that a bare value after it takes. */
interface Parsed {
  readonly expression: Expression;
  readonly qualifiers: Qualifiers | undefined;
  /** Levels of the tree. */
  readonly height: number;
}

const JOINTS = ['and', 'or'];
const CLOSING = [')'];
const BEGINNINGS = ['not', 'outer', 'inner', ...words.STARTERS];

/** The tree of a filter; of an empty one, an `and` of nothing, which is true. Throws FilterError. */
export function parseFilter(text: string): Expression {
  return parse(new Reader(text));
}

/** As `parseFilter`, with a reader that keeps what would have been understood at the text's end. */
export function parse(reader: Reader): Expression {
  reader.want(BEGINNINGS);
  if (reader.atEnd()) return { kind: 'and', of: [] };
  const parsed = parseExpression(reader, undefined);
  if (!reader.atEnd()) failTrailing(reader);
  return parsed.expression;
}

function parseExpression(reader: Reader, inherited: Qualifiers | undefined): Parsed {
  const first = parseTerm(reader, inherited);
  let { qualifiers, height } = first;
  let kind: 'and' | 'or' | undefined;
  let parts: Expression[] = [first.expression];
  for (;;) {
    reader.want(JOINTS);
    const next = connective(reader.token);
    if (next === undefined) break;
    reader.take();
    const right = parseTerm(reader, qualifiers);
    if (kind !== undefined && next !== kind) {
      parts = [{ kind, of: parts }];
      height = reader.checkHeight(height + 1);
    } else if (kind === undefined) {
      parts = partsOf(next, first.expression);
    }
    kind = next;
    parts.push(...partsOf(kind, right.expression));
    qualifiers = right.qualifiers;
    height = Math.max(height, right.height);
  }
  if (kind === undefined) return first;
  return { expression: { kind, of: parts }, qualifiers, height: reader.checkHeight(height + 1) };
}

/** One node for a run of the same connective, in parentheses or not. */
function partsOf(kind: 'and' | 'or', expression: Expression): Expression[] {
  return expression.kind === kind ? [...expression.of] : [expression];
}

function connective({ kind, text }: Token): 'and' | 'or' | undefined {
  if (kind === 'word') return text === 'and' || text === 'or' ? text : undefined;
  if (kind !== 'symbol') return undefined;
  if (text === '&&') return 'and';
  return text === '||' ? 'or' : undefined;
}

function parseTerm(reader: Reader, inherited: Qualifiers | undefined): Parsed {
  reader.want(BEGINNINGS);
  if (inherited?.of === 'name') reader.wantName(inherited.word);
  reader.enter();
  const parsed = term(reader, inherited);
  reader.leave();
  return parsed;
}

function term(reader: Reader, inherited: Qualifiers | undefined): Parsed {
  if (isNot(reader)) {
    reader.take();
    return negated(reader, parseTerm(reader, inherited));
  }
  const layer = reader.wordOf(['outer', 'inner'] as const);
  if (layer !== undefined) {
    reader.take();
    return pinned(reader, layer, parseTerm(reader, inherited && { ...inherited, pin: undefined }));
  }
  if (isImplied(reader, inherited)) {
    const leaf = parseLeaf(reader, inherited);
    const expression: Expression =
      inherited.pin === undefined ? leaf : { kind: 'pin', layer: inherited.pin, of: leaf };
    return { expression, qualifiers: inherited, height: 2 };
  }
  if (startsRelation(reader)) return { ...parseRelation(reader), qualifiers: undefined };
  if (reader.isSymbol('(')) return parseGroup(reader, inherited);
  const { kind, text } = reader.token;
  if (kind === 'word' && isFieldName(text)) {
    return { expression: parseField(reader), qualifiers: undefined, height: 1 };
  }
  if (kind === 'dotted' || kind === 'ipv6' || kind === 'mac') {
    const expression = parseLeaf(reader, { of: 'packet', type: 'host' });
    return { expression, qualifiers: undefined, height: 1 };
  }
  if (kind === 'word' && Object.hasOwn(words.END_FIELDS, text)) {
    reader.take();
    return parseNamed(reader, { of: 'name', ...words.END_FIELDS[text]! });
  }
  if (kind !== 'word' || !words.RESERVED.has(text)) failStart(reader);
  const primitive = parseWord(reader);
  if ('expression' in primitive) return { ...primitive, qualifiers: undefined, height: 1 };
  return parseNamed(reader, primitive.qualifiers);
}

/** A value after its qualifiers; `==` or `!=` may stand between a word and its name. */
function parseNamed(reader: Reader, qualifiers: Qualifiers): Parsed {
  const { kind, text } = reader.token;
  const isRelation = kind === 'symbol' && (text === '=' || text === '==' || text === '!=');
  if (qualifiers.of !== 'name' || !isRelation) return parseValue(reader, qualifiers);
  reader.take();
  const parsed = parseValue(reader, qualifiers);
  return text === '!=' ? negated(reader, parsed) : parsed;
}

/** A value, or a group or negation of values, right after its qualifiers. */
function parseValue(reader: Reader, qualifiers: Qualifiers): Parsed {
  reader.enter();
  let parsed: Parsed;
  if (isNot(reader)) {
    reader.take();
    parsed = negated(reader, parseValue(reader, qualifiers));
  } else if (reader.isSymbol('(')) {
    parsed = parseGroup(reader, qualifiers);
  } else {
    parsed = { expression: parseLeaf(reader, qualifiers), qualifiers, height: 1 };
  }
  reader.leave();
  return parsed;
}

function parseGroup(reader: Reader, inherited: Qualifiers | undefined): Parsed {
  const open = reader.take();
  if (reader.isSymbol(')')) reader.fail(reader.token, { code: 'filter-empty-group' });
  const { expression, height } = parseExpression(reader, inherited);
  reader.want(CLOSING);
  if (reader.atEnd()) reader.fail(open, { code: 'filter-open-group' });
  if (!reader.isSymbol(')')) failTrailing(reader);
  reader.take();
  return { expression, qualifiers: inherited, height };
}

function negated(reader: Reader, { expression, qualifiers, height }: Parsed): Parsed {
  return {
    expression: { kind: 'not', of: expression },
    qualifiers,
    height: reader.checkHeight(height + 1),
  };
}

function pinned(reader: Reader, layer: Layer, { expression, qualifiers, height }: Parsed): Parsed {
  return {
    expression: { kind: 'pin', layer, of: expression },
    qualifiers: qualifiers && { ...qualifiers, pin: layer },
    height: reader.checkHeight(height + 1),
  };
}

function isNot(reader: Reader): boolean {
  return reader.isSymbol('!') || reader.isWord('not');
}

/** Whether the current token is a value that takes the qualifiers of the one before it. */
function isImplied(reader: Reader, inherited: Qualifiers | undefined): inherited is Qualifiers {
  if (inherited === undefined || reader.atEnd()) return false;
  if (inherited.of === 'name') {
    const name = reader.name();
    if (name === undefined || !endsTerm(tokenAt(reader.text, name.end))) return false;
    return name.kind !== 'word' || !(words.RESERVED.has(name.text) || isFieldName(name.text));
  }
  const { kind, text } = reader.token;
  if (kind === 'symbol' || kind === 'junk' || kind === 'quoted') return false;
  if (kind === 'word' && (words.RESERVED.has(text) || isFieldName(text))) return false;
  if (kind === 'word' && reader.next().text === '[') return false;
  const isNet = inherited.type === 'net' || inherited.type === 'host';
  if (kind === 'number' && isNet && reader.next().text === '/') return true;
  return !startsRelation(reader);
}

/** Whether what stands here may follow a whole term. */
function endsTerm(token: Token): boolean {
  if (token.kind === 'end' || connective(token) !== undefined) return true;
  return token.kind === 'symbol' && token.text === ')';
}

function failStart(reader: Reader): never {
  const { kind, text } = reader.token;
  if (kind === 'number') {
    reader.fail(reader.token, { code: 'filter-bare-number' }, meant(`port ${text}`));
  }
  if (kind !== 'word') reader.failExpected('word');
  const foreign = Object.hasOwn(words.FOREIGN, text.toLowerCase())
    ? words.FOREIGN[text.toLowerCase()]
    : undefined;
  const isField = /^[a-z][a-z0-9]*\.[a-z]/.test(text);
  const known = isField ? [...Object.keys(words.END_FIELDS), ...fieldNames()] : BEGINNINGS;
  const what = isField ? 'field' : 'word';
  const problem = { code: 'filter-unknown', what, text } as const;
  reader.fail(reader.token, problem, meant(foreign ?? nearest(text, known)));
}

/** A complete expression is followed by something that does not connect. */
function failTrailing(reader: Reader): never {
  const { kind, text } = reader.token;
  if (kind === 'symbol' && text === ')') {
    reader.fail(reader.token, { code: 'filter-stray-closing' });
  }
  if (kind === 'symbol' && (text === '&' || text === '|')) {
    reader.fail(reader.token, { code: 'filter-joins-numbers', text }, meant(text + text));
  }
  let hint: Sentence | undefined;
  if (kind === 'word') {
    const near = nearest(text, ['and', 'or']);
    hint = meant(words.RESERVED.has(text) ? `and ${text}` : near);
  }
  reader.failExpected('connective', hint);
}
