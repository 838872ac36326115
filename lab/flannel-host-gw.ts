/** Flannel with its host-gw backend: cni0 on each node, plain routes between nodes, flanneld's masquerade. */
import { addressIn } from './blocks/cluster.ts';
import { loadFlannelRules, vethOf } from './blocks/flannel.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { addBridgePod, addPodBridge } from './blocks/pod-bridge.ts';
import { readmeOf } from './blocks/readme.ts';
import {
  addPlainRoutes,
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
  names: ['rack1-n1', 'rack1-n2', 'rack2-n1'],
  ips: ['172.22.4.11', '172.22.4.12', '172.22.5.11'],
  podCidr: '10.42.0.0/16',
  blocks: ['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24'],
  firstPod: 2,
  services: '10.43.0.0/24',
  nodePort: 31200,
  client: '198.51.100.23',
  server: '192.0.2.80',
  daemons: ['kube-proxy', 'kube-flannel-ds'],
  nodeAnnotations: ({ ip }) => ({
    'flannel.alpha.coreos.com/backend-data': 'null',
    'flannel.alpha.coreos.com/backend-type': 'host-gw',
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': ip,
  }),
  nodeAddresses: (block) => [addressIn(block, 1)],
};
const WIRING: TrioWiring = {
  veth: vethOf,
  prepare: (network, node) => {
    addPodBridge(network, node, 'cni0');
    loadFlannelRules(network, node, PLAN.podCidr);
  },
  addPod: (network, node, pod) =>
    addBridgePod(network, node, pod, { bridge: 'cni0', veth: vethOf(pod) }),
};
const CLUSTER = trioCluster(PLAN);
const SUMMARY = 'Flannel host-gw: cni0 bridge, pod addresses routed between nodes without a tunnel';

export const flannelHostGw: Lab = {
  name: 'flannel-host-gw',
  summary: SUMMARY,
  tools: ['iptables-restore'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, ['cni0']),
  servers: trioServers(PLAN, CLUSTER),
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    addPlainRoutes(network, CLUSTER);
  },
  converge: () => undefined,
  traffic: (session) => trioTraffic(session, PLAN),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: () => [],
    readme: readmeOf({
      lab: 'flannel-host-gw',
      title: SUMMARY,
      text: `Nodes rack1-n1 172.22.4.11 and rack1-n2 .12 on one switch, rack2-n1 172.22.5.11 behind a router that has the
routes to the pods as well (host-gw alone reaches no other subnet; a router's routes, or BGP, make it so). Pods from
10.42.N.0/24 on cni0 (.1), services in 10.43.0.0/24. No tunnel: pod addresses stand on every wire, TTL 63 behind the
first node. A node speaks to pods of its own with cni0's address, to pods of others with its NIC's. A pod that calls
its own Service (\`hairpin\`) comes back through the same veth with the bridge's address as source.`,
    }),
  }),
};
