/** The same traffic under other names, times, losses: labels stay, or become unknown; none is wrong and certain. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conntrackOf, factsOf, recordsOf, type Score, score, truthOf } from './score.ts';
import { VARIATIONS, type Variation, vary } from './vary.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;
/** One of each way to cross between nodes; `npm run truth -- --vary` has them all. */
const NAMES = ['calico-ipip', 'cilium-vxlan', 'flannel-host-gw', 'weave'];

interface Scores {
  readonly full: Score;
  readonly bare: Score;
}

async function scoresOf(directory: string, captures: readonly string[]): Promise<Scores> {
  const truth = truthOf(directory);
  const facts = await factsOf(directory);
  const tables = conntrackOf(directory);
  return {
    full: score(truth, await recordsOf(captures, facts, tables), true),
    bare: score(truth, await recordsOf(captures, []), false),
  };
}

describe('variations of fixtures', function () {
  this.timeout(120_000);
  let out = '';

  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'netlens-vary-'));
  });

  afterEach(() => {
    rmSync(out, { recursive: true, force: true });
  });

  for (const name of NAMES) {
    for (const variation of VARIATIONS) {
      it(`${name}, ${variation}: nothing is wrong and certain`, async () => {
        const captures = vary(join(FIXTURES, name), variation, out);
        const { bare, full } = await scoresOf(out, captures);
        for (const one of [bare, full]) {
          assert.equal(
            one.certainWrong,
            0,
            one.faults.filter((f) => f.includes('label')).join('\n'),
          );
        }
        if (losesNothing(variation)) assert.deepEqual(full.faults, []);
      });
    }
  }
});

/** Names, clocks and the order of files change nothing that metadata does not tell. */
function losesNothing(variation: Variation): boolean {
  return ['renamed', 'clocks-apart', 'files-turned-round'].includes(variation);
}
