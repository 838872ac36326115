/** From the flows of a finished read to its conversations: stitch, learn who owns what, lay out. */
import type { FlowStage } from '../flow/observe.ts';
import { type StitchOptions, stitch } from '../flow/stitch.ts';
import { buildTopology } from '../topology/build.ts';
import type { Facts } from '../topology/facts.ts';
import { Conversations } from './conversations.ts';
import { NOTHING_TOLD } from './told.ts';
import { Vantages } from './vantage.ts';

export interface AnalyseOptions extends StitchOptions {
  /** What is known of the cluster beside the traffic, the most trusted first. */
  readonly facts?: readonly Facts[];
}

export function analyse(stage: FlowStage, options: AnalyseOptions = {}): Conversations {
  const stitching = stitch(stage, options);
  const topology = buildTopology(...(options.facts ?? []));
  const vantages = new Vantages(stage, topology);
  return new Conversations({ stage, stitching, topology, vantages }, NOTHING_TOLD);
}
