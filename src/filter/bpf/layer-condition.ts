/** What a word asks of one header, as tests of loaded values: one version of the layer at a time. */

import { JEQ, JGE, JGT } from '../../base/bpf.ts';
import type { Direction, Expression, LayerWord } from '../ast.ts';
import { isExtension, SCTP_NUMBER, TCP_NUMBER, UDP_NUMBER } from '../layers.ts';
import {
  all,
  any,
  type Condition,
  compare,
  NO,
  negation,
  type Operand,
  type Version,
  YES,
} from './condition.ts';
import { relationCondition } from './relation-condition.ts';
import { NOWHERE, PROTOCOL } from './slots.ts';

const ALL_BITS = 0xffff_ffff;
const V6_NEXT_HEADER = 6;
const EXTENSIONS = Array.from({ length: 256 }, (_, number) => number).filter(isExtension);

/**
 * The condition under which `expression` holds of a layer of this version. Where it cannot be told, the
 * answer is that of `bound`.
 */
export function conditionOf(
  expression: Expression,
  version: Version,
  bound: 'upper' | 'lower',
): Condition {
  const unknown = bound === 'upper' ? YES : NO;
  switch (expression.kind) {
    case 'and':
      return all(expression.of.map((part) => conditionOf(part, version, bound)));
    case 'or':
      return any(expression.of.map((part) => conditionOf(part, version, bound)));
    case 'not':
      return negation(conditionOf(expression.of, version, bound === 'upper' ? 'lower' : 'upper'));
    case 'address':
      return addressCondition(expression, version);
    case 'port':
      return portCondition(expression, version);
    case 'network':
      return isNetwork(expression.network, version) ? YES : NO;
    case 'protocol':
      return protocolCondition(expression, version, unknown);
    case 'cast':
      return castCondition(expression, version);
    case 'way':
      return { kind: 'way', isOut: expression.way === 'outbound' };
    case 'relation':
      return relationCondition(expression, version) ?? unknown;
    default:
      return unknown;
  }
}

function isNetwork(network: 'ip' | 'ip6' | 'arp' | 'rarp', version: Version): boolean {
  return network === 'ip' ? version === 'ip4' : network === version;
}

type Word<Kind extends LayerWord['kind']> = Extract<LayerWord, { kind: Kind }>;

const V4_ADDRESSES = { src: 12, dst: 16 };
const V6_ADDRESSES = { src: 8, dst: 24 };
const ARP_ADDRESSES = { src: 14, dst: 24 };
/** Of ARP: protocol type, and both address lengths. */
const ARP_PROTOCOL_TYPE = 2;
const ARP_LENGTHS = 4;

function addressCondition(word: Word<'address'>, version: Version): Condition {
  const { network, words, direction } = word;
  if (version === 'none' || version === 'frame') return NO;
  if (network !== 'any' && !isNetwork(network, version)) return NO;
  if (words.length === 4) {
    return version === 'ip6' ? ofEnds(direction, (end) => addressAt(word, V6_ADDRESSES[end])) : NO;
  }
  if (version === 'ip6') return NO;
  if (version === 'ip4') return ofEnds(direction, (end) => addressAt(word, V4_ADDRESSES[end]));
  return all([
    compare({ from: 'layer', at: ARP_PROTOCOL_TYPE, size: 2 }, JEQ, 0x0800),
    compare({ from: 'layer', at: ARP_LENGTHS, size: 2 }, JEQ, 0x0604),
    ofEnds(direction, (end) => addressAt(word, ARP_ADDRESSES[end])),
  ]);
}

function addressAt({ words, mask }: Word<'address'>, at: number): Condition {
  return all(
    words.map((word, i): Condition => {
      const bits = mask[i]! >>> 0;
      if (bits === 0) return word === 0 ? YES : NO;
      return compare({ from: 'layer', at: at + 4 * i, size: 4 }, JEQ, word >>> 0, bits);
    }),
  );
}

function ofEnds(direction: Direction, of: (end: 'src' | 'dst') => Condition): Condition {
  switch (direction) {
    case 'src':
    case 'dst':
      return of(direction);
    case 'either':
      return any([of('src'), of('dst')]);
    case 'both':
      return all([of('src'), of('dst')]);
  }
}

const TRANSPORT_NUMBERS = { tcp: [TCP_NUMBER], udp: [UDP_NUMBER], sctp: [SCTP_NUMBER] };
const ANY_TRANSPORT = [TCP_NUMBER, UDP_NUMBER, SCTP_NUMBER];

function portCondition(word: Word<'port'>, version: Version): Condition {
  if (version !== 'ip4' && version !== 'ip6') return NO;
  const { transport, direction, first, last } = word;
  const numbers = transport === 'any' ? ANY_TRANSPORT : TRANSPORT_NUMBERS[transport];
  const portAt = (end: 'src' | 'dst'): Condition => {
    const operand: Operand = { from: 'payload', at: end === 'src' ? 0 : 2, size: 2 };
    if (first === last) return compare(operand, JEQ, first);
    const isBelow = negation(compare(operand, JGT, last));
    if (first === 0) return isBelow;
    const isAbove = compare(operand, JGE, first);
    return last === 0xffff ? isAbove : all([isAbove, isBelow]);
  };
  const isCarried = any(
    numbers.map((number) => compare({ from: 'slot', slot: PROTOCOL }, JEQ, number)),
  );
  return all([isCarried, { kind: 'room', len: 4 }, ofEnds(direction, portAt)]);
}

function protocolCondition(
  { network, number }: Word<'protocol'>,
  version: Version,
  unknown: Condition,
): Condition {
  if (version !== 'ip4' && version !== 'ip6') return NO;
  if (network !== 'any' && !isNetwork(network, version)) return NO;
  if (version === 'ip4' || !isExtension(number)) {
    // whether its header is ELSEWHERE does not matter
    return compare({ from: 'slot', slot: PROTOCOL }, JEQ, number, NOWHERE | 0xff);
  }
  const first: Operand = { from: 'layer', at: V6_NEXT_HEADER, size: 1 };
  const isChain = EXTENSIONS.map((extension) => compare(first, JEQ, extension));
  return any([compare(first, JEQ, number), all([any(isChain), unknown])]);
}

function castCondition({ network, to }: Word<'cast'>, version: Version): Condition {
  if (network === 'ip6') {
    return version === 'ip6' ? compare({ from: 'layer', at: 24, size: 1 }, JEQ, 0xff) : NO;
  }
  if (version !== 'ip4') return NO;
  const destination: Operand = { from: 'layer', at: V4_ADDRESSES.dst, size: 4 };
  if (to === 'multicast') return compare(destination, JGE, 0xe000_0000);
  return any([compare(destination, JEQ, ALL_BITS), compare(destination, JEQ, 0)]);
}
