import assert from 'node:assert/strict';
import { Fingerprints } from '../../src/flow/fingerprints.ts';
import { PrintGroups } from '../../src/flow/print-groups.ts';

/** Fingerprints with these hashes and checks, each of a flow of its own. */
function printsOf(
  count: number,
  hash: (i: number) => number,
  check: (i: number) => number,
): Fingerprints {
  const prints = new Fingerprints(count);
  prints.count = count;
  prints.hash = Int32Array.from({ length: count }, (_, i) => hash(i));
  prints.check = Int32Array.from({ length: count }, (_, i) => check(i));
  prints.flowBy = Int32Array.from({ length: count }, (_, i) => 2 * i);
  return prints;
}

function groupsOf(prints: Fingerprints): number[][] {
  const found: number[][] = [];
  new PrintGroups(prints).forEach((group) => {
    found.push([...group]);
  });
  return found;
}

describe('groups of alike fingerprints', () => {
  it('hold those with one hash whose checks do not contradict', () => {
    const hashes = [7, 9, 7, 7, 9, 8];
    const checks = [1, 3, 0, 5, 3, 1];
    const groups = groupsOf(
      printsOf(
        6,
        (i) => hashes[i]!,
        (i) => checks[i]!,
      ),
    );
    assert.deepEqual(groups, [
      [0, 2],
      [1, 4],
    ]);
  });

  it('are looked for in bounded time when all have one hash and none the same check', () => {
    const prints = printsOf(
      300_000,
      () => 7,
      (i) => i + 1,
    ); // all pairs of them would take minutes
    const groups = new PrintGroups(prints);
    groups.forEach(() => {
      assert.fail('no two are alike');
    });
    assert.ok(groups.overflow > 0, 'what was not looked for is counted');
  });
});
