/** Calico, VXLAN Always: UDP 4789, VNI 4096, MACs that begin with 66, no BGP. */
import {
  addBlackhole,
  addVxlanRoutes,
  addVxlanTunnel,
  calicoFiles,
  calicoPlugin,
  loadCalicoRules,
  POD_CIDR,
  type PoolOptions,
  VXLAN_MTU,
  vtepMac,
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

const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: POD_CIDR,
  ipipMode: 'Never',
  vxlanMode: 'Always',
  blockSize: 26,
  natOutgoing: true,
};

const PLUGIN = calicoPlugin(VXLAN_MTU, (name, address) => ({
  'projectcalico.org/IPv4VXLANTunnelAddr': address,
  'projectcalico.org/VXLANTunnelMACAddr': vtepMac(name),
}));
const CLUSTER = courseCluster(PLUGIN);

const SUMMARY = 'Calico with VXLAN Always: UDP 4789, VNI 4096, four nodes in two subnets';

export const calicoVxlan: Lab = {
  name: 'calico-vxlan',
  summary: SUMMARY,
  tools: ['bridge', 'ipset', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, PLUGIN, ['vxlan.calico']),
  servers: courseServers(CLUSTER),
  wire: (network) => {
    wireCourse(network, CLUSTER, PLUGIN);
    for (const node of CLUSTER.nodes) {
      addBlackhole(network, node, '80');
      addVxlanTunnel(network, node);
      loadCalicoRules(network, node, POOL, 'vxlan.calico');
    }
    addVxlanRoutes(network, CLUSTER.nodes);
  },
  converge: () => undefined,
  traffic: courseTraffic,
  calls: courseCalls(CLUSTER),
  kube: () => ({ ...kubeFiles(CLUSTER), ...calicoFiles(CLUSTER, POOL, 'vxlanTunnelAddress') }),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'vxlan', vni: 4096, outer }];
    },
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'calico-vxlan',
      title: SUMMARY,
      text: `The cluster of \`calico-ipip\` (nodes k8s-m, k8s-w1, k8s-w2 in 192.168.10.0/24, k8s-w0 at 192.168.20.100 behind
a router), with the IPPool in vxlanMode Always: kernel VXLAN devices vxlan.calico (VNI 4096, UDP 4789), their
MACs 66 and five bytes of sha1 of the node's name, routes \`proto 80\` as Felix writes them, no BGP. Outer
headers have TTL 64, no DF and an IP ID of their own; the UDP source port differs per direction.`,
    }),
  }),
};
