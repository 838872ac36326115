/** A plugin of the OVN kind: Geneve with OVN's option, MACs that hold the pods' addresses, nodes named by no pattern. */
import { createHash } from 'node:crypto';
import { addressIn, type ClusterNode, type ClusterPod } from './blocks/cluster.ts';
import { crossing } from './blocks/course.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { exec, ip, type Network } from './blocks/network.ts';
import { addOverlay, deviceMac } from './blocks/overlay.ts';
import { addBridgePod, addPodBridge, macHolding } from './blocks/pod-bridge.ts';
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

const DEVICE = 'genev_sys_6081';
const BRIDGE = 'br-int';
const MTU = 1400;
/** The logical datapath's tunnel key. */
const DATAPATH = 6;
/** Class 0x0102 (OVN), type 0x80, four bytes: ingress and egress port. */
const OPTION = '0102800100010002';
const PLAN: TrioPlan = {
  names: ['master-0.ocp.example', 'worker-0.ocp.example', 'worker-1.ocp.example'],
  ips: ['100.64.9.5', '100.64.9.6', '100.64.10.5'],
  podCidr: '10.128.0.0/14',
  blocks: ['10.128.0.0/24', '10.129.0.0/24', '10.131.0.0/24'],
  firstPod: 14,
  services: '172.30.7.0/24',
  nodePort: 30300,
  client: '203.0.113.61',
  server: '198.51.100.61',
  daemons: ['ovnkube-node'],
  nodeAnnotations: () => ({}),
  nodeAddresses: (block) => [addressIn(block, 1)],
};
const CLUSTER = trioCluster(PLAN);

/** The host side of a pod's veth: fifteen hex digits, of its sandbox's number. */
function vethOf(pod: ClusterPod): string {
  return createHash('sha1').update(`ovn/${pod.namespace}/${pod.name}`).digest('hex').slice(0, 15);
}

function loadRules(network: Network, node: ClusterNode): void {
  const outside = `-A POSTROUTING -s ${node.block} ! -d ${PLAN.podCidr} -j MASQUERADE --random-fully`;
  const rules = ['*nat', outside, 'COMMIT', ''].join('\n');
  exec(network, node.place, ['iptables-restore', '-n'], rules);
}

const WIRING: TrioWiring = {
  veth: vethOf,
  prepare: (network, node) => {
    const mac = macHolding(addressIn(node.block ?? '', 1));
    addPodBridge(network, node, BRIDGE, { mac, mtu: MTU });
    loadRules(network, node);
  },
  addPod: (network, node, pod) =>
    addBridgePod(network, node, pod, {
      bridge: BRIDGE,
      veth: vethOf(pod),
      mac: macHolding(pod.ip),
      mtu: MTU,
    }),
};

/** genev_sys_6081 on every node, with the routes to the other nodes' pods. */
async function addTunnels(network: Network): Promise<void> {
  const macOf = (node: ClusterNode): string => deviceMac(`${DEVICE} ${node.name}`);
  for (const node of CLUSTER.nodes) {
    const peers = CLUSTER.nodes.filter((other) => other !== node);
    await addOverlay(network, node.place, {
      device: DEVICE,
      kind: 'geneve',
      local: node.ip,
      mac: macOf(node),
      peers: Object.fromEntries(peers.map((peer) => [macOf(peer), peer.ip])),
      id: DATAPATH,
      options: OPTION,
      df: true,
    });
    ip(network, node.place, `link set ${DEVICE} mtu ${MTU} up`);
    for (const peer of peers) {
      const gateway = addressIn(peer.block ?? '', 1);
      ip(
        network,
        node.place,
        `neigh replace ${gateway} lladdr ${macOf(peer)} dev ${DEVICE} nud permanent`,
        `route add ${peer.block} via ${gateway} dev ${DEVICE} onlink src ${addressIn(node.block ?? '', 1)}`,
      );
    }
  }
}

const SUMMARY =
  'Geneve as OVN uses it: its option, one VNI for a datapath, MACs that hold the addresses';

export const ovnGeneve: Lab = {
  name: 'ovn-geneve',
  summary: SUMMARY,
  tools: ['iptables-restore'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, [DEVICE]),
  servers: trioServers(PLAN, CLUSTER),
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    await addTunnels(network);
  },
  converge: () => undefined,
  traffic: (session) => trioTraffic(session, PLAN),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'geneve', vni: DATAPATH, outer }];
    },
    readme: readmeOf({
      lab: 'ovn-geneve',
      title: SUMMARY,
      text: `Nodes master-0 100.64.9.5 and worker-0 .6 on one switch, worker-1 100.64.10.5 behind a router (shared address
space); pods from 10.128.0.0/14, MACs 0a:58 and their address. On the wire it is what OVN-Kubernetes sends: Geneve on UDP
6081 with option class 0x0102, the datapath's key as VNI (6, which would be a node's identity with Cilium), routed once.
There is no Open vSwitch: br-int is a Linux bridge, genev_sys_6081 a TAP device carried by \`overlay-carrier.py\`.`,
    }),
  }),
};
