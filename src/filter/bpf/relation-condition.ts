/** Relations over bytes (`tcp[13] & 2 != 0`): which can be computed, and under which headers. */

import { JEQ, SLOTS } from '../../base/bpf.ts';
import type { Arithmetic, Expression, Header } from '../ast.ts';
import { TRANSPORTS } from '../words.ts';
import { all, type Condition, compare, NO, type Version } from './condition.ts';
import { PARTS, PROTOCOL } from './slots.ts';

type Relation = Extract<Expression, { kind: 'relation' }>;

/** Bytes at the start of a frame that stand there whether or not it has a VLAN tag: Ethernet's addresses. */
const UNTAGGED_LEN = 12;

/** The condition under which the relation holds, or undefined when a program cannot tell. */
export function relationCondition(relation: Relation, version: Version): Condition | undefined {
  const { left, right } = relation;
  if (1 + Math.max(partsOf(left), partsOf(right)) > SLOTS - PARTS) return undefined;
  if (hasOddShift(left) || hasOddShift(right)) return undefined;
  const headers = [...headersOf(left), ...headersOf(right)];
  if (headers.includes('ether') && version !== 'frame') return undefined;
  const present = headers.map((header) => presence(header, version));
  return all([...present, { kind: 'relation', of: relation }]);
}

function presence(header: Header, version: Version): Condition {
  switch (header) {
    case 'ether':
      return { kind: 'constant', value: true };
    case 'ip':
      return { kind: 'constant', value: version === 'ip4' };
    case 'ip6':
    case 'arp':
    case 'rarp':
      return { kind: 'constant', value: version === header };
    default: {
      const { number, network } = TRANSPORTS[header]!;
      const fits = network === 'any' || (network === 'ip' ? 'ip4' : 'ip6') === version;
      const isIp = version === 'ip4' || version === 'ip6';
      return isIp && fits ? compare({ from: 'slot', slot: PROTOCOL }, JEQ, number) : NO;
    }
  }
}

function headersOf(arithmetic: Arithmetic): Header[] {
  switch (arithmetic.kind) {
    case 'bytes':
      return [arithmetic.header, ...headersOf(arithmetic.at)];
    case 'negate':
      return headersOf(arithmetic.of);
    case 'binary':
      return [...headersOf(arithmetic.left), ...headersOf(arithmetic.right)];
    default:
      return [];
  }
}

/** A shift by what only the frame says: when it is by more than 31 bits, its left side need not be there. */
function hasOddShift(arithmetic: Arithmetic): boolean {
  switch (arithmetic.kind) {
    case 'bytes':
      return hasOddShift(arithmetic.at);
    case 'negate':
      return hasOddShift(arithmetic.of);
    case 'binary': {
      const { operator, left, right } = arithmetic;
      const isShift = operator === '<<' || operator === '>>';
      if (isShift && (right.kind !== 'number' || right.value > 31)) return true;
      return hasOddShift(left) || hasOddShift(right);
    }
    default:
      return false;
  }
}

/** How many values must be kept aside while the value is computed. */
function partsOf(arithmetic: Arithmetic): number {
  switch (arithmetic.kind) {
    case 'bytes':
      return arithmetic.at.kind === 'number' ? 0 : Math.max(1, partsOf(arithmetic.at));
    case 'negate':
      return partsOf(arithmetic.of);
    case 'binary':
      return Math.max(partsOf(arithmetic.left), 1 + partsOf(arithmetic.right));
    default:
      return 0;
  }
}

/**
 * Whether the value depends on bytes that a VLAN tag would move: the kernel keeps the tag beside the
 * frame, whereas captures have it in its place.
 */
export function movesWithTag(relation: Relation): boolean {
  return readsPastAddresses(relation.left) || readsPastAddresses(relation.right);
}

function readsPastAddresses(arithmetic: Arithmetic): boolean {
  switch (arithmetic.kind) {
    case 'bytes': {
      const { header, at, size } = arithmetic;
      if (header !== 'ether') return readsPastAddresses(at);
      return at.kind !== 'number' || at.value + size > UNTAGGED_LEN;
    }
    case 'negate':
      return readsPastAddresses(arithmetic.of);
    case 'binary':
      return readsPastAddresses(arithmetic.left) || readsPastAddresses(arithmetic.right);
    default:
      return false;
  }
}
