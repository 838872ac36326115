import assert from 'node:assert/strict';
import fc from 'fast-check';
import { orderOf } from '../../src/base/order.ts';

/** The plain way: compare, equal ones by their numbers. */
function compared(values: readonly number[], descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return values.map((_, i) => i).sort((a, b) => sign * Math.sign(values[a]! - values[b]!) || a - b);
}

/** More values than are sorted by comparing: the given ones over and over. */
function many(values: readonly number[]): number[] {
  return Array.from({ length: 5000 }, (_, i) => values[(i * 7919) % values.length]!);
}

describe('the order of rows by their values', () => {
  const numbers = fc.array(
    fc.double({ noNaN: true }).map((n) => n + 0),
    { minLength: 1, maxLength: 50 },
  );

  it('is that of comparing, for few and for many rows, both ways', () => {
    fc.assert(
      fc.property(numbers, fc.boolean(), (few, descending) => {
        for (const values of [few, many(few)]) {
          const order = orderOf(Float64Array.from(values), descending);
          assert.deepEqual([...order], compared(values, descending));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of what is in order already is the order it has', () => {
    const values = Float64Array.from({ length: 10_000 }, (_, i) => i >> 2);
    assert.deepEqual([...orderOf(values, false)], [...values.keys()]);
  });
});
