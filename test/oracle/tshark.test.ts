/**
 * Every field that netlens declares, of every frame, as tshark reads it: over the fixtures, the
 * samples, and the shared captures where they are at hand (NETLENS_CAPTURES, or ../shared/captures).
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { needTools, skip } from '../support/skip.ts';
import { type FrameChoice, isAlike } from './compare.ts';
import { knownDifferences, knownFrameCounts } from './known-differences.ts';
import { writeChangedSamples, writeSamples } from './samples-as-files.ts';
import { type Capture, capturesIn, type Survey, survey, tell } from './survey.ts';

const shared = path.resolve(process.env.NETLENS_CAPTURES ?? '../shared/captures');

/** Changed copies of each sample. */
const CHANGES = 40;

function report(what: string, result: Survey): void {
  console.log(`oracle, ${what}: ${tell(result, 3)}`);
}

describe('tshark reads every declared field of every frame the same', function () {
  this.timeout(480_000);
  const uses = knownDifferences.map(() => 0);
  const countsUsed = new Set<string>();
  let surveyedAll = false;

  before(function () {
    needTools(this, 'tshark');
  });

  async function agree(
    what: string,
    captures: readonly Capture[],
    chosen?: FrameChoice,
  ): Promise<Survey> {
    const result = await survey(captures, chosen);
    report(what, result);
    result.uses.forEach((count, i) => {
      uses[i]! += count;
    });
    for (const file of result.countsUsed) countsUsed.add(file);
    assert.ok(result.frames > 0, 'no frames were compared');
    assert.deepEqual(result.miscounted, []);
    assert.equal(result.unexplained, 0, `${result.unexplained} differences without a reason`);
    return result;
  }

  it('in the samples of every protocol', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'netlens-samples-'));
    try {
      writeSamples(directory);
      await agree('samples', capturesIn(directory, 'samples/'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('in samples with changed bytes, where both find the same layers', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'netlens-changed-'));
    try {
      const count = writeChangedSamples(directory, CHANGES, 20_261_122);
      const captures = capturesIn(directory, 'changed/');
      const { frames } = await agree('changed samples', captures, isAlike);
      assert.ok(frames > count / 2, `${frames} of ${count} frames were alike`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('in the fixtures', async function () {
    const captures = capturesIn('fixtures', 'fixtures/');
    if (captures.length === 0) skip(this, 'no fixtures');
    await agree('fixtures', captures);
  });

  it('in the shared captures', async function () {
    if (!existsSync(shared)) skip(this, 'no shared captures (NETLENS_CAPTURES is not a directory)');
    await agree('shared captures', capturesIn(shared, ''));
    surveyedAll = true;
  });

  it('and every known difference is still needed', function () {
    if (!surveyedAll) skip(this, 'some captures are not at hand');
    const unused = knownDifferences.filter((_, i) => uses[i] === 0).map((k) => k.because);
    assert.deepEqual(unused, []);
    const uncounted = knownFrameCounts.filter(({ file }) => !countsUsed.has(file));
    assert.deepEqual(uncounted, []);
  });
});
