/**
 * tcpdump as the oracle: `outer (E)` lets through the frames that `tcpdump -r F E` does, and so does E
 * alone where a frame holds one IP layer. Over the samples, the fixtures and the shared captures
 * (NETLENS_CAPTURES, or ../shared/captures), as one file a link type.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { capturesIn } from '../oracle/survey.ts';
import { samples } from '../support/samples.ts';
import { needTools } from '../support/skip.ts';
import {
  framesOf,
  inParallel,
  makePools,
  netlensMatches,
  odd,
  type Pool,
  tcpdumpMatches,
} from './capture-pool.ts';
import { sharedFilter } from './random-filters.ts';
import { COOKED_EXPRESSIONS, ETHERNET_EXPRESSIONS, EXPRESSIONS } from './tcpdump-expressions.ts';

const shared = path.resolve(process.env.NETLENS_CAPTURES ?? '../shared/captures');
/** Of each capture, so that no single one decides. */
const FRAMES_OF_A_CAPTURE_MAX = 200;
/** tcpdump processes at a time. */
const PARALLEL = 2;
const ETHERNET = 1;
const SLL = 113;
const SLL2 = 276;
const LINKTYPES = [ETHERNET, SLL, SLL2, 101, 228, 0];

/** Compare the filters over one pool; yields how many let some frame through, and the differences as text. */
async function compare(pool: Pool, filters: readonly string[]): Promise<[number, string[]]> {
  const pinned = netlensMatches(
    pool,
    filters.map((text) => (text === '' ? '' : `outer (${text})`)),
  );
  const plain = netlensMatches(pool, filters);
  const differences: string[] = [];
  let effective = 0;
  await inParallel(PARALLEL, filters, async (text, f) => {
    const theirs = await tcpdumpMatches(pool, text);
    if (theirs instanceof Error) {
      differences.push(`tcpdump does not take '${text}': ${theirs.message}`);
      return;
    }
    if (theirs.size > 0) effective++;
    const i = pool.frames.findIndex(
      (_, place) =>
        pinned[f]!.has(place) !== theirs.has(place) ||
        (pool.isPlain[place]! && plain[f]!.has(place) !== theirs.has(place)),
    );
    if (i < 0) return;
    const hex = Buffer.from(pool.frames[i]!.bytes.slice(0, 80)).toString('hex');
    const which = theirs.has(i) ? 'only tcpdump' : 'only netlens';
    differences.push(`link type ${pool.linktype}, '${text}': ${which}: ${hex}`);
  });
  return [effective, differences];
}

describe('filter: tcpdump lets the same frames through', function () {
  this.timeout(300_000);
  let directory: string;
  let pools: Pool[];

  before(async function () {
    needTools(this, 'tcpdump');
    directory = mkdtempSync(path.join(tmpdir(), 'netlens-filter-'));
    const captures = [...capturesIn('fixtures', ''), ...capturesIn(shared, '')];
    const frames = [
      ...samples.map(({ linktype, bytes }) => ({ linktype, bytes, len: bytes.length })),
      ...(await framesOf(captures, FRAMES_OF_A_CAPTURE_MAX)),
    ];
    pools = makePools(frames, LINKTYPES, directory, odd).filter((pool) => pool.frames.length > 0);
    const compared = pools.reduce((sum, pool) => sum + pool.frames.length, 0);
    console.log(`filter oracle: ${compared} frames of ${captures.length} captures and the samples`);
  });

  after(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  it('for every expression of the list, of the outermost layer', async () => {
    let compared = 0;
    let effective = 0;
    const differences: string[] = [];
    for (const pool of pools) {
      const isMain = pool.linktype === ETHERNET || pool.linktype === SLL2;
      const filters = EXPRESSIONS.filter((_, e) => isMain || e % 8 === pools.indexOf(pool));
      if (pool.linktype === ETHERNET) filters.push(...ETHERNET_EXPRESSIONS);
      if (pool.linktype === SLL || pool.linktype === SLL2) filters.push(...COOKED_EXPRESSIONS);
      const [some, found] = await compare(pool, filters);
      compared += filters.length;
      effective += some;
      differences.push(...found);
    }
    console.log(
      `filter oracle: ${compared} comparisons, ${effective} of filters that let frames through`,
    );
    assert.deepEqual(differences.slice(0, 20), []);
    assert.ok(effective > 150, 'most filters find nothing: the frames are too poor');
  });

  it('for random combinations of words', async () => {
    const filters = fc.sample(sharedFilter, { numRuns: 60, seed: 7 });
    const differences: string[] = [];
    for (const pool of pools.filter(({ linktype }) => linktype === ETHERNET || linktype === SLL2)) {
      differences.push(...(await compare(pool, filters))[1]);
    }
    assert.deepEqual(differences.slice(0, 20), []);
  });
});
