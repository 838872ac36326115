/** Relations between numbers taken from packets: `tcp[13] & 2 != 0`, `len > 1000`. */
import type { Arithmetic, ArithmeticOperator, Expression, Header, Relational } from './ast.ts';
import { nearest } from './error.ts';
import { closingAt, type Token, tokenAt } from './lexer.ts';
import { meant, type Reader } from './reader.ts';
import { parseNumber } from './values.ts';
import { CONSTANTS, HEADERS, REFUSED, RESERVED } from './words.ts';

/** How tightly operators bind, as in C. */
const PRECEDENCE: Readonly<Record<ArithmeticOperator, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const RELATIONS = ['=', '==', '!=', '<', '<=', '>', '>='];
const OPERANDS = ['len', 'tcpflags', ...Object.keys(CONSTANTS)];
/** What may follow a number within a relation. */
const OPERATORS: ReadonlySet<string> = new Set([...Object.keys(PRECEDENCE), ...RELATIONS]);

interface Tree {
  readonly arithmetic: Arithmetic;
  readonly height: number;
}

export interface Relation {
  readonly expression: Expression;
  readonly height: number;
}

/** Whether a relation starts at the current token, and not an address, a port or a group. */
export function startsRelation(reader: Reader): boolean {
  const { kind, text, at } = reader.token;
  if (kind === 'number') return isOperator(reader.next());
  if (kind === 'word') {
    if (text === 'len' || text === 'length' || Object.hasOwn(CONSTANTS, text)) return true;
    const next = reader.next();
    return next.kind === 'symbol' && next.text === '[' && RESERVED.has(text);
  }
  if (kind !== 'symbol') return false;
  if (text === '-') return true;
  if (text !== '(') return false;
  const close = closingAt(reader.text, at);
  return close >= 0 && isOperator(tokenAt(reader.text, close + 1)) && opensNumber(reader.text, at);
}

/** Whether a number, and not a word of the language, stands first within the parentheses at `at`. */
function opensNumber(text: string, at: number): boolean {
  let token = tokenAt(text, at);
  while (token.kind === 'symbol' && (token.text === '(' || token.text === '-')) {
    token = tokenAt(text, token.end);
  }
  if (token.kind !== 'word' || !RESERVED.has(token.text)) return true;
  if (token.text === 'len' || token.text === 'length') return true;
  return tokenAt(text, token.end).text === '[';
}

function isOperator(token: Token): boolean {
  return token.kind === 'symbol' && OPERATORS.has(token.text);
}

/** `arithmetic relation arithmetic` */
export function parseRelation(reader: Reader): Relation {
  const left = parseArithmetic(reader, 1);
  const operator = relational(reader);
  const right = parseArithmetic(reader, 1);
  return {
    expression: { kind: 'relation', operator, left: left.arithmetic, right: right.arithmetic },
    height: reader.checkHeight(1 + Math.max(left.height, right.height)),
  };
}

/** Take `=`, `==`, `!=`, `<`, `<=`, `>` or `>=`. */
export function relational(reader: Reader): Relational {
  reader.want(['=', '!=', '<', '<=', '>', '>=']);
  if (reader.token.kind !== 'symbol' || !RELATIONS.includes(reader.token.text)) {
    reader.failExpected('comparison');
  }
  const { text } = reader.take();
  return text === '==' ? '=' : (text as Relational);
}

function parseArithmetic(reader: Reader, least: number): Tree {
  let left = parseOperand(reader);
  for (;;) {
    const operator = reader.token.text as ArithmeticOperator;
    const precedence = reader.token.kind === 'symbol' ? (PRECEDENCE[operator] ?? 0) : 0;
    if (precedence < least) return left;
    const token = reader.take();
    const right = parseArithmetic(reader, precedence + 1);
    checkConstant(reader, token, operator, right.arithmetic);
    left = {
      arithmetic: { kind: 'binary', operator, left: left.arithmetic, right: right.arithmetic },
      height: reader.checkHeight(1 + Math.max(left.height, right.height)),
    };
  }
}

function checkConstant(
  reader: Reader,
  token: Token,
  operator: ArithmeticOperator,
  right: Arithmetic,
): void {
  if (right.kind !== 'number') return;
  if ((operator === '/' || operator === '%') && right.value === 0) {
    reader.fail(token, { code: 'filter-division-by-zero' });
  }
  if ((operator === '<<' || operator === '>>') && right.value > 31) {
    reader.fail(token, { code: 'filter-shift-too-far' });
  }
}

function parseOperand(reader: Reader): Tree {
  reader.enter();
  const tree = operand(reader);
  reader.leave();
  return tree;
}

function operand(reader: Reader): Tree {
  const { kind, text } = reader.token;
  reader.want(OPERANDS);
  if (kind === 'number') {
    const token = reader.take();
    const value = reader.good(parseNumber(token.text), token);
    return { arithmetic: { kind: 'number', value }, height: 1 };
  }
  if (kind === 'symbol' && text === '(') {
    reader.take();
    const inner = parseArithmetic(reader, 1);
    if (!reader.isSymbol(')')) reader.failExpected('operator-or-parenthesis');
    reader.take();
    return inner;
  }
  if (kind === 'symbol' && text === '-') {
    reader.take();
    const of = parseOperand(reader);
    const height = reader.checkHeight(1 + of.height);
    return { arithmetic: { kind: 'negate', of: of.arithmetic }, height };
  }
  if (kind !== 'word') reader.failExpected('operand');
  if (text === 'len' || text === 'length') {
    reader.take();
    return { arithmetic: { kind: 'length' }, height: 1 };
  }
  if (Object.hasOwn(CONSTANTS, text)) {
    reader.take();
    return { arithmetic: { kind: 'number', value: CONSTANTS[text]! }, height: 1 };
  }
  if (reader.next().text === '[') return bytes(reader);
  const near = nearest(text, [...Object.keys(CONSTANTS), ...HEADERS, 'len']);
  reader.failExpected('operand', meant(near));
}

/** `header [ at ]` or `header [ at : size ]` */
function bytes(reader: Reader): Tree {
  const name = reader.take();
  const refused = REFUSED.get(name.text);
  if (refused !== undefined) {
    reader.fail(name, { code: 'filter-refused', text: name.text, why: refused[0] });
  }
  if (!HEADERS.includes(name.text)) {
    reader.fail(
      name,
      { code: 'filter-untestable-bytes', text: name.text },
      meant(nearest(name.text, HEADERS)),
    );
  }
  const header = (name.text === 'link' ? 'ether' : name.text) as Header;
  reader.take(); // [
  const at = parseArithmetic(reader, 1);
  let size: 1 | 2 | 4 = 1;
  if (reader.isSymbol(':')) {
    reader.take();
    reader.want(['1', '2', '4']);
    const token = reader.token;
    const value = token.kind === 'number' ? Number(token.text) : 0;
    if (value !== 1 && value !== 2 && value !== 4) reader.failExpected('size');
    size = value;
    reader.take();
  }
  reader.want([']', ':']);
  if (!reader.isSymbol(']')) reader.failExpected('bracket');
  reader.take();
  const height = reader.checkHeight(1 + at.height);
  return { arithmetic: { kind: 'bytes', header, at: at.arithmetic, size }, height };
}
