/** What each device of a Kubernetes node is for, in a few words: by its name, its type, and the routes through it. */
import type { HostDevice } from './host-devices.ts';
import { interfaceKind } from './infer-interfaces.ts';

export interface DeviceRole {
  /** `pod`, `tunnel`, `bridge`, `uplink`, `services`, `loopback` or `other`. */
  readonly kind: 'pod' | 'tunnel' | 'bridge' | 'uplink' | 'services' | 'loopback' | 'other';
  readonly words: string;
}

/** What the routes of the machine say of its devices. */
export interface DeviceRoutes {
  /** Devices of default routes. */
  readonly uplinks: ReadonlySet<string>;
}

const KNOWN: readonly [name: RegExp, kind: DeviceRole['kind'], words: string][] = [
  [/^tunl\d+$/, 'tunnel', 'IPIP tunnel to other nodes (Calico, kube-router)'],
  [/^vxlan(-v6)?\.calico$/, 'tunnel', 'VXLAN tunnel to other nodes (Calico)'],
  [/^(wireguard(-v6)?|wg-v6)\.cali$/, 'tunnel', 'WireGuard tunnel to other nodes (Calico)'],
  [/^flannel(-v6)?\.\d+$/, 'tunnel', 'VXLAN tunnel to other nodes (Flannel)'],
  [/^flannel/, 'tunnel', 'tunnel to other nodes (Flannel)'],
  [/^cilium_(vxlan|geneve)$/, 'tunnel', 'tunnel to other nodes (Cilium)'],
  [/^cilium_wg\d+$/, 'tunnel', 'WireGuard tunnel to other nodes (Cilium)'],
  [/^cilium_(host|net)$/, 'bridge', "Cilium's own end of the node"],
  [/^lxc_health$/, 'pod', "Cilium's health endpoint"],
  [/^kube-ipvs\d+$/, 'services', 'addresses of Services (kube-proxy in IPVS mode)'],
  [/^nodelocaldns$/, 'services', 'address of the node-local DNS cache'],
  [/^(cni|cbr)\d+$/, 'bridge', 'bridge of pods'],
  [/^kube-bridge$/, 'bridge', 'bridge of pods (kube-router)'],
  [/^weave$/, 'bridge', 'bridge of pods (Weave)'],
  [/^docker\d+$/, 'bridge', "Docker's bridge"],
  [/^virbr\d+$/, 'bridge', "libvirt's bridge"],
];

export function roleOfDevice(device: HostDevice, { uplinks }: DeviceRoutes): DeviceRole {
  const { name, type } = device;
  if (type === 'loopback') return { kind: 'loopback', words: 'this machine to itself' };
  for (const [pattern, kind, words] of KNOWN) if (pattern.test(name)) return { kind, words };
  const kind = interfaceKind(name);
  if (kind === 'pod') return { kind, words: podWords(name) };
  if (kind !== 'other') return { kind, words: kind };
  if (uplinks.has(name)) return { kind: 'uplink', words: 'the way out (default route)' };
  if (/^(ipip|sit|gre|gretap|vxlan|geneve|wireguard|ip6tnl|vti)$/.test(type)) {
    return { kind: 'tunnel', words: `${type} tunnel` };
  }
  if (type === 'bridge') return { kind: 'bridge', words: 'bridge' };
  if (type === 'veth' && device.isElsewhere) {
    return { kind: 'pod', words: 'veth into another network namespace' };
  }
  return { kind: 'other', words: '' };
}

function podWords(name: string): string {
  if (name.startsWith('cali')) return "a pod's (Calico)";
  if (name.startsWith('eni')) return "a pod's (AWS VPC CNI)";
  if (name.startsWith('vlan')) return "a pod's with its own security group (AWS VPC CNI)";
  if (name.startsWith('lxc')) return "a pod's (Cilium)";
  return "a pod's or a container's";
}
