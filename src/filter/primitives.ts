/** The words of the language and the values after them: from tokens to leaves of the tree. */

import type { Sentence } from '../words/sentence.ts';
import type { Direction, Expression, Layer, Network } from './ast.ts';
import { nearest } from './error.ts';
import type { Token } from './lexer.ts';
import { meant, type Reader } from './reader.ts';
import {
  masked,
  type Net,
  Problem,
  parseDotted,
  parseEtherType,
  parseLoneNet,
  parseMac,
  parseNumber,
  parsePort,
  parsePortRange,
  parseProtocol,
  parseSix,
} from './values.ts';
import * as words from './words.ts';

/** What stands before a value, and is taken over by bare values after it. */
export type Qualifiers = PacketQualifiers | NameQualifiers;

export interface PacketQualifiers {
  readonly of: 'packet';
  /** Left out: host, or net when a mask follows. */
  readonly type?: 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain' | undefined;
  readonly protocol?: Token | undefined;
  readonly direction?: Direction | undefined;
  readonly pin?: Layer | undefined;
}

/** A word that takes names: `label`, `pod`, `iface`, ... */
export interface NameQualifiers {
  readonly of: 'name';
  readonly word: string;
  readonly direction?: Direction | undefined;
  readonly pin?: Layer | undefined;
}

/** A whole primitive, or qualifiers that a value must follow. */
export type Primitive = { readonly expression: Expression } | { readonly qualifiers: Qualifiers };

const NAMING = [...Object.keys(words.CHOICES), ...words.OBJECTS, ...words.PLACES, ...words.NAMES];

const SERVICE_NAMES = Object.keys(words.SERVICES);
const ETHER_TYPE_NAMES = Object.keys(words.ETHER_TYPES);
const PROTOCOL_NAMES = Object.keys(words.PROTOCOL_NUMBERS);

/** Take a reserved word and what belongs to it, up to the value. */
export function parseWord(reader: Reader): Primitive {
  const token = reader.token;
  const refused = words.REFUSED.get(token.text);
  if (refused !== undefined) {
    const [why, instead] = refused;
    reader.fail(token, { code: 'filter-refused', text: token.text, why }, instead);
  }
  if (words.STANDING.includes(token.text)) {
    reader.take();
    const llcType = token.text === 'llc' ? reader.wordOf(words.LLC_TYPES) : undefined;
    if (llcType !== undefined) {
      const problem = { code: 'filter-refused-llc', type: llcType } as const;
      reader.fail(reader.token, problem, write('llc'));
    }
    return { expression: standing(token.text) };
  }
  if (words.MEASURES.includes(token.text)) return { expression: measure(reader) };
  const tag = reader.wordOf(words.TAGS);
  if (tag !== undefined) return { expression: parseTag(reader, tag) };
  if (NAMING.includes(token.text)) {
    reader.take();
    return { qualifiers: { of: 'name', word: token.text } };
  }
  return parseHead(reader);
}

function write(text: string): Sentence {
  return { code: 'hint-write', text };
}

function notWith(text: string, other: string): Sentence {
  return { code: 'filter-does-not-go-with', text, with: other };
}

function standing(word: string): Expression {
  switch (word) {
    case 'pppoed':
      return { kind: 'ethertype', type: words.ETHER_TYPES.pppoed! };
    case 'stp':
      return { kind: 'ethertype', type: words.ETHER_TYPES.stp! };
    case 'llc':
      return { kind: 'llc' };
    case 'broadcast':
    case 'multicast':
      return { kind: 'link-cast', to: word };
    case 'inbound':
    case 'outbound':
      return { kind: 'way', way: word };
    default:
      return { kind: 'proxy' };
  }
}

/** `less N`, `greater N`, `ifindex N` */
function measure(reader: Reader): Expression {
  const word = reader.take().text;
  if (reader.token.kind !== 'number') reader.failExpected('number-after', undefined, word);
  const token = reader.take();
  const value = reader.good(parseNumber(token.text), token);
  if (word === 'ifindex') return { kind: 'ifindex', index: value };
  return {
    kind: 'relation',
    operator: word === 'less' ? '<=' : '>=',
    left: { kind: 'length' },
    right: { kind: 'number', value },
  };
}

/** `vlan` or `vlan 100`, where the number may stand in parentheses. */
function parseTag(reader: Reader, tag: (typeof words.TAGS)[number]): Expression {
  reader.take();
  let parentheses = 0;
  if (reader.isSymbol('(') && reader.next().kind === 'number') {
    parentheses = 1;
    reader.take();
  }
  if (reader.token.kind !== 'number') return { kind: 'tag', tag, id: undefined };
  const token = reader.take();
  const id = reader.good(parseNumber(token.text), token);
  const max = words.TAG_MAX[tag]!;
  if (id > max) {
    reader.fail(token, { code: 'filter-tag-too-large', tag, text: token.text, most: max });
  }
  if (parentheses === 1) {
    if (!reader.isSymbol(')')) reader.failExpected('parenthesis');
    reader.take();
  }
  return { kind: 'tag', tag, id };
}

/** `[protocol] [direction] [type]`, or a protocol alone, or `[protocol] broadcast|multicast`. */
function parseHead(reader: Reader): Primitive {
  const protocol = takeProtocol(reader);
  if (protocol !== undefined) {
    reader.want(['host', 'net', 'port', 'portrange', 'proto', 'src', 'dst', '[', 'multicast']);
    const cast = reader.wordOf(['broadcast', 'multicast'] as const);
    if (cast !== undefined) {
      const to = reader.take();
      return { expression: castOf(reader, protocol, cast, to) };
    }
  }
  const directionAt = reader.token;
  const direction = takeDirection(reader);
  if (direction !== undefined) {
    reader.want(['host', 'net', 'port', 'portrange', ...words.OBJECTS]);
    const object = reader.wordOf(words.OBJECTS);
    if (object !== undefined && protocol === undefined) {
      reader.take();
      return { qualifiers: { of: 'name', word: object, direction } };
    }
  }
  const type = takeType(reader);
  if (type === undefined && direction === undefined && protocol !== undefined) {
    return { expression: protocolAlone(reader, protocol) };
  }
  if (direction !== undefined && (type === 'proto' || type === 'protochain')) {
    reader.fail(directionAt, notWith(directionAt.text, type));
  }
  return { qualifiers: { of: 'packet', type, protocol, direction } };
}

function takeProtocol(reader: Reader): Token | undefined {
  const { kind, text } = reader.token;
  if (kind !== 'word') return undefined;
  const known =
    text === 'ether' ||
    text === 'link' ||
    Object.hasOwn(words.TRANSPORTS, text) ||
    (words.NETWORKS as readonly string[]).includes(text);
  return known ? reader.take() : undefined;
}

/** `src`, `dst`, and either `or` or `and` between the two, in any order. */
function takeDirection(reader: Reader): Direction | undefined {
  const first = reader.wordOf(['src', 'dst'] as const);
  if (first === undefined) return undefined;
  reader.take();
  const { kind, text } = reader.token;
  const second = reader.next();
  const other = first === 'src' ? 'dst' : 'src';
  if (second.kind !== 'word' || second.text !== other) return first;
  const isOr = (kind === 'word' && text === 'or') || (kind === 'symbol' && text === '||');
  const isAnd = (kind === 'word' && text === 'and') || (kind === 'symbol' && text === '&&');
  if (!isOr && !isAnd) return first;
  reader.take();
  reader.take();
  return isOr ? 'either' : 'both';
}

function takeType(reader: Reader): PacketQualifiers['type'] {
  const type = reader.wordOf(['host', 'net', 'port', 'portrange', 'proto', 'protochain'] as const);
  if (type !== undefined) reader.take();
  return type;
}

function protocolAlone(reader: Reader, { text, at, end }: Token): Expression {
  if (text === 'ether' || text === 'link') {
    reader.want(['host', 'proto', 'src', 'dst', 'broadcast', 'multicast', '[']);
    const where: Token = { kind: 'word', text, at, end };
    reader.fail(where, { code: 'filter-says-nothing', text });
  }
  if (Object.hasOwn(words.TRANSPORTS, text)) {
    return { kind: 'protocol', ...words.TRANSPORTS[text]! };
  }
  return { kind: 'network', network: text as Network };
}

function castOf(
  reader: Reader,
  protocol: Token,
  to: 'broadcast' | 'multicast',
  word: Token,
): Expression {
  const { text } = protocol;
  if (text === 'ether' || text === 'link') return { kind: 'link-cast', to };
  if (text === 'ip' || (text === 'ip6' && to === 'multicast')) {
    return { kind: 'cast', network: text, to };
  }
  const problem: Sentence =
    text === 'ip6' ? { code: 'filter-no-broadcast' } : { code: 'filter-no-cast', text, to };
  reader.fail(word, problem, to === 'broadcast' ? undefined : meant('ip multicast'));
}

/** Take the value at the current token and make the leaf that it and its qualifiers are. */
export function parseLeaf(reader: Reader, qualifiers: Qualifiers): Expression {
  if (qualifiers.of === 'name') return nameOf(reader, qualifiers);
  switch (qualifiers.type) {
    case 'port':
    case 'portrange':
      return portOf(reader, qualifiers);
    case 'proto':
    case 'protochain':
      return protocolOf(reader, qualifiers);
    default:
      return addressOf(reader, qualifiers);
  }
}

function portOf(reader: Reader, { type, protocol, direction }: PacketQualifiers): Expression {
  reader.want(SERVICE_NAMES);
  const token = reader.token;
  let transport: 'tcp' | 'udp' | 'sctp' | 'any' = 'any';
  if (protocol !== undefined) {
    const { text } = protocol;
    if (text !== 'tcp' && text !== 'udp' && text !== 'sctp') {
      const hint = text === 'ether' || text === 'link' ? undefined : write(`${text} and ${type}`);
      reader.fail(protocol, notWith(text, type!), hint);
    }
    transport = text;
  }
  if (!['word', 'number', 'escaped'].includes(token.kind)) {
    reader.failExpected(type === 'port' ? 'port' : 'port-range');
  }
  reader.take();
  const parsed = type === 'port' ? parsePort(token.text) : parsePortRange(token.text);
  if (parsed instanceof Problem) failPort(reader, token, parsed);
  const first = parsed[0];
  const last = parsed.length === 2 ? parsed[0] : parsed[1];
  const implied = parsed.length === 2 ? parsed[1] : parsed[2];
  if (implied === 'tcp' || implied === 'udp') {
    if (transport !== 'any' && transport !== implied) {
      const { text } = token;
      const problem = {
        code: 'filter-service-of-other',
        text,
        is: implied,
        not: transport,
      } as const;
      reader.fail(token, problem);
    }
    transport = implied;
  }
  return { kind: 'port', direction: direction ?? 'either', transport, first, last };
}

function failPort(reader: Reader, token: Token, problem: Problem): never {
  const near = nearest(token.text, [...SERVICE_NAMES, ...words.STARTERS]);
  reader.fail(
    token,
    problem.problem,
    problem.hint ?? (token.kind === 'word' ? meant(near) : undefined),
  );
}

function protocolOf(reader: Reader, { type, protocol }: PacketQualifiers): Expression {
  const base = protocol?.text;
  const isEther = base === 'ether' || base === 'link';
  reader.want(isEther ? ETHER_TYPE_NAMES : PROTOCOL_NAMES);
  if (protocol !== undefined && !isEther && base !== 'ip' && base !== 'ip6') {
    reader.fail(protocol, notWith(protocol.text, type!), { code: 'hint-write-protos' });
  }
  if (isEther && type === 'protochain') {
    reader.fail(protocol!, notWith('ether', 'protochain'), write('ether proto'));
  }
  const token = reader.token;
  if (!['word', 'number', 'escaped'].includes(token.kind)) {
    reader.failExpected(isEther ? 'ether-type' : 'ip-protocol');
  }
  reader.take();
  const names = isEther ? ETHER_TYPE_NAMES : PROTOCOL_NAMES;
  const parsed = isEther ? parseEtherType(token.text) : parseProtocol(token.text);
  if (parsed instanceof Problem) {
    reader.fail(token, parsed.problem, meant(nearest(token.text, names)));
  }
  if (isEther) return { kind: 'ethertype', type: parsed };
  const network = base === 'ip' || base === 'ip6' ? base : 'any';
  return { kind: 'protocol', network, number: parsed };
}

function addressOf(reader: Reader, qualifiers: PacketQualifiers): Expression {
  const { type, protocol } = qualifiers;
  const direction = qualifiers.direction ?? 'either';
  const token = reader.token;
  if (token.kind === 'mac') {
    const isEther = protocol === undefined || protocol.text === 'ether' || protocol.text === 'link';
    if (!isEther || type === 'net') {
      const problem = { code: 'filter-is-mac', text: token.text } as const;
      reader.fail(token, problem, write('ether host MAC'));
    }
    reader.take();
    const [high, low] = parseMac(token.text);
    return { kind: 'mac', direction, high, low };
  }
  if (protocol?.text === 'ether' || protocol?.text === 'link') {
    reader.failExpected('mac');
  }
  const isNumber = token.kind === 'number';
  if (token.kind !== 'dotted' && token.kind !== 'ipv6' && !isNumber)
    failAddress(reader, qualifiers);
  reader.take();
  const net = netAfter(reader, token, type);
  const six = net.words.length === 4;
  const network = protocol === undefined ? 'any' : networkOf(reader, protocol, token, six);
  return { kind: 'address', direction, network, words: net.words, mask: net.mask };
}

/** The address of `token`, with the `/len` or `mask` that may follow it. */
function netAfter(reader: Reader, token: Token, type: PacketQualifiers['type']): Net {
  let bits: number | undefined;
  let last = token;
  if (reader.isSymbol('/')) {
    reader.take();
    if (reader.token.kind !== 'number') reader.failExpected('prefix-length');
    last = reader.take();
    bits = reader.good(parseNumber(last.text), last);
  } else if (reader.isWord('mask') && token.kind === 'dotted') {
    reader.take();
    if (reader.token.kind !== 'dotted') reader.failExpected('netmask');
    last = reader.take();
    const address = reader.good(parseDotted(token.text), token);
    const mask = reader.good(parseDotted(last.text), last);
    const text = `${token.text} mask ${last.text}`;
    return reader.good(masked(address.words, mask.words, text), token, last);
  }
  if (token.kind === 'dotted') return reader.good(parseDotted(token.text, bits), token, last);
  if (token.kind === 'ipv6') return reader.good(parseSix(token.text, bits), token, last);
  const value = reader.good(parseNumber(token.text), token);
  if (type === 'net') return reader.good(parseLoneNet(value, bits), token, last);
  return { words: [value | 0], mask: [-1] };
}

/** Whether a qualifier before `host` or `net` goes with an address of this family. */
function networkOf(reader: Reader, protocol: Token, address: Token, six: boolean): Network {
  const { text } = protocol;
  if (!(words.NETWORKS as readonly string[]).includes(text)) {
    const hint = write(`${text} and host ${address.text}`);
    reader.fail(protocol, { code: 'filter-not-with-address', text }, hint);
  }
  if ((text === 'ip6') !== six) {
    const family = six ? 'IPv6' : 'IPv4';
    const problem = {
      code: 'filter-wrong-family',
      text: address.text,
      family,
      word: text,
    } as const;
    reader.fail(address, problem);
  }
  return text as Network;
}

function failAddress(reader: Reader, { type }: PacketQualifiers): never {
  const { kind, text } = reader.token;
  if (kind !== 'word' && kind !== 'escaped') {
    reader.failExpected(type === 'net' ? 'network' : 'address');
  }
  if (kind === 'word' && words.RESERVED.has(text)) reader.failExpected('address');
  const near = nearest(text, words.STARTERS);
  reader.fail(
    reader.token,
    { code: 'filter-no-lookup', text },
    meant(near) ?? { code: 'hint-write-names' },
  );
}

/** The name at the current token, as the word before it takes it. */
function nameOf(reader: Reader, { word, direction }: NameQualifiers): Expression {
  reader.wantName(word);
  const choices = words.CHOICES[word];
  if (choices !== undefined) reader.want(choices);
  const name = reader.name();
  const isConnective = name?.kind === 'word' && ['and', 'or', 'not'].includes(name.text);
  if (name === undefined || isConnective) reader.failExpected('name-after', undefined, word);
  reader.takeName(name);
  if (name.text === '') reader.fail(name, { code: 'filter-empty-name', word });
  if (choices !== undefined) return choiceOf(reader, word, name, choices);
  switch (word) {
    case 'iface':
    case 'file':
      return { kind: 'place', word, pattern: name.text };
    case 'dns':
    case 'sni':
      return { kind: 'name', word, pattern: name.text.toLowerCase().replace(/(.)\.$/, '$1') };
    default:
      return objectOf(reader, word as 'pod', name, direction ?? 'either');
  }
}

function choiceOf(
  reader: Reader,
  word: string,
  name: Token,
  choices: readonly string[],
): Expression {
  if (!choices.includes(name.text)) {
    const near = meant(nearest(name.text, choices)) ?? ({ code: 'hint-one-of', choices } as const);
    reader.fail(name, { code: 'filter-unknown', what: word, text: name.text }, near);
  }
  if (word === 'label') return { kind: 'label', label: name.text };
  if (word === 'encap') return { kind: 'encapsulation', type: name.text };
  return { kind: 'nat', type: name.text as 'any' };
}

function objectOf(
  reader: Reader,
  word: 'pod' | 'ns' | 'node' | 'svc',
  name: Token,
  direction: Direction,
): Expression {
  const parts = name.text.split('/');
  const takesNamespace = word === 'pod' || word === 'svc';
  if (parts.length > (takesNamespace ? 2 : 1) || parts.includes('')) {
    const { text } = name;
    const mayHaveNamespace = takesNamespace;
    reader.fail(name, { code: 'filter-no-name-of', text, word, mayHaveNamespace });
  }
  const namespace = parts.length === 2 ? parts[0]! : undefined;
  return { kind: 'object', word, direction, namespace, name: parts[parts.length - 1]! };
}
