/** What a run of `netlens read` makes of its frames: the stage they pass, and the result at the end. */
import type { Ledger } from '../classify/record.ts';
import { FLOWS_MAX_DEFAULT, type FlowStage } from '../flow/observe.ts';
import type { Stage } from '../pipeline.ts';
import type { Source } from '../source/source.ts';
import { countOf } from '../view/amounts.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Names } from '../view/names.ts';
import type { Output } from '../view/output.ts';
import type { ReadOptions } from './read-options.ts';
import { CountStage, FlowsStage, FrameLinesStage } from './stages.ts';

export interface Task {
  readonly stage: Stage;
  /** No more frames come: show the result. Yields the whole ledger. */
  finish(counted: Partial<Ledger>): Promise<Ledger>;
  /** The result ended with the ledger already. */
  readonly showsLedger: boolean;
  /** The ledger speaks of conversations too. */
  readonly conversations: boolean;
}

const NOTHING_READ: Ledger = {
  files: 0,
  frames: 0,
  matched: 0,
  bytes: 0,
  truncated: 0,
  malformed: 0,
  tooDeep: 0,
  unknownLinktypes: {},
  nonIp: 0,
  orphanFragments: 0,
  captureDrops: -1,
  flows: 0,
  conversations: 0,
  evictedFlows: 0,
  untrackedFrames: 0,
  damage: [],
};

/** The task that the options ask for. */
export async function taskOf(
  options: ReadOptions,
  source: Source,
  output: Output,
  files: number,
): Promise<Task> {
  if (options.count) return countTask(output);
  if (options.frames) return frameLinesTask(options, source, output, files);
  return conversationsTask(options, source, output);
}

function countTask(output: Output): Task {
  return {
    stage: new CountStage(),
    showsLedger: false,
    conversations: false,
    async finish(counted): Promise<Ledger> {
      const ledger = { ...NOTHING_READ, ...counted };
      const text = `${countOf(ledger.matched, 'packet').replaceAll(',', '')}\n`;
      await output.write(new TextEncoder().encode(text));
      return ledger;
    },
  };
}

async function frameLinesTask(
  options: ReadOptions,
  source: Source,
  output: Output,
  files: number,
): Promise<Task> {
  const { FrameLines } = await import('../view/frames/line.ts');
  const names = options.names ? new Names(source.names) : undefined;
  const lines = new FrameLines({ ...options, names, files: files > 1 });
  return {
    stage: new FrameLinesStage(lines, output),
    showsLedger: false,
    conversations: false,
    finish: async (counted) => ({ ...NOTHING_READ, ...counted }),
  };
}

async function conversationsTask(
  options: ReadOptions,
  source: Source,
  output: Output,
): Promise<Task> {
  const { FlowStage } = await import('../flow/observe.ts');
  const flows: FlowStage = new FlowStage(options.maxFlows ?? FLOWS_MAX_DEFAULT);
  const showsLedger = options.format === 'table' || options.format === 'text';
  return {
    stage: new FlowsStage(flows),
    showsLedger,
    conversations: true,
    async finish(counted): Promise<Ledger> {
      const { showConversations } = await import('./conversations.ts');
      flows.finish();
      const { conversations, ledger } = await showConversations(flows, options, source, output);
      const whole: Ledger = {
        ...NOTHING_READ,
        ...counted,
        ...ledger,
        conversations,
      };
      if (showsLedger) await output.write(new TextEncoder().encode(showLedger(whole, true)));
      return whole;
    },
  };
}
