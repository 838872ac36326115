import assert from 'node:assert/strict';
import { orderOf } from '../../src/base/order.ts';
import { EndKeys } from '../../src/engine/sort-keys.ts';
import { sortableEnd } from '../../src/view/sort-text.ts';
import { Random } from '../support/random.ts';

describe('orders of conversations by their ends', () => {
  const random = new Random(20_261_122);
  const six = [
    '::',
    '::1',
    'fd00::a:1',
    'fd00:0:0:1::',
    '::ffff:10.0.0.1',
    'fe80::1:2:3:4',
    'ff02::1',
  ];
  const byte = (): number => (random.chance(2) ? random.below(4) : random.below(256));
  const ends = Array.from({ length: 6000 }, () => ({
    ip: random.chance(4) ? random.pick(six) : [byte(), byte(), byte(), byte()].join('.'),
    port: random.chance(3) ? random.below(3) : random.below(65_536),
  }));

  for (const descending of [false, true]) {
    it(`are those of the texts that a table sorts by${descending ? ', turned around' : ''}`, () => {
      const keys = new EndKeys(ends.length, (c) => ends[c]!);
      while (keys.step(performance.now() + 1)) assert.ok(keys.progress < 1);
      const texts = ends.map(sortableEnd);
      const expected = [...ends.keys()].sort((a, b) => {
        if (texts[a] === texts[b]) return a - b;
        return texts[a]! < texts[b]! === descending ? 1 : -1;
      });
      assert.deepEqual([...orderOf(keys.ranks(), descending)], expected);
    });
  }

  it('has what is not known yet at the end', () => {
    const keys = new EndKeys(100, () => ({ ip: '10.0.0.1', port: 1 }));
    keys.step(0);
    const ranks = keys.ranks();
    assert.ok(keys.done > 0 && keys.done < 100);
    assert.ok(ranks.slice(keys.done).every((rank) => rank === Number.POSITIVE_INFINITY));
    assert.ok(ranks.slice(0, keys.done).every(Number.isFinite));
  });
});
