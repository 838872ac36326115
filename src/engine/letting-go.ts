/**
 * Flows of a capture that has no end: when the table is nearly full, those of conversations that were silent longest
 * make room. Their packets stay in lists as long as any are kept, and are then in no conversation.
 */
import type { FlowIndex } from '../base/units.ts';
import { CROWDED, ROOMY } from '../classify/running.ts';
import { type FlowTable, NO_FLOW } from '../flow/flow-table.ts';

export function isCrowded({ count, limit }: FlowTable): boolean {
  return count > CROWDED * limit;
}

export interface Room {
  /** By flow, its row once there is room again, in their order; NO_FLOW = it is let go of. */
  readonly newRow: Int32Array;
  /** Conversations let go of. */
  readonly conversations: number;
}

/** Flows of one conversation stay or go together; `conversationOf` yields -1 for a flow that is in none yet. */
export function rowsWithRoom(flows: FlowTable, conversationOf: (flow: FlowIndex) => number): Room {
  const { count, limit } = flows;
  const last = new Map<number, { last: number; readonly flows: FlowIndex[] }>();
  for (let f = 0; f < count; f++) {
    const c = conversationOf(f);
    const key = c < 0 ? -1 - f : c;
    const group = last.get(key);
    if (group === undefined) last.set(key, { last: flows.last(f), flows: [f] });
    else {
      group.last = Math.max(group.last, flows.last(f));
      group.flows.push(f);
    }
  }
  const newRow = new Int32Array(count);
  let left = count;
  let conversations = 0;
  for (const group of [...last.values()].sort((a, b) => a.last - b.last)) {
    if (left <= ROOMY * limit) break;
    for (const f of group.flows) newRow[f] = NO_FLOW;
    left -= group.flows.length;
    conversations++;
  }
  let kept = 0;
  for (let f = 0; f < count; f++) if (newRow[f] !== NO_FLOW) newRow[f] = kept++;
  return { newRow, conversations };
}
