/** Comparing the 5-tuples of two flows' rows, whichever way round each runs. */
import type { FlowIndex } from '../base/units.ts';
import { mix } from './fingerprints.ts';
import { FAMILY_V6, type FlowTable } from './flow-table.ts';

/** Whether end `sideA` of flow a (0 = source, 1 = destination) is end `sideB` of b: address and port. */
export function isSameEnd(
  flows: FlowTable,
  a: FlowIndex,
  sideA: number,
  b: FlowIndex,
  sideB: number,
): boolean {
  return isSamePort(flows, a, sideA, b, sideB) && isSameAddress(flows, a, sideA, b, sideB);
}

/** Same tuple, when b runs the other way round if `turned` is 1. */
export function isSameTuple(flows: FlowTable, a: FlowIndex, b: FlowIndex, turned: number): boolean {
  return (
    flows.kind(a) === flows.kind(b) &&
    isSameEnd(flows, a, 0, b, turned) &&
    isSameEnd(flows, a, 1, b, 1 - turned)
  );
}

export function isSameAddress(
  flows: FlowTable,
  a: FlowIndex,
  sideA: number,
  b: FlowIndex,
  sideB: number,
): boolean {
  return (
    flows.addressWord(a, sideA, 3) === flows.addressWord(b, sideB, 3) &&
    flows.addressWord(a, sideA, 2) === flows.addressWord(b, sideB, 2) &&
    flows.addressWord(a, sideA, 1) === flows.addressWord(b, sideB, 1) &&
    flows.addressWord(a, sideA, 0) === flows.addressWord(b, sideB, 0)
  );
}

/** Alike for ends of one address, port and protocol: `side` 0 the source, 1 the destination. */
export function endHash(flows: FlowTable, f: FlowIndex, side: number): number {
  const port = side === 0 ? flows.ports(f) >>> 16 : flows.ports(f) & 0xffff;
  return mix(mix(addressHash(flows, f, side), port), flows.kind(f));
}

function addressHash(flows: FlowTable, f: FlowIndex, side: number): number {
  if ((flows.kind(f) & FAMILY_V6) !== FAMILY_V6) return mix(flows.addressWord(f, side, 3), 0);
  const upper =
    flows.addressWord(f, side, 0) ^ flows.addressWord(f, side, 1) ^ flows.addressWord(f, side, 2);
  return mix(flows.addressWord(f, side, 3), upper);
}

function isSamePort(
  flows: FlowTable,
  a: FlowIndex,
  sideA: number,
  b: FlowIndex,
  sideB: number,
): boolean {
  const portA = sideA === 0 ? flows.ports(a) >>> 16 : flows.ports(a) & 0xffff;
  const portB = sideB === 0 ? flows.ports(b) >>> 16 : flows.ports(b) & 0xffff;
  return portA === portB;
}
