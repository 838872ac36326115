/** Labs run live: the traffic is made now, by this kernel, and the fixture that comes of it must hold. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needRoot, needTools } from '../support/skip.ts';
import { problemsOf, readTruth } from './check-fixture.ts';

const TOOLS =
  'ip iptables iptables-restore ipset conntrack sysctl tcpdump tshark python3 bird birdc';
const NLB_TOOLS = 'haproxy nginx openssl ss';
const NETLENS = join('bin', 'netlens.js');

function lab(...argv: string[]): { status: number | null; said: string } {
  const done = spawnSync(process.execPath, [NETLENS, 'lab', ...argv], { encoding: 'utf8' });
  return { status: done.status, said: done.stdout + done.stderr };
}

function namespaces(name: string): string[] {
  const list = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.split('\n');
  return list.filter((line) => line.startsWith(`nl-${name}-`));
}

async function until(isSo: () => boolean, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  while (!isSo()) {
    assert.ok(Date.now() < end, `not so within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('labs, live', function () {
  this.timeout(240_000);
  let out = '';

  before(function () {
    needRoot(this);
    needTools(this, ...TOOLS.split(' '), ...NLB_TOOLS.split(' '));
  });

  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'netlens-lab-'));
  });

  afterEach(() => {
    rmSync(out, { recursive: true, force: true });
  });

  for (const [name, wanted] of [
    [
      'calico-ipip',
      [
        'same-node-ping',
        'other-subnet-tcp',
        'dns-web',
        'api-server',
        'egress-ping',
        'node-port-remote',
        'bgp-6',
      ],
    ],
    [
      'nlb',
      [
        'instance-cluster-1',
        'instance-local-1',
        'ip-1-behind',
        'ip-aws-1-behind',
        'health-check-1',
      ],
    ],
  ] as const) {
    it(`${name} makes a fixture whose truth tshark sees, and leaves nothing behind`, () => {
      const { said, status } = lab('run', name, '--out', out);
      assert.equal(status, 0, said);
      assert.deepEqual(problemsOf(out), []);
      const ids = readTruth(out).conversations.map(({ id }) => id);
      assert.deepEqual(
        wanted.filter((id) => !ids.includes(id)),
        [],
      );
      assert.deepEqual(namespaces(name), []);
    });
  }

  it('what a killed run leaves is cleared by `down`, and its processes with it', async () => {
    const child: ChildProcess = spawn(
      process.execPath,
      [NETLENS, 'lab', 'run', 'calico-vxlan', '--out', out],
      {
        stdio: 'ignore',
      },
    );
    await until(() => namespaces('calico-vxlan').length > 8, 30_000);
    child.kill('SIGKILL');
    await until(() => child.signalCode !== null, 5000);
    assert.ok(namespaces('calico-vxlan').length > 0);
    const { said, status } = lab('down', 'calico-vxlan');
    assert.equal(status, 0, said);
    assert.deepEqual(namespaces('calico-vxlan'), []);
  });

  it('one that is being run is neither taken down nor built twice', async () => {
    const child: ChildProcess = spawn(
      process.execPath,
      [NETLENS, 'lab', 'run', 'calico-vxlan', '--out', out],
      {
        stdio: 'ignore',
      },
    );
    await until(() => namespaces('calico-vxlan').length > 0, 30_000);
    const { said, status } = lab('down', 'calico-vxlan');
    assert.equal(status, 1);
    assert.match(said, /is being run by process \d+/);
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null || child.signalCode !== null, 20_000);
    assert.deepEqual(namespaces('calico-vxlan'), []);
  });

  it('a lab that is up stays, serves, and goes when taken down', () => {
    const up = lab('up', 'calico-vxlan', '--no-traffic');
    assert.equal(up.status, 0, up.said);
    const curl = ['netns', 'exec', 'nl-calico-vxlan-pod1', 'python3', '-c'];
    const ask =
      'import urllib.request as u; print(u.urlopen("http://10.99.200.5", timeout=5).read().decode())';
    const answer = spawnSync('ip', [...curl, ask], { encoding: 'utf8' });
    const down = lab('down', 'calico-vxlan');
    assert.match(answer.stdout, /Hostname: web-0/, answer.stderr);
    assert.equal(down.status, 0, down.said);
    assert.deepEqual(namespaces('calico-vxlan'), []);
  });

  it('an unknown lab is one clear line', () => {
    const { said, status } = lab('run', 'calico-ipp');
    assert.equal(status, 2);
    assert.match(said, /^netlens: no lab calico-ipp; did you mean calico-ipip\?\n$/);
  });
});
