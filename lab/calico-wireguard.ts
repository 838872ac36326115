/** Calico with WireGuard: pods' packets between nodes are hidden in UDP 51820, plain on wireguard.cali. */
import {
  addCalicoPod,
  calicoPodAnnotations,
  caliName,
  loadCalicoRules,
  type PoolOptions,
} from './blocks/calico.ts';
import { addressIn } from './blocks/cluster.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { ip, type Network } from './blocks/network.ts';
import { addOverlay } from './blocks/overlay.ts';
import { readmeOf } from './blocks/readme.ts';
import { adoptTracked } from './blocks/session.ts';
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

const DEVICE = 'wireguard.cali';
const PORT = 51820;
const MTU = 1440;
/** Ordinal in its block of a node's address on the device. */
const OWN = 40;
const PLAN: TrioPlan = {
  names: ['fra-1', 'fra-2', 'ams-1'],
  ips: ['10.77.0.10', '10.77.0.11', '10.78.0.10'],
  podCidr: '10.200.0.0/16',
  blocks: ['10.200.14.0/24', '10.200.61.0/24', '10.200.180.0/24'],
  firstPod: 6,
  services: '10.201.0.0/24',
  nodePort: 31700,
  client: '198.51.100.200',
  server: '203.0.113.200',
  daemons: ['kube-proxy', 'calico-node'],
  nodeAnnotations: ({ ip: address, block }) => ({
    'projectcalico.org/IPv4Address': `${address}/24`,
    'projectcalico.org/IPv4WireguardInterfaceAddr': addressIn(block, OWN),
  }),
  nodeAddresses: (block) => [addressIn(block, OWN)],
  podAnnotations: (name, address) => calicoPodAnnotations('default', name, [address]),
};
const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: PLAN.podCidr,
  ipipMode: 'Never',
  vxlanMode: 'Never',
  blockSize: 24,
  natOutgoing: true,
};
const CLUSTER = trioCluster(PLAN);
const WIRING: TrioWiring = {
  veth: caliName,
  prepare: (network, node) => loadCalicoRules(network, node, POOL, undefined),
  addPod: (network, node, pod) => addCalicoPod(network, node, pod, MTU),
};

/** wireguard.cali on every node, with the routes to the other nodes' pods. */
async function addTunnels(network: Network): Promise<void> {
  for (const [n, node] of CLUSTER.nodes.entries()) {
    const peers = CLUSTER.nodes.filter((other) => other !== node);
    await addOverlay(network, node.place, {
      device: DEVICE,
      kind: 'wireguard',
      local: node.ip,
      peers: Object.fromEntries(peers.map((peer) => [peer.block ?? '', peer.ip])),
      indexes: Object.fromEntries(peers.map((peer, i) => [peer.ip, 0x51ab_0000 + 16 * n + i])),
      df: true,
    });
    ip(
      network,
      node.place,
      `link set ${DEVICE} mtu ${MTU} up`,
      `addr add ${addressIn(node.block ?? '', OWN)}/32 dev ${DEVICE}`,
      ...peers.map((peer) => `route add ${peer.block} dev ${DEVICE}`),
    );
  }
}

const SUMMARY = 'Calico WireGuard: pods hidden in UDP 51820 between nodes, plain on wireguard.cali';

export const calicoWireguard: Lab = {
  name: 'calico-wireguard',
  summary: SUMMARY,
  tools: ['iptables-restore', 'ipset'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, [DEVICE]),
  servers: trioServers(PLAN, CLUSTER),
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    await addTunnels(network);
  },
  converge: () => undefined,
  traffic: async (session) => {
    const startNs = BigInt(Date.now() - 1000) * 1_000_000n;
    await trioTraffic(session, PLAN);
    adoptTracked(session, 'wireguard', PORT, startNs, ['encrypted', 'node-to-node'], 'udp');
  },
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: () => [],
    readme: readmeOf({
      lab: 'calico-wireguard',
      title: SUMMARY,
      text: `Nodes fra-1 10.77.0.10 and fra-2 .11 on one switch, ams-1 10.78.0.10 behind a router; pods from 10.200.N.0/24 on
cali* veths. What crosses between nodes is a WireGuard data message on the NIC, both ports 51820, and the bare packet on
wireguard.cali (10.200.N.40). The kernel has no WireGuard: wireguard.cali is a TUN device and \`overlay-carrier.py\`
writes messages of the real shape and size; their insides are hidden by a key stream, not encrypted.`,
    }),
  }),
};
