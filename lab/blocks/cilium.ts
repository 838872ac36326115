/** A node and its pods wired as Cilium with kube-proxy shows them on the wire: lxc* veths, identities as VNI, no MASQUERADE inside. */
import { createHash } from 'node:crypto';
import { addressIn, type Cluster, type ClusterNode, type ClusterPod } from './cluster.ts';
import { list, metadata } from './kube-json.ts';
import { addPlace, addVeth, exec, ip, type Network, sysctl } from './network.ts';
import { addOverlay, deviceMac } from './overlay.ts';
import { addPlainRoutes, type TrioPlan } from './trio.ts';

/** How pods' packets cross between nodes. */
export type CiliumMode = 'vxlan' | 'geneve' | 'native';

/** Ordinal in a node's block of cilium_host's address. */
const ROUTER = 217;
/** pkg/identity/numericidentity.go: what the host of another node is to a node. */
const REMOTE_NODE = 6;
const FIRST_IDENTITY = 4097;
const TABLE_FIRST = 300;

/** cilium_host's address. */
export function routerOf(block: string): string {
  return addressIn(block, ROUTER);
}

/** The host side of a pod's veth: `lxc` and twelve hex digits, random in a cluster. */
export function lxcName(pod: ClusterPod): string {
  return `lxc${digestOf(`${pod.namespace}/${pod.name}`).slice(0, 12)}`;
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** The security identity of a pod: one for each set of labels. */
export function identityOf(cluster: Cluster, pod: ClusterPod): number {
  const sets = [...new Set(cluster.pods.map(labelsOf))];
  return FIRST_IDENTITY + 7919 * sets.indexOf(labelsOf(pod));
}

function labelsOf(pod: ClusterPod): string {
  return JSON.stringify([pod.namespace, pod.labels]);
}

/** cilium_host and cilium_net, and the rules that Cilium writes: to the outside only is masqueraded. */
export function prepareCilium(
  network: Network,
  node: ClusterNode,
  plan: TrioPlan,
  mode: CiliumMode,
): void {
  const router = routerOf(node.block ?? '');
  ip(
    network,
    node.place,
    'link add cilium_host type veth peer name cilium_net',
    'link set cilium_net up',
    'link set cilium_host up',
    `addr add ${router}/32 dev cilium_host`,
  );
  const tunnel = deviceOf(mode);
  const rules = [
    '*nat',
    ':CILIUM_POST_nat - [0:0]',
    '-I POSTROUTING 1 -j CILIUM_POST_nat',
    `-A CILIUM_POST_nat -s ${node.block} ! -d ${plan.podCidr} ! -o cilium_+ -j MASQUERADE --random-fully`,
    ...(tunnel === undefined
      ? []
      : [`-A CILIUM_POST_nat -o ${tunnel} -m mark --mark 0x4000/0x4000 -j SNAT --to ${router}`]),
    'COMMIT',
    ...(mode === 'vxlan'
      ? [
          '*mangle', // eBPF programs do not lower the TTL on the way into the tunnel
          `-A POSTROUTING -o ${tunnel} -s ${router} -j RETURN`, // the host's own was not lowered either
          `-A POSTROUTING -o ${tunnel} -s ${node.block} -j TTL --ttl-inc 1`,
          'COMMIT',
        ]
      : []),
    '',
  ];
  exec(network, node.place, ['iptables-restore', '-n'], rules.join('\n'));
}

function deviceOf(mode: CiliumMode): string | undefined {
  return mode === 'native' ? undefined : `cilium_${mode}`;
}

/** A pod behind an lxc veth: its gateway is cilium_host's address, answered by the veth. */
export function addCiliumPod(network: Network, node: ClusterNode, pod: ClusterPod): void {
  const place = pod.place ?? '';
  const device = lxcName(pod);
  const router = routerOf(node.block ?? '');
  addPlace(network, place);
  addVeth(
    network,
    { place: node.place, device },
    { place, device: 'eth0', addresses: [`${pod.ip}/32`] },
  );
  sysctl(network, node.place, {
    [`net.ipv4.conf.${device}.proxy_arp`]: '1',
    [`net.ipv4.neigh.${device}.proxy_delay`]: '0',
  });
  ip(
    network,
    place,
    `route add ${router} dev eth0 scope link`,
    `route add default via ${router} dev eth0`,
  );
  ip(network, node.place, `route add ${pod.ip}/32 dev ${device} scope link`);
}

/** The way to the other nodes' pods. */
export async function connectCilium(
  network: Network,
  cluster: Cluster,
  mode: CiliumMode,
): Promise<void> {
  if (mode === 'native') return addPlainRoutes(network, cluster);
  for (const node of cluster.nodes) {
    if (mode === 'vxlan') addKernelTunnel(network, cluster, node);
    else await addGeneve(network, cluster, node);
  }
}

/** cilium_vxlan as Cilium makes it, without an identifier of its own: each route says node and identity. */
function addKernelTunnel(network: Network, cluster: Cluster, node: ClusterNode): void {
  const device = 'cilium_vxlan';
  ip(
    network,
    node.place,
    `link add ${device} address ${deviceMac(`${device} ${node.name}`)} mtu 1450 type vxlan external dstport 8472`,
    `link set ${device} up`,
  );
  const route = (peer: ClusterNode, id: number, more: string): string =>
    `route add ${peer.block} encap ip id ${id} dst ${peer.ip} ttl 64 via ${routerOf(peer.block ?? '')} dev ${device} onlink ${more}`;
  const peers = cluster.nodes.filter((other) => other !== node);
  for (const peer of peers) {
    const mac = deviceMac(`${device} ${peer.name}`);
    ip(
      network,
      node.place,
      `neigh replace ${routerOf(peer.block ?? '')} lladdr ${mac} dev ${device} nud permanent`,
      route(peer, REMOTE_NODE, `src ${routerOf(node.block ?? '')}`),
    );
  }
  const own = cluster.pods.filter((pod) => pod.node === node.name && pod.place !== undefined);
  own.forEach((pod, i) => {
    const table = TABLE_FIRST + i;
    const id = identityOf(cluster, pod);
    ip(
      network,
      node.place,
      `rule add from ${pod.ip} table ${table}`,
      ...peers.map((peer) => route(peer, id, `table ${table}`)),
    );
  });
}

async function addGeneve(network: Network, cluster: Cluster, node: ClusterNode): Promise<void> {
  const device = 'cilium_geneve';
  const peers = cluster.nodes.filter((other) => other !== node);
  const own = cluster.pods.filter((pod) => pod.place !== undefined);
  await addOverlay(network, node.place, {
    device,
    kind: 'geneve',
    local: node.ip,
    mac: deviceMac(`${device} ${node.name}`),
    peers: Object.fromEntries(peers.map((peer) => [deviceMac(`${device} ${peer.name}`), peer.ip])),
    ids: Object.fromEntries(own.map((pod) => [pod.ip, identityOf(cluster, pod)])),
    id: REMOTE_NODE,
    keepTtl: true,
  });
  ip(network, node.place, `link set ${device} mtu 1450 up`);
  for (const peer of peers) {
    const router = routerOf(peer.block ?? '');
    ip(
      network,
      node.place,
      `neigh replace ${router} lladdr ${deviceMac(`${device} ${peer.name}`)} dev ${device} nud permanent`,
      `route add ${peer.block} via ${router} dev ${device} onlink src ${routerOf(node.block ?? '')}`,
    );
  }
}

/** ciliumnodes.json, ciliumendpoints.json and ciliumidentities.json. */
export function ciliumFiles(cluster: Cluster): Record<string, unknown> {
  const pods = cluster.pods.filter((pod) => pod.place !== undefined);
  const api = { apiVersion: 'cilium.io/v2' };
  const identities = new Map(pods.map((pod) => [identityOf(cluster, pod), pod]));
  return {
    'ciliumnodes.json': list(
      cluster.nodes.map((node) => ({
        ...api,
        kind: 'CiliumNode',
        metadata: metadata('CiliumNode', '', node.name),
        spec: {
          addresses: [
            { ip: node.ip, type: 'InternalIP' },
            { ip: routerOf(node.block ?? ''), type: 'CiliumInternalIP' },
          ],
          ipam: { podCIDRs: [node.block] },
        },
      })),
    ),
    'ciliumendpoints.json': list(
      pods.map((pod) => ({
        ...api,
        kind: 'CiliumEndpoint',
        metadata: metadata('CiliumEndpoint', pod.namespace, pod.name),
        status: {
          identity: { id: identityOf(cluster, pod), labels: k8sLabels(pod) },
          networking: {
            addressing: [{ ipv4: pod.ip }],
            node: cluster.nodes.find(({ name }) => name === pod.node)?.ip,
          },
        },
      })),
    ),
    'ciliumidentities.json': list(
      [...identities].map(([id, pod]) => ({
        ...api,
        kind: 'CiliumIdentity',
        metadata: metadata('CiliumIdentity', '', String(id)),
        'security-labels': Object.fromEntries(k8sLabels(pod).map((label) => label.split('='))),
      })),
    ),
  };
}

function k8sLabels(pod: ClusterPod): string[] {
  const own = Object.entries(pod.labels).map(([key, value]) => `k8s:${key}=${value}`);
  return [`k8s:io.kubernetes.pod.namespace=${pod.namespace}`, ...own];
}
