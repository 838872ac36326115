/** The account of a run: what was read, what was lost, what was left alone. */
import type { FlowStage } from '../flow/observe.ts';
import type { Ledger } from './record.ts';

/** What the reader knows and the flow stage does not. */
export interface RunFacts {
  readonly files: number;
  readonly frames: number;
  readonly wireBytes: number;
  /** Frames lost before the files were written; -1 = no file says. */
  readonly captureDrops: number;
  readonly damage: readonly string[];
}

export function ledgerOf(stage: FlowStage, conversations: number, run: RunFacts): Ledger {
  const unknownLinktypes: Record<string, number> = {};
  for (const [linktype, frames] of stage.unknownLinktypes) unknownLinktypes[linktype] = frames;
  return {
    files: run.files,
    frames: run.frames,
    matched: stage.frames,
    bytes: run.wireBytes,
    truncated: stage.truncated,
    malformed: stage.malformed,
    tooDeep: stage.tooDeep,
    unknownLinktypes,
    nonIp: stage.nonIp,
    orphanFragments: stage.orphanFragments,
    captureDrops: run.captureDrops,
    flows: stage.flows.count,
    conversations,
    evictedFlows: 0,
    untrackedFrames: stage.untracked,
    damage: [...run.damage],
  };
}
