/** Tests of a header's values joined with and, or, not: what a question comes to at one place of the walk. */

import type { JEQ, JGE, JGT } from '../../base/bpf.ts';
import type { Expression } from '../ast.ts';

/** Which header the question is asked of; `none`: the frame has no layer; `frame`: of the frame as a whole. */
export type Version = 'ip4' | 'ip6' | 'arp' | 'rarp' | 'none' | 'frame';

/** Where a value comes from: bytes behind the layer's start or its payload's, or a slot. */
export type Operand =
  | { readonly from: 'layer' | 'payload'; readonly at: number; readonly size: 1 | 2 | 4 }
  | { readonly from: 'slot'; readonly slot: number };

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** (operand & mask) test value, without sign. */
  | {
      readonly kind: 'compare';
      readonly operand: Operand;
      readonly mask: number;
      readonly test: typeof JEQ | typeof JGT | typeof JGE;
      readonly value: number;
    }
  /** The layer's payload has at least this many bytes. */
  | { readonly kind: 'room'; readonly len: number }
  /** A frame that this machine sent, or one that it did not. */
  | { readonly kind: 'way'; readonly isOut: boolean }
  | { readonly kind: 'relation'; readonly of: Extract<Expression, { kind: 'relation' }> };

export const YES: Condition = { kind: 'constant', value: true };
export const NO: Condition = { kind: 'constant', value: false };

const ALL_BITS = 0xffff_ffff;

export function compare(
  operand: Operand,
  test: typeof JEQ | typeof JGT | typeof JGE,
  value: number,
  mask = ALL_BITS,
): Condition {
  return { kind: 'compare', operand, mask, test, value: value >>> 0 };
}

export function negation(of: Condition): Condition {
  if (of.kind === 'constant') return of.value ? NO : YES;
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

export function all(of: readonly Condition[]): Condition {
  const parts = of.flatMap((part) => (part.kind === 'all' ? part.of : [part]));
  if (parts.some((part) => part.kind === 'constant' && !part.value)) return NO;
  const rest = parts.filter((part) => part.kind !== 'constant');
  if (rest.length === 0) return YES;
  return rest.length === 1 ? rest[0]! : { kind: 'all', of: rest };
}

/**
 * Alternatives that begin with the same tests share them, and comparisons of one value stand together,
 * so that it is loaded once: `port 80 or port 443` asks once whether there are ports.
 */
export function any(of: readonly Condition[]): Condition {
  const parts = of.flatMap((part) => (part.kind === 'any' ? part.of : [part]));
  if (parts.some((part) => part.kind === 'constant' && part.value)) return YES;
  const rest = parts.filter((part) => part.kind !== 'constant');
  if (rest.length === 0) return NO;
  const groups = new Map<string, Condition[]>();
  for (const part of rest) {
    const key = part.kind === 'all' ? `all ${JSON.stringify(part.of.slice(0, -1))}` : loadOf(part);
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  const grouped = [...groups.values()].flatMap(shared);
  return grouped.length === 1 ? grouped[0]! : { kind: 'any', of: grouped };
}

function loadOf(part: Condition): string {
  return part.kind === 'compare' ? JSON.stringify([part.operand, part.mask]) : part.kind;
}

function shared(group: readonly Condition[]): readonly Condition[] {
  const [first] = group;
  if (group.length === 1 || first?.kind !== 'all') return group;
  const lasts = group.map((part) => (part.kind === 'all' ? part.of.at(-1)! : part));
  return [all([...first.of.slice(0, -1), any(lasts)])];
}
