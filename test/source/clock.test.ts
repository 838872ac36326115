import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Clock } from '../../src/source/clock.ts';

/** Seconds and nanoseconds by arithmetic that cannot be inexact. */
function exact(resolution: number, offset: number, value: bigint): [number, number] {
  const exponent = BigInt(resolution & 0x7f);
  const perSecond = (resolution & 0x80) !== 0 ? 1n << exponent : 10n ** exponent;
  const nanoseconds = ((value % perSecond) * 1_000_000_000n) / perSecond;
  return [Number(value / perSecond) + offset, Number(nanoseconds)];
}

function read(clock: Clock, value: bigint): [number, number] {
  clock.set(Number(value >> 32n), Number(value & 0xffffffffn));
  return [clock.seconds, clock.nanoseconds];
}

const resolutions = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 255 }));

describe('source/clock', () => {
  it('is exact to the nanosecond for every if_tsresol and any 64-bit value', () => {
    fc.assert(
      fc.property(resolutions, fc.bigInt(0n, (1n << 64n) - 1n), (resolution, value) => {
        assert.deepEqual(read(new Clock(resolution, 0), value), exact(resolution, 0, value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('is exact for runs of close timestamps, whatever came before on the same interface', () => {
    const steps = fc.array(fc.bigInt(-3_000_000_000n, 3_000_000_000n), { maxLength: 30 });
    fc.assert(
      fc.property(
        resolutions,
        fc.bigInt(1n << 33n, 1n << 62n),
        steps,
        (resolution, first, gaps) => {
          const clock = new Clock(resolution, 17);
          let value = first;
          for (const gap of [0n, ...gaps]) {
            value = value + gap < 0n ? 0n : value + gap;
            assert.deepEqual(read(clock, value), exact(resolution, 17, value));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is exact on both sides of a second', () => {
    for (let resolution = 0; resolution <= 19; resolution++) {
      const clock = new Clock(resolution, 0);
      const second = 10n ** BigInt(resolution);
      for (const value of [
        1_793_000_000n * second - 1n,
        1_793_000_000n * second,
        second,
        second - 1n,
        0n,
      ]) {
        if (value >= 1n << 64n) continue;
        assert.deepEqual(
          read(clock, value),
          exact(resolution, 0, value),
          `10^-${resolution}: ${value}`,
        );
      }
    }
  });

  it('adds a negative if_tsoffset', () => {
    assert.deepEqual(read(new Clock(6, -100), 1_500_000n), [-99, 500_000_000]);
  });
});
