/** Places and tuples in the words of the evidence. */
import type { Hop } from '../flow/journey.ts';
import type { Case } from './case.ts';
import type { TupleRecord } from './record.ts';

/** Outer IPv4 20; VXLAN and Geneve without options UDP 8, header 8, inner Ethernet 14 more; GRE 4. */
const OVERHEAD: ReadonlyMap<string, number> = new Map([
  ['ipip', 20],
  ['6in4', 20],
  ['gre', 24],
  ['vxlan', 50],
  ['geneve', 50],
]);

/** `cali0761ccbeace on k8s-w1`, `eth0 in k8s-w1.eth0.pcap`. */
export function showPlace(one: Case, hop: Hop): string {
  const { stage, vantages } = one.run;
  const place = stage.flows.place(hop.flow);
  const name = stage.places.nameOf(place);
  const node = vantages.at(place)?.node;
  const path = stage.places.list[place]!.capture.file;
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (name === undefined) return node === undefined ? file : `${file} on ${node}`;
  return node === undefined ? `${name} in ${file}` : `${name} on ${node}`;
}

/** `10.0.0.1:40000 > 10.96.0.10:53`; IPv6 addresses in brackets. */
export function showTuple(tuple: TupleRecord): string {
  return `${showEnd(tuple.src, tuple.sport)} > ${showEnd(tuple.dst, tuple.dport)}`;
}

export function showEnd(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Bytes that a tunnel adds to each packet over IPv4, undefined where it depends. */
export function overheadOf(tunnel: string): number | undefined {
  return OVERHEAD.get(tunnel);
}
