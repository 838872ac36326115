/** What netlens shows of a fixture: the files of its `expected` directory, by name. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { recordsOfFixture } from '../support/fixture-records.ts';
import { picturesOf } from './pictures.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const CAPTURE = 'any.pcapng';

/** Directories of the fixtures that have a capture of all interfaces. */
export function fixtures(): string[] {
  return readdirSync(join(ROOT, 'fixtures'))
    .map((name) => join(ROOT, 'fixtures', name))
    .filter((directory) => existsSync(join(directory, CAPTURE)))
    .sort();
}

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'conversations.jsonl': ['-o', 'jsonl'],
  'table.txt': ['-o', 'table', '--width', '120'],
  'text.txt': ['-o', 'text'],
  'frames.txt': ['--frames', '-#'],
};

/** Output by file name, of the installed build, in UTC and without colours. */
export async function outputsOf(fixture: string): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  for (const [name, args] of Object.entries(COMMANDS)) {
    const netlens = join(ROOT, 'bin/netlens.js');
    const output = execFileSync(process.execPath, [netlens, 'read', CAPTURE, ...args], {
      cwd: fixture,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', NO_COLOR: '1' },
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    outputs.set(name, output);
  }
  for (const [name, picture] of picturesOf(await recordsOfFixture(fixture))) {
    outputs.set(name, picture);
  }
  return outputs;
}
