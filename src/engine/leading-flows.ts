/**
 * One line a packet instead of one a sighting: of each conversation the flow that saw most of it stands for all,
 * and where that saw one direction alone, the one that saw most of the other.
 */
import type { FlowTable } from '../flow/flow-table.ts';
import type { Grouping } from '../flow/grouping.ts';

/** By flow: 1 = its packets are shown, 0 = they are further sightings of packets that are. */
export function leadingFlows(flows: FlowTable, { start, members }: Grouping): Uint8Array {
  const leads = new Uint8Array(members.length);
  for (let c = 0; c + 1 < start.length; c++) {
    const from = start[c]!;
    const to = start[c + 1]!;
    const lead = mostOf(from, to, (m) => seen(m, 0) + seen(m, 1));
    leads[members[lead]! >> 1] = 1;
    if (to - from === 1) continue;
    for (const way of [0, 1] as const) {
      if (seen(lead, way) > 0) continue;
      const other = mostOf(from, to, (m) => (seen(m, 1 - way) === 0 ? seen(m, way) : 0));
      if (seen(other, way) > 0 && seen(other, 1 - way) === 0) leads[members[other]! >> 1] = 1;
    }
  }
  return leads;

  /** Packets of member m one way: the same way for all members of a conversation. */
  function seen(m: number, way: number): number {
    const member = members[m]!;
    return flows.packetsBy((member & ~1) + ((member & 1) ^ way));
  }
}

/** The first of [from, to) for which there is most. */
function mostOf(from: number, to: number, amount: (m: number) => number): number {
  let best = from;
  for (let m = from + 1; m < to; m++) if (amount(m) > amount(best)) best = m;
  return best;
}
