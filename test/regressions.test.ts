/** Inputs that once broke us (fixtures/regressions/), through all that they broke. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { regressions } from './fuzz/regressions.ts';
import { Exercise } from './support/exercise.ts';
import { readCapture } from './support/read-capture.ts';

describe('what once broke us no longer does', () => {
  for (const file of regressions('frame')) {
    it(path.basename(file), async function () {
      this.timeout(5000);
      const { frames } = await readCapture(file);
      assert.equal(frames.length, 1);
      const exercise = new Exercise();
      exercise.frame(frames[0]!);
      exercise.finish();
    });
  }
});
