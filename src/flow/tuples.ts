/** Comparing the 5-tuples of two flows' rows, whichever way round each runs. */
import type { FlowIndex } from '../base/units.ts';
import { mix } from './fingerprints.ts';
import type { FlowTable } from './flow-table.ts';

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
    flows.kind[a] === flows.kind[b] &&
    isSameEnd(flows, a, 0, b, turned) &&
    isSameEnd(flows, a, 1, b, 1 - turned)
  );
}

/** The same for a tuple and its reverse; alike for flows that differ in place or encapsulation only. */
export function tupleHash(flows: FlowTable, f: FlowIndex): number {
  const src = mix(flows.src3[f]!, flows.src2[f]! ^ flows.src1[f]! ^ flows.src0[f]!);
  const dst = mix(flows.dst3[f]!, flows.dst2[f]! ^ flows.dst1[f]! ^ flows.dst0[f]!);
  const sport = flows.ports[f]! >>> 16;
  const dport = flows.ports[f]! & 0xffff;
  return mix(mix(src, sport) + mix(dst, dport), flows.kind[f]!);
}

export function isSameAddress(
  flows: FlowTable,
  a: FlowIndex,
  sideA: number,
  b: FlowIndex,
  sideB: number,
): boolean {
  const isSrcA = sideA === 0;
  const isSrcB = sideB === 0;
  return (
    (isSrcA ? flows.src3 : flows.dst3)[a] === (isSrcB ? flows.src3 : flows.dst3)[b] &&
    (isSrcA ? flows.src2 : flows.dst2)[a] === (isSrcB ? flows.src2 : flows.dst2)[b] &&
    (isSrcA ? flows.src1 : flows.dst1)[a] === (isSrcB ? flows.src1 : flows.dst1)[b] &&
    (isSrcA ? flows.src0 : flows.dst0)[a] === (isSrcB ? flows.src0 : flows.dst0)[b]
  );
}

function isSamePort(
  flows: FlowTable,
  a: FlowIndex,
  sideA: number,
  b: FlowIndex,
  sideB: number,
): boolean {
  const portA = sideA === 0 ? flows.ports[a]! >>> 16 : flows.ports[a]! & 0xffff;
  const portB = sideB === 0 ? flows.ports[b]! >>> 16 : flows.ports[b]! & 0xffff;
  return portA === portB;
}
