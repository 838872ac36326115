/** A tree back to text that parses to the same tree: what the header line and error messages quote. */
import { showIp } from '../topology/ip.ts';
import type { Arithmetic, Direction, Expression } from './ast.ts';
import { nameAt } from './lexer.ts';
import { prefixLen } from './values.ts';
import { RESERVED, TRANSPORTS } from './words.ts';

/** The filter in full: no implied qualifiers, parentheses around every `and` and `or` inside another. */
export function showFilter(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.map(showPart).join(` ${expression.kind} `);
    case 'not':
      return `not ${showPart(expression.of)}`;
    case 'pin':
      return `${expression.layer} ${showPart(expression.of)}`;
    default:
      return showWord(expression);
  }
}

function showPart(expression: Expression): string {
  const text = showFilter(expression);
  return expression.kind === 'and' || expression.kind === 'or' ? `(${text})` : text;
}

type Word = Exclude<Expression, { kind: 'and' | 'or' | 'not' | 'pin' }>;

function showWord(word: Word): string {
  switch (word.kind) {
    case 'address':
      return showAddress(word);
    case 'port': {
      const head = `${word.transport === 'any' ? '' : `${word.transport} `}${way(word.direction)}`;
      if (word.first === word.last) return `${head}port ${word.first}`;
      return `${head}portrange ${word.first}-${word.last}`;
    }
    case 'network':
      return word.network;
    case 'protocol':
      return showProtocol(word.network, word.number);
    case 'cast':
      return `${word.network} ${word.to}`;
    case 'relation':
      return `${showOperand(word.left)} ${word.operator} ${showOperand(word.right)}`;
    case 'field':
      return showField(word);
    case 'mac':
      return `ether ${way(word.direction)}host ${showMac(word.high, word.low)}`;
    case 'ethertype':
      return `ether proto 0x${word.type.toString(16)}`;
    case 'link-cast':
      return `ether ${word.to}`;
    case 'llc':
    case 'proxy':
      return word.kind;
    case 'tag':
      return word.id === undefined ? word.tag : `${word.tag} ${word.id}`;
    case 'way':
      return word.way;
    case 'ifindex':
      return `ifindex ${word.index}`;
    case 'place':
    case 'name':
      return `${word.word} ${quote(word.pattern)}`;
    case 'encapsulation':
      return `encap ${word.type}`;
    case 'label':
      return `label ${word.label}`;
    case 'nat':
      return `nat ${word.type}`;
    case 'object': {
      const name = word.namespace === undefined ? word.name : `${word.namespace}/${word.name}`;
      return `${way(word.direction)}${word.word} ${quote(name)}`;
    }
  }
}

function way(direction: Direction): string {
  if (direction === 'either') return '';
  return direction === 'both' ? 'src and dst ' : `${direction} `;
}

function showAddress(word: Extract<Expression, { kind: 'address' }>): string {
  const { words, mask } = word;
  const head = `${word.network === 'any' ? '' : `${word.network} `}${way(word.direction)}`;
  const len = prefixLen(mask);
  const address = showIp(words);
  if (len < 0) return `${head}net ${address} mask ${showIp(mask)}`;
  return len === 32 * words.length ? `${head}host ${address}` : `${head}net ${address}/${len}`;
}

function showProtocol(network: 'ip' | 'ip6' | 'any', number: number): string {
  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    if (transport.number === number && transport.network === network) return name;
  }
  return `${network === 'any' ? '' : `${network} `}proto ${number}`;
}

function showField(word: Extract<Expression, { kind: 'field' }>): string {
  if (word.operator === 'present') return word.name;
  const values = word.values.map(quote).join(', ');
  return `${word.name} ${word.operator} ${word.operator === 'in' ? `{${values}}` : values}`;
}

/** The numbers and bytes, every operation inside another in parentheses. */
export function showArithmetic(arithmetic: Arithmetic): string {
  switch (arithmetic.kind) {
    case 'number':
      return String(arithmetic.value);
    case 'length':
      return 'len';
    case 'bytes': {
      const { header, at, size } = arithmetic;
      return `${header}[${showArithmetic(at)}${size === 1 ? '' : `:${size}`}]`;
    }
    case 'negate':
      return `-${showOperand(arithmetic.of)}`;
    case 'binary':
      return `${showOperand(arithmetic.left)} ${arithmetic.operator} ${showOperand(arithmetic.right)}`;
  }
}

function showOperand(arithmetic: Arithmetic): string {
  const text = showArithmetic(arithmetic);
  return arithmetic.kind === 'binary' ? `(${text})` : text;
}

function showMac(high: number, low: number): string {
  const hex = high.toString(16).padStart(4, '0') + (low >>> 0).toString(16).padStart(8, '0');
  return hex.match(/../g)!.join(':');
}

/** As it is where that reads back, else in quotes. */
function quote(name: string): string {
  const plain = nameAt(name, 0);
  const isPlain = plain?.kind === 'word' && plain.text === name && !RESERVED.has(name);
  return isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}
