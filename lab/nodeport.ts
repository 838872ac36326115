/** NodePort in all its ways: Cluster and Local, second hop, hairpin, from pods and nodes, without endpoints. */
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
import type { ClusterPod, ClusterService } from './blocks/cluster.ts';
import {
  courseCaptures,
  courseCluster,
  courseServers,
  crossing,
  NODE_PORT,
  OUTSIDERS,
  wireCourse,
} from './blocks/course.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { readmeOf } from './blocks/readme.ts';
import { type Session, type Talk, talk } from './blocks/session.ts';
import type { Command } from './blocks/traffic.ts';

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

const LOCAL_PORT = 30090;
const UDP_PORT = 30070;
const UDP_LOCAL_PORT = 30071;
const EMPTY_PORT = 30099;
const EDGE_PORT = 30443;
const HEALTH_PORT = 32000;

function nodePort(
  name: string,
  clusterIp: string,
  selector: Record<string, string>,
  port: number,
  more: Partial<ClusterService> & { protocol?: 'TCP' | 'UDP'; targetPort?: number } = {},
): ClusterService {
  const { protocol = 'TCP', targetPort = 8080, ...rest } = more;
  return {
    namespace: 'default',
    name,
    type: 'NodePort',
    clusterIp,
    ports: [{ name: 'main', port: 80, targetPort, protocol, nodePort: port }],
    selector,
    externalTrafficPolicy: 'Cluster',
    ...rest,
  };
}

const WEB = { app: 'web' };
const UDP = { protocol: 'UDP', targetPort: 7007 } as const;
/** web-1 and web-2, on k8s-w1 and k8s-w2: a Local service without an endpoint on k8s-w0 and k8s-m. */
const SERVICES: readonly ClusterService[] = [
  nodePort('web-local', '10.97.1.1', { tier: 'front' }, LOCAL_PORT, {
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: HEALTH_PORT,
  }),
  nodePort('echo-udp', '10.97.1.2', WEB, UDP_PORT, UDP),
  nodePort('echo-udp-local', '10.97.1.3', { tier: 'front' }, UDP_LOCAL_PORT, {
    ...UDP,
    externalTrafficPolicy: 'Local',
  }),
  nodePort('empty', '10.97.1.4', { app: 'nobody' }, EMPTY_PORT),
  nodePort('edge', '10.97.1.5', { app: 'edge' }, EDGE_PORT, { targetPort: 8081 }),
];

/** A server on k8s-w2's own network behind the service `edge`. */
const EDGE_POD: ClusterPod = {
  namespace: 'default',
  name: 'edge-lq5xz',
  node: 'k8s-w2',
  ip: '192.168.10.102',
  hostNetwork: true,
  labels: { app: 'edge' },
};

const BASE = courseCluster(PLUGIN, { services: SERVICES, pods: [EDGE_POD] });
const CLUSTER = {
  ...BASE,
  pods: BASE.pods.map((pod) =>
    ['web-1', 'web-2'].includes(pod.name)
      ? { ...pod, labels: { ...pod.labels, tier: 'front' } }
      : pod,
  ),
};

const W0 = '192.168.20.100';
const W1 = '192.168.10.101';
const W2 = '192.168.10.102';

/** Conversations made one after another, each word of its id's beginning also a word of the score. */
async function say(
  session: Session,
  id: string,
  from: string,
  command: Command,
  words: readonly string[],
  trouble?: string,
): Promise<void> {
  const wanted: Talk = { id, from, command, words: ['node-port', ...words] };
  await talk(session, trouble === undefined ? wanted : { ...wanted, trouble });
}

const http = (ip: string, port: number, more: Record<string, unknown> = {}): Command => ({
  do: 'http',
  to: [ip, port],
  ...more,
});
const udp = (ip: string, port: number): Command => ({
  do: 'udp',
  to: [ip, port],
  count: 2,
  size: 44,
});

async function fromOutside(session: Session): Promise<void> {
  const cluster = ['ingress', 'cluster-policy', 'snat', 'dnat'];
  for (let i = 1; i <= 6; i++) {
    await say(session, `cluster-${i}`, 'client', http(W1, NODE_PORT), cluster);
  }
  await say(session, 'cluster-near', 'client', http(W1, NODE_PORT + 1), cluster);
  await say(session, 'cluster-far', 'client', http(W1, NODE_PORT + 2), [...cluster, 'second-hop']);
  await say(session, 'cluster-to-far-node', 'client', http(W0, NODE_PORT + 1), [
    ...cluster,
    'second-hop',
  ]);
  const local = ['ingress', 'local-policy', 'dnat', 'client-kept'];
  for (let i = 1; i <= 2; i++) {
    await say(session, `local-w1-${i}`, 'client', http(W1, LOCAL_PORT), local);
    await say(session, `local-w2-${i}`, 'client', http(W2, LOCAL_PORT), local);
  }
  for (let i = 1; i <= 3; i++)
    await say(session, `udp-cluster-${i}`, 'client', udp(W1, UDP_PORT), cluster);
  await say(session, 'udp-local', 'client', udp(W2, UDP_LOCAL_PORT), local);
  await say(session, 'host-backend', 'client', http(W1, EDGE_PORT), [...cluster, 'host-network']);
  await say(
    session,
    'local-without-endpoint',
    'client',
    http(W0, LOCAL_PORT, { timeout: 1.5 }),
    ['ingress', 'local-policy', 'trouble'],
    'the node has no endpoint of its own: dropped',
  );
  await say(
    session,
    'empty-node-port',
    'client',
    http(W1, EMPTY_PORT),
    ['ingress', 'trouble'],
    'no endpoints: rejected',
  );
}

async function fromInside(session: Session): Promise<void> {
  const words = ['from-inside'];
  await say(session, 'pod-own-node', 'pod1', http(W1, NODE_PORT + 2), [...words, 'snat', 'dnat']);
  await say(session, 'pod-other-node', 'pod1', http(W2, NODE_PORT + 1), [...words, 'two-nodes']);
  await say(session, 'pod-other-node-far', 'pod1', http(W2, NODE_PORT + 2), [
    ...words,
    'two-nodes',
  ]);
  await say(session, 'pod-local-policy', 'pod1', http(W1, LOCAL_PORT), [...words, 'local-policy']);
  await say(session, 'pod-local-policy-other', 'pod1', http(W2, LOCAL_PORT), [
    ...words,
    'two-nodes',
  ]);
  await say(session, 'node-own-port', 'w1', http(W1, NODE_PORT + 2), [...words, 'host']);
  await say(session, 'node-other-port', 'w1', http(W2, NODE_PORT + 2), [...words, 'host']);
  await say(session, 'pod-host-backend', 'pod1', http('10.97.1.5', 80), [
    'cluster-ip',
    'host-network',
  ]);
  const hairpin = ['cluster-ip', 'hairpin', 'same-node', 'snat', 'dnat'];
  await say(session, 'hairpin', 'web-1', http('10.103.4.11', 80, { host: 'web-near' }), hairpin);
  await say(session, 'hairpin-node-port', 'web-1', http(W1, NODE_PORT + 1), [
    ...hairpin,
    'node-port',
  ]);
  const refused = 'no endpoints: rejected';
  await say(
    session,
    'empty-cluster-ip',
    'pod1',
    http('10.97.1.4', 80),
    ['cluster-ip', 'trouble'],
    refused,
  );
}

const SUMMARY =
  'NodePort with policy Cluster and Local over Calico IPIP: second hop, hairpin, no endpoints';

export const nodeport: Lab = {
  name: 'nodeport',
  summary: SUMMARY,
  tools: ['bird', 'birdc', 'ipset', 'iptables-restore'],
  cluster: CLUSTER,
  outsiders: OUTSIDERS,
  captures: courseCaptures(CLUSTER, PLUGIN, ['tunl0']),
  servers: [
    ...courseServers(CLUSTER),
    {
      place: 'w2',
      command: { do: 'serve', kind: 'http', protocol: 'tcp', port: 8081, name: 'edge' },
    },
  ],
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
    await fromOutside(session);
    await fromInside(session);
  },
  kube: () => ({ ...kubeFiles(CLUSTER), ...calicoFiles(CLUSTER, POOL, 'ipipTunnelAddress') }),
  harvest: () => ({
    encapsulation: (session, conversation) => {
      const outer = crossing(session, conversation);
      return outer === undefined ? [] : [{ type: 'ipip', outer }];
    },
    joined: 'k8s-w1',
    readme: readmeOf({
      lab: 'nodeport',
      title: SUMMARY,
      text: `The cluster of \`calico-ipip\`, dialled by node ports: from outside, from pods (own node and another one) and from
nodes. With externalTrafficPolicy Cluster the node rewrites both addresses, and where it picks a pod of another
node that pod sees tunl0's address; with Local the client's address stays. A pod that reaches itself through its
own service appears twice on one veth (hairpin). A pod that dials another node's port is rewritten on two nodes.
\`edge\` is served by a hostNetwork pod. Some calls fail on purpose (\`trouble\` in the truth): a Local port on a node
without an endpoint, a service without endpoints by node port and by cluster IP; who would have served these
nobody can say, so the latter's label is \`unknown\`.`,
    }),
  }),
};
