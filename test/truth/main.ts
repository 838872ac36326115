/** `npm run truth [-- [-v] [--vary] FIXTURE...]`: the score of every fixture that has a truth, in a table; of its variations. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Facts } from '../../src/topology/facts.ts';
import {
  CATEGORIES,
  capturesOf,
  conntrackOf,
  factsOf,
  recordsOf,
  type Score,
  score,
  truthOf,
} from './score.ts';
import { VARIATIONS, vary } from './vary.ts';

const ROOT = new URL('../../../fixtures/', import.meta.url).pathname;

async function main(args: string[]): Promise<void> {
  const isVerbose = args.includes('-v');
  const isVaried = args.includes('--vary');
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const names = readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'truth.json')));
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const directory = join(ROOT, name);
    if (isVaried) {
      await showVariations(name, directory, isVerbose);
      continue;
    }
    const facts = await factsOf(directory);
    show(
      name,
      'all captures, metadata',
      await scored(directory, capturesOf(directory), facts, true),
      isVerbose,
    );
    show(
      name,
      'all captures, no metadata',
      await scored(directory, capturesOf(directory), [], false),
      isVerbose,
    );
    for (const file of capturesOf(directory)) {
      show(
        name,
        `${basename(file)}, metadata`,
        await scored(directory, [file], facts, false),
        isVerbose,
      );
      show(name, `${basename(file)} alone`, await scored(directory, [file], [], false), isVerbose);
    }
  }
}

async function showVariations(name: string, directory: string, isVerbose: boolean): Promise<void> {
  for (const variation of VARIATIONS) {
    const out = mkdtempSync(join(tmpdir(), 'netlens-vary-'));
    try {
      const files = vary(directory, variation, out);
      const facts = await factsOf(out);
      show(name, `${variation}, metadata`, await scored(out, files, facts, true), isVerbose);
      show(name, `${variation}, no metadata`, await scored(out, files, [], false), isVerbose);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
}

async function scored(
  directory: string,
  files: readonly string[],
  facts: readonly Facts[],
  isFull: boolean,
): Promise<Score> {
  const truth = truthOf(directory);
  const seen =
    isFull || files.length > 1
      ? truth
      : truth.filter((t) => (t.captures[basename(files[0]!)] ?? 0) > 0);
  const tables = isFull ? conntrackOf(directory) : [];
  return score(seen, await recordsOf(files, facts, tables), isFull);
}

function show(name: string, what: string, result: Score, isVerbose: boolean): void {
  const figures = CATEGORIES.filter((c) => result.of[c] > 0).map(
    (c) => `${c} ${result.right[c]}/${result.of[c]}`,
  );
  process.stdout.write(
    `${name.padEnd(18)} ${what.padEnd(44)} ${figures.join('  ')}  wrong but certain ${result.certainWrong}, wrong ${result.otherWrong}, unknown ${result.unknown}, not found ${result.missing}\n`,
  );
  if (isVerbose || what === 'all captures, metadata')
    for (const fault of result.faults) process.stdout.write(`    ${fault}\n`);
}

await main(process.argv.slice(2));
