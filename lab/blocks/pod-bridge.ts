/** A node whose pods stand on one bridge, as the bridge plugin and kubenet wire them; the bridge is their gateway. */
import { addressIn, type ClusterNode, type ClusterPod } from './cluster.ts';
import { addBridge, addPlace, addVeth, ip, type Network, sysctl } from './network.ts';

/** The bridge of a node with the block's first address; bridged frames pass iptables, as kubeadm requires. */
export function addPodBridge(
  network: Network,
  node: ClusterNode,
  device: string,
  options: { mtu?: number; mac?: string; prefixLen?: number } = {},
): void {
  const { mac, mtu, prefixLen = 24 } = options;
  addBridge(network, node.place, device, [`${addressIn(node.block ?? '', 1)}/${prefixLen}`]);
  sysctl(network, node.place, { 'net.bridge.bridge-nf-call-iptables': '1' });
  if (mtu !== undefined) ip(network, node.place, `link set dev ${device} mtu ${mtu}`);
  if (mac !== undefined) ip(network, node.place, `link set dev ${device} address ${mac}`);
}

/** A pod on its node's bridge, in hairpin mode; `mac` is its own. */
export function addBridgePod(
  network: Network,
  node: ClusterNode,
  pod: ClusterPod,
  options: { bridge: string; veth: string; mtu?: number; mac?: string; prefixLen?: number },
): void {
  const place = pod.place ?? '';
  const { bridge, mac, mtu, prefixLen = 24, veth } = options;
  const size = mtu === undefined ? {} : { mtu };
  addPlace(network, place);
  addVeth(
    network,
    { place: node.place, device: veth, bridge, ...size },
    {
      place,
      device: 'eth0',
      addresses: [`${pod.ip}/${prefixLen}`],
      ...size,
      ...(mac === undefined ? {} : { mac }),
    },
  );
  ip(network, node.place, `link set dev ${veth} type bridge_slave hairpin on`);
  ip(network, place, `route add default via ${addressIn(node.block ?? '', 1)}`);
}

/** The MAC of an address as kubenet and the bridge plugin of old make it: 0a:58 and the address. */
export function macHolding(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}
