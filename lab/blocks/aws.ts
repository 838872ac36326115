/** A VPC with an EKS-like cluster: nodes with two ENIs, pods on VPC addresses, VPC CNI rules; no encapsulation. */
import { createHash } from 'node:crypto';
import {
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type ClusterService,
  vethName,
} from './cluster.ts';
import { hostPods } from './course.ts';
import { loadServiceRules } from './kube-proxy.ts';
import { addBridge, addPlace, addVeth, exec, ip, type Network } from './network.ts';
import type { Outsider } from './session.ts';

export const VPC_CIDR = '10.0.0.0/16';
export const RESOLVER = '10.0.0.2';
export const CONTROL_PLANE = '10.0.1.250';
export const IMDS = '169.254.169.254';
export const POD_IDENTITY = '169.254.170.23';
export const INTERNET_CLIENT = '203.0.113.77';
export const INTERNET_SERVER = '198.51.100.90';
const ENI_MTU = 9001;
/** Fabric routers of the two subnets. */
const GATEWAYS = { a: '10.0.1.1', b: '10.0.2.1' } as const;

/** One ENI: device, its own address, the pod addresses on it, and prefixes delegated to it. */
export interface Eni {
  device: 'eth0' | 'eth1';
  id: string;
  ip: string;
  prefixes?: readonly string[];
}

/** A node of the VPC. */
export interface VpcNode extends ClusterNode {
  subnet: 'a' | 'b';
  enis: readonly Eni[];
}

/** A pod with the ENI that holds its address. */
export interface VpcPod extends ClusterPod {
  eni: 'eth0' | 'eth1';
}

/** The host side of a pod's veth: `eni` and eleven digits of sha1("namespace.name"). */
export function eniName(pod: ClusterPod): string {
  return vethName('eni', pod);
}

function vpcNode(
  place: string,
  subnet: 'a' | 'b',
  address: string,
  second: string,
  prefixes: readonly string[] = [],
): VpcNode {
  const name = `ip-${address.replaceAll('.', '-')}.ap-northeast-2.compute.internal`;
  const hex = (text: string): string => createHash('sha1').update(text).digest('hex').slice(0, 17);
  return {
    name,
    place,
    ip: address,
    prefixLen: 24,
    subnet,
    otherAddresses: [second],
    localAddresses: [POD_IDENTITY],
    providerId: `aws:///ap-northeast-2${subnet}/i-${hex(name)}`,
    labels: {
      'eks.amazonaws.com/nodegroup': 'ng1',
      'node.kubernetes.io/instance-type': 'm5.large',
      'topology.kubernetes.io/region': 'ap-northeast-2',
      'topology.kubernetes.io/zone': `ap-northeast-2${subnet}`,
    },
    annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    enis: [
      { device: 'eth0', id: `eni-${hex(`${name}/0`)}`, ip: address },
      { device: 'eth1', id: `eni-${hex(`${name}/1`)}`, ip: second, prefixes },
    ],
  };
}

export const VPC_NODES: readonly VpcNode[] = [
  vpcNode('n1', 'a', '10.0.1.10', '10.0.1.60'),
  vpcNode('n2', 'a', '10.0.1.20', '10.0.1.80'),
  vpcNode('n3', 'b', '10.0.2.30', '10.0.2.90', ['10.0.2.176/28']),
];

/** A pod on the n-th node. */
export function vpcPod(
  n: number,
  eni: 'eth0' | 'eth1',
  name: string,
  address: string,
  labels: Record<string, string>,
  namespace = 'default',
): VpcPod {
  const node = VPC_NODES[n - 1]?.name ?? '';
  return {
    namespace,
    name,
    node,
    ip: address,
    eni,
    labels,
    place: name.split('-').slice(0, 2).join('-'),
  };
}

export const VPC_SERVICES: readonly ClusterService[] = [
  {
    namespace: 'default',
    name: 'kubernetes',
    type: 'ClusterIP',
    clusterIp: '172.20.0.1',
    ports: [{ name: 'https', port: 443, targetPort: 443, protocol: 'TCP' }],
    selector: {},
    addresses: [CONTROL_PLANE],
  },
  {
    namespace: 'kube-system',
    name: 'kube-dns',
    type: 'ClusterIP',
    clusterIp: '172.20.0.10',
    ports: [
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
    ],
    selector: { 'k8s-app': 'kube-dns' },
  },
];

/** Cluster of the three nodes with these pods, the daemons, the two services every cluster has, and more. */
export function vpcCluster(pods: readonly VpcPod[], services: readonly ClusterService[]): Cluster {
  const daemons = hostPods(VPC_NODES, ['aws-node', 'kube-proxy', 'eks-pod-identity-agent']);
  return {
    nodes: VPC_NODES,
    pods: [...pods, ...daemons],
    services: [...VPC_SERVICES, ...services],
    podCidr: VPC_CIDR,
    serviceCidr: '172.20.0.0/16',
  };
}

export const VPC_OUTSIDERS: readonly Outsider[] = [
  { place: 'fabric', name: 'vpc-resolver', ips: [RESOLVER], kind: 'external' },
  { place: 'fabric', name: 'imds', ips: [IMDS], kind: 'external' },
  { place: 'fabric', name: 'eks-control-plane', ips: [CONTROL_PLANE], kind: 'external' },
  { place: 'client', name: 'client', ips: [INTERNET_CLIENT], kind: 'external' },
  { place: 'server', name: 'server', ips: [INTERNET_SERVER], kind: 'external' },
];

/** The fabric (subnet routers, resolver, metadata, control plane), nodes, pods, rules. */
export function wireVpc(network: Network, cluster: Cluster, externalSnat: boolean): void {
  addPlace(network, 'fabric', { forward: true });
  addBridge(network, 'fabric', 'subnet-a', [`${GATEWAYS.a}/24`, `${CONTROL_PLANE}/32`]);
  addBridge(network, 'fabric', 'subnet-b', [`${GATEWAYS.b}/24`]);
  ip(network, 'fabric', `addr add ${RESOLVER}/32 dev lo`, `addr add ${IMDS}/32 dev lo`);
  addInternet(network, 'client', INTERNET_CLIENT);
  addInternet(network, 'server', INTERNET_SERVER);
  for (const node of VPC_NODES) {
    addVpcNode(network, node);
    loadServiceRules(network, cluster, node);
    loadVpcRules(network, node, externalSnat);
    for (const pod of cluster.pods) {
      if (pod.node === node.name && pod.place !== undefined)
        addVpcPod(network, node, pod as VpcPod);
    }
  }
}

function addInternet(network: Network, place: string, address: string): void {
  const gateway = address.replace(/\d+$/, '1');
  addPlace(network, place);
  addVeth(
    network,
    { place, device: 'eth0', addresses: [`${address}/24`] },
    { place: 'fabric', device: `igw-${place}`, addresses: [`${gateway}/24`] },
  );
  ip(network, place, `route add default via ${gateway}`);
}

/** A node with its ENIs on the subnet's bridge, each answering ARP for its own addresses only. */
function addVpcNode(network: Network, node: VpcNode): void {
  addPlace(network, node.place, { forward: true });
  exec(network, node.place, [
    'sysctl',
    '-q',
    '-w',
    'net.ipv4.conf.all.arp_ignore=1',
    'net.ipv4.conf.all.arp_announce=2',
  ]);
  const gateway = GATEWAYS[node.subnet];
  for (const { device, ip: address } of node.enis) {
    addVeth(
      network,
      { place: node.place, device, mtu: ENI_MTU, addresses: [`${address}/24`] },
      {
        place: 'fabric',
        device: `${node.place}-${device}`,
        mtu: ENI_MTU,
        bridge: `subnet-${node.subnet}`,
      },
    );
  }
  ip(
    network,
    node.place,
    // the CNI keeps a secondary ENI's subnet out of the main table
    `route del ${gateway.replace(/\d+$/, '0')}/24 dev eth1`,
    `route add default via ${gateway} dev eth0`,
    `route add ${IMDS} dev eth0 scope link`,
    `route add ${gateway} dev eth1 scope link table 2`,
    `route add default via ${gateway} dev eth1 table 2`,
    'rule add fwmark 0x80/0x80 lookup main pref 1024',
    `rule add from ${node.enis[1]?.ip} lookup 2 pref 32765`,
    `addr add ${POD_IDENTITY}/32 dev lo scope host`,
  );
}

/** A pod's namespace: /32, default by 169.254.1.1 with a permanent neighbour, rules to and from its address. */
function addVpcPod(network: Network, node: VpcNode, pod: VpcPod): void {
  const place = pod.place ?? '';
  const device = eniName(pod);
  addPlace(network, place);
  addVeth(
    network,
    { place: node.place, device, mtu: ENI_MTU },
    { place, device: 'eth0', mtu: ENI_MTU, addresses: [`${pod.ip}/32`] },
  );
  const links = JSON.parse(exec(network, node.place, ['ip', '-j', 'link', 'show', device])) as {
    address: string;
  }[];
  ip(
    network,
    place,
    'route add 169.254.1.1 dev eth0 scope link',
    'route add default via 169.254.1.1 dev eth0',
    `neigh add 169.254.1.1 lladdr ${links[0]?.address} dev eth0 nud permanent`,
  );
  ip(
    network,
    node.place,
    `route add ${pod.ip}/32 dev ${device} scope link`,
    `rule add to ${pod.ip} lookup main pref 512`,
    ...(pod.eni === 'eth1' ? [`rule add from ${pod.ip} lookup 2 pref 1536`] : []),
    // the VPC's mapping service answers for every address of an ENI
    `neigh add proxy ${pod.ip} dev ${pod.eni}`,
  );
}

/** AWS-SNAT-CHAIN-0 and the connmark rules that keep such connections on the primary ENI (pkg/networkutils). */
function loadVpcRules(network: Network, node: VpcNode, externalSnat: boolean): void {
  const restore = 'CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80';
  const snat = '-m comment --comment "AWS SNAT CHAIN"';
  const rules = [
    '*mangle',
    '-A PREROUTING -i eth0 -m comment --comment "AWS, primary ENI" -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80',
    `-A PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j ${restore}`,
    'COMMIT',
    '*nat',
    ...(externalSnat
      ? []
      : [
          ':AWS-SNAT-CHAIN-0 - [0:0]',
          ':AWS-CONNMARK-CHAIN-0 - [0:0]',
          '-A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -j AWS-CONNMARK-CHAIN-0',
          `-A PREROUTING -m comment --comment "AWS, CONNMARK" -j ${restore}`,
          `-A POSTROUTING ${snat} -j AWS-SNAT-CHAIN-0`,
          `-A AWS-SNAT-CHAIN-0 -d ${VPC_CIDR} ${snat} -j RETURN`,
          `-A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source ${node.ip} --random-fully`,
          `-A AWS-CONNMARK-CHAIN-0 -d ${VPC_CIDR} -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j RETURN`,
          '-A AWS-CONNMARK-CHAIN-0 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80',
        ]),
    'COMMIT',
    '',
  ];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}

/** What ipamd's `/v1/enis` says of a node (version 1.20 and later): ENIs with the pods on their addresses. */
export function introspection(cluster: Cluster, node: VpcNode): Record<string, unknown> {
  const pods = cluster.pods.filter(
    (p) => p.node === node.name && p.place !== undefined,
  ) as VpcPod[];
  const enis: Record<string, unknown> = {};
  for (const [n, eni] of node.enis.entries()) {
    const mine = pods.filter((pod) => pod.eni === eni.device);
    enis[eni.id] = {
      ID: eni.id,
      IsPrimary: n === 0,
      IsTrunk: false,
      IsEFA: false,
      DeviceNumber: n,
      AvailableIPv4Cidrs: Object.fromEntries(cidrsOf(eni, mine)),
      IPv6Cidrs: {},
      RouteTableID: n === 0 ? 254 : n + 1,
    };
  }
  return { 0: { TotalIPs: pods.length, AssignedIPs: pods.length, ENIs: enis } };
}

function cidrsOf(eni: Eni, pods: readonly VpcPod[]): [string, unknown][] {
  const groups = new Map<string, VpcPod[]>();
  for (const pod of pods) {
    const prefix = eni.prefixes?.find((cidr) => inPrefix28(cidr, pod.ip));
    const key = prefix ?? `${pod.ip}/32`;
    groups.set(key, [...(groups.get(key) ?? []), pod]);
  }
  return [...groups].map(([cidr, members]) => [
    cidr,
    {
      Cidr: { IP: cidr.split('/')[0], Mask: cidr.endsWith('/28') ? '////8A==' : '/////w==' },
      IPAddresses: Object.fromEntries(members.map((pod) => [pod.ip, allocation(pod)])),
      IsPrefix: cidr.endsWith('/28'),
      AddressFamily: '',
    },
  ]);
}

function inPrefix28(cidr: string, address: string): boolean {
  const [base = ''] = cidr.split('/');
  const last = (text: string): number => Number(text.split('.')[3]);
  const head = (text: string): string => text.slice(0, text.lastIndexOf('.'));
  return head(base) === head(address) && last(base) >> 4 === last(address) >> 4;
}

function allocation(pod: VpcPod): Record<string, unknown> {
  const id = createHash('sha256').update(`${pod.namespace}/${pod.name}`).digest('hex');
  return {
    Address: pod.ip,
    IPAMKey: { networkName: 'aws-cni', containerID: id, ifName: 'eth0' },
    IPAMMetadata: { k8sPodNamespace: pod.namespace, k8sPodName: pod.name },
    AssignedTime: '2026-11-01T09:00:00Z',
    UnassignedTime: '0001-01-01T00:00:00Z',
  };
}
