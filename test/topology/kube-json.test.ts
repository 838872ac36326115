import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTopology } from '../../src/topology/build.ts';
import { TopologyError } from '../../src/topology/facts.ts';
import { parseDocuments, readKubeJson } from '../../src/topology/kube-json.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { english } from '../../src/words/say.ts';
import { CALICO, list, NODES, node, PODS, pod, SERVICES, service } from './sample-cluster.ts';

describe('kubectl JSON', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'netlens-kube-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  async function read(files: Record<string, string>): Promise<Topology> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return buildTopology(await readKubeJson([dir]));
  }

  const cluster = () =>
    read({
      'nodes.json': list(NODES),
      'pods.json': list(PODS),
      'services.json': list(SERVICES),
      'calico.json': list(CALICO),
    });

  it('names pods with their node and the object that says so', async () => {
    const topology = await cluster();
    const owner = topology.ownerOf('172.16.158.1');
    assert.equal(owner.kind, 'pod');
    assert.equal(`${owner.namespace}/${owner.name}`, 'default/pod1');
    assert.equal(owner.node, 'k8s-w1');
    assert.equal(owner.confidence, 'certain');
    assert.equal(english(owner.why), 'pods.json: items[0] lists it as pod default/pod1');
    assert.deepEqual(topology.problems, []);
    assert.deepEqual(topology.conflicts, []);
  });

  it('never guesses among hostNetwork pods: the address is the node’s, with their number', async () => {
    const owner = (await cluster()).ownerOf('192.168.10.101');
    assert.equal(owner.kind, 'node');
    assert.equal(owner.name, 'k8s-w1');
    assert.equal(owner.role, 'InternalIP');
    assert.equal(owner.hostNetworkPods, 2);
  });

  it('knows tunnel addresses from Calico’s annotations', async () => {
    const owner = (await cluster()).ownerOf('172.16.158.0');
    assert.equal(owner.kind, 'node');
    assert.equal(owner.role, 'tunnel');
    assert.equal(owner.node, 'k8s-w1');
  });

  it('tells Services by address and port, by node port on any node, and their endpoints', async () => {
    const topology = await cluster();
    assert.equal(topology.serviceAt('10.96.0.50', 80, 'tcp')?.service.name, 'web');
    assert.equal(topology.serviceAt('10.96.0.50', 81, 'tcp'), undefined);
    assert.equal(topology.serviceAt('10.96.0.50', 80, 'udp'), undefined);
    assert.equal(topology.serviceAt('192.168.20.100', 30080, 'tcp')?.via, 'NodePort');
    assert.equal(topology.serviceAt('203.0.113.9', 30080, 'tcp'), undefined);
    assert.equal(topology.nodePortAt(30080, 'tcp')?.port?.port, 80);
    const web = topology.serviceNamed('default', 'web')!;
    assert.deepEqual(
      web.endpoints?.map((e) => [e.address, e.node, e.pod?.name, e.ready]),
      [['172.16.34.1', 'k8s-w0', 'web-0', true]],
    );
    assert.deepEqual(
      topology.servicesBehind('172.16.34.1', 8080, 'tcp').map((s) => s.name),
      ['web'],
    );
    assert.deepEqual(
      topology.servicesWithoutEndpoints().map((s) => s.name),
      ['lonely'],
    );
    assert.equal(topology.ownerOf('10.96.0.50').kind, 'service');
  });

  it('places an unlisted address by block, pool and service range, and says that no listed pod has it', async () => {
    const topology = await cluster();
    const inBlock = topology.ownerOf('172.16.34.9');
    assert.equal(inBlock.kind, 'pod');
    assert.equal(inBlock.node, 'k8s-w0');
    assert.equal(inBlock.role, 'unlisted');
    assert.equal(inBlock.confidence, 'likely');
    assert.equal(topology.ownerOf('172.16.99.9').node, undefined);
    assert.equal(topology.ownerOf('10.100.1.1').kind, 'service');
    assert.equal(topology.poolOf('172.16.34.1')?.natOutgoing, true);
    assert.equal(topology.poolOf('172.16.34.1')?.ipipMode, 'CrossSubnet');
    assert.equal(topology.sameSubnet('k8s-m', 'k8s-w1'), true);
    assert.equal(topology.sameSubnet('k8s-m', 'k8s-w0'), false);
    assert.equal(topology.ownerOf('203.0.113.7').kind, 'external');
    assert.equal(topology.ownerOf('203.0.113.7').confidence, 'certain');
  });

  it('finds the pod behind cali* and eni* names (vectors of the Calico lab)', async () => {
    const topology = await read({
      'p.json': list([pod('default', 'pod1a', '10.244.1.10', 'node1', '192.168.10.11')]),
    });
    assert.equal(topology.podOfInterface('calica87c8a6361')?.name, 'pod1a');
    assert.equal(topology.podOfInterface('enica87c8a6361')?.name, 'pod1a');
    assert.equal(topology.podOfInterface('calica87c8a6362'), undefined);
    assert.equal(topology.podOfInterface('eth0'), undefined);
    assert.equal(topology.nodeOfVtepMac('66:f9:37:c3:7e:94')?.name, 'node1');
  });

  it('leaves out ended pods, but knows them in their time', async () => {
    const ended = pod('jobs', 'old', '172.16.158.7', 'k8s-w1', '192.168.10.101', {
      status: {
        phase: 'Succeeded',
        startTime: '2026-11-22T05:00:00Z',
        containerStatuses: [{ state: { terminated: { finishedAt: '2026-11-22T05:10:00Z' } } }],
      },
    });
    const running = pod('default', 'new', '172.16.158.7', 'k8s-w1', '192.168.10.101', {
      status: { startTime: '2026-11-22T05:20:00Z' },
    });
    const timeless = pod('jobs', 'unknown', '172.16.158.8', 'k8s-w1', '192.168.10.101', {
      status: { phase: 'Failed' },
    });
    const topology = await read({ 'pods.json': list([ended, running, timeless, ...NODES]) });
    const at = (text: string) => topology.ownerOf('172.16.158.7', Date.parse(text) / 1000);
    assert.equal(at('2026-11-22T05:05:00Z').name, 'old');
    assert.equal(at('2026-11-22T05:05:00Z').confidence, 'certain');
    assert.equal(at('2026-11-22T05:30:00Z').name, 'new');
    assert.equal(at('2026-11-22T05:12:00Z').name, 'old');
    assert.equal(at('2026-11-22T05:12:00Z').confidence, 'guess');
    assert.equal(topology.ownerOf('172.16.158.7').name, 'new');
    assert.equal(topology.ownerOf('172.16.158.8').listed, false);
    assert.notEqual(topology.ownerOf('172.16.158.8').confidence, 'certain');
    assert.equal(topology.podNamed('jobs', 'old'), undefined);
  });

  it('gives an address to its pods in turn when both say since when', async () => {
    const first = pod('default', 'a', '10.0.0.5', 'n', '10.0.0.1', {
      status: { startTime: '2026-11-22T05:00:00Z' },
    });
    const second = pod('default', 'b', '10.0.0.5', 'n', '10.0.0.1', {
      status: { startTime: '2026-11-22T05:30:00Z' },
    });
    for (const items of [
      [first, second],
      [second, first],
    ]) {
      const topology = await read({ 'pods.json': list(items) });
      assert.equal(
        topology.ownerOf('10.0.0.5', Date.parse('2026-11-22T05:10:00Z') / 1000).name,
        'a',
      );
      assert.equal(
        topology.ownerOf('10.0.0.5', Date.parse('2026-11-22T05:40:00Z') / 1000).name,
        'b',
      );
      assert.deepEqual(topology.conflicts, []);
    }
  });

  it('reports two pods on one address when nothing tells their times, and trusts neither much', async () => {
    const topology = await read({
      'pods.json': list([
        pod('default', 'a', '10.0.0.5', 'n', '10.0.0.1'),
        pod('default', 'b', '10.0.0.5', 'm', '10.0.0.2'),
      ]),
    });
    assert.equal(topology.conflicts.length, 1);
    assert.match(english(topology.conflicts[0]!.ignored), /default\/b/);
    const owner = topology.ownerOf('10.0.0.5');
    assert.equal(owner.name, 'a');
    assert.equal(owner.confidence, 'guess');
    assert.match(english(owner.conflict!), /default\/b on m/);
  });

  it('reads single objects, typed lists, JSON Lines and documents one after the other', async () => {
    const lines = PODS.map((p) => JSON.stringify(p)).join('\n');
    const pretty = NODES.map((n) => JSON.stringify(n, null, 4)).join('\n');
    const typed = JSON.stringify({
      kind: 'PodList',
      items: [{ metadata: { name: 'x', namespace: 'y' }, status: { podIP: '10.9.9.9' } }],
    });
    const topology = await read({ 'a.jsonl': lines, 'b.json': pretty, 'c.json': typed });
    assert.equal(topology.ownerOf('172.16.158.1').name, 'pod1');
    assert.equal(topology.ownerOf('192.168.20.100').name, 'k8s-w0');
    assert.equal(topology.ownerOf('10.9.9.9').name, 'x');
    assert.equal(topology.ownerOf('172.16.158.1').source?.detail, 'a.jsonl: document 1');
  });

  it('reads `kubectl get -o yaml` as well', async () => {
    const topology = await read({
      'pods.yaml':
        'kind: List\nitems:\n- kind: Pod\n  metadata: {name: p, namespace: d}\n  status: {podIP: 10.1.1.1}\n',
    });
    assert.equal(topology.ownerOf('10.1.1.1').name, 'p');
  });

  it('does not take a list of one namespace for all pods there are', async () => {
    const one = await read({ 'pods.json': list([PODS[0]!, ...NODES]) });
    assert.equal(one.complete.has('pods'), false);
    assert.equal(one.complete.has('nodes'), true);
  });

  it('does not follow podCIDR where Calico gives out blocks', async () => {
    const nodes = [
      node(
        'a',
        '10.0.0.1',
        { 'projectcalico.org/IPv4Address': '10.0.0.1/24' },
        { podCIDR: '172.16.1.0/24' },
      ),
      node('b', '10.0.0.2', {}, { podCIDRs: ['172.16.2.0/24'] }),
    ];
    const topology = await read({ 'n.json': list(nodes) });
    assert.equal(topology.ownerOf('172.16.1.9').kind, 'pod');
    assert.equal(topology.ownerOf('172.16.1.9').node, undefined);
    assert.equal(topology.ownerOf('172.16.2.9').node, 'b');
  });

  it('knows flannel’s tunnel address and VTEP from the annotations', async () => {
    const flannel = (mac: string) => ({
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/public-ip': '10.0.0.1',
      'flannel.alpha.coreos.com/backend-data': `{"VNI":1,"VtepMAC":"${mac}"}`,
    });
    const topology = await read({
      'n.json': list([
        node('a', '10.0.0.1', flannel('AA:bb:cc:dd:ee:01'), { podCIDR: '10.244.1.0/24' }),
      ]),
    });
    assert.equal(topology.ownerOf('10.244.1.0').role, 'tunnel');
    assert.equal(topology.ownerOf('10.244.1.0').node, 'a');
    assert.equal(topology.nodeOfVtepMac('aa:bb:cc:dd:ee:01')?.name, 'a');
    assert.equal(topology.ownerOf('10.244.1.7').node, 'a');
  });

  it('reads IPAM blocks: allocations, tunnel addresses, borrowed addresses', async () => {
    const block = {
      kind: 'IPAMBlock',
      metadata: { name: 'b' },
      spec: {
        cidr: '172.16.158.0/26',
        affinity: 'host:k8s-w1',
        allocations: [0, null, 1, 2],
        attributes: [
          {
            handle_id: 'ipip-tunnel-addr-k8s-w1',
            secondary: { node: 'k8s-w1', type: 'ipipTunnelAddress' },
          },
          {
            handle_id: 'k8s-pod-network.x',
            secondary: { namespace: 'default', node: 'k8s-w1', pod: 'pod1' },
          },
          {
            handle_id: 'k8s-pod-network.y',
            secondary: { namespace: 'default', node: 'k8s-w0', pod: 'guest' },
          },
        ],
      },
    };
    const topology = await read({ 'b.json': list([block]) });
    assert.equal(topology.ownerOf('172.16.158.0').role, 'tunnel');
    assert.equal(topology.ownerOf('172.16.158.2').name, 'pod1');
    assert.equal(topology.ownerOf('172.16.158.3').node, 'k8s-w0'); // borrowed
    assert.equal(topology.ownerOf('172.16.158.5').node, 'k8s-w1');
  });

  it('reads Cilium’s nodes, endpoints and identities', async () => {
    const topology = await read({
      'c.json': list([
        {
          kind: 'CiliumNode',
          metadata: { name: 'n1' },
          spec: {
            addresses: [
              { type: 'InternalIP', ip: '10.0.0.1' },
              { type: 'CiliumInternalIP', ip: '10.1.0.7' },
            ],
            ipam: { podCIDRs: ['10.1.0.0/24'] },
            health: { ipv4: '10.1.0.8' },
          },
        },
        {
          kind: 'CiliumEndpoint',
          metadata: { name: 'web', namespace: 'shop' },
          status: {
            identity: { id: 4711, labels: ['k8s:app=web'] },
            networking: { addressing: [{ ipv4: '10.1.0.33' }], node: '10.0.0.1' },
          },
        },
      ]),
    });
    assert.equal(topology.ownerOf('10.1.0.7').role, 'bridge');
    assert.equal(topology.ownerOf('10.1.0.8').role, 'health');
    assert.equal(topology.ownerOf('10.1.0.33').node, 'n1');
    assert.deepEqual(
      topology.identities.map((i) => [i.id, i.labels]),
      [[4711, ['k8s:app=web']]],
    );
  });

  it('reads what annotations say of an NLB', async () => {
    const lb = (annotations: Record<string, unknown>) =>
      service('d', 's', { type: 'LoadBalancer', ports: [] }, {}, annotations);
    const prefix = 'service.beta.kubernetes.io/aws-load-balancer-';
    const topology = await read({
      'a.json': list([
        lb({
          [`${prefix}type`]: 'external',
          [`${prefix}nlb-target-type`]: 'ip',
          [`${prefix}proxy-protocol`]: '*',
        }),
      ]),
    });
    assert.deepEqual(topology.serviceNamed('d', 's')?.loadBalancer, {
      targetType: 'ip',
      proxyProtocol: true,
      preserveClientIp: undefined,
      scheme: undefined,
    });
  });

  it('keeps the rest of an object with a bad field and says which file, object and field', async () => {
    const topology = await read({
      'pods.json': list([
        pod('default', 'bad', '10.0.0.999', 'n', '10.0.0.1'),
        pod('default', 'good', '10.0.0.5', 'n', '10.0.0.1'),
      ]),
    });
    assert.equal(topology.ownerOf('10.0.0.5').name, 'good');
    assert.equal(
      topology.problems[0],
      'pods.json: items[0] (Pod default/bad): status.podIP: not an IP address: "10.0.0.999"',
    );
    assert.equal(topology.podNamed('default', 'bad')?.node, 'n');
  });

  it('survives any JSON in any place', async () => {
    const odd = [
      null,
      1,
      'x',
      [],
      {},
      { kind: 'Pod' },
      { kind: 'Pod', metadata: 7, spec: [], status: null },
      { kind: '__proto__' },
      { kind: 'constructor' },
      { kind: 'Node', status: { addresses: {} } },
      {
        kind: 'Service',
        spec: { ports: [null, 3], clusterIPs: [1] },
        status: { loadBalancer: { ingress: [null] } },
      },
      {
        kind: 'EndpointSlice',
        metadata: { labels: { 'kubernetes.io/service-name': 's' } },
        endpoints: [null, { addresses: [null, 'x'] }],
      },
      {
        kind: 'IPAMBlock',
        spec: { cidr: '10.0.0.0/30', allocations: [0, 0, 0, 0, 0], attributes: [null] },
      },
    ];
    const topology = await read({ 'odd.json': list(odd as never) });
    assert.ok(topology.problems.length > 3);
    assert.equal(
      topology.pods.every((p) => p.addresses.length === 0),
      true,
    );
  });

  it('refuses what is not JSON, naming file and line', async () => {
    writeFileSync(join(dir, 'x.json'), '{"kind":"List","items":[]}\n{"kind": oops}\n');
    await assert.rejects(
      readKubeJson([dir]),
      (e: unknown) => e instanceof TopologyError && /x\.json:2: not JSON/.test(e.message),
    );
    writeFileSync(join(dir, 'x.json'), '');
    await assert.rejects(readKubeJson([dir]), /x\.json: empty/);
    await assert.rejects(readKubeJson([join(dir, 'none')]), /none: no such file/);
    mkdirSync(join(dir, 'sub'));
    await assert.rejects(readKubeJson([join(dir, 'sub')]), /no \*\.json or \*\.yaml file/);
    writeFileSync(join(dir, 'x.json'), '{"kind":"ConfigMap","metadata":{"name":"c"}}');
    assert.match((await readKubeJson([dir])).problems[0]!, /holds only ConfigMap/);
  });

  it('splits documents at their ends, not at braces inside strings', () => {
    const documents = parseDocuments('f', '{"a":"}{"}\n\n{"b":"\\"}"} [1,[2]]');
    assert.deepEqual(documents, [{ a: '}{' }, { b: '"}' }, [1, [2]]]);
  });
});
