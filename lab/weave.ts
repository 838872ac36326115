/** Weave Net's fast datapath: one Ethernet segment of all pods, carried between nodes in VXLAN on UDP 6784. */
import { createHash } from 'node:crypto';
import { addressIn, type ClusterNode, type ClusterPod } from './blocks/cluster.ts';
import { crossing } from './blocks/course.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { exec, ip, type Network } from './blocks/network.ts';
import { addOverlay, deviceMac } from './blocks/overlay.ts';
import { addBridgePod, addPodBridge } from './blocks/pod-bridge.ts';
import { readmeOf } from './blocks/readme.ts';
import {
  type TrioPlan,
  type TrioWiring,
  trioCaptures,
  trioCluster,
  trioOutsiders,
  trioServers,
  wireTrio,
} from './blocks/trio.ts';
import { trioTraffic } from './blocks/trio-traffic.ts';

const PREFIX_LEN = 12;
const MTU = 1376;
const DEVICE = 'vxlan-6784';
const PLAN: TrioPlan = {
  names: ['node-alpha', 'node-beta', 'node-gamma'],
  ips: ['192.0.2.66', '192.0.2.67', '198.18.7.66'],
  podCidr: '10.32.0.0/12',
  blocks: ['10.32.0.0/24', '10.36.0.0/24', '10.40.0.0/24'],
  firstPod: 2,
  services: '10.96.4.0/24',
  nodePort: 32400,
  client: '203.0.113.31',
  server: '198.51.100.31',
  daemons: ['kube-proxy', 'weave-net'],
  nodeAnnotations: () => ({}),
  nodeAddresses: (block) => [addressIn(block, 1)],
};
const CLUSTER = trioCluster(PLAN);

/** The host side of a pod's veth: `vethwepl` and seven hex digits. */
function vethOf(pod: ClusterPod): string {
  const digest = createHash('sha1').update(`weave/${pod.namespace}/${pod.name}`).digest('hex');
  return `vethwepl${digest.slice(0, 7)}`;
}

/** A peer's short number, 12 bits, which the VNI is made of. */
function shortId(node: ClusterNode): number {
  return createHash('sha1').update(node.name).digest().readUInt16BE(0) & 0xfff;
}

/** VNI of what one node sends another (router/fastdp.go). */
function vniOf(from: ClusterNode, to: ClusterNode): number {
  return shortId(from) | (shortId(to) << 12);
}

const bridgeMac = (node: ClusterNode): string => deviceMac(`weave ${node.name}`);
const podMac = (pod: ClusterPod): string => deviceMac(`weave ${pod.namespace}/${pod.name}`);

/** The masquerade of Weave's chain: between the pods' range and all else. */
function loadWeaveRules(network: Network, node: ClusterNode): void {
  const range = PLAN.podCidr;
  const rules = [
    '*nat',
    ':WEAVE - [0:0]',
    '-A POSTROUTING -j WEAVE',
    `-A WEAVE -s ${range} -d 224.0.0.0/4 -j RETURN`,
    `-A WEAVE ! -s ${range} -d ${range} -j MASQUERADE`,
    `-A WEAVE -s ${range} ! -d ${range} -j MASQUERADE`,
    'COMMIT',
    '',
  ];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}

const WIRING: TrioWiring = {
  veth: vethOf,
  prepare: async (network, node) => {
    const mac = bridgeMac(node);
    addPodBridge(network, node, 'weave', { mac, mtu: MTU, prefixLen: PREFIX_LEN });
    loadWeaveRules(network, node);
    await addDatapath(network, node);
  },
  addPod: (network, node, pod) =>
    addBridgePod(network, node, pod, {
      bridge: 'weave',
      veth: vethOf(pod),
      mac: podMac(pod),
      mtu: MTU,
      prefixLen: PREFIX_LEN,
    }),
};

/** The datapath's way to the other nodes, as a port of the bridge. */
async function addDatapath(network: Network, node: ClusterNode): Promise<void> {
  const others = CLUSTER.nodes.filter((other) => other !== node);
  const peers = others.flatMap((other) => [
    [bridgeMac(other), other.ip] as const,
    ...CLUSTER.pods
      .filter((pod) => pod.node === other.name && pod.place !== undefined)
      .map((pod) => [podMac(pod), other.ip] as const),
  ]);
  await addOverlay(network, node.place, {
    device: DEVICE,
    kind: 'weave-fastdp',
    local: node.ip,
    mac: deviceMac(`${DEVICE} ${node.name}`),
    peers: Object.fromEntries(peers),
    vnis: Object.fromEntries(others.map((other) => [other.ip, vniOf(node, other)])),
    df: true,
  });
  ip(network, node.place, `link set ${DEVICE} mtu ${MTU} master weave up`);
}

const SUMMARY =
  'Weave Net fast datapath: one segment of all pods, VXLAN on UDP 6784, VNI of two peers';

export const weave: Lab = {
  name: 'weave',
  summary: SUMMARY,
  tools: ['iptables-restore'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, ['weave']),
  servers: trioServers(PLAN, CLUSTER),
  wire: (network) => wireTrio(network, PLAN, CLUSTER, WIRING),
  converge: () => undefined,
  traffic: (session) => trioTraffic(session, PLAN),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      if (outer === undefined) return [];
      const [from, to] = [outer.src, outer.dst].map((address) =>
        CLUSTER.nodes.find((node) => node.ip === address),
      );
      return [{ type: 'vxlan', vni: vniOf(from!, to!), outer }];
    },
    readme: readmeOf({
      lab: 'weave',
      title: SUMMARY,
      text: `Nodes node-alpha 192.0.2.66 and node-beta .67 on one switch, node-gamma 198.18.7.66 behind a router: addresses that
look public. Pods from 10.32.0.0/12 on the bridge weave, which is one Ethernet segment over all nodes: inner MAC
addresses are pods' own and the TTL stays 64 from node to node. vxlan-6784 is a TAP device in the bridge, in the place of
Weave's Open vSwitch datapath; \`overlay-carrier.py\` writes the outer headers (UDP checksum 0, DF, TTL 64).`,
    }),
  }),
};
