/** Labels of a live capture on a node of a lab: nothing is known but what the node's own kernel tells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ConversationRecord } from '../../src/classify/record.ts';
import { NETLENS, ROOT } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running } from '../support/wire.ts';

const LAB = 'calico-crosssubnet';
const NODE = `nl-${LAB}-w1`;
const POD = `nl-${LAB}-pod1`;

function lab(...words: string[]): string {
  const done = spawnSync(process.execPath, [NETLENS, 'lab', ...words, LAB], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

/** An HTTP request out of a pod. */
function get(url: string): void {
  const ask = `import urllib.request as u; print(u.urlopen("${url}", timeout=5).status)`;
  const words = ['netns', 'exec', POD, 'python3', '-c', ask];
  const done = spawnSync('ip', words, { encoding: 'utf8' });
  assert.equal(done.stdout.trim(), '200', `${url}: ${done.stderr}`);
}

function shape(record: ConversationRecord): string {
  const { label, client, server, encapsulation, translations } = record;
  const via = encapsulation.map(({ type }) => type).join('+');
  const nat = translations.map(({ type }) => type).join('+');
  return [label, client.kind, client.ip, server.ip, server.port, via, nat].join(' ');
}

describe('netlens capture on a node', function () {
  this.timeout(120_000);

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'iptables', 'ipset', 'conntrack', 'tcpdump', 'tshark', 'python3', 'bird');
    lab('up', '--no-traffic');
  });

  after(() => {
    Running.endAll();
    lab('down');
  });

  it('labels by routes, devices and connections of the node alone; frames are those that tcpdump counts', async () => {
    const words = ['-o', 'jsonl', '--node', 'k8s-w1', 'tcp port 8080 or tcp port 80'];
    const netlens = await Running.netlens(NODE, words);
    const filter =
      '(tcp port 8080 or tcp port 80) or (ip proto 4 and (ip[42:2] = 8080 or ip[40:2] = 8080))';
    const tcpdump = await Running.tcpdump(NODE, ['-i', 'any', '-w', '/dev/null', filter]);
    get('http://172.16.158.2:8080/');
    get('http://172.16.184.1:8080/');
    get('http://172.16.34.1:8080/');
    get('http://10.99.200.5/');
    get('http://198.51.100.80/');
    await netlens.until(() => netlens.out.trim().split('\n').length === 5); // told 2 s after they are closed
    const { out, err } = await netlens.end();
    const theirs = Number(/(\d+) packets captured/.exec((await tcpdump.end()).err)?.[1]);
    const ours = Number(/Captured (\d+) frames/.exec(err)?.[1]);
    assert.equal(ours, theirs, err);
    assert.match(err, /Lost: nothing/);
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ConversationRecord);
    assert.deepEqual(records.map(shape), [
      'same-node pod 172.16.158.1 172.16.158.2 8080  ',
      'cross-node pod 172.16.158.1 172.16.184.1 8080  ',
      'cross-node pod 172.16.158.1 172.16.34.1 8080 ipip ',
      'cross-node pod 172.16.158.1 172.16.34.1 8080 ipip dnat',
      'external pod 172.16.158.1 198.51.100.80 80  snat',
    ]);
    for (const record of records) {
      assert.match(record.lifecycle!, /^(ended|unfinished)$/);
      assert.equal(record.client.node, 'k8s-w1');
      assert.ok(record.hops.length >= 2, 'seen on several devices');
    }
  });

  it('the kernel takes the hops that match; --no-kernel-filter the whole conversation', async () => {
    const words = ['-o', 'jsonl', '--node', 'k8s-w1', 'host 10.99.200.5'];
    const some = await Running.netlens(NODE, words);
    const whole = await Running.netlens(NODE, ['--no-kernel-filter', ...words]);
    get('http://10.99.200.5/');
    const hops = async (running: Running): Promise<(string | null)[]> => {
      const { out } = await running.end();
      const lines = out.trim().split('\n');
      assert.equal(lines.length, 1, out);
      const { hops: of } = JSON.parse(lines[0]!) as ConversationRecord;
      return of.map(({ interface: device }) => device);
    };
    const first = await hops(some);
    assert.equal(first.length, 1);
    assert.deepEqual(await hops(whole), [first[0], 'tunl0', 'eth0']);
  });

  it('`interfaces` tells what the devices of the node are for', () => {
    const words = [
      'netns',
      'exec',
      NODE,
      process.execPath,
      join(ROOT, 'bin/netlens.js'),
      'interfaces',
    ];
    const { stdout, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
    assert.match(stdout, /tunl0 .* IPIP tunnel to other nodes/, stderr);
    assert.match(stdout, /eth0 .* the way out \(default route\)/);
    assert.match(stdout, /cali[0-9a-f]{11} .* 172\.16\.158\.1\n/);
  });
});
