/** Addresses whose meaning does not depend on the cluster. */

import type { SpecialUse } from '../words/sentences/owners.ts';
import { contains, type Prefix, parsePrefix, type Words } from './ip.ts';

export interface SpecialAddress {
  readonly kind: 'node' | 'external' | 'unknown';
  readonly role: string;
  readonly name: string | undefined;
  /** What it is in any cluster. */
  readonly use: SpecialUse;
}

function row(
  cidr: string,
  kind: SpecialAddress['kind'],
  role: string,
  name: string,
  use: SpecialUse,
) {
  return { prefix: parsePrefix(cidr)!, kind, role, name: name === '' ? undefined : name, use };
}

/** Most specific first. Sources: AWS VPC and EKS guides, RFC 6890, Calico and VPC CNI plugins, NodeLocal DNSCache manifest. */
const SPECIAL: readonly (SpecialAddress & { prefix: Prefix })[] = [
  row('169.254.169.254/32', 'external', 'imds', 'IMDS', 'imds'),
  row('fd00:ec2::254/128', 'external', 'imds', 'IMDS', 'imds'),
  row('169.254.169.253/32', 'external', 'vpc-dns', 'AmazonProvidedDNS', 'vpc-dns'),
  row('fd00:ec2::253/128', 'external', 'vpc-dns', 'AmazonProvidedDNS', 'vpc-dns'),
  row('169.254.169.123/32', 'external', 'ntp', 'Amazon Time Sync', 'ntp'),
  row('fd00:ec2::123/128', 'external', 'ntp', 'Amazon Time Sync', 'ntp'),
  row('169.254.170.2/32', 'node', 'task-credentials', '', 'ecs-credentials'),
  row('169.254.170.23/32', 'node', 'pod-identity', '', 'pod-identity'),
  row('fd00:ec2::23/128', 'node', 'pod-identity', '', 'pod-identity'),
  row('169.254.20.10/32', 'node', 'node-local-dns', '', 'node-local-dns'),
  row('169.254.25.10/32', 'node', 'node-local-dns', '', 'node-local-dns-kubespray'),
  row('169.254.1.1/32', 'node', 'gateway', '', 'link-local-gateway'),
  row('fe80::ecee:eeff:feee:eeee/128', 'node', 'gateway', '', 'calico-veth'),
  row('127.0.0.0/8', 'node', 'loopback', '', 'a-loopback'),
  row('::1/128', 'node', 'loopback', '', 'the-loopback'),
  row('169.254.0.0/16', 'unknown', 'link-local', '', 'link-local'),
  row('fe80::/10', 'unknown', 'link-local', '', 'link-local'),
  row('0.0.0.0/8', 'unknown', 'unspecified', '', 'no-address-yet'),
  row('::/128', 'unknown', 'unspecified', '', 'no-address-yet'),
  row('255.255.255.255/32', 'unknown', 'broadcast', '', 'broadcast'),
  row('224.0.0.0/4', 'unknown', 'multicast', '', 'multicast'),
  row('ff00::/8', 'unknown', 'multicast', '', 'multicast'),
];

/** Whether the first bits could be those of a special address: a quick no for nearly all. */
function mayBeSpecial(words: Words): boolean {
  const first = words[0]! >>> 24;
  if (words.length === 1) return first === 0 || first === 127 || first === 169 || first >= 224;
  return first === 0 || first >= 0xfd;
}

/** What an address is by its number alone, in any cluster; undefined for an ordinary one. */
export function specialAddress(words: Words): SpecialAddress | undefined {
  if (!mayBeSpecial(words)) return undefined;
  return SPECIAL.find((special) => contains(special.prefix, words));
}

/** Whether an address may be a host's own at all: not link-local, multicast, loopback, unspecified. */
export function isHostAddress(words: Words): boolean {
  return specialAddress(words) === undefined;
}
