/** Sets of packets and orders of rows are what a plain list would be. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { orderOf } from '../../src/base/order.ts';
import { PacketSet } from '../../src/engine/packet-set.ts';

describe('a set of packets', () => {
  it('finds the n-th and counts those before, as a list does', () => {
    const runs = fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 5000 }),
        one: fc.integer({ min: 1, max: 64 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(runs, (parts) => {
        const set = new PacketSet();
        const members: number[] = [];
        for (const { length, one } of parts) {
          for (let i = 0; i < length; i++) {
            const isIn = i % one === 0;
            if (isIn) members.push(set.done);
            set.add(isIn);
          }
        }
        assert.equal(set.count, members.length);
        for (const [n, packet] of members.entries()) {
          assert.equal(set.select(n), packet);
          assert.equal(set.rank(packet), n);
          assert.ok(set.has(packet));
        }
        assert.equal(set.select(members.length), -1);
        assert.equal(set.select(-1), -1);
        assert.equal(set.rank(set.done), members.length);
        assert.equal(set.rank(1e9), members.length);
        for (let packet = 0; packet < set.done; packet += 97) {
          assert.equal(set.rank(packet), members.filter((member) => member < packet).length);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is empty at first', () => {
    const set = new PacketSet();
    assert.deepEqual([set.count, set.select(0), set.rank(0), set.rank(5)], [0, -1, 0, 0]);
  });
});

describe('an order of rows', () => {
  it('is that of the values, equal ones in order of their rows, either way', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e300, -1),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), fc.boolean(), (values, descending) => {
        const sign = descending ? -1 : 1;
        const compare = (a: number, b: number): number =>
          values[a]! === values[b]! ? a - b : values[a]! < values[b]! ? -sign : sign;
        const expected = [...values.keys()].sort(compare);
        assert.deepEqual([...orderOf(Float64Array.from(values), descending)], expected);
      }),
    );
  });
});
