/** The Calico course's cluster, shared by the labs that differ only in how pods' traffic crosses between nodes. */
import { addCalicoPod, calicoAnnotations, calicoPodAnnotations, caliName } from './calico.ts';
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
import { endOf, type Outsider, type Session } from './session.ts';
import type { Command } from './traffic.ts';
import type { TruthConversation } from './truth.ts';

export const OUTSIDE_CLIENT = '203.0.113.50';
export const OUTSIDE_SERVER = '198.51.100.80';
export const POD_CIDR = '172.16.0.0/16';
export const NODE_PORT = 30080;

export const OUTSIDERS: readonly Outsider[] = [
  { place: 'client', name: 'client', ips: [OUTSIDE_CLIENT], kind: 'external' },
  { place: 'server', name: 'server', ips: [OUTSIDE_SERVER], kind: 'external' },
];

/** Name, address and pod block of each node; the third octet of the block is the course's. */
const NODES = [
  { name: 'k8s-m', place: 'm', ip: '192.168.10.10', block: '172.16.116.0/26' },
  { name: 'k8s-w1', place: 'w1', ip: '192.168.10.101', block: '172.16.158.0/26' },
  { name: 'k8s-w2', place: 'w2', ip: '192.168.10.102', block: '172.16.184.0/26' },
  { name: 'k8s-w0', place: 'w0', ip: '192.168.20.100', block: '172.16.34.0/26' },
] as const;

/** Annotations that name the tunnel address of a node. */
export type TunnelAnnotations = (name: string, address: string) => Record<string, string>;

/** The four nodes. Their tunnel address is the first of the block, when they have a tunnel. */
export function courseNodes(tunnel: TunnelAnnotations | undefined): ClusterNode[] {
  return NODES.map(({ name, place, ip: address, block }, i) => ({
    name,
    place,
    ip: address,
    prefixLen: 24,
    block,
    podCidrs: [`172.16.${i}.0/24`], // the controller manager's, which Calico's IPAM does not use
    otherAddresses: tunnel === undefined ? [] : [addressIn(block, 0)],
    controlPlane: name === 'k8s-m',
    annotations: calicoAnnotations(address, 24, tunnel?.(name, addressIn(block, 0)) ?? {}),
  }));
}

function pod(
  nodes: readonly ClusterNode[],
  namespace: string,
  name: string,
  node: string,
  ordinal: number,
  labels: Record<string, string>,
): ClusterPod {
  const block = nodes.find((candidate) => candidate.name === node)?.block ?? '';
  const address = addressIn(block, ordinal);
  return {
    namespace,
    name,
    node,
    ip: address,
    place: name.replace('coredns-5dd5756b68-', 'dns-'),
    labels,
    annotations: calicoPodAnnotations(namespace, name, [address]),
  };
}

function coursePods(nodes: readonly ClusterNode[]): ClusterPod[] {
  const netshoot = { app: 'netshoot' };
  const web = (n: number): Record<string, string> => ({
    app: 'web',
    'statefulset.kubernetes.io/pod-name': `web-${n}`,
  });
  const dns = { 'k8s-app': 'kube-dns' };
  const pods = [
    pod(nodes, 'default', 'pod1', 'k8s-w1', 1, netshoot),
    pod(nodes, 'default', 'web-1', 'k8s-w1', 2, web(1)),
    pod(nodes, 'default', 'pod2', 'k8s-w2', 1, { ...netshoot, role: 'echo' }),
    pod(nodes, 'default', 'web-2', 'k8s-w2', 2, web(2)),
    pod(nodes, 'kube-system', 'coredns-5dd5756b68-7x2kq', 'k8s-w2', 3, dns),
    pod(nodes, 'default', 'web-0', 'k8s-w0', 1, web(0)),
    pod(nodes, 'default', 'pod0', 'k8s-w0', 2, netshoot),
    pod(nodes, 'kube-system', 'coredns-5dd5756b68-qm9tf', 'k8s-m', 1, dns),
  ];
  const done = pod(nodes, 'default', 'migrate-h4s8d', 'k8s-w1', 1, { 'job-name': 'migrate' });
  delete done.place; // its address went to pod1 when it was done
  return [...pods, { ...done, phase: 'Succeeded' }, ...hostPods(nodes)];
}

/** Pods on their node's own network. */
export function hostPods(
  nodes: readonly ClusterNode[],
  daemons = ['kube-proxy', 'calico-node'],
): ClusterPod[] {
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

export function courseCluster(tunnel: TunnelAnnotations | undefined): Cluster {
  const nodes = courseNodes(tunnel);
  return {
    nodes,
    pods: coursePods(nodes),
    services: SERVICES,
    podCidr: POD_CIDR,
    serviceCidr: '10.96.0.0/12',
  };
}

/** What the course's names resolve to. */
const RECORDS = {
  'web.default.svc.cluster.local': [{ type: 'A', data: '10.96.71.20' }],
  'web-far.default.svc.cluster.local': [{ type: 'A', data: '10.99.200.5' }],
  'kubernetes.default.svc.cluster.local': [{ type: 'A', data: '10.96.0.1' }],
  'shop.example.com': [{ type: 'A', data: OUTSIDE_SERVER }],
};

/** Every server of the cluster and outside. */
export function courseServers(cluster: Cluster): { place: string; command: Command }[] {
  const servers: { place: string; command: Command }[] = [];
  const serve = (place: string, kind: string, protocol: string, port: number, more = {}): void => {
    servers.push({ place, command: { do: 'serve', kind, protocol, port, ...more } });
  };
  for (const { labels, name, place } of cluster.pods) {
    if (place === undefined) continue;
    serve(place, 'http', 'tcp', 8080, { name });
    serve(place, 'echo', 'tcp', 9000);
    serve(place, 'echo', 'udp', 7007);
    if (labels['k8s-app'] === 'kube-dns') {
      serve(place, 'dns', 'udp', 53, { records: RECORDS });
      serve(place, 'dns', 'tcp', 53, { records: RECORDS });
    }
  }
  for (const { controlPlane, name, place } of cluster.nodes) {
    serve(place, 'http', 'tcp', 10250, { name });
    if (controlPlane === true) serve(place, 'http', 'tcp', 6443, { name });
  }
  serve('server', 'http', 'tcp', 80, { name: 'server' });
  serve('server', 'echo', 'tcp', 9000);
  serve('server', 'echo', 'udp', 9999);
  serve('server', 'dns', 'udp', 53, { records: RECORDS });
  return servers;
}

/** Nodes on their switch and behind the router, the two hosts outside, pods, service rules. No pod routes yet. */
export function wireCourse(network: Network, cluster: Cluster, podMtu: number): void {
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
    for (const one of cluster.pods) {
      if (one.node === node.name && one.place !== undefined) {
        addCalicoPod(network, node, one, podMtu);
      }
    }
  }
}

/** Captures of every worker on `any`, eth0, its tunnel device and one pod's veth; all veths of k8s-w1; eth0 of k8s-m. */
export function courseCaptures(cluster: Cluster, tunnel: string | undefined): CaptureOptions[] {
  const captures: CaptureOptions[] = [{ place: 'm', node: 'k8s-m', device: 'eth0' }];
  for (const [place, pods] of [
    ['w1', ['pod1', 'web-1']],
    ['w2', ['pod2']],
    ['w0', ['web-0']],
  ] as const) {
    const node = `k8s-${place}`;
    captures.push({ place, node, device: 'any' }, { place, node, device: 'eth0' });
    if (tunnel !== undefined) captures.push({ place, node, device: tunnel });
    for (const name of pods) {
      captures.push({ place, node, device: caliName(findPod(cluster, name)) });
    }
  }
  return captures;
}

/** Whether two nodes share a subnet of the course. */
export function sameSubnet(a: string, b: string): boolean {
  return a.startsWith('192.168.10.') === b.startsWith('192.168.10.');
}

/** Outer source and destination of a conversation: from the node it last left to its server's pod's node. */
export function crossing(
  session: Session,
  conversation: TruthConversation,
): { src: string; dst: string } | undefined {
  const arrived = conversation.translations.at(-1)?.after ?? conversation.dialled;
  const from = endOf(session, arrived.src, 0).node;
  const { kind, node } = conversation.server;
  if (kind !== 'pod' || node === null || from === null || from === node) return undefined;
  const { nodes } = session.cluster;
  const ipOf = (name: string): string => nodes.find((n) => n.name === name)?.ip ?? '';
  return { src: ipOf(from), dst: ipOf(node) };
}
