/** Inputs that once broke us (fixtures/regressions/), through all that they broke. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { regressions } from './fuzz/regressions.ts';
import { Exercise } from './support/exercise.ts';
import { exerciseFile } from './support/exercise-file.ts';
import { readCapture } from './support/read-capture.ts';
import { samples } from './support/samples.ts';

describe('what once broke us no longer does', () => {
  for (const file of regressions('frames')) {
    it(path.basename(file), async function () {
      this.timeout(5000);
      const { frames } = await readCapture(file);
      assert.ok(frames.length > 0);
      const exercise = new Exercise();
      for (const frame of frames) exercise.frame(frame);
      exercise.finish();
    });
  }

  for (const file of regressions('file')) {
    it(path.basename(file), async function () {
      this.timeout(5000);
      const directory = mkdtempSync(path.join(tmpdir(), 'netlens-regressions-'));
      try {
        await exerciseFile(path.join(directory, 'capture'), readFileSync(file));
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }

  it('and the samples do not', () => {
    const exercise = new Exercise();
    for (const { bytes, linktype } of samples) {
      exercise.frame({ bytes, linktype, len: bytes.length });
    }
    exercise.finish();
  });
});
