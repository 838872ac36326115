/** Frames by words of whole conversations: a first read finds the conversations, a second their frames. */
import { type AnalyseOptions, analyse } from '../classify/analyse.ts';
import { withNotes } from '../classify/capture-knowledge.ts';
import type { ConversationRecord } from '../classify/record.ts';
import type { Filter } from '../filter/filter.ts';
import { FlowStage } from '../flow/observe.ts';
import { type FrameFilter, run, Tally } from '../pipeline.ts';
import type { Source } from '../source/source.ts';
import { FlowsStage } from './selection.ts';

export interface ChoiceOptions {
  readonly maxFlows: number | undefined;
  readonly knowledge: AnalyseOptions;
  readonly signal: AbortSignal;
}

/** What a first read has found of each frame: to be asked in the second. */
export interface FirstRead {
  /** Asked of every frame in order: it follows the flows as the first read did. */
  readonly filter: FrameFilter;
  /** The conversation of the frame that was asked last, -1 = it is in none. */
  readonly conversation: () => number;
  readonly record: (conversation: number) => ConversationRecord;
}

/** Read the source to its end, for another source of the same files; without a filter every frame matches. */
export async function firstRead(
  source: Source,
  filter: Filter | undefined,
  options: ChoiceOptions,
): Promise<FirstRead> {
  const { signal, knowledge } = options;
  const stage = new FlowsStage(new FlowStage(options.maxFlows), filter);
  const limit = Number.POSITIVE_INFINITY;
  await run(source, stage, new Tally(), { filter: stage.frameFilter, limit, signal });
  await source.close();
  stage.flows.finish();
  const conversations = analyse(stage.flows, await withNotes(knowledge, source));
  const recordOf = (c: number): ConversationRecord => conversations.record(c);
  const { start, members, conversationOf } = conversations.run.stitching;
  const chosen = new Uint8Array(stage.flows.flows.count);
  for (let c = 0; c < conversations.count; c++) {
    if (!stage.chooses(conversations, c, recordOf)) continue;
    for (let m = start[c]!; m < start[c + 1]!; m++) chosen[members[m]! >> 1] = 1;
  }
  const again = new FlowStage(options.maxFlows);
  return {
    filter: (packet, frames, i) => {
      again.observe(packet, frames, i);
      if (filter?.needsConversation !== true) return filter?.frame(packet, frames, i) ?? true;
      return again.row >= 0 && chosen[again.row] === 1;
    },
    conversation: () => (again.row >= 0 ? (conversationOf[again.row] ?? -1) : -1),
    record: recordOf,
  };
}
