/** What a network device is for, as far as its name tells; names are those that CNI plugins and Linux give. */

export type DeviceKind = 'pod' | 'tunnel' | 'bridge' | 'nic' | 'other';

/** The host's end of a pod's veth: Calico, VPC CNI and its per-pod security groups, Cilium, bridges' veths, Azure, GKE. */
const POD = /^(cali|eni|lxc|veth|vlan|azv|gke)[0-9a-f]/;
const TUNNEL =
  /^(tunl\d|vxlan[.-]|flannel[.-]|cilium_(vxlan|geneve)|geneve|genev_sys_|vxlan_sys_|gre\d|sit\d|wg|wireguard)/;
const BRIDGE = /^(cni|cbr|weave|docker|br-|virbr)/;
/** As the kernel names NICs, and systemd's predictable names. */
const NIC = /^(eth\d|en[opsx]\d|ens\d|eno\d|bond\d|team\d|wl|ib\d)/;

export function deviceKindOf(name: string): DeviceKind {
  if (POD.test(name)) return 'pod';
  if (TUNNEL.test(name)) return 'tunnel';
  if (BRIDGE.test(name)) return 'bridge';
  return NIC.test(name) ? 'nic' : 'other';
}

/** A device on which packets come from other nodes without a node having lowered their TTL: Cilium's programs do not, Weave's segment has no router. */
export function keepsTtlBetweenNodes(name: string): boolean {
  return /^(lxc|cilium_|weave|vethwe)/.test(name);
}
