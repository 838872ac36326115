/** Owners, places and numbers of things in English. */
import type { LogPlacePhrase, OwnerPhrase, PlacePhrase } from '../sentences/phrases.ts';

/** `pod default/web-0 on w1`, `node w1 (hostNetwork: 7 pods)`, `203.0.113.50`. */
export function owner({ kind, ip, name, node, hostNetworkPods }: OwnerPhrase): string {
  switch (kind) {
    case 'pod':
      return `pod ${name ?? ip}${node === undefined ? '' : ` on ${node}`}`;
    case 'node': {
      const pods = hostNetworkPods === 0 ? '' : ` (hostNetwork: ${hostNetworkPods} pods)`;
      return `node ${node ?? name ?? ip}${pods}`;
    }
    case 'service':
      return name === undefined ? `service address ${ip}` : `service ${name}`;
    case 'loadbalancer':
      return `load balancer ${name ?? ip}`;
    case 'external':
      return name === undefined ? ip : `${name} (${ip})`;
    case 'unknown':
      return ip;
  }
}

/** `cali0761ccbeace on k8s-w1`, `eth0 in k8s-w1.eth0.pcap`. */
export function place({ device, node, file }: PlacePhrase): string {
  if (device === undefined) return node === undefined ? file : `${file} on ${node}`;
  return node === undefined ? `${device} in ${file}` : `${device} on ${node}`;
}

/** `line 3 of a.log`, with the interface before it where it is told. */
export function logPlace({ interfaceId, line, file }: LogPlacePhrase): string {
  const where = `line ${line} of ${file}`;
  return interfaceId === undefined ? where : `${interfaceId} (${where})`;
}

export function packets(count: number): string {
  return `${count} ${count === 1 ? 'packet' : 'packets'}`;
}

export function on(node: string | undefined): string {
  return node === undefined ? '' : ` on ${node}`;
}
