/** The bundled program and V8's compiled code of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './run.ts';

const CODE = `netlens-${process.version}-${process.arch}.code`;

/** `netlens --help` of a copy of the package, after `change` has had its way with the copied bundle. */
function helpAfter(change: (bundle: string) => void): string {
  const copy = mkdtempSync(join(tmpdir(), 'netlens-start-'));
  try {
    for (const part of ['bin', 'dist/bundle', 'package.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true, preserveTimestamps: true });
    }
    change(join(copy, 'dist/bundle'));
    return execFileSync(process.execPath, [join(copy, 'bin/netlens.js'), '--help'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } finally {
    rmSync(copy, { recursive: true });
  }
}

describe('the bundled program', () => {
  it('starts without compiled code', () => {
    assert.match(
      helpAfter((bundle) => rmSync(join(bundle, CODE), { force: true })),
      /Usage: netlens/,
    );
  });

  it('starts with compiled code that is none', () => {
    assert.match(
      helpAfter((bundle) => writeFileSync(join(bundle, CODE), 'no code'.repeat(1000))),
      /Usage: netlens/,
    );
  });

  it('leaves compiled code alone that is older than the program', () => {
    const text = helpAfter((bundle) => {
      const program = join(bundle, 'netlens.cjs');
      // as long as before: V8 itself would take the old code for this program's
      const changed = readFileSync(program, 'latin1').replace('Usage: netlens', 'Usage: NETLENS');
      writeFileSync(program, changed, 'latin1');
      const past = new Date(Date.now() - 3_600_000);
      if (existsSync(join(bundle, CODE))) utimesSync(join(bundle, CODE), past, past); // made for the Node that built it
    });
    assert.match(text, /Usage: NETLENS/);
  });
});
