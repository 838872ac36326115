/** The cluster a lab plays: nodes, pods and services as plain data; the source of rules, JSON and truth. */
import { createHash } from 'node:crypto';

/** A node: a namespace of the lab with one or more addresses. */
export interface ClusterNode {
  name: string;
  /** The lab place it is. */
  place: string;
  ip: string;
  prefixLen: number;
  ip6?: string;
  /** The node's pod address block: Calico /26, Flannel /24, none with VPC addresses. */
  block?: string;
  block6?: string;
  /** `spec.podCIDRs`; with Calico's IPAM they are not where the pods are. */
  podCidrs?: readonly string[];
  /** Further addresses that are the node's own (tunnel device, secondary ENI). */
  otherAddresses?: readonly string[];
  /** Link-local addresses of services on the node that every node has (Pod Identity, NodeLocal DNSCache). */
  localAddresses?: readonly string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  providerId?: string;
  controlPlane?: boolean;
}

/** A pod. `place` is the lab namespace of a running pod with its own network. */
export interface ClusterPod {
  namespace: string;
  name: string;
  node: string;
  ip: string;
  ip6?: string;
  place?: string;
  hostNetwork?: boolean;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  ports?: readonly { name: string; port: number; protocol: 'TCP' | 'UDP' }[];
  image?: string;
  phase?: 'Running' | 'Succeeded' | 'Failed';
}

/** One port of a service; the target port is a number. */
export interface ServicePort {
  name: string;
  port: number;
  targetPort: number;
  protocol: 'TCP' | 'UDP';
  nodePort?: number;
}

export interface ClusterService {
  namespace: string;
  name: string;
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  clusterIp: string;
  clusterIp6?: string;
  ports: readonly ServicePort[];
  /** Labels its pods carry; none for a service whose endpoints are given by `addresses`. */
  selector: Record<string, string>;
  addresses?: readonly string[];
  externalTrafficPolicy?: 'Cluster' | 'Local';
  healthCheckNodePort?: number;
  annotations?: Record<string, string>;
  /** What `status.loadBalancer.ingress` says. */
  ingress?: readonly { ip?: string; hostname?: string }[];
  loadBalancerClass?: string;
}

export interface Cluster {
  nodes: readonly ClusterNode[];
  pods: readonly ClusterPod[];
  services: readonly ClusterService[];
  podCidr: string;
  podCidr6?: string;
  serviceCidr: string;
}

/** One endpoint of a service: a pod, or a bare address. */
export interface ServiceEndpoint {
  ip: string;
  ip6?: string;
  pod?: ClusterPod;
}

/** A service's endpoints: the running pods its selector chooses, in the cluster's order, or its addresses. */
export function endpointsOf(cluster: Cluster, service: ClusterService): ServiceEndpoint[] {
  if (service.addresses !== undefined) return service.addresses.map((ip) => ({ ip }));
  const wanted = Object.entries(service.selector);
  return cluster.pods
    .filter(
      (pod) =>
        wanted.length > 0 &&
        pod.namespace === service.namespace &&
        (pod.phase ?? 'Running') === 'Running' &&
        wanted.every(([key, value]) => pod.labels[key] === value),
    )
    .map((pod) => ({ ip: pod.ip, ...(pod.ip6 === undefined ? {} : { ip6: pod.ip6 }), pod }));
}

export function findNode(cluster: Cluster, name: string): ClusterNode {
  const node = cluster.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

export function findPod(cluster: Cluster, name: string): ClusterPod {
  const pod = cluster.pods.find((candidate) => candidate.name === name);
  if (pod === undefined) throw new Error(`no pod ${name}`);
  return pod;
}

/** A pod's host-side veth: PREFIX + first 11 hex digits of sha1("namespace.name"): Calico and the VPC CNI. */
export function vethName(prefix: string, pod: ClusterPod): string {
  const digest = createHash('sha1').update(`${pod.namespace}.${pod.name}`).digest('hex');
  return prefix + digest.slice(0, 11);
}

/** A stable UUID-shaped uid of an object, so that making a fixture again changes as little as possible. */
export function uidOf(kind: string, namespace: string, name: string): string {
  const hex = createHash('sha1').update(`${kind}/${namespace}/${name}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}

/** The n-th address of an IPv4 block; n = 0 is the block's own address. */
export function addressIn(block: string, n: number): string {
  const [base = ''] = block.split('/');
  const parts = base.split('.').map(Number);
  let value = parts.reduce((sum, part) => sum * 256 + part, 0) + n;
  const bytes: number[] = [];
  for (let i = 0; i < 4; i++) {
    bytes.unshift(value % 256);
    value = Math.floor(value / 256);
  }
  return bytes.join('.');
}
