/** Calico without a tunnel: pod addresses on every wire, the router knows the blocks as a BGP peer would. */
import { startMesh } from './blocks/bird.ts';
import {
  addBlackhole,
  calicoFiles,
  calicoPlugin,
  loadCalicoRules,
  POD_CIDR,
  type PoolOptions,
} from './blocks/calico.ts';
import {
  courseCaptures,
  courseCluster,
  courseServers,
  OUTSIDERS,
  sameSubnet,
  wireCourse,
} from './blocks/course.ts';
import { courseCalls, courseTraffic } from './blocks/course-traffic.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { ip } from './blocks/network.ts';
import { readmeOf } from './blocks/readme.ts';
import { adoptTracked } from './blocks/session.ts';

const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: POD_CIDR,
  ipipMode: 'Never',
  vxlanMode: 'Never',
  blockSize: 26,
  natOutgoing: true,
};

const PLUGIN = { ...calicoPlugin(1500, () => ({})), nodeAddresses: () => [] };
const CLUSTER = courseCluster(PLUGIN);
const SUMMARY =
  'Calico without encapsulation: pod addresses on the wire, within the subnet and across the router';

export const calicoBgp: Lab = {
  name: 'calico-bgp',
  summary: SUMMARY,
  tools: ['bird', 'birdc', 'ipset', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, PLUGIN, []),
  servers: courseServers(CLUSTER),
  wire: (network) => {
    wireCourse(network, CLUSTER, PLUGIN);
    for (const node of CLUSTER.nodes) {
      addBlackhole(network, node, 'bird');
      loadCalicoRules(network, node, POOL, undefined);
    }
  },
  converge: async (network) => {
    await startMesh(network, CLUSTER.nodes);
    for (const node of CLUSTER.nodes) {
      ip(network, 'router', `route add ${node.block} via ${node.ip}`);
      for (const peer of CLUSTER.nodes.filter((other) => other !== node)) {
        const gateway = node.ip.replace(/\d+$/, '254');
        const via = sameSubnet(node.ip, peer.ip) ? peer.ip : gateway;
        ip(network, node.place, `route add ${peer.block} via ${via} proto bird`);
      }
    }
  },
  traffic: async (session) => {
    const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
    await courseTraffic(session);
    adoptTracked(session, 'bgp', 179, startNs, ['bgp', 'node-to-node', 'background']);
  },
  calls: courseCalls(CLUSTER),
  kube: () => ({ ...kubeFiles(CLUSTER), ...calicoFiles(CLUSTER, POOL, undefined) }),
  harvest: () => ({
    encapsulation: () => [],
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'calico-bgp',
      title: SUMMARY,
      text: `The cluster of \`calico-ipip\` with an IPPool that encapsulates nothing: routes to the other blocks go over eth0, to
the other subnet by way of the router, which knows the blocks as a BGP peer of the nodes would.`,
    }),
  }),
};
