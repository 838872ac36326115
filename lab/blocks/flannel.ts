/** A node and its pods wired as Flannel wires them: cni0 bridge, flannel.1 (VNI 1, port 8472), FLANNEL-POSTRTG. */
import { createHash } from 'node:crypto';
import { addressIn, type ClusterNode, type ClusterPod } from './cluster.ts';
import type { Plugin } from './course.ts';
import { exec, ip, type Network } from './network.ts';
import { addBridgePod, addPodBridge } from './pod-bridge.ts';

export const FLANNEL_CIDR = '10.244.0.0/16';
const MTU = 1450;
const BLOCKS = {
  'k8s-m': '10.244.0.0/24',
  'k8s-w1': '10.244.1.0/24',
  'k8s-w2': '10.244.2.0/24',
  'k8s-w0': '10.244.3.0/24',
};

/** A flannel.1 MAC: random in a cluster, here made from the node's name so that annotations can say it. */
function vtepMac(name: string): string {
  const digest = createHash('sha1').update(`flannel.1/${name}`).digest();
  const bytes = [(digest[0]! & 0xfc) | 0x02, ...digest.subarray(1, 6)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The host side of a pod's veth: `veth` and eight hex digits; the bridge plugin's are random. */
export function vethOf(pod: ClusterPod): string {
  const digest = createHash('sha1').update(`${pod.namespace}/${pod.name}`).digest('hex');
  return `veth${digest.slice(0, 8)}`;
}

/** Flannel as the course's plugin: pods from .2, cni0 has .1, flannel.1 has .0. */
export const FLANNEL: Plugin = {
  podCidr: FLANNEL_CIDR,
  blocks: BLOCKS,
  firstPod: 2,
  podCidrs: (_n, block) => [block],
  nodeAddresses: (block) => [addressIn(block, 0), addressIn(block, 1)],
  nodeAnnotations: (name, address) => ({
    'flannel.alpha.coreos.com/backend-data': JSON.stringify({ VNI: 1, VtepMAC: vtepMac(name) }),
    'flannel.alpha.coreos.com/backend-type': 'vxlan',
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': address,
  }),
  podAnnotations: () => ({}),
  daemons: ['kube-proxy', 'kube-flannel-ds'],
  veth: vethOf,
  prepare: addFlannelDevices,
  addPod: addFlannelPod,
};

/** cni0 and flannel.1 of a node. */
function addFlannelDevices(network: Network, node: ClusterNode): void {
  addPodBridge(network, node, 'cni0', { mtu: MTU });
  addFlannelTunnel(network, node);
}

/** flannel.1 with the block's .0; its peers are set by `addFlannelRoutes`. */
export function addFlannelTunnel(network: Network, node: ClusterNode): void {
  ip(
    network,
    node.place,
    `link add flannel.1 address ${vtepMac(node.name)} mtu ${MTU} type vxlan id 1 dstport 8472 local ${node.ip} dev eth0 nolearning`,
    'link set dev flannel.1 up',
    `addr add ${addressIn(node.block ?? '', 0)}/32 dev flannel.1`,
  );
}

function addFlannelPod(network: Network, node: ClusterNode, pod: ClusterPod): void {
  addBridgePod(network, node, pod, { bridge: 'cni0', veth: vethOf(pod), mtu: MTU });
  const gateway = addressIn(node.block ?? '', 1);
  ip(network, pod.place ?? '', `route add ${FLANNEL_CIDR} via ${gateway}`);
}

/** Routes, neighbours and forwarding entries to the other nodes, as flanneld writes them. */
export function addFlannelRoutes(network: Network, nodes: readonly ClusterNode[]): void {
  for (const node of nodes) {
    for (const peer of nodes.filter((other) => other !== node)) {
      const vtep = addressIn(peer.block ?? '', 0);
      const mac = vtepMac(peer.name);
      const entry = ['bridge', 'fdb', 'append', mac, 'dev', 'flannel.1', 'dst', peer.ip, 'self'];
      exec(network, node.place, [...entry, 'permanent']);
      ip(
        network,
        node.place,
        `neigh replace ${vtep} lladdr ${mac} dev flannel.1 nud permanent`,
        `route replace ${peer.block} via ${vtep} dev flannel.1 onlink`,
      );
    }
  }
}

/** flanneld's masquerade chain (pkg/trafficmngr/iptables). */
export function loadFlannelRules(
  network: Network,
  node: ClusterNode,
  cluster = FLANNEL_CIDR,
): void {
  const masq = '-m comment --comment "flanneld masq"';
  const rules = [
    '*nat',
    ':FLANNEL-POSTRTG - [0:0]',
    `-A POSTROUTING ${masq} -j FLANNEL-POSTRTG`,
    `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s ${node.block} -d ${cluster} ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s ${cluster} -d ${node.block} ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG ! -s ${cluster} -d ${node.block} ${masq} -j RETURN`,
    `-A FLANNEL-POSTRTG -s ${cluster} ! -d 224.0.0.0/4 ${masq} -j MASQUERADE --random-fully`,
    `-A FLANNEL-POSTRTG ! -s ${cluster} -d ${cluster} ${masq} -j MASQUERADE --random-fully`,
    'COMMIT',
    '',
  ];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}
