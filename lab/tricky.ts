/** What misleads: VLAN underlay, fragments, two address families, reused tuples, twins, lost frames, skewed clocks. */
import {
  addBlackhole,
  addCalicoPod,
  addIpipTunnel,
  calicoFiles,
  calicoPodAnnotations,
  caliName,
  loadCalicoRules,
  type PoolOptions,
} from './blocks/calico.ts';
import type { CaptureOptions } from './blocks/capture.ts';
import {
  addressIn,
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type ClusterService,
  findPod,
} from './blocks/cluster.ts';
import { LabError } from './blocks/command.ts';
import { crossing, hostPods } from './blocks/course.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import { loadServiceRules } from './blocks/kube-proxy.ts';
import type { Lab } from './blocks/lab.ts';
import type { LabName } from './blocks/names.ts';
import { addBridge, addPlace, addVeth, addVlan, exec, ip, type Network } from './blocks/network.ts';
import { readmeOf } from './blocks/readme.ts';
import { type Outsider, type Session, type Talk, talk, talkAtOnce } from './blocks/session.ts';
import type { Command } from './blocks/traffic.ts';

const VLAN = 100;
const NIC = `eth0.${VLAN}`;
/** Nodes and pods share 10.1.0.0/16: no prefix tells one from the other. */
const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: '10.1.128.0/17',
  ipipMode: 'Always',
  vxlanMode: 'Never',
  blockSize: 26,
  natOutgoing: true,
};
const POOL6 = 'fd00:1:128::/48';
const POD_MTU = 1480;
const SERVER = '198.51.100.80';
const SERVER6 = '2001:db8:80::80';
const CLIENT = '203.0.113.50';
const CLIENT6 = '2001:db8:50::50';
const NODE_PORT = 30080;
/** An address of node-b's block that nobody holds. */
const NOBODY = '10.1.140.126';
const SKEW_NS = { 'node-b': 137_000_000, 'node-c': -1_250_000_000 };

function node(letter: string, last: number, block: string, block6: string): ClusterNode {
  const address = `10.1.0.${last}`;
  return {
    name: `node-${letter}`,
    place: letter,
    ip: address,
    prefixLen: 24,
    ip6: `fd00:1::${last}`,
    block,
    block6,
    podCidrs: [block, block6],
    otherAddresses: [addressIn(block, 0)],
    annotations: {
      'projectcalico.org/IPv4Address': `${address}/24`,
      'projectcalico.org/IPv4IPIPTunnelAddr': addressIn(block, 0),
      'projectcalico.org/IPv6Address': `fd00:1::${last}/64`,
    },
  };
}

const NODES = [
  node('a', 11, '10.1.130.0/26', 'fd00:1:128:a::/122'),
  node('b', 12, '10.1.140.64/26', 'fd00:1:128:b::/122'),
  node('c', 13, '10.1.150.128/26', 'fd00:1:128:c::/122'),
];

function pod(name: string, on: number, n: number, labels: Record<string, string>): ClusterPod {
  const { block = '', block6 = '', name: nodeName } = NODES[on] ?? {};
  const address = addressIn(block, n);
  const address6 = `${block6.split('/')[0]}${n}`;
  const annotations = calicoPodAnnotations('default', name, [address, address6]);
  return {
    namespace: 'default',
    name,
    node: nodeName ?? '',
    ip: address,
    ip6: address6,
    place: name,
    labels,
    annotations,
  };
}

const CLUSTER: Cluster = {
  nodes: NODES,
  pods: [
    pod('one', 0, 1, { app: 'client' }),
    pod('two', 0, 2, { app: 'client' }),
    pod('near', 0, 3, { app: 'web' }),
    pod('fat', 0, 4, { app: 'client' }),
    pod('far', 1, 1, { app: 'web', tier: 'far' }),
    pod('dns', 1, 2, { 'k8s-app': 'kube-dns' }),
    pod('last', 2, 1, { app: 'web' }),
    pod('fatter', 2, 2, { app: 'client' }),
    ...hostPods(NODES, ['kube-proxy', 'calico-node']),
  ],
  services: [
    service(
      'web',
      10,
      { app: 'web' },
      { port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT },
    ),
    service('far', 20, { tier: 'far' }, { port: 80, targetPort: 8080, protocol: 'TCP' }),
    service(
      'kube-dns',
      53,
      { 'k8s-app': 'kube-dns' },
      { port: 53, targetPort: 53, protocol: 'UDP' },
    ),
  ],
  podCidr: POOL.cidr,
  podCidr6: POOL6,
  serviceCidr: '10.96.0.0/12',
};

function service(
  name: string,
  n: number,
  selector: Record<string, string>,
  port: Omit<ClusterService['ports'][number], 'name'>,
): ClusterService {
  return {
    namespace: 'default',
    name,
    type: port.nodePort === undefined ? 'ClusterIP' : 'NodePort',
    clusterIp: `10.96.0.${n}`,
    clusterIp6: `fd00:96::${n.toString(16)}`,
    ports: [{ name: 'main', ...port }],
    selector,
    externalTrafficPolicy: 'Cluster',
  };
}

const OUTSIDERS: readonly Outsider[] = [
  { place: 'client', name: 'client', ips: [CLIENT, CLIENT6], kind: 'external' },
  { place: 'server', name: 'server', ips: [SERVER, SERVER6], kind: 'external' },
  { place: 'server', name: 'nobody', ips: [NOBODY], kind: 'unknown' },
];

/** A switch that knows nothing of VLANs, nodes and router with a tagged device each, the outside, pods, routes. */
async function wire(network: Network): Promise<void> {
  addPlace(network, 'switch');
  addBridge(network, 'switch', 'br0');
  addPlace(network, 'router', { forward: true, ipv6: true });
  const trunk = (place: string): void =>
    addVeth(
      network,
      { place, device: 'eth0', mtu: 1504 },
      { place: 'switch', device: `to-${place}`, bridge: 'br0', mtu: 1504 },
    );
  trunk('router');
  await addVlan(network, 'router', 'eth0', VLAN, ['10.1.0.1/24', 'fd00:1::1/64']);
  for (const [place, four, six] of [
    ['client', CLIENT, CLIENT6],
    ['server', SERVER, SERVER6],
  ] as const) {
    addPlace(network, place, { ipv6: true });
    const gateways = [four.replace(/\d+$/, '1'), six.replace(/::.*$/, '::1')];
    addVeth(
      network,
      { place, device: 'eth0', addresses: [`${four}/24`, `${six}/64`] },
      {
        place: 'router',
        device: `to-${place}`,
        addresses: [`${gateways[0]}/24`, `${gateways[1]}/64`],
      },
    );
    ip(network, place, ...gateways.map((gateway) => `route add default via ${gateway}`));
  }
  for (const one of NODES) {
    addPlace(network, one.place, { forward: true, ipv6: true });
    trunk(one.place);
    await addVlan(network, one.place, 'eth0', VLAN, [`${one.ip}/24`, `${one.ip6}/64`]);
    ip(network, one.place, 'route add default via 10.1.0.1', 'route add default via fd00:1::1');
    ip(network, 'router', `route add ${one.block6} via ${one.ip6}`);
    await wireNode(network, one);
  }
}

async function wireNode(network: Network, one: ClusterNode): Promise<void> {
  addBlackhole(network, one, 'bird');
  await addIpipTunnel(network, one);
  if (one.name === 'node-c') ip(network, one.place, 'link set dev tunl0 mtu 1500'); // set wrong on purpose
  loadServiceRules(network, CLUSTER, one);
  loadCalicoRules(network, one, POOL, 'tunl0');
  for (const mine of CLUSTER.pods) {
    if (mine.node !== one.name || mine.place === undefined) continue;
    // `fat` and `fatter` have the wire's MTU, as if nobody had told them of the tunnel
    addCalicoPod(network, one, mine, mine.name.startsWith('fat') ? 1500 : POD_MTU);
  }
  for (const peer of NODES.filter((other) => other !== one)) {
    ip(
      network,
      one.place,
      `route add ${peer.block} via ${peer.ip} dev tunl0 onlink proto bird`,
      `route add ${peer.block6} via ${peer.ip6} dev ${NIC} proto bird`,
    );
  }
  if (one.name === 'node-b') {
    // every fifth segment to port 9100 is lost after it was captured
    const drop =
      '-p tcp --dport 9100 -m length --length 100:65535 -m statistic --mode nth --every 5 --packet 2 -j DROP';
    exec(network, one.place, [
      'iptables',
      '-t',
      'raw',
      '-A',
      'PREROUTING',
      '-i',
      'tunl0',
      ...drop.split(' '),
    ]);
  }
}

const RECORDS = {
  'web.default.svc.cluster.local': [
    { type: 'A', data: '10.96.0.10' },
    { type: 'AAAA', data: 'fd00:96::a' },
  ],
};

function servers(): { place: string; command: Command }[] {
  const list: { place: string; command: Command }[] = [];
  const serve = (place: string, kind: string, protocol: string, port: number, more = {}): void => {
    for (const bind of ['0.0.0.0', '::']) {
      list.push({ place, command: { do: 'serve', kind, protocol, port, bind, ...more } });
    }
  };
  for (const { labels, name, place } of CLUSTER.pods) {
    if (place === undefined) continue;
    serve(place, 'http', 'tcp', 8080, { name });
    serve(place, 'echo', 'tcp', 9000);
    serve(place, 'sink', 'tcp', 9100);
    serve(place, 'sink', 'tcp', 9200);
    serve(place, 'echo', 'udp', 7007);
    serve(place, 'sink', 'udp', 7009);
    if (labels['k8s-app'] === 'kube-dns') serve(place, 'dns', 'udp', 53, { records: RECORDS });
  }
  serve('server', 'http', 'tcp', 80, { name: 'server' });
  serve('server', 'echo', 'tcp', 9000);
  serve('server', 'dns', 'udp', 53, { records: RECORDS });
  return list;
}

const at = (name: string): string => findPod(CLUSTER, name).ip;
const at6 = (name: string): string => findPod(CLUSTER, name).ip6 ?? '';

function wanted(
  id: string,
  from: string,
  command: Command,
  words: readonly string[],
  trouble?: string,
): Talk {
  return trouble === undefined
    ? { id, from, command, words }
    : { id, from, command, words, trouble };
}

/** Connections that are open before anybody captures. */
async function prelude(session: Session): Promise<void> {
  const open: [string, [string, number]][] = [
    ['one', [at('far'), 9000]],
    ['two', ['10.96.0.20', 80]],
    ['near', [SERVER, 9000]],
  ];
  for (const [from, to] of open) {
    const opened = session.agents.get(from);
    if (opened === undefined) throw new LabError(`nobody is at ${from}`);
    const handle = `kept-${from}`;
    await talk(session, wanted(handle, from, { do: 'open', to, handle }, []));
  }
  session.conversations.length = 0; // what happened so far is not captured
}

async function midConnection(session: Session): Promise<void> {
  const kept = async (
    from: string,
    more: Record<string, unknown>,
    words: string[],
  ): Promise<void> => {
    const command = { do: 'exchange', handle: `kept-${from}`, ...more };
    const all = ['mid-connection', ...words];
    const one = await talk(session, wanted(`mid-${from}`, from, command, all));
    one.packets = null; // conntrack has counted the handshake, the captures have not
  };
  await kept('one', { turns: 3, size: 120, close: true }, ['tcp', 'cross-node']);
  await kept('near', { turns: 2, size: 80, close: true }, ['tcp', 'egress', 'snat']);
  await kept('two', { turns: 1, size: 90, http: true, close: true }, ['tcp', 'cluster-ip', 'dnat']);
}

async function families(session: Session): Promise<void> {
  const say = (id: string, from: string, command: Command, ...words: string[]): Promise<unknown> =>
    talk(session, wanted(id, from, command, words));
  const http = (to: string, port = 8080): Command => ({ do: 'http', to: [to, port] });
  await say('vlan-ipip-http', 'one', http(at('far')), 'http', 'vlan', 'pod-to-pod');
  await say(
    'vlan-ipip-ping',
    'one',
    { do: 'ping', to: [at('far'), 0], ident: 901 },
    'ping',
    'vlan',
  );
  await say('same-node-http', 'one', http(at('near')), 'http', 'pod-to-pod');
  await say('v6-same-node', 'one', http(at6('near')), 'http', 'ipv6', 'same-node');
  await say('v6-cross-node', 'one', http(at6('far')), 'http', 'ipv6', 'cross-node');
  await say('v6-udp', 'one', { do: 'udp', to: [at6('last'), 7007], count: 2 }, 'udp', 'ipv6');
  await say('v6-ping', 'two', { do: 'ping', to: [at6('far'), 0], ident: 902 }, 'ping', 'ipv6');
  await say('v6-cluster-ip', 'one', http('fd00:96::14', 80), 'http', 'ipv6', 'cluster-ip');
  await say(
    'v6-dns',
    'two',
    { do: 'dns', to: ['fd00:96::35', 53], name: 'web.default.svc.cluster.local', type: 'AAAA' },
    'dns',
    'ipv6',
  );
  await say('v6-egress', 'one', http(SERVER6, 80), 'http', 'ipv6', 'egress');
  await say(
    'v6-node-port',
    'client',
    http('fd00:1::11', NODE_PORT),
    'http',
    'ipv6',
    'node-port',
    'ingress',
  );
  await say('v4-node-port', 'client', http('10.1.0.11', NODE_PORT), 'http', 'node-port', 'ingress');
  await say('node-to-pod', 'a', http(at('far')), 'http', 'node-to-pod', 'tunnel-source');
  await say('probe', 'b', { ...http(at('far')), agent: 'kube-probe/1.29' }, 'http', 'probe');
}

async function sizes(session: Session): Promise<void> {
  const say = (id: string, from: string, command: Command, ...words: string[]): Promise<unknown> =>
    talk(session, wanted(id, from, command, words));
  const udp = (to: string, size: number, more = {}): Command => ({
    do: 'udp',
    to: [to, 7007],
    size,
    ...more,
  });
  await say('fragments-udp', 'one', udp(at('far'), 3300), 'udp', 'fragments', 'cross-node');
  await say('fragments-same-node', 'one', udp(at('near'), 2000), 'udp', 'fragments', 'same-node');
  await say(
    'fragments-ping',
    'two',
    { do: 'ping', to: [at('last'), 0], ident: 903, size: 2000, df: 0, count: 1 },
    'ping',
    'fragments',
  );
  await say('fragments-v6', 'one', udp(at6('last'), 2000), 'udp', 'fragments', 'ipv6');
  // its tunnel lets 1500 bytes in, and the outer header makes 1520 of them: fragments of the outer packet
  await say(
    'fragments-outer',
    'fatter',
    udp(at('far'), 1472, { df: 0 }),
    'udp',
    'fragments',
    'outer-fragments',
  );
  const sink = (to: string, size: number): Command => ({
    do: 'tcp',
    to: [to, 9200],
    size,
    answer: 'count',
  });
  // told by ICMP that only 1480 fit, TCP sends smaller segments
  await say('too-big', 'fat', sink(at('far'), 4000), 'tcp', 'fragmentation-needed');
  await say('gso-bulk', 'one', sink(at('far'), 9000), 'tcp', 'gso', 'cross-node');
  await say('gso-bulk-v6', 'one', sink(at6('far'), 6000), 'tcp', 'gso', 'ipv6');
  await say(
    'lossy',
    'one',
    { do: 'tcp', to: [at('far'), 9100], size: 500, turns: 9, answer: 'count' },
    'tcp',
    'retransmissions',
  );
}

async function twins(session: Session): Promise<void> {
  const to: [string, number] = ['10.96.0.53', 53];
  const query = { do: 'dns', to, name: 'web.default.svc.cluster.local', query: 0x1234 };
  await talkAtOnce(
    session,
    [1, 2, 3, 4].map((n) => wanted(`dns-twin-${n}`, 'one', query, ['dns', 'identical', 'at-once'])),
  );
  await talkAtOnce(
    session,
    ['one', 'two', 'near', 'last'].map((from) =>
      wanted(`dns-same-port-${from}`, from, { ...query, from: ['0.0.0.0', 40_053] }, [
        'dns',
        'identical',
        'same-port',
      ]),
    ),
  );
  const outside = { ...query, to: [SERVER, 53] };
  await talkAtOnce(
    session,
    ['one', 'two', 'near'].map((from) =>
      wanted(`dns-egress-${from}`, from, { ...outside, from: ['0.0.0.0', 40_054] }, [
        'dns',
        'identical',
        'snat',
      ]),
    ),
  );
  const ping = { do: 'ping', to: [SERVER, 0], ident: 777, count: 3 };
  await talkAtOnce(
    session,
    ['one', 'two', 'near'].map((from) =>
      wanted(`ping-twin-${from}`, from, ping, ['ping', 'identical', 'snat']),
    ),
  );
  const same = { do: 'tcp', to: [SERVER, 9000], from: ['0.0.0.0', 40_055], size: 20 };
  await talkAtOnce(
    session,
    ['one', 'two'].map((from) =>
      wanted(`tcp-same-port-${from}`, from, same, ['tcp', 'same-port', 'snat']),
    ),
  );
}

async function reuse(session: Session): Promise<void> {
  const from: [string, number] = ['0.0.0.0', 41_000];
  const words = ['tcp', 'reused-tuple'];
  const direct = { do: 'tcp', to: [at('far'), 9000], from, size: 64, reset: true };
  for (let i = 1; i <= 3; i++)
    await talk(session, wanted(`reuse-reset-${i}`, 'one', direct, words));
  const closed = { do: 'http', to: [at('far'), 8080], from: ['0.0.0.0', 41_001] };
  for (let i = 1; i <= 2; i++)
    await talk(session, wanted(`reuse-closed-${i}`, 'one', closed, words));
  // one service tuple, dialled until it has led to two different pods
  const vip = { do: 'http', to: ['10.96.0.10', 80], from: ['0.0.0.0', 41_002] };
  const backends = new Set<string>();
  for (let i = 1; i <= 12 && backends.size < 2; i++) {
    const one = await talk(
      session,
      wanted(`reuse-service-${i}`, 'two', vip, [...words, 'cluster-ip']),
    );
    backends.add(one.server.ip);
    exec(session.network, 'a', ['conntrack', '-D', '-p', 'tcp', '--sport', '41002']);
  }
  if (backends.size < 2) throw new LabError('reuse-service: one backend only');
}

async function troubles(session: Session): Promise<void> {
  const say = (
    id: string,
    from: string,
    command: Command,
    trouble: string,
    ...words: string[]
  ): Promise<unknown> => talk(session, wanted(id, from, command, [...words, 'trouble'], trouble));
  await say('refused', 'one', { do: 'tcp', to: [at('far'), 9999] }, 'no server: reset', 'tcp');
  const lost = { do: 'udp', to: [at('far'), 9998], timeout: 1 };
  await say('unreachable', 'one', lost, 'no server: ICMP port unreachable', 'udp');
  const nobody = { do: 'tcp', to: [NOBODY, 9000], timeout: 1.5, address: at('two') };
  await say('nobody', 'two', nobody, 'an address of the block that nobody holds: dropped', 'tcp');
}

function captures(snaplen: number | undefined): CaptureOptions[] {
  const list: CaptureOptions[] = [];
  for (const [one, pods] of [
    [NODES[0], ['one', 'two', 'fat']],
    [NODES[1], ['far']],
    [NODES[2], ['last']],
  ] as const) {
    const { name, place } = one!;
    const devices = ['any', 'eth0', 'tunl0', ...pods.map((p) => caliName(findPod(CLUSTER, p)))];
    if (name === 'node-a') devices.push(NIC);
    for (const device of devices) {
      list.push({ place, node: name, device, ...(snaplen === undefined ? {} : { snaplen }) });
    }
  }
  return list;
}

function lab(name: LabName, summary: string, text: string, snaplen: number | undefined): Lab {
  return {
    name,
    summary,
    tools: ['ipset', 'iptables-restore', 'ip6tables-restore'],
    cluster: CLUSTER,
    outsiders: OUTSIDERS,
    captures: captures(snaplen),
    servers: servers(),
    wire,
    converge: () => undefined,
    prelude,
    traffic: async (session) => {
      await midConnection(session);
      await families(session);
      await sizes(session);
      await twins(session);
      await reuse(session);
      await troubles(session);
    },
    kube: () => ({ ...kubeFiles(CLUSTER), ...calicoFiles(CLUSTER, POOL, 'ipipTunnelAddress') }),
    harvest: () => ({
      encapsulation: (session, conversation) => {
        if (conversation.dialled.src.includes(':')) return []; // IPv6 is routed as it is
        if (conversation.server.ip === NOBODY) {
          return [{ type: 'ipip', outer: { src: '10.1.0.11', dst: '10.1.0.12' } }];
        }
        const outer = crossing(session, conversation);
        return outer === undefined ? [] : [{ type: 'ipip', outer }];
      },
      joined: 'node-a',
      skewNs: SKEW_NS,
      // 64 bytes end before the ports behind an IPv6 fragment header
      ...(snaplen === undefined ? {} : { unseen: ['fragments-v6'] }),
      readme: readmeOf({ lab: name, title: summary, text }),
    }),
  };
}

const TEXT = `Three nodes 10.1.0.11-13 (fd00:1::11-13) on VLAN 100 of one switch; pods from 10.1.128.0/17, so that nodes and
pods share a private range, and from fd00:1:128::/48. IPv4 between nodes goes by IPIP (Always), IPv6 as it is.
The kernel this was made on has neither 8021q nor ipip: eth0.100 is a TAP device and tunl0 a TUN device, carried by
two small programs; on eth0 the frames are tagged as a VLAN device tags them.

* Clocks: the timestamps of node-b's captures were shifted by +137 ms and node-c's by -1.25 s when this was written
  (\`clockSkewNs\`); the truth's times are those of node-a.
* \`mid-*\`: connections opened before the captures.
* \`fragments-*\`: fragments inside the tunnel, in IPv6, and (\`fragments-outer\`, node-c's tunl0 has MTU 1500) of the outer
  packet. \`too-big\`: ICMP fragmentation needed. \`gso-*\`: large segments on the pod's veth, small ones behind it.
* \`lossy\`: node-b drops every fifth segment after it was captured: retransmissions.
* \`dns-twin-*\`, \`dns-same-port-*\`, \`dns-egress-*\`: identical queries at once, also from the same port, also through
  masquerade; \`ping-twin-*\`: the same identifier from three pods, rewritten on the way out.
* \`reuse-*\`: one 5-tuple, several connections, once to two different pods behind one service.
* \`refused\`, \`unreachable\`, \`nobody\`: no server, no server, nobody.`;

const SUMMARY =
  'What misleads: VLAN, fragments, dual stack, reused tuples, identical queries, loss, skewed clocks';

export const tricky = lab('tricky', SUMMARY, TEXT, undefined);

export const trickySnaplen = lab(
  'tricky-snaplen',
  `${SUMMARY}; 64 bytes of each frame`,
  `The lab \`tricky\`, captured with \`tcpdump -s 64\`: behind Ethernet, a VLAN tag and two IP headers hardly the ports are left,\nand in \`any\` of a tunnelled frame not even these.\n\n${TEXT}`,
  64,
);
