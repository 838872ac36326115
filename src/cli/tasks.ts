/** What a run of `netlens read` makes of its frames: the stage they pass, and the result at the end. */

import type { AnalyseOptions } from '../classify/analyse.ts';
import type { Ledger } from '../classify/record.ts';
import type { Filter } from '../filter/filter.ts';
import { type FrameFilter, NOTHING_READ, type Stage } from '../pipeline.ts';
import type { Source } from '../source/source.ts';
import { showLedger } from '../view/ledger-text.ts';
import { type Lookup, namesIn } from '../view/names.ts';
import type { Output } from '../view/output.ts';
import type { FirstRead } from './chosen-frames.ts';
import type { ReadOptions } from './read-options.ts';

export interface Task {
  readonly stage: Stage;
  /** Which frames match, for the count; undefined = all. */
  readonly filter: FrameFilter | undefined;
  /** No more frames come: show the result. Yields the whole ledger. */
  finish(counted: Partial<Ledger>): Promise<Ledger>;
  /** The result ended with the ledger already. */
  readonly showsLedger: boolean;
}

/** What a task needs to know of the run. */
export interface TaskContext {
  readonly options: ReadOptions;
  /** What is known of the cluster beside the captures. */
  readonly knowledge: AnalyseOptions;
  readonly source: Source;
  readonly output: Output;
  readonly filter: Filter | undefined;
  /** As given. */
  readonly files: readonly string[];
}

/** Which frames: undefined = all; and what a first read found of them. */
export type Choice = FirstRead | { readonly filter: FrameFilter | undefined };

/** The task that the options ask for; of frames, those that the choice lets through. */
export async function taskOf(context: TaskContext, choice: Choice): Promise<Task> {
  const { options } = context;
  const { filter: frameFilter } = choice;
  if (options.write !== undefined) return writeTask(options.write, context, choice);
  if (options.count) return countTask(context, frameFilter);
  if (options.frames) return framesTask(context, frameFilter);
  return conversationsTask(context);
}

async function countTask({ output }: TaskContext, filter: FrameFilter | undefined): Promise<Task> {
  const { CountStage } = await import('./stages.ts');
  return {
    stage: new CountStage(),
    filter,
    showsLedger: false,
    async finish(counted): Promise<Ledger> {
      const ledger = { ...NOTHING_READ, ...counted };
      const text = `${ledger.matched} ${ledger.matched === 1 ? 'packet' : 'packets'}\n`;
      await output.write(new TextEncoder().encode(text));
      return ledger;
    },
  };
}

async function writeTask(
  file: string,
  { options, source, files, knowledge }: TaskContext,
  choice: Choice,
): Promise<Task> {
  const { openWriter } = await import('./open-writers.ts');
  const { WriteStage } = await import('./write-stage.ts');
  const { version } = await import('./version.ts');
  const { CaptureNotes } = await import('./capture-notes.ts');
  const { commentsOf } = await import('./frame-comments.ts');
  const { interfaces, sections = [] } = source;
  const notes = new CaptureNotes();
  if (isKnown(knowledge)) notes.know(knowledge.facts ?? []);
  const { names, snapshots } = notes;
  const contents = { interfaces, sections, names, snapshots };
  const application = `netlens ${version()}`;
  const writing = { contents, inputs: files, application };
  const writer = await openWriter(file, writing, options.rotation);
  let named = 0;
  const knows = options.annotate && 'record' in choice;
  const annotate = knows ? commentsOf(choice) : undefined;
  const beforeFlush = (): void => {
    named = notes.follow(source.names, named);
  };
  const stage = new WriteStage(writer, { annotate, beforeFlush });
  return {
    stage,
    filter: choice.filter,
    showsLedger: false,
    async finish(counted): Promise<Ledger> {
      const { withNotes } = await import('../classify/capture-knowledge.ts');
      const known = await withNotes(knowledge, source);
      if (isKnown(known)) {
        notes.know(known.facts ?? []);
        notes.keep(known.conntrackTables ?? []);
      }
      await stage.close();
      return { ...NOTHING_READ, ...counted };
    },
  };
}

/** Something is known of the cluster beside the frames. */
function isKnown({ facts = [], conntrackTables = [] }: AnalyseOptions): boolean {
  return facts.length + conntrackTables.length > 0;
}

async function framesTask(
  { options, knowledge, source, output, files }: TaskContext,
  filter: FrameFilter | undefined,
): Promise<Task> {
  const { FrameJsonStage, FrameLinesStage } = await import('./stages.ts');
  let stage: Stage;
  if (options.format === 'jsonl') stage = new FrameJsonStage(output);
  else {
    const { FrameLines } = await import('../view/frames/line.ts');
    const { Names } = await import('../view/names.ts');
    const names = options.names ? new Names(source.names, await lookupIn(knowledge)) : undefined;
    const lines = new FrameLines({ ...options, names, files: files.length > 1 });
    stage = new FrameLinesStage(lines, output, names);
  }
  return {
    stage,
    filter,
    showsLedger: false,
    finish: async (counted) => ({ ...NOTHING_READ, ...counted }),
  };
}

/** Names by what is known of the cluster; undefined when nothing is. */
async function lookupIn({ facts }: AnalyseOptions): Promise<Lookup | undefined> {
  if (facts === undefined || facts.length === 0) return undefined;
  const { buildTopology } = await import('../topology/build.ts');
  return namesIn(buildTopology(...facts));
}

async function conversationsTask(context: TaskContext): Promise<Task> {
  const { options, output, filter } = context;
  const { FlowStage } = await import('../flow/observe.ts');
  const { FlowsStage } = await import('./selection.ts');
  const stage = new FlowsStage(new FlowStage(options.maxFlows), filter);
  const showsLedger = options.format !== 'jsonl' && options.format !== 'csv';
  return {
    stage,
    filter: stage.frameFilter,
    showsLedger,
    async finish(counted): Promise<Ledger> {
      const { showConversations } = await import('./conversations.ts');
      const ledger = {
        ...NOTHING_READ,
        ...counted,
        ...(await showConversations(stage, context)),
      };
      if (showsLedger) await output.write(new TextEncoder().encode(showLedger(ledger)));
      return ledger;
    },
  };
}
