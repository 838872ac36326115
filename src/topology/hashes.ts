/** Names and addresses that CNI plugins derive from names of objects by SHA-1. */

/** In hex. node:crypto takes longer to load than a small capture to analyse: only where such a name is met. */
function sha1(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha1').update(text).digest('hex');
}

/** 11 hex digits of sha1("namespace.pod"): the end of a cali* or eni* name (Calico `VethNameForWorkload`, VPC CNI `GeneratePodHostVethName`). */
export function interfaceHash(namespace: string, pod: string): string {
  return sha1(`${namespace}.${pod}`).slice(0, 11);
}

/** MAC of Calico's VXLAN device on a node: 66 and the first five bytes of sha1(name) (felix `vxlan_resolver.go`; IPv6 hashes name + "-v6"). */
export function calicoVtepMac(nodeName: string): string {
  const hex = sha1(nodeName);
  return `66:${hex.slice(0, 10).match(/../g)!.join(':')}`;
}
