/** kubenet: cbr0 on each node, MACs that hold the pods' addresses, routes of the cloud, masquerade to the outside only. */
import { createHash } from 'node:crypto';
import { addressIn, type ClusterNode, type ClusterPod } from './blocks/cluster.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { exec, ip, type Network } from './blocks/network.ts';
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

const PLAN: TrioPlan = {
  names: ['aks-pool1-31415-0', 'aks-pool1-31415-1', 'aks-pool2-31415-0'],
  ips: ['10.240.0.4', '10.240.0.5', '10.241.0.4'],
  podCidr: '10.244.0.0/16',
  blocks: ['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24'],
  firstPod: 2,
  services: '10.0.0.0/24',
  nodePort: 30500,
  client: '203.0.113.77',
  server: '198.51.100.9',
  daemons: ['kube-proxy'],
  nodeAnnotations: () => ({}),
  nodeAddresses: (block) => [addressIn(block, 1)],
};

function vethOf(pod: ClusterPod): string {
  const digest = createHash('sha1').update(`kubenet/${pod.namespace}/${pod.name}`).digest('hex');
  return `veth${digest.slice(0, 8)}`;
}

/** The masquerade rule of kubenet: to anything but the cluster's network, written by the kubelet. */
function loadKubenetRules(network: Network, node: ClusterNode): void {
  const why = '-m comment --comment "kubenet: SNAT for outbound traffic from cluster"';
  const to = '-m addrtype ! --dst-type LOCAL ! -d 10.0.0.0/8';
  const rules = ['*nat', `-A POSTROUTING ${why} ${to} -j MASQUERADE`, 'COMMIT', ''];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}

const WIRING: TrioWiring = {
  veth: vethOf,
  prepare: (network, node) => {
    addPodBridge(network, node, 'cbr0', { mac: macHolding(addressIn(node.block ?? '', 1)) });
    loadKubenetRules(network, node);
  },
  addPod: (network, node, pod) =>
    addBridgePod(network, node, pod, {
      bridge: 'cbr0',
      veth: vethOf(pod),
      mac: macHolding(pod.ip),
    }),
};
const CLUSTER = trioCluster(PLAN);
const SUMMARY = 'kubenet: cbr0 bridge, MACs that hold the addresses, routes of the cloud';

export const kubenet: Lab = {
  name: 'kubenet',
  summary: SUMMARY,
  tools: ['iptables-restore'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, ['cbr0']),
  servers: trioServers(PLAN, CLUSTER),
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    // the cloud's route table: every packet to a pod elsewhere passes the router
    for (const { block, ip: address } of CLUSTER.nodes) {
      ip(network, 'router', `route add ${block} via ${address}`);
    }
  },
  converge: () => undefined,
  traffic: (session) => trioTraffic(session, PLAN),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: () => [],
    readme: readmeOf({
      lab: 'kubenet',
      title: SUMMARY,
      text: `Nodes aks-pool1-31415-0 10.240.0.4 and -1 .5 on one switch, aks-pool2-31415-0 10.241.0.4 behind the router, whose
route table sends each 10.244.N.0/24 to its node, as a cloud's does: pod packets between nodes pass it even within a
subnet. Pods stand on cbr0 (.1), their MACs are 0a:58 and their address. Masqueraded is only what leaves 10.0.0.0/8, so
that nodes see pods' own addresses. A pod that calls its own Service (\`hairpin\`) comes back through the same veth with
the bridge's address as source.`,
    }),
  }),
};
