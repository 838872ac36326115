/** Canal: Calico's veths and proxy ARP on the node, Flannel's VXLAN (VNI 1, port 8472) between nodes. */
import { addCalicoPod, calicoPodAnnotations, caliName } from './blocks/calico.ts';
import { addressIn } from './blocks/cluster.ts';
import { crossing } from './blocks/course.ts';
import { addFlannelRoutes, addFlannelTunnel, FLANNEL, loadFlannelRules } from './blocks/flannel.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
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

const MTU = 1450;
const PLAN: TrioPlan = {
  names: ['rke-cp', 'rke-w1', 'rke-w2'],
  ips: ['192.168.122.40', '192.168.122.41', '192.168.123.41'],
  podCidr: '10.42.0.0/16',
  blocks: ['10.42.0.0/24', '10.42.1.0/24', '10.42.7.0/24'],
  firstPod: 3,
  services: '10.43.8.0/24',
  nodePort: 31900,
  client: '198.51.100.88',
  server: '203.0.113.88',
  daemons: ['kube-proxy', 'canal'],
  nodeAnnotations: ({ name, ip, block }) => FLANNEL.nodeAnnotations(name, ip, block),
  nodeAddresses: (block) => [addressIn(block, 0)],
  podAnnotations: (name, address) => calicoPodAnnotations('default', name, [address]),
};
const CLUSTER = trioCluster(PLAN);
const WIRING: TrioWiring = {
  veth: caliName,
  prepare: (network, node) => {
    addFlannelTunnel(network, node);
    loadFlannelRules(network, node, PLAN.podCidr);
  },
  addPod: (network, node, pod) => addCalicoPod(network, node, pod, MTU),
};
const SUMMARY = 'Canal: cali* veths with proxy ARP, flannel.1 (VNI 1, UDP 8472) between nodes';

export const canal: Lab = {
  name: 'canal',
  summary: SUMMARY,
  tools: ['bridge', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, ['flannel.1']),
  servers: trioServers(PLAN, CLUSTER),
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    addFlannelRoutes(network, CLUSTER.nodes);
  },
  converge: () => undefined,
  traffic: (session) => trioTraffic(session, PLAN),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'vxlan', vni: 1, outer }];
    },
    readme: readmeOf({
      lab: 'canal',
      title: SUMMARY,
      text: `Nodes rke-cp 192.168.122.40 and rke-w1 .41 on one switch, rke-w2 192.168.123.41 behind a router; pods wired by
Calico (cali* veths, 169.254.1.1 by proxy ARP, routed: TTL 63 on the same node) and carried by Flannel (flannel.1 at
10.42.N.0, VNI 1, UDP 8472, flanneld's masquerade chain).`,
    }),
  }),
};
