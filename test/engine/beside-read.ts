/** An engine beside `netlens read`: what the program prints, and all rows of a list by pages. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { openEngine } from '../../src/engine/open.ts';
import type { Model, Page } from '../../src/view/model.ts';

const NETLENS = path.resolve('bin/netlens.js');

export function read<Row>(files: readonly string[], ...options: string[]): Row[] {
  const args = [NETLENS, 'read', ...files, '-o', 'jsonl', ...options];
  const { status, stdout, stderr } = spawnSync('node', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** All rows of a list, by pages of odd sizes. */
export async function all<Row>(
  model: Model,
  page: (from: number, count: number) => Promise<Page<Row>>,
): Promise<Row[]> {
  for (let first = await page(0, 0); first.progress < 1; first = await page(0, 0)) {
    await model.settled();
  }
  const rows: Row[] = [];
  for (let more = true; more; ) {
    const { rows: got, total } = await page(rows.length, 1 + ((rows.length * 7) % 97));
    rows.push(...got);
    more = got.length > 0 && rows.length < total;
  }
  return rows;
}

export const bySort = { sort: 'start', descending: false } as const;

export async function withEngine(
  { files }: { files: readonly string[] },
  use: (model: Model) => Promise<void>,
): Promise<void> {
  const engine = await openEngine({ kind: 'files', files });
  try {
    await engine.settled();
    await use(engine);
  } finally {
    await engine.close();
  }
}
