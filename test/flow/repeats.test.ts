import assert from 'node:assert/strict';
import fc from 'fast-check';
import { repeatedRows } from '../../src/flow/repeats.ts';

describe('rows whose hash another row has', () => {
  it('are all among those found, in order, each once', () => {
    const hashes = fc.array(fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer()), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(hashes, (values) => {
        const found = [...repeatedRows(Int32Array.from(values), values.length)];
        const repeated = [...values.keys()].filter(
          (row) => values.indexOf(values[row]!) !== values.lastIndexOf(values[row]!),
        );
        assert.deepEqual(
          found,
          [...new Set(found)].sort((a, b) => a - b),
        );
        assert.deepEqual(
          found.filter((row) => repeated.includes(row)),
          repeated,
        );
      }),
    );
  });

  it('are few more than those when no two are alike', () => {
    const count = 100_000;
    const hashes = Int32Array.from({ length: count }, (_, i) => Math.imul(i, 0x9e3779b1));
    assert.ok(repeatedRows(hashes, count).length < count / 8);
  });
});
