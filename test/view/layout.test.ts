import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnDemand, layOut } from '../../src/view/layout.ts';
import { loadWidths, pad, shorten, widthOf } from '../../src/view/width.ts';

const demand = (natural: number, least: number, goes: number): ColumnDemand => ({
  natural,
  least,
  goes,
});

/** Columns that the widths take, gaps included. */
const taken = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + (width > 0 ? width + 1 : 0), -1);

describe('layOut', () => {
  it('gives every column its natural width where there is room', () => {
    assert.deepEqual(layOut([demand(5, 5, 0), demand(20, 10, 1)], 80), [5, 20]);
  });

  it('leaves out the column that goes first, then the next', () => {
    const demands = [demand(10, 10, 0), demand(10, 10, 1), demand(10, 10, 2)];
    assert.deepEqual(layOut(demands, 31), [10, 10, 0]);
    assert.deepEqual(layOut(demands, 20), [10, 0, 0]);
  });

  it('shares what is left between the columns that want more', () => {
    assert.deepEqual(layOut([demand(30, 10, 0), demand(12, 10, 0)], 36), [23, 12]);
  });

  it('never takes more than there is, unless the columns that must stay do', () => {
    const demands = fc.array(
      fc.record({
        natural: fc.nat(60),
        least: fc.integer({ min: 1, max: 60 }),
        goes: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 200 }), (all, total) => {
        const widths = layOut(all, total);
        assert.ok(taken(widths) <= total);
        for (const [c, width] of widths.entries()) assert.ok(width <= all[c]!.natural);
      }),
    );
  });
});

describe('text in columns', () => {
  before(loadWidths);

  it('asks for string-width only when text beyond ASCII is measured', async () => {
    const url = new URL('../../src/view/width.js?fresh', import.meta.url); // other tests have loaded it
    const fresh = (await import(url.href)) as typeof import('../../src/view/width.ts');
    assert.equal(fresh.widthOf('plain'), 5);
    assert.ok(!fresh.widthsMissed());
    fresh.widthOf('\uc11c\uc6b8');
    assert.ok(fresh.widthsMissed());
    await fresh.loadWidths();
    assert.ok(!fresh.widthsMissed());
    assert.equal(fresh.widthOf('\uc11c\uc6b8'), 4);
  });

  it('counts East Asian letters and emoji as two', () => {
    assert.equal(widthOf('\uc11c\uc6b8'), 4);
    assert.equal(widthOf('caf\u00e9'), 4);
    assert.equal(pad('\uc11c\uc6b8', 6), '\uc11c\uc6b8  ');
    assert.equal(pad('7', 3, true), '  7');
  });

  it('shortens to the width, at the end or in the middle', () => {
    assert.equal(shorten('2001:db8:85a3::8a2e:370:7334', 16, 5), '2001:db8:8\u2026:7334');
    assert.equal(shorten('abcdef', 4), 'abc\u2026');
    assert.equal(shorten('abc', 3), 'abc');
  });

  it('never exceeds the width, whatever the script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), fc.nat(8), (text, width, keep) => {
        assert.ok(widthOf(shorten(text, width, keep)) <= Math.max(width, 0));
      }),
    );
  });
});
