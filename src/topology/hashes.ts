/** Names and addresses that CNI plugins derive from names of objects by SHA-1. */
import { createHash } from 'node:crypto';

/** 11 hex digits of sha1("namespace.pod"): the end of a cali* or eni* name (Calico `VethNameForWorkload`, VPC CNI `GeneratePodHostVethName`). */
export function interfaceHash(namespace: string, pod: string): string {
  return createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, 11);
}

/** MAC of Calico's VXLAN device on a node: 66 and the first five bytes of sha1(name) (felix `vxlan_resolver.go`; IPv6 hashes name + "-v6"). */
export function calicoVtepMac(nodeName: string): string {
  const hex = createHash('sha1').update(nodeName).digest('hex');
  return `66:${hex.slice(0, 10).match(/../g)!.join(':')}`;
}
