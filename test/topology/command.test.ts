import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CALICO, list, NODES, PODS, SERVICES } from './sample-cluster.ts';

const FIXTURE = 'fixtures/calico-ipip';

function netlens(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const environment = { ...process.env, KUBECONFIG: '/nonexistent/kubeconfig' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bin/netlens.js', 'topology', ...args],
    { encoding: 'utf8', env: environment },
  );
  return { status, stdout, stderr };
}

describe('netlens topology', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'netlens-topology-'));
    writeFileSync(
      join(dir, 'cluster.json'),
      list([...NODES, ...PODS, ...SERVICES, ...(CALICO as Record<string, unknown>[])]),
    );
  });
  after(() => rmSync(dir, { recursive: true }));

  it('prints YAML that it reads back to the same', () => {
    const first = netlens('--kube-json', dir);
    assert.equal(first.status, 0, first.stderr);
    writeFileSync(join(dir, 'out.topology'), first.stdout);
    const second = netlens('--topology', join(dir, 'out.topology'));
    assert.equal(second.stdout, first.stdout);
    assert.match(first.stdout, /name: pod1\n.*\n.*\n.*node: k8s-w1/);
  });

  it('prints JSON of the same', () => {
    const { stdout } = netlens('--kube-json', dir, '-o', 'json');
    const value = JSON.parse(stdout) as { schema: string; pods: { name: string }[] };
    assert.equal(value.schema, 'netlens.topology/1');
    assert.equal(value.pods.length, PODS.length);
    writeFileSync(join(dir, 'out.topology'), stdout);
    assert.equal(netlens('--topology', join(dir, 'out.topology'), '-o', 'json').stdout, stdout);
  });

  it('says whose an address is, and why', () => {
    const { stdout, status } = netlens(
      '--kube-json',
      dir,
      '--who',
      '172.16.158.1',
      '--who',
      '192.168.10.101',
      '--who',
      '8.8.8.8',
    );
    assert.equal(status, 0);
    assert.deepEqual(stdout.split('\n'), [
      '172.16.158.1 is pod default/pod1 on k8s-w1 (certain): cluster.json: items[3] lists it as pod default/pod1',
      '192.168.10.101 is node k8s-w1 (InternalIP, hostNetwork: 2 pods) (certain): cluster.json: items[1] gives it to node k8s-w1 as InternalIP',
      '8.8.8.8 is external (public) (certain): it is no address of a listed node or pod, nor in a range of the cluster',
      '',
    ]);
  });

  it('learns from captures alone', () => {
    const { stdout, status } = netlens(`${FIXTURE}/any.pcapng`, '--who', '172.16.184.1');
    assert.equal(status, 0);
    assert.match(stdout, /^172\.16\.184\.1 is pod on 192\.168\.10\.102 \(likely\): /);
  });

  it('names the node when the capture is given as NODE=FILE', () => {
    const { stdout } = netlens(
      `k8s-w1=${FIXTURE}/captures/k8s-w1.any.pcap`,
      '--who',
      '172.16.158.1',
    );
    assert.match(stdout, /^172\.16\.158\.1 is pod on k8s-w1 /);
  });

  it('gives what came before the damage of a capture, and exit code 1', () => {
    const file = join(dir, 'cut.pcapng');
    writeFileSync(file, readFileSync(`${FIXTURE}/any.pcapng`));
    truncateSync(file, 100_001);
    const { status, stdout, stderr } = netlens(file);
    assert.equal(status, 1);
    assert.match(stdout, /^schema: netlens\.topology\/1\n[\s\S]*\nnodes:/);
    assert.match(stderr, /cut\.pcapng: byte \d+: /);
  });

  it('ends with one line for what it cannot use', () => {
    const bad = join(dir, 'bad.yaml');
    writeFileSync(bad, 'pods:\n  - {name: a, ip: 10.0.0.300}\n');
    for (const [args, status, pattern] of [
      [[], 2, /no source/],
      [['--kube-json', dir, '--who', 'pod1'], 2, /--who pod1: not an IP address/],
      [['--frobnicate'], 2, /unknown option '--frobnicate'/],
      [['--topology', bad], 1, /bad\.yaml:2:19: pods\[0\]\.ip: not an IP address: "10\.0\.0\.300"/],
      [['--kube-json', join(dir, 'none')], 1, /none: no such file/],
      [['--kube'], 1, /Kubernetes: cannot read the kubeconfig|client-node is not installed/],
      [[join(dir, 'none.pcap')], 1, /none\.pcap/],
    ] as const) {
      const run = netlens(...args);
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, pattern);
      assert.equal(run.stderr.trimEnd().split('\n').length, 1, run.stderr);
      assert.equal(run.stdout, '');
    }
  });

  it('shows its help', () => {
    const { stdout, status } = netlens('--help');
    assert.equal(status, 0);
    for (const option of ['--topology', '--kube-json', '--kube', '--host', '--who', '--conntrack'])
      assert.ok(stdout.includes(option), option);
  });
});
