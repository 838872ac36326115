import assert from 'node:assert/strict';
import { buildTopology } from '../../src/topology/build.ts';
import { noFacts } from '../../src/topology/facts.ts';
import { inferFacts } from '../../src/topology/infer.ts';
import { interfaceInFileName, interfaceKind } from '../../src/topology/infer-interfaces.ts';
import type {
  FlowObservation,
  TrafficObservation,
  TunnelObservation,
} from '../../src/topology/observation.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { english } from '../../src/words/say.ts';

const NODE_A = '192.168.10.101';
const NODE_B = '192.168.20.100';

function infer(...observations: TrafficObservation[]): Topology {
  return buildTopology(inferFacts(observations));
}

function tunnel(
  outerSrc: string,
  outerDst: string,
  innerSrc: string,
  innerDst: string,
  more: Partial<TunnelObservation> = {},
): TunnelObservation {
  return {
    kind: 'tunnel',
    type: 'ipip',
    vantage: 'f.pcap',
    interface: 'eth0',
    direction: undefined,
    outerSrc,
    outerDst,
    outerPort: 0,
    innerSrc,
    innerDst,
    innerTtl: 63,
    packets: 10,
    ...more,
  };
}

function flow(src: string, dst: string, more: Partial<FlowObservation> = {}): FlowObservation {
  return {
    kind: 'flow',
    vantage: 'f.pcap',
    interface: 'eth0',
    direction: undefined,
    src,
    dst,
    protocol: 'tcp',
    sport: 40000,
    dport: 80,
    ttl: 63,
    packets: 5,
    ...more,
  };
}

const BOTH_WAYS = [
  tunnel(NODE_A, NODE_B, '172.16.158.1', '172.16.34.1'),
  tunnel(NODE_B, NODE_A, '172.16.34.1', '172.16.158.1'),
];

describe('inference from tunnels', () => {
  it('takes outer addresses for nodes and inner ones for pods behind them, never as certain', () => {
    const topology = infer(...BOTH_WAYS);
    const pod = topology.ownerOf('172.16.158.1');
    assert.equal(pod.kind, 'pod');
    assert.equal(pod.node, NODE_A);
    assert.equal(pod.confidence, 'likely');
    assert.equal(topology.ownerOf(NODE_B).kind, 'node');
    assert.equal(topology.sameNode(pod.node, topology.ownerOf('172.16.34.1').node), false);
  });

  it('takes the first address of a block, or a first TTL, for the node’s tunnel device', () => {
    const topology = infer(
      ...BOTH_WAYS,
      tunnel(NODE_A, NODE_B, '172.16.158.0', '172.16.34.1'),
      tunnel(NODE_A, NODE_B, '10.244.7.5', '172.16.34.1', { innerTtl: 64 }),
    );
    for (const address of ['172.16.158.0', '10.244.7.5']) {
      const owner = topology.ownerOf(address);
      assert.equal(owner.kind, 'node', address);
      assert.equal(owner.role, 'tunnel');
      assert.equal(owner.node, NODE_A);
    }
  });

  it('trusts an inner address little that two nodes send from', () => {
    const topology = infer(
      ...BOTH_WAYS,
      tunnel(NODE_A, NODE_B, '10.0.0.7', '172.16.34.1'),
      tunnel(NODE_B, NODE_A, '10.0.0.7', '172.16.158.1'),
    );
    const owner = topology.ownerOf('10.0.0.7');
    assert.equal(owner.node, undefined);
    assert.equal(owner.confidence, 'guess');
    assert.match(english(owner.why), /behind several nodes/);
  });

  it('keeps a pod at the node it answers from, when stray packets are sent to another', () => {
    const topology = infer(
      ...BOTH_WAYS,
      tunnel(NODE_A, '192.168.10.102', '172.16.158.1', '172.16.34.1', { packets: 30 }),
    );
    assert.equal(topology.ownerOf('172.16.34.1').node, NODE_B);
  });

  it('takes public IPv4 addresses inside a tunnel for what an egress gateway carries, both ways too', () => {
    const topology = infer(
      ...BOTH_WAYS,
      tunnel(NODE_A, NODE_B, '27.36.55.113', '172.16.34.1'),
      tunnel(NODE_B, NODE_A, '172.16.34.1', '27.36.55.113'),
    );
    assert.equal(topology.ownerOf('27.36.55.113').kind, 'external');
  });

  it('takes an address that ends in .64, .128 or .192 for a tunnel device with Calico alone', () => {
    const flannel = { type: 'vxlan', outerPort: 8472, id: 1 };
    const vxlan = infer(
      tunnel(NODE_A, NODE_B, '10.244.1.128', '10.244.2.64', flannel),
      tunnel(NODE_B, NODE_A, '10.244.2.64', '10.244.1.128', flannel),
    );
    assert.equal(vxlan.ownerOf('10.244.1.128').kind, 'pod');
    assert.equal(vxlan.ownerOf('10.244.2.64').kind, 'pod');
    const ipip = infer(tunnel(NODE_A, NODE_B, '172.16.158.64', '172.16.34.1'));
    assert.equal(ipip.ownerOf('172.16.158.64').kind, 'node');
  });

  it('takes the first address of an IPv6 share for the node’s tunnel device', () => {
    const topology = infer(tunnel(NODE_A, NODE_B, 'fd77:0:0:1::', 'fd77:0:0:2::14'));
    assert.equal(topology.ownerOf('fd77:0:0:1::').kind, 'node');
    assert.equal(topology.ownerOf('fd77:0:0:2::14').kind, 'pod');
  });

  it('says nothing of a capture in which no pod shows', () => {
    const topology = infer(flow('10.0.1.10', '10.0.9.1', { direction: 'out', ttl: 64 }));
    assert.equal(topology.empty, true);
    assert.equal(topology.nodes.length, 0);
  });

  it('does not take a mirror’s copy or a Gateway Load Balancer’s tunnel for a cluster', () => {
    const mirror = { type: 'vxlan', outerPort: 4789, id: 77 };
    const topology = infer(
      tunnel('10.0.1.5', '10.0.9.9', '10.0.1.5', '8.8.8.8', mirror),
      tunnel('10.0.1.5', '10.0.9.9', '8.8.8.8', '10.0.1.5', mirror),
      tunnel('10.0.2.5', '10.0.2.9', '10.0.3.5', '8.8.4.4', {
        type: 'geneve',
        outerPort: 6081,
        optionClasses: [0x0108],
      }),
    );
    for (const address of ['10.0.1.5', '10.0.9.9', '10.0.2.5', '10.0.3.5']) {
      assert.equal(topology.ownerOf(address).kind, 'unknown', address);
    }
  });

  it('takes the one-way end of Cilium’s DSR for a guess only', () => {
    const topology = infer(tunnel(NODE_A, '10.1.0.33', '203.0.113.9', '192.0.2.10'));
    assert.equal(topology.ownerOf('10.1.0.33').confidence, 'guess');
  });

  it('reads Cilium’s identities: the world is no pod, remote-node is the node', () => {
    const cilium = (id: number) => ({ type: 'vxlan', outerPort: 8472, id, innerTtl: 64 });
    const topology = infer(
      tunnel(NODE_A, NODE_B, '10.1.0.33', '10.1.1.44', cilium(4711)),
      tunnel(NODE_B, NODE_A, '10.1.1.44', '10.1.0.33', cilium(4712)),
      tunnel(NODE_A, NODE_B, '203.0.113.9', '10.1.1.44', cilium(2)),
      tunnel(NODE_A, NODE_B, '10.1.0.77', '10.1.1.44', cilium(6)),
    );
    assert.equal(topology.ownerOf('10.1.0.33').kind, 'pod'); // TTL 64 is a pod's here
    assert.equal(topology.ownerOf('203.0.113.9').kind, 'external');
    assert.equal(topology.ownerOf('10.1.0.77').kind, 'node');
  });

  it('reads identities of Cilium’s Geneve too, and none in OVN’s, whose VNI is a datapath’s', () => {
    const geneve = { type: 'geneve', outerPort: 6081, innerTtl: 64 };
    const from = (id: number, src: string, more: Partial<TunnelObservation> = {}) =>
      tunnel(NODE_A, NODE_B, src, '10.0.1.7', { ...geneve, id, ...more });
    const cilium = infer(from(6, '10.0.0.217'), from(4097, '10.0.0.31'));
    assert.equal(cilium.ownerOf('10.0.0.217').kind, 'node');
    assert.equal(cilium.ownerOf('10.0.0.31').kind, 'pod');
    const ovn = { optionClasses: [0x0102], innerTtl: 63 };
    const others = infer(from(6, '10.0.0.31', ovn), from(4097, '10.0.0.32', ovn));
    assert.equal(others.ownerOf('10.0.0.31').kind, 'pod');
  });

  it('takes a first TTL for the host’s own where a tunnel’s other sources have one less', () => {
    const geneve = { type: 'geneve', outerPort: 6081, id: 6, optionClasses: [0x0102] };
    const topology = infer(
      tunnel(NODE_A, NODE_B, '10.128.0.14', '10.129.0.9', geneve),
      tunnel(NODE_A, NODE_B, '10.128.0.1', '10.129.0.9', { ...geneve, innerTtl: 64 }),
    );
    assert.equal(topology.ownerOf('10.128.0.1').kind, 'node');
    assert.equal(topology.ownerOf('10.128.0.1').node, NODE_A);
    assert.equal(topology.ownerOf('10.128.0.14').kind, 'pod');
  });

  it('does not place on one node who sends on Weave’s segment, which is over all nodes', () => {
    const onBridge = (src: string) => flow(src, '10.44.0.9', { interface: 'weave', ttl: 64 });
    const topology = infer(onBridge('10.32.0.2'), onBridge('10.40.0.2'));
    assert.equal(topology.ownerOf('10.32.0.2').kind, 'pod');
    assert.equal(topology.ownerOf('10.32.0.2').node, undefined);
  });

  it('gives an address in .1 that no listed pod has to the node it speaks from', () => {
    const facts = inferFacts([
      tunnel(NODE_A, NODE_B, '10.32.0.1', '10.40.0.2'),
      tunnel(NODE_B, NODE_A, '10.40.0.2', '10.32.0.1'),
      tunnel(NODE_A, NODE_B, '10.32.0.77', '10.40.0.2'),
      tunnel(NODE_B, NODE_A, '10.40.0.2', '10.32.0.77'),
    ]);
    const listed = { ...noFacts(), complete: new Set(['pods'] as const) };
    const topology = buildTopology(listed, facts);
    assert.equal(topology.ownerOf('10.32.0.1').kind, 'node');
    assert.equal(topology.ownerOf('10.32.0.1').node, NODE_A);
    assert.equal(topology.ownerOf('10.32.0.77').kind, 'pod');
  });

  it('leaves an address in .1 that asks for Calico’s gateway a pod, which the list is older than', () => {
    const facts = inferFacts([
      tunnel(NODE_A, NODE_B, '172.16.158.1', '172.16.34.2'),
      tunnel(NODE_B, NODE_A, '172.16.34.2', '172.16.158.1'),
      {
        kind: 'arp',
        vantage: 'f.pcap',
        interface: 'cali0123456789a',
        direction: 'in',
        asker: '172.16.158.1',
        askerMac: '22:8f:fe:fb:0a:12',
        target: '169.254.1.1',
      },
    ]);
    const listed = { ...noFacts(), complete: new Set(['pods'] as const) };
    const owner = buildTopology(listed, facts).ownerOf('172.16.158.1');
    assert.equal(owner.kind, 'pod');
    assert.equal(owner.confidence, 'certain');
  });

  it('names the network plugin by its devices, gateways and tunnels', () => {
    const named = (...seen: TrafficObservation[]) =>
      infer(...seen).plugins.map(({ plugin, mode }) => `${plugin} ${mode ?? '-'}`);
    const arp = {
      kind: 'arp',
      vantage: 'f.pcap',
      interface: 'x',
      direction: undefined,
      asker: '10.42.0.3',
      askerMac: '02:00:00:00:00:01',
      target: '169.254.1.1',
    } as const;
    const vxlan = (outerPort: number, id: number) =>
      tunnel(NODE_A, NODE_B, '10.42.0.3', '10.42.1.3', { type: 'vxlan', outerPort, id });
    const on = (device: string) => flow('10.42.0.3', '10.42.1.3', { interface: device });
    assert.deepEqual(named(arp), ['calico -']);
    assert.deepEqual(named(arp, on('vxlan.calico')), ['calico vxlan']);
    assert.deepEqual(named(vxlan(8472, 1)), ['flannel vxlan']);
    assert.deepEqual(named(arp, vxlan(8472, 1)), ['canal vxlan']);
    assert.deepEqual(named(vxlan(8472, 4097), vxlan(8472, 6)), ['cilium vxlan']);
    assert.deepEqual(named(vxlan(6784, 77)), ['weave fastdp']);
    assert.deepEqual(named(on('cbr0')), ['kubenet routed']);
    assert.deepEqual(named(on('eth0')), []);
  });

  it('finds no pods inside Calico’s eBPF node port tunnel', () => {
    const ebpf = { type: 'vxlan', outerPort: 4789, id: 0xca11c0 };
    const topology = infer(
      tunnel(NODE_A, NODE_B, '10.9.9.9', '10.9.9.8', ebpf),
      tunnel(NODE_B, NODE_A, '10.9.9.8', '10.9.9.9', ebpf),
    );
    assert.equal(topology.ownerOf('10.9.9.9').kind, 'unknown');
    assert.equal(topology.ownerOf(NODE_A).kind, 'node');
  });

  it('names a node by its VTEP MAC when the names are listed', () => {
    const vxlan = {
      type: 'vxlan',
      outerPort: 4789,
      id: 4096,
      innerSrcMac: '66:f9:37:c3:7e:94',
      innerDstMac: '66:2d:bf:44:a6:8b',
    };
    const names = {
      nodes: ['node1', 'node2'].map((name) => ({
        name,
        addresses: [],
        source: { kind: 'file', detail: 't' } as const,
        score: 1,
      })),
    };
    const topology = buildTopology(
      { ...inferFacts([]), ...names },
      inferFacts([tunnel('192.168.10.11', '192.168.10.12', '10.244.1.10', '10.244.2.10', vxlan)]),
    );
    assert.equal(topology.ownerOf('192.168.10.11').name, 'node1');
    assert.equal(topology.ownerOf('10.244.2.10').node, 'node2');
  });
});

describe('inference from interfaces', () => {
  it('takes the asker for 169.254.1.1 for a pod, as certain', () => {
    const topology = infer({
      kind: 'arp',
      vantage: 'f.pcap',
      interface: 'calica87c8a6361',
      direction: 'in',
      asker: '10.244.1.10',
      askerMac: '22:8f:fe:fb:0a:12',
      target: '169.254.1.1',
    });
    const owner = topology.ownerOf('10.244.1.10');
    assert.equal(owner.kind, 'pod');
    assert.equal(owner.confidence, 'certain');
    assert.equal(owner.interface, 'calica87c8a6361');
  });

  it('places pods of two veths of one capture on one node, though it has no name', () => {
    const topology = infer(
      flow('10.0.1.10', '10.0.1.11', { interface: 'eni0123456789a', direction: 'in', ttl: 64 }),
      flow('10.0.1.10', '10.0.1.11', { interface: 'enib123456789a', direction: 'out', ttl: 63 }),
    );
    const [a, b] = ['10.0.1.10', '10.0.1.11'].map((address) => topology.ownerOf(address));
    assert.equal(a!.kind, 'pod');
    assert.equal(b!.kind, 'pod');
    assert.equal(topology.sameNode(a!.node, b!.node), true);
  });

  it('does not tell pods of two captures apart by node: both may be one', () => {
    const topology = infer(
      flow('10.0.1.10', '10.0.1.11', {
        vantage: 'a.pcap',
        interface: 'eni0123456789a',
        direction: 'in',
      }),
      flow('10.0.1.10', '10.0.1.11', {
        vantage: 'b.pcap',
        interface: 'enib123456789a',
        direction: 'out',
      }),
    );
    const nodes = ['10.0.1.10', '10.0.1.11'].map((address) => topology.ownerOf(address).node);
    assert.notEqual(nodes[0], nodes[1]);
    assert.equal(topology.sameNode(nodes[0], nodes[1]), undefined);
  });

  it('knows the pod’s end of a veth by Calico’s MAC, whatever the interface is called', () => {
    const mac = 'ee:ee:ee:ee:ee:ee';
    const topology = infer(
      flow('10.244.1.10', '203.0.113.5', { dstMac: mac, srcMac: '22:8f:fe:fb:0a:12', ttl: 64 }),
      flow('203.0.113.5', '10.244.1.10', { srcMac: mac, dstMac: '22:8f:fe:fb:0a:12', ttl: 60 }),
    );
    assert.equal(topology.ownerOf('10.244.1.10').kind, 'pod');
    assert.equal(topology.ownerOf('203.0.113.5').kind, 'external');
  });

  const nameless = (src: string, dst: string, direction: 'in' | 'out', ttl: number) =>
    flow(src, dst, { interface: '#7', direction, ttl });

  it('knows the end of a pod’s veth by its packets where a capture of any has no names', () => {
    const topology = infer(
      nameless('10.0.1.10', '8.8.8.8', 'in', 64),
      nameless('8.8.8.8', '10.0.1.10', 'out', 50),
      nameless('10.0.1.20', '10.0.1.10', 'out', 64),
    );
    assert.equal(topology.ownerOf('10.0.1.10').kind, 'pod');
    assert.equal(topology.ownerOf('10.0.1.10').interface, undefined);
    // The one neighbour on a NIC looks the same, but speaks to pods alone.
    const balanced = infer(
      nameless('10.0.1.200', '10.0.1.10', 'in', 64),
      nameless('10.0.1.10', '10.0.1.200', 'out', 63),
      { ...nameless('10.0.1.10', '10.0.1.200', 'in', 64), interface: '#8' },
      { ...nameless('10.0.1.200', '10.0.1.10', 'out', 63), interface: '#8' },
    );
    assert.equal(balanced.ownerOf('10.0.1.200').kind, 'unknown');
    assert.equal(balanced.ownerOf('10.0.1.10').kind, 'unknown');
    // A NIC: several neighbours speak, or nothing is forwarded to the one that does.
    assert.equal(
      infer(
        nameless('10.0.1.10', '8.8.8.8', 'in', 64),
        nameless('10.0.1.11', '8.8.8.8', 'in', 64),
        nameless('8.8.8.8', '10.0.1.10', 'out', 50),
      ).ownerOf('10.0.1.10').kind,
      'unknown',
    );
    assert.equal(
      infer(
        nameless('10.0.1.10', '10.0.1.1', 'in', 64),
        nameless('10.0.1.1', '10.0.1.10', 'out', 64),
      ).ownerOf('10.0.1.10').kind,
      'unknown',
    );
    assert.equal(
      infer(
        nameless('10.0.1.10', '8.8.8.8', 'in', 63),
        nameless('8.8.8.8', '10.0.1.10', 'out', 50),
      ).ownerOf('10.0.1.10').kind,
      'unknown',
    );
  });

  it('knows nodes by the ports that only they use', () => {
    const topology = infer(
      flow('10.9.0.1', '10.9.0.2', { protocol: 'udp', sport: 51820, dport: 51820 }),
      flow('10.9.0.3', '10.9.0.4', { protocol: 'udp', sport: 40000, dport: 51820 }), // anybody's VPN
      flow('10.9.0.5', '10.9.0.6', { dport: 10250 }),
      flow('10.9.0.7', '8.8.8.8', { dport: 179 }),
    );
    const nodes = [1, 2, 3, 4, 5, 6, 7].filter(
      (n) => topology.ownerOf(`10.9.0.${n}`).kind === 'node',
    );
    assert.deepEqual(nodes, [1, 2, 6, 7]);
    assert.equal(topology.ownerOf('8.8.8.8').kind, 'external');
  });

  it('takes neighbour discovery for Calico’s gateway as it takes ARP', () => {
    const topology = infer(
      flow('fd00:1::a', 'ff02::1:ffee:eeee', { protocol: 'icmpv6', ttl: 255 }),
      flow('fe80::ecee:eeff:feee:eeee', 'fd00:1::b', { protocol: 'icmpv6', ttl: 255 }),
    );
    assert.equal(topology.ownerOf('fd00:1::a').kind, 'pod');
    assert.equal(topology.ownerOf('fd00:1::b').kind, 'pod');
  });

  it('finds the one end common to all flows of a veth when no direction is told', () => {
    const topology = infer(
      flow('10.0.1.10', '10.0.9.1', { interface: 'cali0123456789a' }),
      flow('10.0.9.2', '10.0.1.10', { interface: 'cali0123456789a' }),
    );
    assert.equal(topology.ownerOf('10.0.1.10').kind, 'pod');
    assert.equal(topology.ownerOf('10.0.9.1').kind, 'unknown');
  });

  it('leaves two ends of a single flow alone when neither TTL is a first one', () => {
    const topology = infer(
      flow('10.0.1.10', '10.0.9.1', { interface: 'cali0123456789a', ttl: 62 }),
    );
    assert.equal(topology.ownerOf('10.0.1.10').kind, 'unknown');
    assert.equal(topology.ownerOf('10.0.9.1').kind, 'unknown');
  });

  it('reads the address in a bridge plugin’s MAC', () => {
    const topology = infer(
      flow('10.0.1.10', '10.0.9.1', { srcMac: '0a:58:0a:00:01:0a' }),
      flow('10.0.1.12', '10.0.9.1', { srcMac: '0a:58:0a:00:01:0b' }),
    );
    assert.equal(topology.ownerOf('10.0.1.10').kind, 'pod');
    assert.equal(topology.ownerOf('10.0.1.12').kind, 'unknown');
  });

  it('joins a capture to the node whose tunnels it sends', () => {
    const topology = infer(
      tunnel(NODE_A, NODE_B, '172.16.158.1', '172.16.34.1', { direction: 'out' }),
      tunnel(NODE_B, NODE_A, '172.16.34.1', '172.16.158.1', { direction: 'in' }),
      flow('172.16.158.2', '172.16.34.1', {
        interface: 'cali0123456789a',
        direction: 'in',
        ttl: 64,
      }),
    );
    assert.equal(topology.ownerOf('172.16.158.2').node, NODE_A);
  });

  it('does not take a router, which both receives and sends the same tunnels, for a node', () => {
    const both = BOTH_WAYS.flatMap((o) => [
      { ...o, direction: 'in' as const },
      { ...o, direction: 'out' as const },
    ]);
    const topology = infer(
      ...both,
      flow('10.5.5.5', '10.6.6.6', { interface: 'veth12345678', direction: 'in' }),
    );
    assert.equal(
      topology.sameNode(
        topology.ownerOf('172.16.158.1').node,
        topology.ownerOf('172.16.34.1').node,
      ),
      false,
    );
    assert.equal(topology.ownerOf('10.5.5.5').node, undefined);
  });

  it('gives the node the name that the capture gives it', () => {
    const topology = infer(
      { kind: 'vantage', vantage: 'f.pcap', node: 'k8s-w1' },
      tunnel(NODE_A, NODE_B, '172.16.158.1', '172.16.34.1', { direction: 'out' }),
    );
    assert.equal(topology.ownerOf('172.16.158.1').node, 'k8s-w1');
    assert.equal(topology.ownerOf(NODE_A).name, 'k8s-w1');
  });

  it('knows a named capture of a veth alone by where a tunnel says that its pod lives', () => {
    const topology = infer(
      { kind: 'vantage', vantage: 'k8s-w1', node: 'k8s-w1' },
      ...BOTH_WAYS,
      flow('172.16.158.1', '172.16.34.1', {
        vantage: 'k8s-w1',
        interface: 'cali0123456789a',
        direction: 'in',
        ttl: 64,
      }),
    );
    assert.equal(topology.ownerOf('172.16.158.1').node, 'k8s-w1');
    assert.equal(topology.ownerOf(NODE_A).name, 'k8s-w1');
  });

  it('knows devices by the plugins’ names, and finds them in file names', () => {
    assert.equal(interfaceKind('calica87c8a6361'), 'pod');
    assert.equal(interfaceKind('enica87c8a6361'), 'pod');
    assert.equal(interfaceKind('eni1'), 'other');
    assert.equal(interfaceKind('ens5'), 'other');
    assert.equal(interfaceKind('vxlan.calico'), 'tunnel');
    assert.equal(interfaceKind('cni0'), 'bridge');
    assert.equal(interfaceInFileName('/tmp/k8s-w1.calica87c8a6361.pcap'), 'calica87c8a6361');
    assert.equal(interfaceInFileName('n1-vxlan.calico.pcap.gz'), 'vxlan.calico');
    assert.equal(interfaceInFileName('tunl0/any.pcap'), undefined);
  });
});

describe('inference from routes, names and translations', () => {
  const bgp = (prefix: string, nextHop: string, speaker: string, asPathLength?: number) =>
    ({ kind: 'bgp', prefix, nextHop, speaker, peer: '192.168.10.10', asPathLength }) as const;

  it('gives a block to the node that announces it, as certain', () => {
    const topology = infer(bgp('172.16.34.0/26', NODE_B, NODE_B));
    const owner = topology.ownerOf('172.16.34.9');
    assert.equal(owner.kind, 'pod');
    assert.equal(owner.node, NODE_B);
    assert.equal(topology.ranges[0]?.score, 0.98);
  });

  it('prefers the node to the switch that passes its route on', () => {
    const topology = infer(
      bgp('172.16.34.0/26', '192.168.10.1', '192.168.10.1', 2),
      bgp('172.16.34.0/26', NODE_B, NODE_B, 1),
    );
    assert.equal(topology.ownerOf('172.16.34.9').node, NODE_B);
    assert.ok(
      infer(bgp('172.16.34.0/26', '192.168.10.1', '192.168.10.1', 2)).ownerOf('172.16.34.9')
        .confidence === 'guess',
    );
  });

  it('takes who announces a default route or the internet’s prefixes for a router, not a node', () => {
    const router = '192.168.10.1';
    for (const other of ['0.0.0.0/0', '8.8.8.0/24']) {
      const topology = infer(bgp(other, router, router), bgp('10.20.30.0/24', router, router));
      assert.equal(topology.ownerOf('10.20.30.7').kind, 'unknown', other);
      assert.equal(topology.ownerOf('8.8.8.8').kind, 'external');
    }
  });

  it('does not give an address that several nodes announce to one of them', () => {
    const topology = infer(
      bgp('10.96.7.0/24', NODE_A, NODE_A),
      bgp('10.96.7.0/24', NODE_B, NODE_B),
    );
    assert.equal(topology.ownerOf('10.96.7.7').node, undefined);
  });

  it('places a borrowed address where it is announced alone', () => {
    const topology = infer(
      bgp('172.16.34.0/26', NODE_B, NODE_B),
      bgp('172.16.34.7/32', NODE_A, NODE_A),
    );
    assert.equal(topology.ownerOf('172.16.34.7').node, NODE_A);
    assert.equal(topology.ownerOf('172.16.34.8').node, NODE_B);
  });

  const dns = (question: string, address: string, owner = question) =>
    ({ kind: 'dns', question, owner, address }) as const;

  it('names Services and pods from the cluster’s DNS', () => {
    const topology = infer(
      dns('web.default.svc.cluster.local.', '10.96.0.50'),
      dns('db.shop.svc.cluster.local', '10.1.0.5'),
      dns('db.shop.svc.cluster.local', '10.1.0.6'),
      dns('db-0.db.shop.svc.example.org', '10.1.0.5'),
    );
    const web = topology.ownerOf('10.96.0.50');
    assert.deepEqual([web.kind, web.namespace, web.name], ['service', 'default', 'web']);
    const db = topology.ownerOf('10.1.0.5');
    assert.deepEqual([db.kind, db.namespace, db.name], ['pod', 'shop', 'db-0']);
    assert.equal(topology.ownerOf('10.1.0.6').kind, 'pod'); // headless: several addresses
    assert.deepEqual(
      topology.namesOf('10.96.0.50').map((n) => n.name),
      ['web.default.svc.cluster.local'],
    );
  });

  it('knows an AWS load balancer behind an alias, and ExternalDNS’s record of it', () => {
    const topology = infer(
      dns('www.example.com', '10.0.5.9', 'web-0123.elb.eu-west-1.amazonaws.com'),
      {
        kind: 'dns',
        question: 'a-www.example.com',
        owner: 'a-www.example.com',
        text: '"heritage=external-dns,external-dns/owner=me,external-dns/resource=service/default/web"',
      },
    );
    const owner = topology.ownerOf('10.0.5.9');
    assert.equal(owner.kind, 'loadbalancer');
    assert.equal(owner.name, 'web-0123.elb.eu-west-1.amazonaws.com');
    assert.deepEqual(
      topology
        .namesOf('10.0.5.9')
        .map((n) => n.name)
        .sort(),
      ['service/default/web', 'www.example.com'],
    );
  });

  it('tells a ClusterIP from a node by what is dialled and where it is sent on', () => {
    const translation = (dst: string, dport: number, to: string) =>
      ({
        kind: 'translation',
        type: 'dnat',
        vantage: 'f.pcap',
        protocol: 'tcp',
        before: { src: '10.1.0.9', dst, dport },
        after: { src: '10.1.0.9', dst: to, dport: 8080 },
      }) as const;
    const topology = infer(
      translation('10.96.0.50', 80, '10.1.0.5'),
      translation('192.168.1.7', 30080, '10.1.0.5'),
    );
    assert.equal(topology.ownerOf('10.96.0.50').kind, 'service');
    assert.equal(topology.ownerOf('192.168.1.7').kind, 'node');
    assert.equal(topology.ownerOf('10.1.0.5').kind, 'pod');
  });

  it('does not take one name’s IPv4 and IPv6 address for a headless Service’s two pods', () => {
    const topology = infer(
      dns('web.default.svc.cluster.local', '10.96.0.50'),
      dns('web.default.svc.cluster.local', 'fd00:96::a'),
    );
    assert.equal(topology.ownerOf('10.96.0.50').kind, 'service');
    assert.equal(topology.ownerOf('fd00:96::a').kind, 'service');
  });

  it('places who masquerades alike whether that or its other traffic came first', () => {
    const masqueradedTo = (src: string): TrafficObservation => ({
      kind: 'translation',
      type: 'snat',
      vantage: 'f.pcap',
      protocol: 'tcp',
      before: { src: '172.16.158.1', dst: '172.16.34.1', dport: 80 },
      after: { src, dst: '172.16.34.1', dport: 80 },
    });
    const probe: TrafficObservation = {
      kind: 'probe',
      vantage: 'f.pcap',
      interface: 'eth0',
      direction: undefined,
      src: '192.168.10.1',
      dst: '172.16.158.2',
    };
    const tunnelDevice = { interface: 'tunl0', direction: 'in' } as const;
    const answer = flow('172.16.34.1', '172.16.158.0', tunnelDevice);
    for (const [address, other] of [
      ['192.168.10.1', probe],
      ['172.16.158.0', answer],
    ] as const) {
      const masqueraded = masqueradedTo(address);
      const told = [infer(masqueraded, other), infer(other, masqueraded)].map((topology) => {
        const { kind, role, score, node } = topology.ownerOf(address);
        return { kind, role, score, node };
      });
      assert.deepEqual(told[0], told[1]);
      assert.equal(told[0]!.node, '(node of f.pcap)');
    }
  });

  it('does not believe translations of link-local and multicast addresses', () => {
    const said = { kind: 'translation', vantage: 'f.pcap', protocol: 'icmpv6' } as const;
    const group = { dst: 'ff02::1:ffee:eeee', dport: 0 };
    const topology = infer(
      {
        ...said,
        type: 'snat',
        before: { src: 'fd00:1::a', ...group },
        after: { src: 'fd00:1::b', ...group },
      },
      {
        ...said,
        type: 'dnat',
        before: { src: 'fe80::1', dst: 'fd00:1::a', dport: 0 },
        after: { src: 'fe80::1', dst: 'fd00:1::b', dport: 0 },
      },
    );
    assert.equal(topology.empty, true);
  });

  it('leaves out a pod that only a weak clue tells of where every pod is listed', () => {
    const listed = inferFacts([]);
    const source = { kind: 'kubectl', detail: 'p' } as const;
    listed.pods.push({
      namespace: 'kube-system',
      name: 'x',
      addresses: ['172.16.158.1'],
      hostNetwork: false,
      source,
      score: 1,
    });
    listed.ranges.push({ cidr: '172.16.0.0/16', kind: 'pods', source, score: 1 });
    const seen = inferFacts([
      ...BOTH_WAYS.slice(0, 1),
      tunnel(NODE_A, NODE_B, '172.16.158.1', '172.16.34.99'),
    ]);
    assert.equal(buildTopology(listed, seen).ownerOf('172.16.34.99').confidence, 'guess');
    listed.complete.add('pods');
    assert.equal(buildTopology(listed, seen).ownerOf('172.16.34.99').role, 'unlisted');
  });

  it('takes the kubelet that probes for the node of the pods it probes', () => {
    const probe = (dst: string) =>
      ({
        kind: 'probe',
        vantage: 'f.pcap',
        interface: 'eth0',
        direction: undefined,
        src: NODE_A,
        dst,
      }) as const;
    const topology = infer(probe('172.16.158.1'), probe('172.16.158.2'));
    assert.equal(topology.ownerOf(NODE_A).kind, 'node');
    assert.equal(
      topology.sameNode(
        topology.ownerOf('172.16.158.1').node,
        topology.ownerOf('172.16.158.2').node,
      ),
      true,
    );
  });

  it('yields to what a source lists, and says that traffic contradicts it', () => {
    const listed = inferFacts([]);
    listed.pods.push({
      namespace: 'default',
      name: 'web',
      addresses: ['172.16.34.1'],
      node: 'k8s-w1',
      hostNetwork: false,
      source: { kind: 'kubectl', detail: 'pods.json: items[0]' },
      score: 1,
    });
    listed.nodes.push({
      name: 'k8s-w1',
      addresses: [{ address: NODE_A, role: 'InternalIP' }],
      source: { kind: 'kubectl', detail: 'nodes.json: items[0]' },
      score: 1,
    });
    const topology = buildTopology(listed, inferFacts(BOTH_WAYS));
    const owner = topology.ownerOf('172.16.34.1');
    assert.equal(owner.node, 'k8s-w1');
    assert.equal(owner.confidence, 'likely');
    assert.match(english(owner.conflict!), /192\.168\.20\.100 \(traffic/);
    assert.equal(topology.ownerOf('172.16.158.1').node, 'k8s-w1'); // the tunnel's end has that name
  });

  it('says nothing of multicast, link-local and loopback addresses', () => {
    const topology = infer(
      tunnel(NODE_A, NODE_B, 'fe80::1', 'ff02::1'),
      tunnel('127.0.0.1', '224.0.0.1', '0.0.0.0', '255.255.255.255'),
    );
    assert.equal(topology.ownerOf('fe80::1').role, 'link-local');
    assert.equal(topology.ownerOf('224.0.0.1').role, 'multicast');
  });
});
