/** Calico, IPIP Always: every packet between nodes wears an outer IPv4 header, in one subnet or across the router. */
import { programRoutes, startMesh } from './blocks/bird.ts';
import {
  addBlackhole,
  addIpipTunnel,
  calicoFiles,
  calicoPlugin,
  IPIP_MTU,
  loadCalicoRules,
  POD_CIDR,
  type PoolOptions,
} from './blocks/calico.ts';
import {
  courseCaptures,
  courseCluster,
  courseServers,
  crossing,
  OUTSIDERS,
  wireCourse,
} from './blocks/course.ts';
import { courseCalls, courseTraffic } from './blocks/course-traffic.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { readmeOf } from './blocks/readme.ts';
import { adoptTracked } from './blocks/session.ts';

const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: POD_CIDR,
  ipipMode: 'Always',
  vxlanMode: 'Never',
  blockSize: 26,
  natOutgoing: true,
};

const PLUGIN = calicoPlugin(IPIP_MTU, (_name, address) => ({
  'projectcalico.org/IPv4IPIPTunnelAddr': address,
}));
const CLUSTER = courseCluster(PLUGIN);

const SUMMARY =
  'Calico with IPIP Always: four nodes in two subnets, BIRD full mesh, kube-proxy rules';

export const calicoIpip: Lab = {
  name: 'calico-ipip',
  summary: SUMMARY,
  tools: ['bird', 'birdc', 'ipset', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, PLUGIN, ['tunl0']),
  servers: courseServers(CLUSTER),
  wire: async (network) => {
    wireCourse(network, CLUSTER, PLUGIN);
    for (const node of CLUSTER.nodes) {
      addBlackhole(network, node, 'bird');
      await addIpipTunnel(network, node);
      loadCalicoRules(network, node, POOL, 'tunl0');
    }
  },
  converge: async (network) => {
    await startMesh(network, CLUSTER.nodes);
    programRoutes(network, CLUSTER.nodes, () => 'tunl0');
  },
  traffic: async (session) => {
    const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
    await courseTraffic(session);
    adoptTracked(session, 'bgp', 179, startNs, ['bgp', 'node-to-node', 'background']);
  },
  calls: courseCalls(CLUSTER),
  kube: () => ({ ...kubeFiles(CLUSTER), ...calicoFiles(CLUSTER, POOL, 'ipipTunnelAddress') }),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'ipip', outer }];
    },
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'calico-ipip',
      title: SUMMARY,
      text: `Nodes k8s-m 192.168.10.10, k8s-w1 .101 and k8s-w2 .102 on one switch, k8s-w0 192.168.20.100 behind a
router; pods from 172.16.0.0/16 in /26 blocks, one a node; services in 10.96.0.0/12; an outside client
203.0.113.50 and an outside server 198.51.100.80 behind the same router.

Pod gateways are 169.254.1.1 by proxy ARP; routes between nodes come from real BIRD 2 sessions (AS 64512,
full mesh, ADD-PATH); service and node-port rules are kube-proxy's, natOutgoing is Calico's. The kernel this
was made on has no ipip module, so tunl0 is a TUN device and a small program writes the outer header as Linux
does: TTL copied, DF inherited, an IP ID of its own. As it segments before the tunnel, tunl0 shows MTU-sized
segments where the pod's veth shows one large one. Routes over tunl0 are written by the lab from what BIRD
learned, because stock BIRD cannot name a tunnel device (Felix does the same from Calico 3.33 on).

\`kube/pods.json\` holds a finished pod whose address went to pod1 later, and node podCIDRs that are not where
Calico's pods are: both as real clusters have them.`,
    }),
  }),
};
