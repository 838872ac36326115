/**
 * Which flows are one conversation. Conversation c has the members [start[c], start[c + 1]) of
 * `members`, each 2 * flow, plus 1 when the flow runs the other way round than the first member.
 * Conversations are in order of their first frame, and so are the members of each.
 */
export interface Grouping {
  readonly count: number;
  readonly start: Int32Array;
  readonly members: Int32Array;
}
