import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { CAPTURE, netlens, ROOT, withDirectory } from './run.ts';

const LOG = 'fixtures/flow-logs/vpc.log';
const KUBE = ['--kube-json', 'fixtures/flow-logs/kube'];

function validator(name: string): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  const path = join(ROOT, `docs/schema/netlens.${name}-1.schema.json`);
  return ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
}

describe('netlens read of VPC flow logs', () => {
  it('writes conversations and ledger as the schemas say', () =>
    withDirectory((directory) => {
      const path = join(directory, 'ledger.json');
      const { code, out } = netlens(['read', LOG, ...KUBE, '-o', 'jsonl', '--ledger', path]);
      assert.equal(code, 0);
      const valid = validator('conversation');
      const all = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(all.length, 8);
      for (const one of all) assert.ok(valid(one), JSON.stringify(one));
      const ledger = JSON.parse(readFileSync(path, 'utf8'));
      assert.ok(validator('ledger')(ledger), JSON.stringify(ledger));
      assert.deepEqual([ledger.flowLogs.records, ledger.flowLogs.noData], [23, 1]);
    }));

  for (const format of ['table', 'text', 'csv']) {
    it(`shows them as ${format}, with the ledger`, () => {
      const { code, out, err } = netlens(['read', LOG, ...KUBE, '-o', format]);
      assert.equal(code, 0);
      assert.match(out, /client-b/);
      assert.match(out + err, /Read 23 records of 1 flow log: 8 conversations/);
      assert.match(
        out + err,
        /1 window without traffic \(NODATA\); 1 window not logged \(SKIPDATA\)/,
      );
    });
  }

  it('chooses by the filter, and explains', () => {
    const { out } = netlens(['read', LOG, ...KUBE, '-o', 'jsonl', 'label cross-node and port 53']);
    assert.equal(out.trim().split('\n').length, 1);
    const explained = netlens(['explain', ...KUBE, LOG, '1']);
    assert.match(explained.out, /nothing was rewritten/);
    assert.match(explained.out, /line 2 of vpc\.log/);
  });

  it('refuses what only frames can answer, with a reason', () => {
    for (const args of [
      ['--frames'],
      ['-w', 'x.pcap'],
      ['-c', '3'],
      ['--count'],
      ['--follow'],
      ['vlan 3'],
    ]) {
      const { code, out, err } = netlens(['read', LOG, ...args]);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, /^netlens: .*flow log/, args.join(' '));
    }
  });

  it('refuses captures beside them, and asks for the order where it cannot know it', () => {
    const mixed = netlens(['read', LOG, CAPTURE]);
    assert.deepEqual([mixed.code, /read them apart/.test(mixed.err)], [2, true]);
    const unknown = netlens(['read', 'fixtures/flow-logs/custom-order.log']);
    assert.deepEqual([unknown.code, /--flow-log-format/.test(unknown.err)], [2, true]);
    const wrong = netlens(['read', LOG, '--flow-log-format', 'src-addr dstaddr']);
    assert.deepEqual([wrong.code, /did you mean srcaddr\?/.test(wrong.err)], [2, true]);
  });

  it('reads a pipe whose format is given', () => {
    const input = readFileSync(join(ROOT, 'fixtures/flow-logs/default.log'));
    const { code, out } = netlens(['read', '-', '--flow-log-format', 'default', ...KUBE], {
      input,
    });
    assert.equal(code, 0);
    assert.match(out, /2 conversations of 3 flows/);
  });

  it('tells damaged lines and ends with 1', () =>
    withDirectory((directory) => {
      const path = join(directory, 'bad.log');
      writeFileSync(path, `${readFileSync(join(ROOT, LOG), 'utf8')}what is this\n`);
      const { code, out } = netlens(['read', path]);
      assert.equal(code, 1);
      assert.match(out, /1 damaged line: line 27: it has 3 fields, 23 were expected/);
    }));

  it('teach netlens topology who owns an address, in any order of fields', () => {
    const whose = (...args: string[]) => netlens(['topology', ...args, '--who', '10.0.1.161']);
    const { code, out } = whose(LOG);
    assert.equal(code, 0);
    assert.match(out, /^10\.0\.1\.161 is pod on 10\.0\.1\.60 \(guess\): eni-3131f8ebebe0fa96e /);
    const custom = 'fixtures/flow-logs/custom-order.log';
    const unknown = whose(custom);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /give their order with --flow-log-format/);
    const mixed = netlens(['topology', LOG, CAPTURE]);
    assert.equal(mixed.code, 2);
    assert.match(mixed.err, /captures and flow logs cannot be read together/);
  });
});
