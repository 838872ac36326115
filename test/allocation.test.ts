/** Nothing is kept for each frame, and decoding allocates nothing at all. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FRAMES = 1_000_000;
const MEGABYTE = 1_000_000;

interface Growth {
  frames: number;
  /** Bytes allocated, collected since or not. */
  allocated: number;
  /** Bytes still there after a collection. */
  kept: number;
}

/** Run one measurement in a process of its own, so that no other test's garbage is counted. */
function growthOf(what: string): Growth {
  const script = fileURLToPath(new URL('./support/measure-allocation.js', import.meta.url));
  // A young generation of 512 MB is never collected meanwhile: 100 bytes a frame show as 100 MB.
  const flags = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];
  const args = [...flags, script, what, String(FRAMES)];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as Growth;
}

describe('a million frames', function () {
  this.timeout(120_000);

  it('are decoded without allocating 2 bytes for each', () => {
    const { frames, allocated, kept } = growthOf('decode');
    assert.equal(frames, FRAMES);
    assert.ok(allocated < 2 * MEGABYTE, `${allocated} bytes allocated`);
    assert.ok(kept < MEGABYTE, `${kept} bytes kept`);
  });

  it('of known connections are observed keeping less than 1 byte for each', () => {
    const { frames, allocated, kept } = growthOf('flow');
    assert.equal(frames, FRAMES);
    assert.ok(allocated < 32 * MEGABYTE, `${allocated} bytes allocated`); // a boxed double or two
    assert.ok(kept < MEGABYTE, `${kept} bytes kept`);
  });
});
