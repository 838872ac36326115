/** A node and its pods wired as Calico wires them: proxy ARP, ee:ee MACs, block routes, masquerade; its CRDs. */
import { createHash } from 'node:crypto';
import {
  addressIn,
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  uidOf,
  vethName,
} from './cluster.ts';
import { PYTHON, programPath, until } from './command.ts';
import type { Plugin } from './course.ts';
import { list, metadata } from './kube-json.ts';
import {
  addPlace,
  addVeth,
  background,
  exec,
  hasDevice,
  ip,
  type Network,
  sysctl,
} from './network.ts';

export const HOST_VETH_MAC = 'ee:ee:ee:ee:ee:ee';
export const IPIP_MTU = 1480;
export const VXLAN_MTU = 1450;
const VXLAN_DEVICE = 'vxlan.calico';
const DEVICE_TIMEOUT_MS = 5000;

export const POD_CIDR = '172.16.0.0/16';

/** The course's blocks, one a node. */
const BLOCKS = {
  'k8s-m': '172.16.116.0/26',
  'k8s-w1': '172.16.158.0/26',
  'k8s-w2': '172.16.184.0/26',
  'k8s-w0': '172.16.34.0/26',
};

/** Calico as the course's plugin. `tunnel` gives the annotations that name a node's tunnel address. */
export function calicoPlugin(
  mtu: number,
  tunnel: (name: string, address: string) => Record<string, string>,
): Plugin {
  return {
    podCidr: POD_CIDR,
    blocks: BLOCKS,
    firstPod: 1,
    podCidrs: (n) => [`172.16.${n}.0/24`], // the controller manager's, which Calico's IPAM does not use
    nodeAddresses: (block) => [addressIn(block, 0)],
    nodeAnnotations: (name, address, block) => ({
      'projectcalico.org/IPv4Address': `${address}/24`,
      ...tunnel(name, addressIn(block, 0)),
    }),
    podAnnotations: (namespace, name, address) => calicoPodAnnotations(namespace, name, [address]),
    daemons: ['kube-proxy', 'calico-node'],
    veth: caliName,
    addPod: (network, node, pod) => addCalicoPod(network, node, pod, mtu),
  };
}

/** How an IPPool carries traffic between nodes. */
export interface PoolOptions {
  name: string;
  cidr: string;
  ipipMode: 'Always' | 'CrossSubnet' | 'Never';
  vxlanMode: 'Always' | 'CrossSubnet' | 'Never';
  blockSize: number;
  natOutgoing: boolean;
}

/** The host side of a pod's veth. */
export function caliName(pod: ClusterPod): string {
  return vethName('cali', pod);
}

/** A pod's namespace with eth0/32, its gateway 169.254.1.1 answered by proxy ARP, and the node's route to it. */
export function addCalicoPod(
  network: Network,
  node: ClusterNode,
  pod: ClusterPod,
  mtu: number,
): void {
  const place = pod.place ?? '';
  const device = caliName(pod);
  const six = pod.ip6 !== undefined;
  addPlace(network, place, { ipv6: six });
  addVeth(
    network,
    { place: node.place, device, mac: HOST_VETH_MAC, mtu },
    { place, device: 'eth0', mtu, addresses: [`${pod.ip}/32`] },
  );
  sysctl(network, node.place, {
    [`net.ipv4.conf.${device}.proxy_arp`]: '1',
    [`net.ipv4.neigh.${device}.proxy_delay`]: '0',
  });
  ip(
    network,
    place,
    'route add 169.254.1.1 dev eth0 scope link',
    'route add default via 169.254.1.1 dev eth0',
  );
  ip(network, node.place, `route add ${pod.ip}/32 dev ${device} scope link`);
  if (six) addCalicoPod6(network, node, pod, device);
}

/** IPv6 of a dual-stack pod: gateway is the host veth's link-local address, as Calico sets it. */
function addCalicoPod6(network: Network, node: ClusterNode, pod: ClusterPod, device: string): void {
  const gateway = 'fe80::ecee:eeff:feee:eeee';
  sysctl(network, node.place, { [`net.ipv6.conf.${device}.proxy_ndp`]: '1' });
  ip(
    network,
    pod.place ?? '',
    `addr add ${pod.ip6}/128 dev eth0 nodad`,
    `route add ${gateway} dev eth0`,
    `route add default via ${gateway} dev eth0`,
  );
  ip(network, node.place, `route add ${pod.ip6}/128 dev ${device}`);
}

/** tunl0 carried through TUN, with the block's first address; the routes over it come later, from BGP. */
export async function addIpipTunnel(network: Network, node: ClusterNode): Promise<void> {
  const carrier = [PYTHON, '-I', '-S', programPath('ipip-carrier.py'), 'tunl0', node.ip];
  background(network, node.place, carrier);
  await until(`tunl0 of ${node.name}`, DEVICE_TIMEOUT_MS, () =>
    hasDevice(network, node.place, 'tunl0') ? true : undefined,
  );
  ip(
    network,
    node.place,
    `link set tunl0 mtu ${IPIP_MTU} up`,
    `addr add ${addressIn(node.block ?? '', 0)}/32 dev tunl0`,
  );
}

/** vxlan.calico with the block's first address and the MAC Felix gives it; peers are known beforehand. */
export function addVxlanTunnel(network: Network, node: ClusterNode): void {
  const mac = vtepMac(node.name);
  ip(
    network,
    node.place,
    `link add ${VXLAN_DEVICE} address ${mac} mtu ${VXLAN_MTU} type vxlan id 4096 dstport 4789 local ${node.ip} dev eth0 nolearning`,
    `link set dev ${VXLAN_DEVICE} up`,
    `addr add ${addressIn(node.block ?? '', 0)}/32 dev ${VXLAN_DEVICE}`,
  );
}

/** Routes to the other nodes' blocks over vxlan.calico, with neighbour and forwarding entries, as Felix writes them. */
export function addVxlanRoutes(network: Network, nodes: readonly ClusterNode[]): void {
  for (const node of nodes) {
    for (const peer of nodes.filter((other) => other !== node)) {
      const vtep = addressIn(peer.block ?? '', 0);
      const mac = vtepMac(peer.name);
      const bridge = ['bridge', 'fdb', 'append', mac, 'dev', VXLAN_DEVICE, 'dst', peer.ip, 'self'];
      exec(network, node.place, [...bridge, 'permanent']);
      ip(
        network,
        node.place,
        `neigh replace ${vtep} lladdr ${mac} dev ${VXLAN_DEVICE} nud permanent`,
        `route replace ${peer.block} via ${vtep} dev ${VXLAN_DEVICE} onlink proto 80`,
      );
    }
  }
}

/** The node's own block is a blackhole: an address nobody holds is dropped, never sent on. `proto`: who says so. */
export function addBlackhole(network: Network, node: ClusterNode, proto: 'bird' | '80'): void {
  ip(network, node.place, `route add blackhole ${node.block} proto ${proto}`);
}

/** natOutgoing as Felix writes it: from a pool with NAT to an address in no pool is masqueraded. */
export function loadCalicoRules(
  network: Network,
  node: ClusterNode,
  pool: PoolOptions,
  tunnel: string | undefined,
): void {
  const sets = ['cali40masq-ipam-pools', 'cali40all-ipam-pools'];
  for (const set of sets) {
    exec(network, node.place, ['ipset', 'create', set, 'hash:net', 'family', 'inet']);
    exec(network, node.place, ['ipset', 'add', set, pool.cidr]);
  }
  const outgoing =
    '-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst';
  const own = '-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL';
  const rules = [
    '*nat',
    ':cali-POSTROUTING - [0:0]',
    ':cali-nat-outgoing - [0:0]',
    '-I POSTROUTING 1 -j cali-POSTROUTING',
    '-A cali-POSTROUTING -j cali-nat-outgoing',
    ...(tunnel === undefined
      ? []
      : [`-A cali-POSTROUTING -o ${tunnel} ${own} -j MASQUERADE --random-fully`]),
    ...(pool.natOutgoing ? [`-A cali-nat-outgoing ${outgoing} -j MASQUERADE --random-fully`] : []),
    'COMMIT',
    '',
  ];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}

/** Pod annotations the Calico CNI plugin writes. */
export function calicoPodAnnotations(
  namespace: string,
  name: string,
  ips: readonly string[],
): Record<string, string> {
  const id = createHash('sha256').update(`${namespace}/${name}`).digest('hex');
  return {
    'cni.projectcalico.org/containerID': id,
    'cni.projectcalico.org/podIP': `${ips[0]}/32`,
    'cni.projectcalico.org/podIPs': ips
      .map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`)
      .join(','),
  };
}

/** A VXLAN tunnel endpoint's MAC as Felix chooses it: 66 and five bytes of sha1(node name). */
export function vtepMac(nodeName: string): string {
  const digest = createHash('sha1').update(nodeName).digest();
  return [0x66, ...digest.subarray(0, 5)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}

/** ippools.json, blockaffinities.json and ipamblocks.json of a cluster whose nodes hold one block each. */
export function calicoFiles(
  cluster: Cluster,
  pool: PoolOptions,
  tunnelKind: 'ipipTunnelAddress' | 'vxlanTunnelAddress' | undefined,
): Record<string, unknown> {
  const nodes = cluster.nodes.filter((node) => node.block !== undefined);
  return {
    'ippools.json': list([poolObject(pool)]),
    'blockaffinities.json': list(nodes.map((node) => affinityObject(node))),
    'ipamblocks.json': list(nodes.map((node) => blockObject(cluster, node, tunnelKind))),
  };
}

function poolObject(pool: PoolOptions): Record<string, unknown> {
  const { blockSize, cidr, ipipMode, name, natOutgoing, vxlanMode } = pool;
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: metadata('IPPool', '', name),
    spec: {
      allowedUses: ['Workload', 'Tunnel'],
      blockSize,
      cidr,
      ipipMode,
      natOutgoing,
      nodeSelector: 'all()',
      vxlanMode,
    },
  };
}

function affinityObject(node: ClusterNode): Record<string, unknown> {
  const dashed = (node.block ?? '').replace(/[./]/g, '-');
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'BlockAffinity',
    metadata: metadata('BlockAffinity', '', `${node.name}-${dashed}`),
    spec: { cidr: node.block, deleted: 'false', node: node.name, state: 'confirmed', type: 'host' },
  };
}

function blockObject(
  cluster: Cluster,
  node: ClusterNode,
  tunnelKind: string | undefined,
): Record<string, unknown> {
  const block = node.block ?? '';
  const size = 2 ** (32 - Number(block.split('/')[1]));
  const allocations: (number | null)[] = Array.from({ length: size }, () => null);
  const attributes: Record<string, unknown>[] = [];
  const holds = (address: string, attribute: Record<string, unknown>): void => {
    for (let i = 0; i < size; i++) {
      if (addressIn(block, i) === address) {
        allocations[i] = attributes.length;
        attributes.push(attribute);
      }
    }
  };
  if (tunnelKind !== undefined) {
    const handle = tunnelKind === 'ipipTunnelAddress' ? 'ipip-tunnel-addr' : 'vxlan-tunnel-addr';
    const secondary = { node: node.name, type: tunnelKind };
    holds(addressIn(block, 0), { handle_id: `${handle}-${node.name}`, secondary });
  }
  for (const pod of cluster.pods.filter((candidate) => candidate.place !== undefined)) {
    const uid = uidOf('Sandbox', pod.namespace, pod.name).replaceAll('-', '');
    holds(pod.ip, {
      handle_id: `k8s-pod-network.${uid}`,
      secondary: { namespace: pod.namespace, node: pod.node, pod: pod.name },
    });
  }
  const unallocated = allocations.flatMap((held, i) => (held === null ? [i] : []));
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPAMBlock',
    metadata: metadata('IPAMBlock', '', block.replace(/[./]/g, '-')),
    spec: {
      affinity: `host:${node.name}`,
      allocations,
      attributes,
      cidr: block,
      deleted: false,
      strictAffinity: false,
      unallocated,
    },
  };
}
