/** Capture files read whole: their conversations, and what they show of a cluster. */
import { type AnalyseOptions, analyse } from '../classify/analyse.ts';
import { withNotes } from '../classify/capture-knowledge.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { ConversationRecord, Ledger } from '../classify/record.ts';
import type { Filter } from '../filter/filter.ts';
import { FlowStage } from '../flow/observe.ts';
import { run, Tally } from '../pipeline.ts';
import { openCaptures } from '../source/open.ts';
import type { Topology } from '../topology/topology.ts';
import { takeSignals } from './interrupt.ts';
import { nodeAndPath } from './knowledge.ts';
import { FlowsStage } from './selection.ts';

export interface CaptureFiles {
  readonly files: readonly string[];
  /** Node names by file; undefined where the user gave none. */
  readonly nodes: readonly (string | undefined)[];
}

export interface Learned {
  readonly conversations: Conversations;
  /** Whether the filter chooses conversation c; every one without a filter. */
  readonly chooses: (c: number) => boolean;
  /** Conversation c, a fresh object. */
  readonly recordOf: (c: number) => ConversationRecord;
  /** Of what every read counts, and of the flows. */
  readonly ledger: Partial<Ledger>;
}

/** Read the captures to their end or until the signal; without any, only what is known beside them. */
export async function readWhole(
  { files, nodes }: CaptureFiles,
  knowledge: AnalyseOptions,
  signal: AbortSignal,
  filter?: Filter,
): Promise<Learned> {
  const source = files.length === 0 ? undefined : await openCaptures(files, { nodes, signal });
  const stage = new FlowsStage(new FlowStage(), filter);
  const { flows } = stage;
  const tally = new Tally();
  const options = { filter: stage.frameFilter, limit: Number.POSITIVE_INFINITY, signal };
  if (source !== undefined) await run(source, stage, tally, options);
  flows.finish();
  const conversations = analyse(
    flows,
    source === undefined ? knowledge : await withNotes(knowledge, source),
  );
  const ledger = {
    ...(source === undefined ? {} : tally.ledgerOf(source)),
    nonIp: flows.nonIp,
    orphanFragments: flows.orphanFragments,
    flows: flows.flows.count,
    conversations: conversations.count,
    untrackedFrames: flows.untracked,
    ...conversations.joins(),
  };
  await source?.close();
  const recordOf = (c: number): ConversationRecord => conversations.record(c);
  const chooses = (c: number): boolean => stage.chooses(conversations, c, recordOf);
  return { conversations, chooses, recordOf, ledger };
}

/**
 * Read the captures (`FILE` or `NODE=FILE`), or flow logs, to their end, or to Ctrl-C; `damage` holds a line
 * for each that ended early. `flowLogFormat`: as --flow-log-format has it.
 */
export async function learnFromCaptures(
  captures: readonly string[],
  knowledge: AnalyseOptions,
  flowLogFormat: string | undefined,
): Promise<{ topology: Topology; damage: readonly string[] }> {
  const inputs = captures.map((word) => nodeAndPath(word));
  const interrupt = takeSignals();
  const files = {
    files: inputs.map(({ path }) => path),
    nodes: inputs.map(({ node }) => node),
  };
  const logs = await import('./flow-logs.ts');
  if (await logs.areFlowLogs({ flowLogFormat }, files.files)) {
    const learned = await logs.learnFromFlowLogs(
      files.files,
      { flowLogFormat },
      knowledge,
      interrupt.signal,
    );
    interrupt.release();
    return learned;
  }
  const { conversations, ledger } = await readWhole(files, knowledge, interrupt.signal);
  interrupt.release();
  return { topology: conversations.run.topology, damage: ledger.damage ?? [] };
}
