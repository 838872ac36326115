import assert from 'node:assert/strict';
import {
  countOf,
  showCount,
  showSize,
  showSpan,
  showTimeOfDay,
  spanOf,
} from '../../src/view/amounts.ts';

describe('amounts for people', () => {
  it('shows sizes in decimal units, three digits at most before the unit', () => {
    const shown = [0, 999, 1000, 1234, 99_499, 99_500, 999_499, 999_500, 1e9, 1.5e12].map(showSize);
    assert.deepEqual(shown, [
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 kB',
      '99.5 kB',
      '100 kB',
      '999 kB',
      '1.0 MB',
      '1.0 GB',
      '1.5 TB',
    ]);
  });

  it('shows spans in the unit that suits them', () => {
    const nanoseconds = [0, 50, 188_000, 999_499, 1_250_000, 12.3e9, 59.9e9, 125e9, 3720e9, 2e14];
    assert.deepEqual(nanoseconds.map(showSpan), [
      '0',
      '0.1us',
      '188us',
      '999us',
      '1.3ms',
      '12.3s',
      '59.9s',
      '2m05s',
      '1h02m',
      '2d08h',
    ]);
  });

  it('counts in words', () => {
    assert.equal(countOf(1, 'frame'), '1 frame');
    assert.equal(countOf(12_345, 'frame'), '12,345 frames');
    assert.equal(showCount(1_000_000), '1,000,000');
  });

  it('takes the difference of two times to the nanosecond', () => {
    const start = '2026-11-22T05:55:57.999999999Z';
    assert.equal(spanOf(start, '2026-11-22T05:55:58.000000001Z'), 2);
    assert.equal(showTimeOfDay(start), '05:55:57.999999');
    const late = '18446744073204.125829120Z'; // no Date holds it; a pcapng's 64 bits do
    assert.equal(spanOf(late, '18446744073206.125829121Z'), 2_000_000_001);
    assert.equal(showTimeOfDay(late), '07:53:24.125829');
  });
});
