/** Flannel with its VXLAN backend: bridge on the node, VNI 1 on UDP 8472 between nodes, x.y.z.0 for the host. */
import {
  courseCaptures,
  courseCluster,
  courseServers,
  crossing,
  OUTSIDERS,
  wireCourse,
} from './blocks/course.ts';
import { courseCalls, courseTraffic } from './blocks/course-traffic.ts';
import { addFlannelRoutes, FLANNEL, loadFlannelRules } from './blocks/flannel.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { readmeOf } from './blocks/readme.ts';

const CLUSTER = courseCluster(FLANNEL);
const SUMMARY = 'Flannel VXLAN: cni0 bridge, VNI 1 on UDP 8472, four nodes in two subnets';

export const flannelVxlan: Lab = {
  name: 'flannel-vxlan',
  summary: SUMMARY,
  tools: ['bridge', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, FLANNEL, ['flannel.1', 'cni0']),
  servers: courseServers(CLUSTER),
  wire: (network) => {
    wireCourse(network, CLUSTER, FLANNEL);
    for (const node of CLUSTER.nodes) loadFlannelRules(network, node);
    addFlannelRoutes(network, CLUSTER.nodes);
  },
  converge: () => undefined,
  traffic: courseTraffic,
  calls: courseCalls(CLUSTER),
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'vxlan', vni: 1, outer }];
    },
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'flannel-vxlan',
      title: SUMMARY,
      text: `The nodes of \`calico-ipip\` (k8s-m, k8s-w1, k8s-w2 in 192.168.10.0/24, k8s-w0 at 192.168.20.100 behind a router)
with Flannel: pods from 10.244.N.0/24 on the bridge cni0 (.1), kernel VXLAN device flannel.1 (.0, VNI 1, UDP 8472),
flanneld's masquerade chain, kube-proxy's rules, bridged frames through iptables as kubeadm sets it. Pods of one
node are switched: TTL stays 64 and they ask ARP for each other. The host's address towards a pod of its own is
cni0's (.1), towards a pod of another node flannel.1's (.0).`,
    }),
  }),
};
