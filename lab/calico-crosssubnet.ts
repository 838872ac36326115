/** Calico, IPIP CrossSubnet: plain pod addresses between nodes of one subnet, an outer header only across the router. */
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
  sameSubnet,
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
  ipipMode: 'CrossSubnet',
  vxlanMode: 'Never',
  blockSize: 26,
  natOutgoing: true,
};

const PLUGIN = calicoPlugin(IPIP_MTU, (_name, address) => ({
  'projectcalico.org/IPv4IPIPTunnelAddr': address,
}));
const CLUSTER = courseCluster(PLUGIN);

const SUMMARY =
  'Calico with IPIP CrossSubnet: pod addresses on the wire within a subnet, IPIP across the router';

export const calicoCrosssubnet: Lab = {
  name: 'calico-crosssubnet',
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
    programRoutes(network, CLUSTER.nodes, (from, to) =>
      sameSubnet(from.ip, to.ip) ? undefined : 'tunl0',
    );
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
      return outer === undefined || sameSubnet(outer.src, outer.dst)
        ? []
        : [{ type: 'ipip', outer }];
    },
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'calico-crosssubnet',
      title: SUMMARY,
      text: `The cluster of \`calico-ipip\` (nodes k8s-m, k8s-w1, k8s-w2 in 192.168.10.0/24, k8s-w0 at 192.168.20.100 behind
a router), with the IPPool in ipipMode CrossSubnet: BIRD's routes go straight over eth0 between nodes of one
subnet, so pod addresses stand on the wire without a tunnel (TTL 63), and over tunl0 to the other subnet. A node
that talks to a pod of its subnet has its own address as source; to one of the other subnet, tunl0's.
tunl0 is a TUN device, as the README of \`calico-ipip\` tells.`,
    }),
  }),
};
