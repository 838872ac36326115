import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fixtures, outputsOf } from './golden/outputs.ts';

/** The first line that differs, with its number: a diff of whole outputs is for git. */
function assertSame(actual: string, expected: string, of: string): void {
  if (actual === expected) return;
  const ours = actual.split('\n');
  const theirs = expected.split('\n');
  const i = ours.findIndex((line, n) => line !== theirs[n]);
  const at = i < 0 ? ours.length : i;
  const told = `${of}, line ${at + 1} (npm run golden rewrites; review the diff)`;
  assert.equal(ours[at], theirs[at], told);
  assert.fail(told);
}

describe('golden outputs', () => {
  for (const fixture of fixtures()) {
    it(`shows ${basename(fixture)} as expected`, () => {
      for (const [name, output] of outputsOf(fixture)) {
        const path = join(fixture, 'expected', name);
        assert.ok(existsSync(path), `${path} is missing: npm run golden makes it`);
        assertSame(output, readFileSync(path, 'utf8'), `${basename(fixture)}/${name}`);
      }
    });
  }
});
