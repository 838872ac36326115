/** What capture files show of a cluster, put together with what other sources say. */
import { type AnalyseOptions, analyse } from '../classify/analyse.ts';
import { FlowStage } from '../flow/observe.ts';
import { run, type Stage, Tally } from '../pipeline.ts';
import { openCaptures } from '../source/open.ts';
import type { Topology } from '../topology/topology.ts';
import { takeSignals } from './interrupt.ts';
import { nodeAndPath } from './knowledge.ts';

/** Read the captures (`FILE` or `NODE=FILE`) to their end, or to Ctrl-C; `damage` holds a line for each that ended early. */
export async function learnFromCaptures(
  captures: readonly string[],
  knowledge: AnalyseOptions,
): Promise<{ topology: Topology; damage: readonly string[] }> {
  const inputs = captures.map((word) => nodeAndPath(word));
  const interrupt = takeSignals();
  const source = await openCaptures(
    inputs.map(({ path }) => path),
    { nodes: inputs.map(({ node }) => node), signal: interrupt.signal },
  );
  const flows = new FlowStage();
  const stage: Stage = {
    wantsAll: true,
    take: (packet, frames, i) => flows.observe(packet, frames, i),
    flush: async () => true,
  };
  const options = { filter: undefined, limit: Number.POSITIVE_INFINITY, signal: interrupt.signal };
  await run(source, stage, new Tally(), options);
  flows.finish();
  const names = source.names.map((record) => ({ kind: 'name' as const, ...record }));
  const { topology } = analyse(flows, { ...knowledge, names }).run;
  const damage = source.damage.map(({ message }) => message);
  await source.close();
  interrupt.release();
  return { topology, damage };
}
