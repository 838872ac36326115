/**
 * Keeps V8's compiled code of the program beside it, for start.ts: run when the package is built or installed. The
 * program reads a capture in several ways first, so that the functions which that takes are among the compiled.
 * Where it cannot be written, or anything else fails, nothing is lost but time at every start.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CODE, loadScript, runScript } from './start.ts';

const SAMPLE = fileURLToPath(new URL('../../fixtures/calico-ipip/any.pcapng', import.meta.url));
const REHEARSALS = [
  ['read', SAMPLE, '-o', 'jsonl'],
  ['read', SAMPLE, '-o', 'table'],
  ['read', SAMPLE, '--frames', '-c', '200'],
  ['read', SAMPLE, 'tcp port 80'],
];
const REHEARSE = '--rehearse';

async function rehearse(): Promise<void> {
  const script = loadScript();
  const program = runScript(script);
  for (const argv of REHEARSALS) await program.main(argv);
  const temporary = `${CODE}.${process.pid}`;
  writeFileSync(temporary, script.createCachedData());
  renameSync(temporary, CODE);
}

if (process.argv[2] === REHEARSE) await rehearse();
else if (existsSync(SAMPLE)) {
  // its output goes nowhere
  spawnSync(process.execPath, [fileURLToPath(import.meta.url), REHEARSE], { stdio: 'ignore' });
}
