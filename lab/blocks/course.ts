/** The course's cluster, shared by the labs that differ only in the network plugin and how it crosses between nodes. */
import type { CaptureOptions } from './capture.ts';
import {
  addressIn,
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type ClusterService,
  findPod,
} from './cluster.ts';
import { loadServiceRules } from './kube-proxy.ts';
import { addBridge, addPlace, addVeth, ip, type Network } from './network.ts';
import { type Records, serversOf } from './servers.ts';
import { endOf, type Outsider, type Session } from './session.ts';
import type { Command } from './traffic.ts';
import type { TruthConversation } from './truth.ts';

export const OUTSIDE_CLIENT = '203.0.113.50';
export const OUTSIDE_SERVER = '198.51.100.80';
export const NODE_PORT = 30080;

export const OUTSIDERS: readonly Outsider[] = [
  { place: 'client', name: 'client', ips: [OUTSIDE_CLIENT], kind: 'external' },
  { place: 'server', name: 'server', ips: [OUTSIDE_SERVER], kind: 'external' },
];

/** Name, place and address of each node, in the order of the course. */
const NODES = [
  { name: 'k8s-m', place: 'm', ip: '192.168.10.10' },
  { name: 'k8s-w1', place: 'w1', ip: '192.168.10.101' },
  { name: 'k8s-w2', place: 'w2', ip: '192.168.10.102' },
  { name: 'k8s-w0', place: 'w0', ip: '192.168.20.100' },
] as const;

/** What a network plugin decides of the course's cluster: addresses, names, annotations, a pod's wiring. */
export interface Plugin {
  podCidr: string;
  /** Node name to its block of pod addresses. */
  blocks: Readonly<Record<string, string>>;
  /** Ordinal in its block of a node's first pod. */
  firstPod: number;
  /** `spec.podCIDRs` of the n-th node. */
  podCidrs: (n: number, block: string) => string[];
  /** Addresses in the block that are the node's own. */
  nodeAddresses: (block: string) => string[];
  nodeAnnotations: (name: string, ip: string, block: string) => Record<string, string>;
  podAnnotations: (namespace: string, name: string, ip: string) => Record<string, string>;
  /** hostNetwork pods on every node. */
  daemons: readonly string[];
  /** The host side of a pod's veth. */
  veth: (pod: ClusterPod) => string;
  /** Devices that must be there before the first pod. */
  prepare?: (network: Network, node: ClusterNode) => void;
  addPod: (network: Network, node: ClusterNode, pod: ClusterPod) => void;
}

/** The four nodes. */
function courseNodes(plugin: Plugin): ClusterNode[] {
  return NODES.map(({ name, place, ip: address }, i) => {
    const block = plugin.blocks[name] ?? '';
    return {
      name,
      place,
      ip: address,
      prefixLen: 24,
      block,
      podCidrs: plugin.podCidrs(i, block),
      otherAddresses: plugin.nodeAddresses(block),
      controlPlane: name === 'k8s-m',
      annotations: {
        'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock',
        ...plugin.nodeAnnotations(name, address, block),
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    };
  });
}

function coursePods(plugin: Plugin, nodes: readonly ClusterNode[]): ClusterPod[] {
  const pod = (
    namespace: string,
    name: string,
    node: string,
    n: number,
    labels: Record<string, string>,
  ): ClusterPod => {
    const address = addressIn(plugin.blocks[node] ?? '', plugin.firstPod + n);
    const place = name.replace('coredns-5dd5756b68-', 'dns-');
    const annotations = plugin.podAnnotations(namespace, name, address);
    return { namespace, name, node, ip: address, place, labels, annotations };
  };
  const netshoot = { app: 'netshoot' };
  const web = (n: number): Record<string, string> => ({
    app: 'web',
    'statefulset.kubernetes.io/pod-name': `web-${n}`,
  });
  const dns = { 'k8s-app': 'kube-dns' };
  const pods = [
    pod('default', 'pod1', 'k8s-w1', 0, netshoot),
    pod('default', 'web-1', 'k8s-w1', 1, web(1)),
    pod('default', 'pod2', 'k8s-w2', 0, { ...netshoot, role: 'echo' }),
    pod('default', 'web-2', 'k8s-w2', 1, web(2)),
    pod('kube-system', 'coredns-5dd5756b68-7x2kq', 'k8s-w2', 2, dns),
    pod('default', 'web-0', 'k8s-w0', 0, web(0)),
    pod('default', 'pod0', 'k8s-w0', 1, netshoot),
    pod('kube-system', 'coredns-5dd5756b68-qm9tf', 'k8s-m', 0, dns),
  ];
  const done = pod('default', 'migrate-h4s8d', 'k8s-w1', 0, { 'job-name': 'migrate' });
  delete done.place; // its address went to pod1 when it was done
  return [...pods, { ...done, phase: 'Succeeded' }, ...hostPods(nodes, plugin.daemons)];
}

/** Pods on their node's own network. */
export function hostPods(nodes: readonly ClusterNode[], daemons: readonly string[]): ClusterPod[] {
  const one = (name: string, node: ClusterNode, app: string): ClusterPod => ({
    namespace: 'kube-system',
    name,
    node: node.name,
    ip: node.ip,
    hostNetwork: true,
    labels: { 'k8s-app': app },
  });
  const suffixes = ['4zqkn', 'b7w9x', 'm2hcd', 'tt6vp'];
  return nodes.flatMap((node, i) => [
    ...daemons.map((app) => one(`${app}-${suffixes[i] ?? i}`, node, app)),
    ...(node.controlPlane === true
      ? ['etcd', 'kube-apiserver'].map((app) => one(`${app}-${node.name}`, node, app))
      : []),
  ]);
}

const SERVICES: readonly ClusterService[] = [
  {
    namespace: 'default',
    name: 'kubernetes',
    type: 'ClusterIP',
    clusterIp: '10.96.0.1',
    ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }],
    selector: {},
    addresses: ['192.168.10.10'],
  },
  {
    namespace: 'kube-system',
    name: 'kube-dns',
    type: 'ClusterIP',
    clusterIp: '10.96.0.10',
    ports: [
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
    ],
    selector: { 'k8s-app': 'kube-dns' },
  },
  {
    namespace: 'default',
    name: 'web',
    type: 'NodePort',
    clusterIp: '10.96.71.20',
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT }],
    selector: { app: 'web' },
    externalTrafficPolicy: 'Cluster',
  },
  {
    namespace: 'default',
    name: 'web-near',
    type: 'NodePort',
    clusterIp: '10.103.4.11',
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT + 1 }],
    selector: { 'statefulset.kubernetes.io/pod-name': 'web-1' },
    externalTrafficPolicy: 'Cluster',
  },
  {
    namespace: 'default',
    name: 'web-far',
    type: 'NodePort',
    clusterIp: '10.99.200.5',
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: NODE_PORT + 2 }],
    selector: { 'statefulset.kubernetes.io/pod-name': 'web-0' },
    externalTrafficPolicy: 'Cluster',
  },
  {
    namespace: 'default',
    name: 'echo',
    type: 'ClusterIP',
    clusterIp: '10.104.9.9',
    ports: [{ name: 'echo', port: 7, targetPort: 7007, protocol: 'UDP' }],
    selector: { role: 'echo' },
  },
];

/** The course's cluster; `more` services and hostNetwork pods stand beside its own. */
export function courseCluster(
  plugin: Plugin,
  more: { services: readonly ClusterService[]; pods: readonly ClusterPod[] } = {
    services: [],
    pods: [],
  },
): Cluster {
  const nodes = courseNodes(plugin);
  return {
    nodes,
    pods: [...coursePods(plugin, nodes), ...more.pods],
    services: [...SERVICES, ...more.services],
    podCidr: plugin.podCidr,
    serviceCidr: '10.96.0.0/12',
  };
}

/** What the course's names resolve to. */
const RECORDS: Records = {
  'web.default.svc.cluster.local': [{ type: 'A', data: '10.96.71.20' }],
  'web-far.default.svc.cluster.local': [{ type: 'A', data: '10.99.200.5' }],
  'kubernetes.default.svc.cluster.local': [{ type: 'A', data: '10.96.0.1' }],
  'shop.example.com': [{ type: 'A', data: OUTSIDE_SERVER }],
};

/** Every server of the cluster and outside. */
export function courseServers(cluster: Cluster): { place: string; command: Command }[] {
  return serversOf(cluster, RECORDS);
}

/** Nodes on their switch and behind the router, the two hosts outside, pods, service rules. No pod routes yet. */
export function wireCourse(network: Network, cluster: Cluster, plugin: Plugin): void {
  addPlace(network, 'router', { forward: true });
  addBridge(network, 'router', 'br10', ['192.168.10.254/24']);
  for (const { ip: address, place, prefixLen } of cluster.nodes) {
    addPlace(network, place, { forward: true });
    const far = address.startsWith('192.168.20.');
    addVeth(
      network,
      { place, device: 'eth0', addresses: [`${address}/${prefixLen}`] },
      far
        ? { place: 'router', device: 'eth20', addresses: ['192.168.20.254/24'] }
        : { place: 'router', device: `to-${place}`, bridge: 'br10' },
    );
    ip(network, place, `route add default via 192.168.${far ? 20 : 10}.254`);
  }
  for (const [place, address] of [
    ['client', OUTSIDE_CLIENT],
    ['server', OUTSIDE_SERVER],
  ] as const) {
    const gateway = addressIn(`${address.replace(/\d+$/, '0')}/24`, 1);
    addPlace(network, place);
    addVeth(
      network,
      { place, device: 'eth0', addresses: [`${address}/24`] },
      { place: 'router', device: `to-${place}`, addresses: [`${gateway}/24`] },
    );
    ip(network, place, `route add default via ${gateway}`);
  }
  for (const node of cluster.nodes) {
    loadServiceRules(network, cluster, node);
    plugin.prepare?.(network, node);
    for (const one of cluster.pods) {
      if (one.node === node.name && one.place !== undefined) {
        plugin.addPod(network, node, one);
      }
    }
  }
}

/** Captures of every worker on `any`, eth0, the plugin's devices and one pod's veth; all veths of k8s-w1; eth0 of k8s-m. */
export function courseCaptures(
  cluster: Cluster,
  plugin: Plugin,
  devices: readonly string[],
): CaptureOptions[] {
  const captures: CaptureOptions[] = [{ place: 'm', node: 'k8s-m', device: 'eth0' }];
  for (const [place, pods] of [
    ['w1', ['pod1', 'web-1']],
    ['w2', ['pod2']],
    ['w0', ['web-0']],
  ] as const) {
    const node = `k8s-${place}`;
    captures.push({ place, node, device: 'any' }, { place, node, device: 'eth0' });
    // all of the plugin's devices on the node whose captures are joined, the tunnel alone elsewhere
    for (const device of place === 'w1' ? devices : devices.slice(0, 1)) {
      captures.push({ place, node, device });
    }
    for (const name of pods) {
      captures.push({ place, node, device: plugin.veth(findPod(cluster, name)) });
    }
  }
  return captures;
}

/** Whether two nodes share a subnet of the course. */
export function sameSubnet(a: string, b: string): boolean {
  return a.startsWith('192.168.10.') === b.startsWith('192.168.10.');
}

/** Outer source and destination of a conversation: from the node that sent it to its pod to the pod's node. */
export function crossing(
  session: Session,
  conversation: TruthConversation,
): { src: string; dst: string } | undefined {
  const arrived = conversation.translations.at(-1)?.after ?? conversation.dialled;
  // the node that chose the pod sends to it: the one of the last DNAT, else the one that has the source
  const chose = conversation.translations.findLast(({ type }) => type === 'dnat')?.node;
  const from = chose ?? endOf(session, arrived.src, 0).node;
  const { kind, node } = conversation.server;
  if (kind !== 'pod' || node === null || from === null || from === node) return undefined;
  const { nodes } = session.cluster;
  const ipOf = (name: string): string => nodes.find((n) => n.name === name)?.ip ?? '';
  return { src: ipOf(from), dst: ipOf(node) };
}
