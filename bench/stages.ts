/**
 * What the stages of `netlens read` cost over a file, in one process: reading alone, reading with decoding and
 * flows, stitching. Prints one JSON object; the best of some rounds, as the machine has other work too.
 *
 *   node dist/bench/stages.js FILE [ROUNDS]
 */
import { FlowsStage } from '../src/cli/selection.ts';
import { FlowStage } from '../src/flow/observe.ts';
import { stitch } from '../src/flow/stitch.ts';
import { run, type Stage, Tally } from '../src/pipeline.ts';
import { openCaptures } from '../src/source/open.ts';
import { median } from './command.ts';

export interface StageCosts {
  readonly frames: number;
  /** Seconds: reading alone; with decoding and flows; stitching after that. */
  readonly read: number;
  readonly flows: number;
  readonly stitch: number;
  /** Stitching as a part of the pass before it, median of the rounds. */
  readonly stitchShare: number;
}

/** Takes every frame as it is: what remains is reading. */
const NOTHING: Stage = {
  wantsAll: false,
  take: () => {},
  takePlain: (_frames, _from, to) => to,
  flush: async () => true,
};

/** Seconds that passing the file through the stage takes. */
async function pass(file: string, stage: Stage, tally: Tally): Promise<number> {
  const { signal } = new AbortController();
  const begin = performance.now();
  const source = await openCaptures([file], { signal });
  await run(source, stage, tally, { filter: undefined, limit: Number.POSITIVE_INFINITY, signal });
  await source.close();
  return (performance.now() - begin) / 1000;
}

async function measure(file: string, rounds: number): Promise<StageCosts> {
  const best = { frames: 0, read: Infinity, flows: Infinity, stitch: Infinity };
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) {
    best.read = Math.min(best.read, await pass(file, NOTHING, new Tally()));
    const flows = new FlowStage();
    const tally = new Tally();
    const flowing = await pass(file, new FlowsStage(flows, undefined), tally);
    best.flows = Math.min(best.flows, flowing);
    best.frames = tally.frames;
    flows.finish();
    const begin = performance.now();
    stitch(flows);
    const stitching = (performance.now() - begin) / 1000;
    best.stitch = Math.min(best.stitch, stitching);
    shares.push(stitching / flowing);
  }
  return { ...best, stitchShare: median(shares) };
}

const [file, rounds = '5'] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: stages FILE [ROUNDS]');
process.stdout.write(`${JSON.stringify(await measure(file, Number(rounds)))}\n`);
