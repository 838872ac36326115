import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fixtures, outputsOf } from './golden/outputs.ts';

/** Columns shown before and after the first difference: a diff of whole outputs is for git. */
const AROUND = 100;

function assertSame(actual: string, expected: string, of: string): void {
  if (actual === expected) return;
  const ours = actual.split('\n');
  const theirs = expected.split('\n');
  let line = 0;
  while (line < ours.length && ours[line] === theirs[line]) line++;
  const a = ours[line] ?? '';
  const b = theirs[line] ?? '';
  let column = 0;
  while (column < a.length && a[column] === b[column]) column++;
  const window = (text: string): string =>
    text.slice(Math.max(0, column - AROUND), column + AROUND);
  const told = `${of}, line ${line + 1} (npm run golden rewrites; review the diff)`;
  assert.fail(`${told}\n  now      ${window(a)}\n  expected ${window(b)}`);
}

describe('golden outputs', () => {
  for (const fixture of fixtures()) {
    it(`shows ${basename(fixture)} as expected`, async () => {
      for (const [name, output] of await outputsOf(fixture)) {
        const path = join(fixture, 'expected', name);
        assert.ok(existsSync(path), `${path} is missing: npm run golden makes it`);
        assertSame(output, readFileSync(path, 'utf8'), `${basename(fixture)}/${name}`);
      }
    });
  }
});
