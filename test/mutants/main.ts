/**
 * `npm run mutants [-- PATTERN]`: tests the tests. Takes each check of a length out of the built
 * decoder in turn, and expects the sweep, the fuzzing or the unit tests to notice. Lists those that
 * nothing noticed: a check that no test needs, or one that another check makes needless.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutantsOf, targets } from './mutants.ts';

const PARALLEL = 2;
const KILL_MS = 120_000;
const here = path.dirname(fileURLToPath(import.meta.url));
const pattern = process.argv[2] ?? '';

/** True when the command fails or hangs with the mutant loaded. */
function notices(mutant: Mutant | undefined, args: readonly string[]): Promise<boolean> {
  const hook = mutant === undefined ? [] : ['--import', path.join(here, 'hook.js')];
  const env = { ...process.env, NETLENS_MUTANT: JSON.stringify(mutant ?? {}) };
  const child = spawn(process.execPath, [...hook, ...args], { env, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code !== 0);
    });
  });
}

const quick = [path.join(here, 'kill.js')];
const slow = ['node_modules/mocha/bin/mocha.js', '--bail', '--ignore', 'dist/test/oracle/**'];
slow.push('dist/test/decode/**/*.test.js', 'dist/test/properties/decode.test.js');

async function isKilled(mutant: Mutant): Promise<boolean> {
  return (await notices(mutant, quick)) || (await notices(mutant, slow));
}

for (const command of [quick, slow]) {
  if (!(await notices(undefined, command))) continue;
  console.error(`fails without any change: node ${command.join(' ')}`);
  process.exit(1);
}

const queue = targets()
  .filter((file) => file.includes(pattern))
  .flatMap(mutantsOf);
const total = queue.length;
const survivors: Mutant[] = [];
let done = 0;

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const killed = await isKilled(mutant);
    done++;
    if (killed) continue;
    survivors.push(mutant);
    const place = `${path.relative('dist/src', mutant.file)}:${mutant.line}`;
    console.log(`${done}/${total} survives: ${place}\n  - ${mutant.before.trim()}`);
    console.log(`  + ${mutant.after.trim()}`);
  }
}

await Promise.all(Array.from({ length: PARALLEL }, work));
console.log(`${total} mutants, ${total - survivors.length} noticed, ${survivors.length} not`);
