/** Places, tuples and sizes that sentences of the evidence speak of. */
import type { Hop } from '../flow/journey.ts';
import type { PlacePhrase } from '../words/sentences/phrases.ts';
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

/** Where the hop was seen, for sentences. */
export function placeOf(one: Case, hop: Hop): PlacePhrase {
  const { stage, vantages } = one.run;
  const place = stage.flows.place(hop.flow);
  const path = stage.places.list[place]!.capture.file;
  return {
    device: stage.places.nameOf(place),
    node: vantages.at(place)?.node,
    file: path.slice(path.lastIndexOf('/') + 1),
  };
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
