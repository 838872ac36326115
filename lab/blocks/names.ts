/** The names of the labs: by them a namespace `nl-<lab>-<place>` is known to belong to one. */

/** In the order of the documentation. */
export const LAB_NAMES = [
  'calico-ipip',
  'calico-crosssubnet',
  'calico-vxlan',
  'calico-bgp',
  'calico-wireguard',
  'canal',
  'flannel-vxlan',
  'flannel-host-gw',
  'kubenet',
  'cilium-vxlan',
  'cilium-geneve',
  'cilium-native',
  'weave',
  'ovn-geneve',
  'nodelocal-dns',
  'aws-vpc-cni',
  'aws-vpc-cni-external-snat',
  'nlb',
  'nodeport',
  'tricky',
  'tricky-snaplen',
] as const;

export type LabName = (typeof LAB_NAMES)[number];

const PREFIX = 'nl-';

export function namespaceName(lab: LabName, place: string): string {
  return `${PREFIX}${lab}-${place}`;
}

/** The lab that a namespace belongs to: the longest name that fits, as one lab's name may begin another's. */
export function labOfNamespace(namespace: string): LabName | undefined {
  const fitting = LAB_NAMES.filter((lab) => namespace.startsWith(namespaceName(lab, '')));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
