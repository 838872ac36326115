/** Wireshark's names as words of the language: `ip.ttl < 5`, `dns.qry.name contains "x"`. */

import type { Protocol } from '../base/units.ts';
import type { Field } from '../decode/dissector.ts';
import { dissectors } from '../decode/protocols/index.ts';
import type { Sentence } from '../words/sentence.ts';
import { relational } from './arithmetic.ts';
import type { Expression, FieldOperator } from './ast.ts';
import type { Token } from './lexer.ts';
import type { Reader } from './reader.ts';
import { Problem, parseDotted, parseNumber, parseSix } from './values.ts';

/** A declared field and the protocol whose layers have it. */
export interface FieldPlace {
  readonly protocol: Protocol;
  readonly field: Field;
}

/** Wireshark's names for either of two fields. */
const EITHER: Readonly<Record<string, readonly string[]>> = {
  'eth.addr': ['eth.src', 'eth.dst'],
  'ip.addr': ['ip.src', 'ip.dst'],
  'ipv6.addr': ['ipv6.src', 'ipv6.dst'],
  'tcp.port': ['tcp.srcport', 'tcp.dstport'],
  'udp.port': ['udp.srcport', 'udp.dstport'],
  'sctp.port': ['sctp.srcport', 'sctp.dstport'],
};
const SPELLED: Readonly<Record<string, FieldOperator>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};
const VALUES_MAX = 1000;

let byName: Map<string, FieldPlace[]> | undefined;

function fields(): Map<string, FieldPlace[]> {
  if (byName !== undefined) return byName;
  byName = new Map();
  for (const { protocol, fields } of dissectors) {
    for (const field of fields) {
      byName.set(field.name, [...(byName.get(field.name) ?? []), { protocol, field }]);
    }
  }
  for (const [name, parts] of Object.entries(EITHER)) {
    const places = parts.flatMap((part) => byName!.get(part) ?? []);
    if (places.length > 0) byName.set(name, places);
  }
  return byName;
}

/** The fields of this name, [] when none is declared. */
export function fieldPlaces(name: string): readonly FieldPlace[] {
  return name.includes('.') ? (fields().get(name) ?? []) : [];
}

export function isFieldName(word: string): boolean {
  return fieldPlaces(word).length > 0;
}

/** Every name that a filter may use, in the order of declaration. */
export function fieldNames(): string[] {
  return [...fields().keys()].filter((name) => name.includes('.'));
}

/** Take `field`, `field operator value`, or `field in {value, ...}`. */
export function parseField(reader: Reader): Expression {
  const name = reader.take();
  const { field } = fieldPlaces(name.text)[0]!;
  reader.want(['contains', 'in', '=', '!=', '<', '<=', '>', '>=', 'and', 'or']);
  if (reader.isWord('in')) return listOf(reader, name.text, field);
  const operator = operatorOf(reader);
  if (operator === 'present') return { kind: 'field', name: name.text, operator, values: [] };
  const token = reader.token;
  const isText = field.kind === 'text' || field.kind === 'bytes';
  if (
    operator === 'contains' ? !isText : operator !== '=' && operator !== '!=' && !isNumber(field)
  ) {
    const { kind } = field;
    reader.fail(name, { code: 'filter-not-comparable', field: name.text, kind, operator });
  }
  const value = valueFor(reader, field);
  if (operator === 'contains' && value === '') {
    reader.fail(token, { code: 'filter-contains-nothing' });
  }
  return { kind: 'field', name: name.text, operator, values: [value] };
}

function operatorOf(reader: Reader): FieldOperator {
  const { kind, text } = reader.token;
  if (kind === 'word' && Object.hasOwn(SPELLED, text)) {
    reader.take();
    return SPELLED[text]!;
  }
  if (kind === 'word' && text === 'contains') {
    reader.take();
    return 'contains';
  }
  if (kind === 'symbol' && /^([<>]=?|[!=]?=)$/.test(text)) return relational(reader);
  return 'present';
}

/** `in {1, 2}` */
function listOf(reader: Reader, name: string, field: Field): Expression {
  reader.take();
  if (!reader.isSymbol('{')) reader.failExpected('list');
  const values: string[] = [];
  do {
    reader.take();
    values.push(valueFor(reader, field));
    if (values.length > VALUES_MAX) {
      reader.fail(reader.token, { code: 'filter-list-too-long', most: VALUES_MAX });
    }
  } while (reader.isSymbol(','));
  if (!reader.isSymbol('}')) reader.failExpected('comma-or-brace');
  reader.take();
  return values.length === 1
    ? { kind: 'field', name, operator: '=', values }
    : { kind: 'field', name, operator: 'in', values };
}

function isNumber(field: Field): boolean {
  return field.kind === 'uint' || field.kind === 'hex' || field.kind === 'boolean';
}

/** Take the value at the current token, checked against what the field holds. */
function valueFor(reader: Reader, field: Field): string {
  const token = reader.name();
  if (token === undefined) reader.failExpected('value-for', undefined, field.name);
  reader.takeName(token);
  const problem = problemWith(field, token);
  if (problem !== undefined) reader.fail(token, problem);
  return token.text;
}

function problemWith(field: Field, { text, kind }: Token): Sentence | undefined {
  switch (field.kind) {
    case 'boolean':
    case 'uint':
    case 'hex':
      if (isInteger(text)) return undefined;
      return { code: 'filter-no-number', text, field: field.name };
    case 'ipv4':
    case 'ipv6': {
      const [address, bits] = text.split('/');
      const isSix = field.kind === 'ipv6';
      const len = bits === undefined ? undefined : parseNumber(bits);
      if (len instanceof Problem || (len !== undefined && !/^\d+$/.test(bits!))) break;
      const good = isSix ? address!.includes(':') : /^\d+(\.\d+){3}$/.test(address!);
      const net = good ? (isSix ? parseSix : parseDotted)(address!, len) : undefined;
      if (net !== undefined && !(net instanceof Problem)) return undefined;
      break;
    }
    case 'mac':
      if (/^[0-9a-f]{2}([:.-][0-9a-f]{2}){5}$/i.test(text)) return undefined;
      break;
    case 'bytes':
      if (kind === 'quoted' || /^([0-9a-f]{2}[:.-]?)+$/i.test(text)) return undefined;
      break;
    case 'text':
      return undefined;
  }
  return { code: 'filter-no-value', text, kind: field.kind, field: field.name };
}

function isInteger(text: string): boolean {
  if (text === 'true' || text === 'false') return true;
  return /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) && !(parseNumber(text) instanceof Problem);
}
