import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTopology } from '../../src/topology/build.ts';
import { KubeFacts, readKubeApi } from '../../src/topology/kube-api.ts';
import { connectKube, type KubeConnection } from '../../src/topology/kube-connect.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { english } from '../../src/words/say.ts';
import { FakeApiServer } from './fake-api-server.ts';
import { CALICO, NODES, PODS, pod, SERVICES } from './sample-cluster.ts';

const PODS_PATH = '/api/v1/pods';
const NODES_PATH = '/api/v1/nodes';
const SLICES_PATH = '/apis/discovery.k8s.io/v1/endpointslices';
const POOLS_PATH = '/apis/crd.projectcalico.org/v1/ippools';

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('Kubernetes API', () => {
  let server: FakeApiServer;
  let dir: string;
  let kubeconfig: string;
  let connection: KubeConnection;
  let open: KubeFacts | undefined;

  before(async function () {
    try {
      await import('@kubernetes/client-node' as string);
    } catch {
      if (process.env.CI === 'true') throw new Error('@kubernetes/client-node is missing');
      console.log('      skipped: @kubernetes/client-node is not installed');
      this.skip();
    }
  });

  beforeEach(async () => {
    server = new FakeApiServer();
    const url = await server.start();
    server.objects.set(NODES_PATH, [...NODES]);
    server.objects.set(PODS_PATH, [...PODS]);
    server.objects.set(
      '/api/v1/services',
      SERVICES.filter((o) => o.kind === 'Service'),
    );
    server.objects.set(
      SLICES_PATH,
      SERVICES.filter((o) => o.kind === 'EndpointSlice'),
    );
    server.objects.set(
      POOLS_PATH,
      CALICO.filter((o) => o.kind === 'IPPool'),
    );
    dir = mkdtempSync(join(tmpdir(), 'netlens-api-'));
    kubeconfig = join(dir, 'config');
    writeFileSync(
      kubeconfig,
      `apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: lab, user: me}}, {name: other, context: {cluster: none, user: me}}]
clusters: [{name: lab, cluster: {server: "${url}", insecure-skip-tls-verify: true}}]
users: [{name: me, user: {token: secret-token}}]
`,
    );
    connection = await connectKube({ kubeconfig });
  });

  afterEach(async () => {
    await open?.close();
    open = undefined;
    await server.stop();
    rmSync(dir, { recursive: true });
  });

  async function watched(
    options: ConstructorParameters<typeof KubeFacts>[1] = {},
  ): Promise<KubeFacts> {
    open = new KubeFacts(connection, { settleMs: 1, retryMs: 5, ...options });
    await open.list();
    open.watch();
    await until(
      'watches are open',
      () =>
        server.watchesOf(PODS_PATH).length > 0 && server.watchers.some((w) => w.path === PODS_PATH),
    );
    return open;
  }

  const topologyOf = (cluster: KubeFacts): Topology => buildTopology(cluster.facts());

  it('lists all pages of every kind, with the credentials of the kubeconfig', async () => {
    const topology = buildTopology(await readKubeApi(connection));
    assert.equal(server.listsOf(PODS_PATH).length, Math.ceil(PODS.length / 2));
    assert.ok(server.requests.every((r) => r.authorization === 'Bearer secret-token'));
    const owner = topology.ownerOf('172.16.158.1');
    assert.deepEqual([owner.name, owner.node, owner.source?.kind], ['pod1', 'k8s-w1', 'api']);
    assert.equal(english(owner.why), 'Pod default/pod1 lists it as pod default/pod1');
    assert.equal(topology.serviceAt('10.96.0.50', 80, 'tcp')?.service.endpoints?.length, 1);
    assert.equal(topology.poolOf('172.16.34.1')?.ipipMode, 'CrossSubnet');
    assert.deepEqual([...topology.complete].sort(), ['endpoints', 'nodes', 'pods', 'services']);
    assert.deepEqual(topology.problems, []); // kinds that this cluster does not have are no problem
  });

  it('begins a list anew when its pages expire (410 Gone)', async () => {
    server.expireContinue = true;
    const facts = await readKubeApi(connection);
    assert.equal(facts.pods.length, PODS.length);
    assert.equal(facts.nodes.filter((n) => n.score === 1).length, NODES.length);
    assert.equal(server.listsOf(NODES_PATH).length, 2 + Math.ceil(NODES.length / 2));
  });

  it('goes on without a kind it may not list, and says what to grant', async () => {
    server.refuse.set(SLICES_PATH, 403);
    const topology = buildTopology(await readKubeApi(connection));
    assert.equal(topology.problems.length, 1);
    assert.match(
      topology.problems[0]!,
      /not allowed to list endpointslices \(403\): grant get, list, watch on endpointslices in API group "discovery\.k8s\.io"/,
    );
    assert.equal(topology.complete.has('endpoints'), false);
    assert.equal(topology.serviceNamed('default', 'web')?.endpoints, undefined);
    assert.equal(topology.ownerOf('172.16.158.1').name, 'pod1');
  });

  it('fails with one line when nothing may be listed, credentials are refused, or nobody answers', async () => {
    for (const path of server.objects.keys()) server.refuse.set(path, 403);
    await assert.rejects(
      readKubeApi(connection),
      /not allowed to list nodes \(403\): grant get, list, watch on nodes in API group ""$/,
    );
    server.refuse.set(NODES_PATH, 401);
    await assert.rejects(readKubeApi(connection), /the credentials are not accepted \(401\)$/);
    await server.stop();
    await assert.rejects(
      readKubeApi(connection),
      /^TopologyError: Kubernetes http:\/\/127\.0\.0\.1:\d+: connection refused$/,
    );
    server = new FakeApiServer();
    await server.start();
  });

  it('refuses a context that is not in the kubeconfig, a cluster it lacks, and a file that is not there', async () => {
    await assert.rejects(
      connectKube({ kubeconfig, context: 'prod' }),
      /no context "prod"; there is lab, other/,
    );
    await assert.rejects(
      connectKube({ kubeconfig, context: 'other' }),
      /no cluster in the kubeconfig's context "other"/,
    );
    await assert.rejects(
      connectKube({ kubeconfig: join(dir, 'none') }),
      /cannot read the kubeconfig: ENOENT/,
    );
  });

  it('follows pods as they come, change and go, and remembers whose an address was', async () => {
    let now = 1_000;
    let changes = 0;
    const cluster = await watched({ now: () => now, onChange: () => changes++ });
    const started = (seconds: number) => ({
      status: { startTime: new Date(seconds * 1000).toISOString() },
    });
    server.send(PODS_PATH, 'ADDED', {
      ...pod('default', 'late', '172.16.158.9', 'k8s-w1', '192.168.10.101', started(900)),
    });
    await until('late is known', () => topologyOf(cluster).ownerOf('172.16.158.9').name === 'late');
    now = 2_000;
    server.send(PODS_PATH, 'DELETED', {
      ...pod('default', 'late', '172.16.158.9', 'k8s-w1', '192.168.10.101', started(900)),
    });
    server.send(PODS_PATH, 'ADDED', {
      ...pod('default', 'later', '172.16.158.9', 'k8s-w1', '192.168.10.101', started(1_990)),
    });
    await until(
      'later is known',
      () => topologyOf(cluster).ownerOf('172.16.158.9').name === 'later',
    );
    const topology = topologyOf(cluster);
    assert.equal(topology.ownerOf('172.16.158.9', 1_500).name, 'late');
    assert.equal(topology.ownerOf('172.16.158.9', 2_500).name, 'later');
    assert.deepEqual(topology.conflicts, []);
    await until('changes were told', () => changes > 0);
    assert.equal(cluster.facts(), cluster.facts()); // not made anew without a change
  });

  it('goes on from the last bookmark when the server ends a watch', async () => {
    const cluster = await watched();
    server.send(PODS_PATH, 'BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '777' } });
    server.endWatches(PODS_PATH);
    await until('a second watch', () => server.watchesOf(PODS_PATH).length === 2);
    const [first, second] = server.watchesOf(PODS_PATH);
    assert.equal(first!.searchParams.get('resourceVersion'), '100');
    assert.equal(first!.searchParams.get('allowWatchBookmarks'), 'true');
    assert.equal(second!.searchParams.get('resourceVersion'), '777');
    assert.equal(server.listsOf(PODS_PATH).length, Math.ceil(PODS.length / 2)); // no new list
    assert.deepEqual(cluster.facts().problems, []);
  });

  for (const how of ['as an event', 'as a status'] as const) {
    it(`lists again when the version is too old (410 ${how}), and forgets what is gone`, async () => {
      const cluster = await watched();
      server.objects.set(PODS_PATH, PODS.slice(1));
      server.version = 500;
      if (how === 'as an event')
        server.send(PODS_PATH, 'ERROR', { kind: 'Status', code: 410, message: 'too old' });
      else {
        server.expireWatch = PODS_PATH;
        server.endWatches(PODS_PATH);
      }
      await until(
        'pod1 is gone',
        () => topologyOf(cluster).podNamed('default', 'pod1') === undefined,
      );
      await until(
        'watched from the new list',
        () => server.watchesOf(PODS_PATH).at(-1)?.searchParams.get('resourceVersion') === '500',
      );
      assert.equal(topologyOf(cluster).ownerOf('172.16.34.1').name, 'web-0');
    });
  }

  it('tries again after a broken watch, and says that it may be out of date', async () => {
    const cluster = await watched();
    server.send(PODS_PATH, 'ERROR', { kind: 'Status', code: 500, message: 'etcd is away' });
    await until('a second watch', () => server.watchesOf(PODS_PATH).length >= 2);
    assert.match(cluster.facts().problems[0]!, /etcd is away; pods may be out of date/);
  });

  it('stops at once when closed, with watches open', async () => {
    const cluster = await watched();
    const before = Date.now();
    await cluster.close();
    assert.ok(Date.now() - before < 2_000);
  });
});
