/** Every fixture's conversations are what the lab made, and no wrong label is ever called certain. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capturesOf, conntrackOf, factsOf, recordsOf, score, truthOf } from './score.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;

/**
 * Where the evidence is not in the capture: 64 bytes do not reach the SYN flag of a segment inside IPIP,
 * and of a segment over IPv6 in a capture of `any` they hold the ports alone.
 */
const NOT_TO_BE_SEEN = new Map([['tricky-snaplen', /^(reuse-service-\d|v6-node-port): /]]);

/** Labels from one capture alone, without metadata: how many are seen, right, and left unknown. */
const alone = { seen: 0, right: 0, unknown: 0 };

describe('truth', () => {
  for (const name of readdirSync(FIXTURES)) {
    const directory = join(FIXTURES, name);
    if (!existsSync(join(directory, 'truth.json')) || capturesOf(directory).length === 0) continue;

    it(`${name}: all captures with metadata show every conversation as it was`, async () => {
      const records = await recordsOf(
        capturesOf(directory),
        await factsOf(directory),
        conntrackOf(directory),
      );
      const { faults } = score(truthOf(directory), records, true);
      const excused = NOT_TO_BE_SEEN.get(name);
      assert.deepEqual(
        faults.filter((fault) => excused?.test(fault) !== true),
        [],
      );
    });

    it(`${name}: without metadata, and from each capture alone, no wrong label is certain`, async () => {
      const truth = truthOf(directory);
      const views = [capturesOf(directory), ...capturesOf(directory).map((file) => [file])];
      for (const files of views) {
        const isAlone = files.length === 1;
        const seen = isAlone
          ? truth.filter((t) => (t.captures[basename(files[0]!)] ?? 0) > 0)
          : truth;
        for (const facts of [[], await factsOf(directory)]) {
          const result = score(seen, await recordsOf(files, facts), false);
          if (isAlone && facts.length === 0) {
            alone.seen += result.of.label;
            alone.right += result.right.label;
            alone.unknown += result.unknown;
          }
          const where = `${files.map((file) => basename(file)).join(' ')}, ${facts.length === 0 ? 'no ' : ''}metadata`;
          assert.equal(
            result.certainWrong,
            0,
            `${where}: ${result.faults.filter((f) => f.includes(': label:')).join('; ')}`,
          );
        }
      }
    }).timeout(300_000);
  }

  it('from one capture alone, without metadata, few labels are left unknown and most are right', () => {
    const { seen, right, unknown } = alone;
    const told = `${right} of ${seen} right, ${unknown} unknown`;
    assert.ok(seen > 2000 && right > 0.85 * seen && unknown < 0.1 * seen, told);
  });
});
