/** What a flow stage has counted, as plain numbers to compare. */
import type { FlowStage } from '../../src/flow/observe.ts';

/** A row of the table without its addresses: each direction's counts, from its source on. */
export interface PlainFlow {
  readonly packets: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly payload: readonly [number, number];
  readonly repeats: number;
}

export function describeFlows({ flows }: FlowStage): PlainFlow[] {
  const rows: PlainFlow[] = [];
  for (let f = 0; f < flows.count; f++) {
    rows.push({
      packets: [flows.packetsBy(2 * f), flows.packetsBy(2 * f + 1)],
      bytes: [flows.bytesBy(2 * f), flows.bytesBy(2 * f + 1)],
      payload: [flows.payloadBy(2 * f), flows.payloadBy(2 * f + 1)],
      repeats: flows.repeats(f),
    });
  }
  return rows;
}

/** Where the frames went; `total` is all of them. */
export function packetsCounted(stage: FlowStage): Record<string, number> {
  let inRows = 0;
  let repeats = 0;
  for (const flow of describeFlows(stage)) {
    inRows += flow.packets[0] + flow.packets[1];
    repeats += flow.repeats;
  }
  const { nonIp, untracked, orphanFragments } = stage;
  const total = inRows + repeats + nonIp + untracked + orphanFragments;
  return { inRows, repeats, nonIp, untracked, orphanFragments, total };
}
