/**
 * Hops that are one sighting told by two captures: `any` and a device's own capture, running side by
 * side on a node, both hold the packet. A diagram shows the place once.
 */

import type { EncapsulationRecord, HopRecord } from '../../classify/record.ts';
import { isSameTuple } from '../../classify/rewrites.ts';

/** Two taps of one device stamp a packet within this; forwarding alone takes longer than most of it. */
const SAME_MOMENT_US = 25;

export interface Place {
  /** The hop by whose name the place goes. */
  readonly hop: HopRecord;
  /** Other captures that hold the same packets there. */
  readonly also: readonly HopRecord[];
  readonly node: string | null;
}

/** The places of a journey in order, each once. */
export function placesOf(hops: readonly HopRecord[]): Place[] {
  const partner = pairs(hops);
  const taken = new Set(partner.values());
  const places: Place[] = [];
  hops.forEach((hop, i) => {
    if (taken.has(i)) return;
    const other = partner.get(i);
    const also = other === undefined ? [] : [hops[other]!];
    places.push({ hop, also, node: hop.node ?? also[0]?.node ?? null });
  });
  return places;
}

/** Index of a named hop to that of the nameless one which is the same sighting. */
function pairs(hops: readonly HopRecord[]): Map<number, number> {
  const partner = new Map<number, number>();
  const done = new Set<number>();
  hops.forEach((hop, i) => {
    if (done.has(i)) return;
    const alike: number[] = [];
    for (let j = i; j < hops.length; j++) {
      if (!done.has(j) && isAlike(hop, hops[j]!)) alike.push(j);
    }
    for (const j of alike) done.add(j);
    const nameless = alike.filter((j) => !isNamed(hops[j]!));
    const named = alike.filter((j) => isNamed(hops[j]!));
    // in order, one for one; where a device has but one of the two captures nobody can say which
    if (nameless.length !== named.length) return;
    const fits = named.every((n, k) => isSameMoment(hops[n]!, hops[nameless[k]!]!));
    if (fits) named.forEach((n, k) => void partner.set(n, nameless[k]!));
  });
  return partner;
}

function isNamed({ interface: name }: HopRecord): boolean {
  return name !== null && !name.startsWith('#');
}

/** The same headers at the same distance, possibly on one node. */
function isAlike(a: HopRecord, b: HopRecord): boolean {
  return (
    a.ttl === b.ttl &&
    (a.node === null || b.node === null || a.node === b.node) &&
    isSameTuple(a.tuple, b.tuple) &&
    isSameTunnel(a.encapsulation, b.encapsulation)
  );
}

function isSameMoment(a: HopRecord, b: HopRecord): boolean {
  return a.file !== b.file && Math.abs(a.offsetUs - b.offsetUs) <= SAME_MOMENT_US;
}

export function isSameTunnel(
  a: EncapsulationRecord | null,
  b: EncapsulationRecord | null,
): boolean {
  if (a === null || b === null) return a === b;
  return a.type === b.type && a.outer.src === b.outer.src && a.outer.dst === b.outer.dst;
}
