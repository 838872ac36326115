/** A lab left up for a learner: traffic that its exercise finds, and nothing left of it afterwards. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labOfNamespace, namespaceName } from '../../lab/blocks/names.ts';
import { needRoot, needTools } from '../support/skip.ts';

const NETLENS = join('bin', 'netlens.js');
const LAB = 'flannel-vxlan';

function lab(...argv: string[]): { status: number | null; said: string } {
  const done = spawnSync(process.execPath, [NETLENS, 'lab', ...argv], { encoding: 'utf8' });
  return { status: done.status, said: done.stdout + done.stderr };
}

function output(program: string, ...argv: string[]): string {
  return spawnSync(program, argv, { encoding: 'utf8' }).stdout;
}

/** What this machine's own network has: links, addresses, routes, rules, without counters. */
function hostNetwork(): string {
  const rules = output('iptables-save')
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '');
  const links = output('ip', '-o', 'link')
    .replace(/^\d+: /gm, '')
    .split('\n');
  return [...links.map((line) => line.split(':')[0]), output('ip', 'route'), rules].join('\n');
}

function namespaces(): string[] {
  return output('ip', 'netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0]!)
    .filter((name) => labOfNamespace(name) === LAB);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a lab that is up', function () {
  this.timeout(120_000);
  let folder = '';

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'iptables', 'iptables-save', 'bridge', 'python3', 'tcpdump', 'conntrack');
    folder = mkdtempSync(join(tmpdir(), 'netlens-lab-'));
  });

  after(() => {
    if (folder === '') return;
    lab('down', LAB);
    rmSync(folder, { recursive: true });
  });

  it('has traffic that its exercise finds, and leaves the machine as it was', async () => {
    const before = hostNetwork();
    const up = lab('up', LAB, '--traffic', '40s');
    assert.equal(up.status, 0, up.said);
    assert.match(up.said, /flannel-vxlan is up: 15 namespaces, traffic until/);
    const file = join(folder, 'w1.pcap');
    const node = namespaceName(LAB, 'w1');
    const dump = ['tcpdump', '-i', 'any', '-y', 'LINUX_SLL2', '-U', '-Z', 'root', '-w', file];
    const capture = spawn('ip', ['netns', 'exec', node, ...dump], { stdio: 'ignore' });
    await sleep(1500);
    output(
      'ip',
      'netns',
      'exec',
      namespaceName(LAB, 'pod1'),
      'ip',
      'neigh',
      'flush',
      'dev',
      'eth0',
    );
    await sleep(8000);
    capture.kill('SIGINT');
    await new Promise((resolve) => capture.once('close', resolve));
    const { said, status } = lab('check', LAB, file);
    assert.equal(status, 0, said);
    assert.match(lab('list').said, /^flannel-vxlan +up /m);
    const again = lab('up', LAB);
    assert.equal(again.status, 1);
    assert.match(again.said, /lab flannel-vxlan is up: take it down first/);
    assert.match(lab('down', LAB).said, /flannel-vxlan is down: 15 namespaces deleted/);
    assert.deepEqual(namespaces(), []);
    assert.equal(hostNetwork(), before);
  });

  it('that was killed while being built is taken down all the same', async () => {
    const child = spawn(process.execPath, [NETLENS, 'lab', 'up', LAB], { stdio: 'ignore' });
    while (namespaces().length < 4 && child.exitCode === null) await sleep(10);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    assert.ok(namespaces().length > 0);
    assert.match(lab('down', LAB).said, /is down: \d+ namespaces deleted/);
    assert.deepEqual(namespaces(), []);
    assert.match(lab('down', LAB).said, /was not up/);
  });

  it('gives each namespace to the lab with the longest name that fits', () => {
    assert.equal(labOfNamespace('nl-aws-vpc-cni-n1'), 'aws-vpc-cni');
    assert.equal(labOfNamespace('nl-aws-vpc-cni-external-snat-n1'), 'aws-vpc-cni-external-snat');
    assert.equal(labOfNamespace('nl-somebody-elses'), undefined);
  });

  it('refuses durations that are none', () => {
    const { said, status } = lab('up', LAB, '--traffic', '5x');
    assert.equal(status, 2);
    assert.match(said, /90s, 10m or 2h/);
  });
});
