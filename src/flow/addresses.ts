/** The addresses and ports of a flow's row as text and numbers, for the stages that work per flow. */
import { showIpv4, showIpv6 } from '../base/address.ts';
import type { FlowIndex } from '../base/units.ts';
import { FAMILY_V6, type FlowTable } from './flow-table.ts';

const words = new DataView(new ArrayBuffer(16));

export function isIpv6(flows: FlowTable, f: FlowIndex): boolean {
  return (flows.kind(f) & 0xff00) === FAMILY_V6;
}

/** IP protocol number of the row. */
export function protocolOf(flows: FlowTable, f: FlowIndex): number {
  return flows.kind(f) & 0xff;
}

/** Address of the row's source (`side` 0) or destination (1), as text. */
export function addressOf(flows: FlowTable, f: FlowIndex, side: number): string {
  if (!isIpv6(flows, f)) return showIpv4(flows.addressWord(f, side, 3));
  for (let word = 0; word < 4; word++) words.setInt32(4 * word, flows.addressWord(f, side, word));
  return showIpv6(words, 0);
}

/** Port of the row's source (`side` 0) or destination (1). */
export function portOf(flows: FlowTable, f: FlowIndex, side: number): number {
  return side === 0 ? flows.ports(f) >>> 16 : flows.ports(f) & 0xffff;
}
