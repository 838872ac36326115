/** Every fixture's truth is in its captures, as tshark sees them: both directions, outer headers, translations. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { needTools } from '../support/skip.ts';
import { problemsOf, readTruth } from './check-fixture.ts';

const made = readdirSync('fixtures')
  .sort()
  .filter((name) => existsSync(join('fixtures', name, 'truth.json')));

describe('the truth of a fixture is in its captures', function () {
  this.timeout(120_000);

  before(function () {
    needTools(this, 'tshark', 'mergecap');
  });

  it('there are fixtures', () => {
    assert.ok(made.includes('calico-ipip'), made.join(', '));
  });

  for (const name of made) {
    it(`${name}: each conversation both ways, in its outer headers, before and after each rewrite`, () => {
      assert.deepEqual(problemsOf(join('fixtures', name)), []);
    });
  }

  it('a wrong outer address, a wrong port and a tunnel that is not there are found', () => {
    const directory = join('fixtures', 'calico-ipip');
    const truth = readTruth(directory);
    const find = (id: string): (typeof truth.conversations)[number] =>
      truth.conversations.find((one) => one.id === id)!;
    find('other-subnet-tcp').encapsulation[0]!.outer.dst = '192.168.10.102';
    find('same-node-tcp').dialled.sport ^= 1;
    find('same-subnet-http').encapsulation = [];
    find('dns-web').translations[0]!.before.dport = 54;
    const problems = problemsOf(directory, truth).map((line) => line.split(':')[0]);
    assert.deepEqual([...new Set(problems)].sort(), [
      'dns-web',
      'other-subnet-tcp',
      'same-node-tcp',
      'same-subnet-http',
    ]);
  });

  it('any.pcapng of calico-ipip holds the frames of one node, each interface with its name', () => {
    const directory = join('fixtures', 'calico-ipip');
    const count = (file: string, ...more: string[]): string[] => {
      const argv = ['-n', '-r', join(directory, file), '-T', 'fields', '-e', ...more];
      return spawnSync('tshark', argv, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
    };
    const joined = count('any.pcapng', 'frame.interface_name');
    const w1 = readTruth(directory).nodes.find(({ name }) => name === 'k8s-w1')!;
    const parts = w1.captures.filter((file) => !file.includes('.any.'));
    const names = parts.map((file) => file.slice('k8s-w1.'.length, -'.pcap'.length));
    assert.deepEqual([...new Set(joined)].sort(), names.sort());
    const frames = parts.flatMap((file) => count(join('captures', file), 'frame.number'));
    assert.equal(joined.length, frames.length);
  });
});
