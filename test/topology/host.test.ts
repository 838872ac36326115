import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTopology } from '../../src/topology/build.ts';
import { hostDocumentKind, hostFacts } from '../../src/topology/host.ts';
import { readHost, readHostConntrack, readHostFiles } from '../../src/topology/host-run.ts';
import { inferFacts } from '../../src/topology/infer.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { english } from '../../src/words/say.ts';

const CAPTURES = process.env.NETLENS_CAPTURES ?? '../shared/captures';

function from(node: string, ...values: unknown[]): Topology {
  return buildTopology(
    hostFacts({ node, documents: values.map((value, i) => ({ value, name: `doc${i}` })) }),
  );
}

const ADDRESSES = [
  {
    ifindex: 1,
    ifname: 'lo',
    link_type: 'loopback',
    addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }],
  },
  {
    ifindex: 2,
    ifname: 'eth0',
    link_type: 'ether',
    address: '02:00:00:00:00:01',
    addr_info: [
      { family: 'inet', local: '192.168.10.101', prefixlen: 24 },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
    ],
  },
  {
    ifindex: 3,
    ifname: 'tunl0',
    link_type: 'ipip',
    addr_info: [{ family: 'inet', local: '172.16.158.0', prefixlen: 32 }],
  },
  {
    ifindex: 4,
    ifname: 'kube-ipvs0',
    link_type: 'ether',
    addr_info: [{ family: 'inet', local: '10.96.0.1', prefixlen: 32 }],
  },
  {
    ifindex: 5,
    ifname: 'cali0123456789a',
    link_type: 'ether',
    addr_info: [{ family: 'inet', local: '169.254.1.1', prefixlen: 32 }],
  },
];

describe('facts of this host', () => {
  it('knows its own addresses by the device that bears them, and not those of Services on kube-ipvs0', () => {
    const topology = from('w1', ADDRESSES, [
      { dst: 'default', gateway: '192.168.10.254', dev: 'eth0' },
    ]);
    assert.deepEqual(
      topology.nodeNamed('w1')?.addresses.map((a) => `${a.address} ${a.role}`),
      ['192.168.10.101 InternalIP', '172.16.158.0 tunnel'],
    );
    assert.equal(topology.ownerOf('10.96.0.1').kind, 'unknown');
    assert.equal(topology.ownerOf('169.254.1.1').role, 'gateway');
  });

  it('takes a route to one address through a veth for a pod, with the MAC of the neighbour table', () => {
    const topology = from(
      'w1',
      ADDRESSES,
      [
        { dst: '172.16.158.1', dev: 'cali0123456789a', protocol: 'boot', scope: 'link' },
        { dst: '172.17.0.2', dev: 'veth12345678' },
        { dst: '192.168.10.7', dev: 'eth0' },
      ],
      [
        {
          dst: '172.16.158.1',
          dev: 'cali0123456789a',
          lladdr: '5e:ef:ef:d5:3f:f2',
          state: ['STALE'],
        },
      ],
    );
    const pod = topology.ownerOf('172.16.158.1');
    assert.deepEqual(
      [pod.kind, pod.node, pod.interface, pod.mac, pod.confidence],
      ['pod', 'w1', 'cali0123456789a', '5e:ef:ef:d5:3f:f2', 'certain'],
    );
    assert.equal(topology.ownerOf('172.17.0.2').confidence, 'likely'); // a veth may be any container's
    assert.equal(topology.ownerOf('192.168.10.7').kind, 'unknown');
  });

  it('reads blocks from routes: its own by blackhole, others’ by gateway', () => {
    const topology = from('w1', ADDRESSES, [
      { type: 'blackhole', dst: '172.16.158.0/26', protocol: 'bird' },
      { dst: '172.16.34.0/26', gateway: '192.168.20.100', dev: 'tunl0', protocol: 'bird' },
      { dst: '172.16.116.0/26', gateway: '172.16.116.0', dev: 'vxlan.calico', protocol: '80' },
      { dst: '172.16.184.0/26', gateway: '192.168.10.102', dev: 'eth0', protocol: '80' },
      { dst: '10.0.0.0/8', gateway: '192.168.10.254', dev: 'eth0', protocol: 'static' },
      { dst: '10.1.0.0/24', gateway: '192.168.10.101', dev: 'cilium_host', protocol: 'kernel' },
    ]);
    assert.equal(topology.ownerOf('172.16.158.9').node, 'w1');
    assert.equal(topology.ownerOf('172.16.34.9').node, '192.168.20.100');
    assert.equal(topology.ownerOf('172.16.184.9').node, '192.168.10.102');
    assert.equal(topology.ownerOf('172.16.116.0').role, 'tunnel');
    assert.equal(topology.ownerOf('10.9.9.9').kind, 'unknown');
    assert.equal(topology.ownerOf('10.1.0.9').kind, 'unknown');
  });

  it('takes neighbours on a bridge for pods, dead entries and the bridge’s own address not', () => {
    const bridge = {
      ifindex: 6,
      ifname: 'cni0',
      link_type: 'ether',
      addr_info: [{ local: '10.244.1.1', prefixlen: 24 }],
    };
    const topology = from(
      'w1',
      [...ADDRESSES, bridge],
      [
        { dst: '10.244.1.5', dev: 'cni0', lladdr: '02:00:00:00:00:05', state: ['REACHABLE'] },
        { dst: '10.244.1.6', dev: 'cni0', lladdr: '02:00:00:00:00:06', state: ['FAILED'] },
        { dst: '10.244.1.7', dev: 'cni0', state: ['INCOMPLETE'] },
      ],
    );
    assert.equal(topology.ownerOf('10.244.1.5').listed, true);
    assert.equal(topology.ownerOf('10.244.1.6').listed, false);
    assert.equal(topology.ownerOf('10.244.1.1').role, 'bridge');
    assert.equal(topology.ownerOf('10.244.1.9').node, 'w1'); // in the bridge's subnet
  });

  it('finds the node behind a tunnel device by its MAC, when traffic shows the outer address', () => {
    const host = hostFacts({
      node: 'w1',
      documents: [
        { name: 'r', value: [{ dst: '10.244.2.0/24', gateway: '10.244.2.0', dev: 'flannel.1' }] },
        {
          name: 'n',
          value: [
            {
              dst: '10.244.2.0',
              dev: 'flannel.1',
              lladdr: '1a:b0:f8:a6:4f:ca',
              state: ['PERMANENT'],
            },
          ],
        },
      ],
    });
    const traffic = inferFacts([
      {
        kind: 'tunnel',
        vantage: 'f',
        interface: 'eth0',
        direction: 'out',
        type: 'vxlan',
        outerSrc: '192.168.10.101',
        outerDst: '192.168.10.102',
        outerPort: 8472,
        id: 1,
        innerSrc: '10.244.1.2',
        innerDst: '10.244.2.2',
        innerSrcMac: 'ce:81:47:64:fa:9d',
        innerDstMac: '1a:b0:f8:a6:4f:ca',
        innerTtl: 63,
        packets: 1,
      },
    ]);
    const topology = buildTopology(host, traffic);
    assert.equal(topology.ownerOf('10.244.2.9').node, '192.168.10.102');
    assert.equal(topology.ownerOf('10.244.2.0').node, '192.168.10.102');
  });

  it('maps interface indices of SLL2 to names', function () {
    const file = join(CAPTURES, 'own/calico-vxlan/node1.ip-j-link.json');
    if (!existsSync(file)) {
      console.log(`      skipped: no captures at ${CAPTURES} (set NETLENS_CAPTURES)`);
      this.skip();
    }
    const { devices } = readHostFiles([file], 'node1');
    assert.deepEqual(
      devices.find((d) => d.index === 3),
      { node: 'node1', index: 3, name: 'calica87c8a6361', mac: 'ee:ee:ee:ee:ee:ee' },
    );
    assert.equal(devices.find((d) => d.index === 5)?.name, 'vxlan.calico');
  });

  it('tells the commands’ outputs apart by content, and survives anything else', () => {
    assert.equal(hostDocumentKind(ADDRESSES), 'address');
    assert.equal(hostDocumentKind([{}, { dst: 'default', dev: 'eth0' }]), 'route');
    assert.equal(
      hostDocumentKind([{ dst: '10.0.0.1', dev: 'eth0', state: ['STALE'] }]),
      'neighbour',
    );
    assert.equal(hostDocumentKind([{ ifindex: 1, ifname: 'lo' }]), 'link');
    for (const odd of [
      null,
      1,
      'x',
      {},
      [],
      [1, null, 'x'],
      [{ foo: 1 }],
      [{ dst: 7, addr_info: {} }],
      [{ dst: 'x/y', dev: 'cali0123456789a' }],
    ]) {
      assert.doesNotThrow(() => from('w1', odd));
    }
    assert.match(
      hostFacts({ node: 'n', documents: [{ value: [{ foo: 1 }], name: 'x.json' }] }).problems[0]!,
      /x\.json: not the JSON of ip/,
    );
  });

  it('finds the labs’ pods from the nodes’ own tables as the cluster lists them', async () => {
    let compared = 0;
    for (const fixture of readdirSync('fixtures')) {
      const [nodes, kube] = [join('fixtures', fixture, 'nodes'), join('fixtures', fixture, 'kube')];
      if (!existsSync(nodes) || !existsSync(kube)) continue;
      const truth = buildTopology(await readKubeJson([kube]));
      const topology = buildTopology(
        ...readdirSync(nodes).map((node) => readHostFiles([join(nodes, node)], node)),
      );
      for (const [owner] of topology.listedOwners()) {
        const real = truth.ownerOf(owner!.address);
        if (real.kind === 'external' || !real.listed) continue; // the lab's own router and clients
        // Weave's bridges are one segment: a neighbour there may be on any node
        const isOnSegment = english(owner!.why).endsWith(' on weave');
        assert.equal(
          `${owner!.kind} ${owner!.node}`,
          `${real.kind} ${isOnSegment ? undefined : real.node}`,
          `${fixture} ${owner!.address}: ${english(owner!.why)}`,
        );
        compared++;
      }
    }
    assert.ok(compared >= 20, `${compared} compared`);
  });

  it('asks a live machine without throwing', async () => {
    const facts = await readHost('here');
    const table = await readHostConntrack();
    assert.ok(facts.nodes.length > 0 || facts.problems.length > 0);
    assert.ok(table.entries.length >= 0);
  });

  it('says which file it cannot read', () => {
    const dir = mkdtempSync(join(tmpdir(), 'netlens-host-'));
    writeFileSync(join(dir, 'a.json'), '{');
    assert.throws(() => readHostFiles([join(dir, 'a.json')], 'n'), /a\.json: not JSON/);
    assert.throws(() => readHostFiles([join(dir, 'b.json')], 'n'), /b\.json: no such file/);
    rmSync(dir, { recursive: true });
  });
});
