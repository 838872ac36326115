/** Canal: Calico's veths and proxy ARP on the node, Flannel's VXLAN (VNI 1, port 8472) between nodes. */
import { calicoPlugin, caliName } from './blocks/calico.ts';
import { addressIn } from './blocks/cluster.ts';
import {
  courseCaptures,
  courseCluster,
  courseServers,
  crossing,
  OUTSIDERS,
  type Plugin,
  wireCourse,
} from './blocks/course.ts';
import { courseCalls, courseTraffic } from './blocks/course-traffic.ts';
import { addFlannelRoutes, addFlannelTunnel, FLANNEL, loadFlannelRules } from './blocks/flannel.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { readmeOf } from './blocks/readme.ts';

const MTU = 1450;
const CALICO = calicoPlugin(MTU, () => ({}));

/** Flannel's blocks and tunnel, Calico's pods. */
const PLUGIN: Plugin = {
  ...FLANNEL,
  nodeAddresses: (block) => [addressIn(block, 0)],
  podAnnotations: CALICO.podAnnotations,
  daemons: ['kube-proxy', 'canal'],
  veth: caliName,
  prepare: addFlannelTunnel,
  addPod: CALICO.addPod,
};

const CLUSTER = courseCluster(PLUGIN);
const SUMMARY = 'Canal: cali* veths with proxy ARP, flannel.1 (VNI 1, UDP 8472) between nodes';

export const canal: Lab = {
  name: 'canal',
  summary: SUMMARY,
  tools: ['bridge', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, PLUGIN, ['flannel.1']),
  servers: courseServers(CLUSTER),
  wire: (network) => {
    wireCourse(network, CLUSTER, PLUGIN);
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
      lab: 'canal',
      title: SUMMARY,
      text: `The nodes of \`calico-ipip\` with pods wired by Calico (cali* veths, 169.254.1.1 by proxy ARP, routed: TTL 63 on the
same node) and carried by Flannel (flannel.1 at 10.244.N.0, VNI 1, UDP 8472, flanneld's masquerade chain).`,
    }),
  }),
};
