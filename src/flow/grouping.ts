/**
 * Which flows are one conversation. Conversation c has the members [start[c], start[c + 1]) of
 * `members`, each 2 * flow, plus 1 when the flow runs the other way round than the first member.
 * Conversations are in order of their first frame, and so are the members of each.
 */
import type { FlowTable } from './flow-table.ts';

export interface Grouping {
  readonly count: number;
  readonly start: Int32Array;
  readonly members: Int32Array;
}

/** Every flow a conversation of its own. */
export function ungrouped(flows: FlowTable): Grouping {
  const start = new Int32Array(flows.count + 1);
  const members = new Int32Array(flows.count);
  for (let f = 0; f < flows.count; f++) {
    start[f + 1] = f + 1;
    members[f] = 2 * f;
  }
  return { count: flows.count, start, members };
}
