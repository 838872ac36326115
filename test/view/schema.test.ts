import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const ROOT = new URL('../../../', import.meta.url).pathname;
const NETLENS = join(ROOT, 'bin/netlens.js');

function validator(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  const path = join(ROOT, `docs/schema/netlens.${name}-1.schema.json`);
  return ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
}

/** Of every fixture the capture of all its interfaces. */
function captures(): string[] {
  return readdirSync(join(ROOT, 'fixtures'))
    .map((name) => join(ROOT, 'fixtures', name, 'any.pcapng'))
    .filter((path) => existsSync(path));
}

function lines(...args: string[]): unknown[] {
  const text = execFileSync(process.execPath, [NETLENS, 'read', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function assertAllValid(validate: ValidateFunction, all: unknown[], of: string): void {
  for (const [i, one] of all.entries()) {
    assert.ok(validate(one), `${of}, line ${i + 1}: ${JSON.stringify(validate.errors)}`);
  }
}

describe('published JSON Schemas', () => {
  it('describe every conversation of every fixture', () => {
    const validate = validator('conversation');
    let count = 0;
    for (const capture of captures()) {
      const all = lines('-o', 'jsonl', capture);
      assertAllValid(validate, all, capture);
      count += all.length;
    }
    assert.ok(count > 0);
  });

  it('describe every frame of every fixture', () => {
    const validate = validator('frame');
    let count = 0;
    for (const capture of captures()) {
      const all = lines('-o', 'jsonl', '--frames', capture);
      assertAllValid(validate, all, capture);
      count += all.length;
    }
    assert.ok(count > 0);
  });

  it('describe the ledger, with a filter and without', () => {
    const validate = validator('ledger');
    const directory = mkdtempSync(join(tmpdir(), 'netlens-'));
    try {
      for (const filter of [[], ['tcp']]) {
        const file = join(directory, 'ledger.json');
        lines('-o', 'jsonl', '--ledger', file, captures()[0]!, ...filter);
        assert.ok(existsSync(file));
        assertAllValid(validate, [JSON.parse(readFileSync(file, 'utf8'))], 'ledger');
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('refuse a record with a field too many or one missing', () => {
    const validate = validator('conversation');
    const [record] = lines('-o', 'jsonl', '--top', '1', captures()[0]!) as Record<
      string,
      unknown
    >[];
    assert.ok(validate(record));
    assert.equal(validate({ ...record, surprise: 1 }), false);
    const { hops: _, ...without } = record!;
    assert.equal(validate(without), false);
  });
});
