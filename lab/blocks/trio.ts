/** A cluster of three nodes, two on one switch and one behind a router, for labs of one network plugin each. */
import type { CaptureOptions } from './capture.ts';
import {
  addressIn,
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type ClusterService,
  findPod,
} from './cluster.ts';
import { hostPods } from './course.ts';
import { loadServiceRules } from './kube-proxy.ts';
import { addBridge, addPlace, addVeth, ip, type Network } from './network.ts';
import { type Records, serversOf } from './servers.ts';
import type { Outsider } from './session.ts';
import type { Command } from './traffic.ts';

/** Places of the three nodes; `c` is the one behind the router. */
export const NODE_PLACES = ['a', 'b', 'c'] as const;

/** Addresses and names of one lab's cluster. */
export interface TrioPlan {
  /** Names of the nodes at `a`, `b` and `c`. */
  names: readonly [string, string, string];
  /** Addresses of the nodes, each in a /24 whose .254 is the router. */
  ips: readonly [string, string, string];
  podCidr: string;
  /** A /24 of pod addresses each. */
  blocks: readonly [string, string, string];
  /** Ordinal in its block of a node's first pod. */
  firstPod: number;
  /** The /24 of Service addresses. */
  services: string;
  /** Port of the Service `shop`; those of the others follow it. */
  nodePort: number;
  /** Addresses of the client and the server outside, each in a /24 whose .1 is the router. */
  client: string;
  server: string;
  /** hostNetwork pods on every node. */
  daemons: readonly string[];
  /** Annotations of a node and addresses in the block that are its own. */
  nodeAnnotations: (node: { name: string; ip: string; block: string }) => Record<string, string>;
  nodeAddresses: (block: string) => string[];
  podAnnotations?: (name: string, ip: string) => Record<string, string>;
  /** Link-local addresses that every node answers for itself. */
  localAddresses?: readonly string[];
}

/** How a plugin wires the nodes and pods of such a cluster. */
export interface TrioWiring {
  /** The host side of a pod's veth. */
  veth: (pod: ClusterPod) => string;
  /** Devices of the node that must be there before the first pod. */
  prepare: (network: Network, node: ClusterNode) => Promise<void> | void;
  addPod: (network: Network, node: ClusterNode, pod: ClusterPod) => void;
}

/** The cluster of a plan; `more` services stand beside its own. */
export function trioCluster(plan: TrioPlan, more: readonly ClusterService[] = []): Cluster {
  const nodes = NODE_PLACES.map((place, i): ClusterNode => {
    const [name, address, block] = [plan.names[i]!, plan.ips[i]!, plan.blocks[i]!];
    return {
      name,
      place,
      ip: address,
      prefixLen: 24,
      block,
      podCidrs: [block],
      otherAddresses: plan.nodeAddresses(block),
      ...(plan.localAddresses === undefined ? {} : { localAddresses: plan.localAddresses }),
      controlPlane: i === 0,
      annotations: plan.nodeAnnotations({ name, ip: address, block }),
    };
  });
  return {
    nodes,
    pods: [...trioPods(plan), ...hostPods(nodes, plan.daemons)],
    services: [...trioServices(plan), ...more],
    podCidr: plan.podCidr,
    serviceCidr: plan.services,
  };
}

function trioPods(plan: TrioPlan): ClusterPod[] {
  const taken = [0, 0, 0];
  const pod = (
    place: string,
    name: string,
    node: number,
    labels: Record<string, string>,
    namespace = 'default',
  ): ClusterPod => {
    const address = addressIn(plan.blocks[node]!, plan.firstPod + taken[node]!++);
    const annotations = plan.podAnnotations?.(name, address);
    return {
      namespace,
      name,
      node: plan.names[node]!,
      ip: address,
      place,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
    };
  };
  const shop = (n: number): Record<string, string> => ({ app: 'shop', replica: String(n) });
  return [
    pod('cart', 'cart-6f5c9d7b44-zk2qp', 0, { app: 'cart' }),
    pod('shop-0', 'shop-0', 0, shop(0)),
    pod('shop-1', 'shop-1', 1, shop(1)),
    pod('dns', 'coredns-76f75df574-l8tzn', 1, { 'k8s-app': 'kube-dns' }, 'kube-system'),
    pod('report', 'report-28931', 2, { app: 'report' }, 'batch'),
  ];
}

function trioServices(plan: TrioPlan): ClusterService[] {
  const web = (
    name: string,
    n: number,
    nodePort: number,
    selector: Record<string, string>,
    externalTrafficPolicy: 'Cluster' | 'Local',
  ): ClusterService => ({
    namespace: 'default',
    name,
    type: 'NodePort',
    clusterIp: addressIn(plan.services, n),
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort }],
    selector,
    externalTrafficPolicy,
  });
  const port = plan.nodePort;
  return [
    {
      namespace: 'default',
      name: 'kubernetes',
      type: 'ClusterIP',
      clusterIp: addressIn(plan.services, 1),
      ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }],
      selector: {},
      addresses: [plan.ips[0]],
    },
    {
      namespace: 'kube-system',
      name: 'kube-dns',
      type: 'ClusterIP',
      clusterIp: addressIn(plan.services, 10),
      ports: [
        { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
      ],
      selector: { 'k8s-app': 'kube-dns' },
    },
    web('shop', 20, port, { app: 'shop' }, 'Cluster'),
    web('shop-a', 21, port + 1, { replica: '0' }, 'Cluster'),
    web('shop-b', 22, port + 2, { replica: '1' }, 'Cluster'),
    web('shop-near', 23, port + 3, { replica: '0' }, 'Local'),
  ];
}

/** What the cluster's DNS knows: its own names and one outside. */
export function trioRecords(plan: TrioPlan): Records {
  const a = (data: string) => [{ type: 'A', data }];
  return {
    'shop.default.svc.cluster.local': a(addressIn(plan.services, 20)),
    'shop-b.default.svc.cluster.local': a(addressIn(plan.services, 22)),
    'rates.example.org': a(plan.server),
  };
}

/** Every server of the cluster and outside. */
export function trioServers(
  plan: TrioPlan,
  cluster: Cluster,
): { place: string; command: Command }[] {
  return serversOf(cluster, trioRecords(plan));
}

export function trioOutsiders(plan: TrioPlan): Outsider[] {
  return [
    { place: 'client', name: 'client', ips: [plan.client], kind: 'external' },
    { place: 'server', name: 'server', ips: [plan.server], kind: 'external' },
  ];
}

/** The /24 of an address, as its n-th address. */
function beside(address: string, n: number): string {
  return address.replace(/\d+$/, String(n));
}

/** Nodes on their switch and behind the router, two hosts outside, pods, service rules. No pod routes between nodes. */
export async function wireTrio(
  network: Network,
  plan: TrioPlan,
  cluster: Cluster,
  wiring: TrioWiring,
): Promise<void> {
  addPlace(network, 'router', { forward: true });
  addBridge(network, 'router', 'br0', [`${beside(plan.ips[0], 254)}/24`]);
  for (const node of cluster.nodes) {
    const { ip: address, place } = node;
    addPlace(network, place, { forward: true });
    addVeth(
      network,
      { place, device: 'eth0', addresses: [`${address}/24`] },
      place === 'c'
        ? { place: 'router', device: 'to-c', addresses: [`${beside(address, 254)}/24`] }
        : { place: 'router', device: `to-${place}`, bridge: 'br0' },
    );
    ip(network, place, `route add default via ${beside(address, 254)}`);
  }
  for (const [place, address] of [
    ['client', plan.client],
    ['server', plan.server],
  ] as const) {
    addPlace(network, place);
    addVeth(
      network,
      { place, device: 'eth0', addresses: [`${address}/24`] },
      { place: 'router', device: `to-${place}`, addresses: [`${beside(address, 1)}/24`] },
    );
    ip(network, place, `route add default via ${beside(address, 1)}`);
  }
  for (const node of cluster.nodes) {
    loadServiceRules(network, cluster, node);
    await wiring.prepare(network, node);
    for (const pod of cluster.pods) {
      if (pod.node === node.name && pod.place !== undefined) wiring.addPod(network, node, pod);
    }
  }
}

/** Plain routes to the other nodes' blocks: straight to a neighbour, by the router to the far node, and back. */
export function addPlainRoutes(network: Network, cluster: Cluster): void {
  for (const node of cluster.nodes) {
    ip(network, 'router', `route add ${node.block} via ${node.ip}`);
    for (const peer of cluster.nodes) {
      if (peer === node || peer.place === 'c' || node.place === 'c') continue; // else by the default route
      ip(network, node.place, `route add ${peer.block} via ${peer.ip}`);
    }
  }
}

/** `any` and the NIC of two nodes, the plugin's devices and the pods' veths of the first, the NIC of the far one. */
export function trioCaptures(
  cluster: Cluster,
  wiring: TrioWiring,
  devices: readonly string[],
): CaptureOptions[] {
  const [a, b, c] = cluster.nodes.map(({ name }) => name);
  const veth = (name: string): string => wiring.veth(findPod(cluster, name));
  return [
    { place: 'a', node: a!, device: 'any' },
    { place: 'a', node: a!, device: 'eth0' },
    ...devices.map((device) => ({ place: 'a', node: a!, device })),
    { place: 'a', node: a!, device: veth('cart-6f5c9d7b44-zk2qp') },
    { place: 'a', node: a!, device: veth('shop-0') },
    { place: 'b', node: b!, device: 'any' },
    { place: 'b', node: b!, device: veth('shop-1') },
    { place: 'c', node: c!, device: 'eth0' },
  ];
}
