/** Diagrams of a fixture as text: its topology, and the journey of the conversation seen at most places. */
import type { ConversationRecord } from '../../src/classify/record.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { noFacts } from '../../src/topology/facts.ts';
import { clusterModel } from '../../src/view/diagram/cluster-model.ts';
import { ClusterTraffic } from '../../src/view/diagram/cluster-traffic.ts';
import { journeyMermaid } from '../../src/view/diagram/journey-mermaid.ts';
import { journeySvg } from '../../src/view/diagram/journey-svg.ts';
import { topologyMermaid } from '../../src/view/diagram/topology-mermaid.ts';
import { topologySvg } from '../../src/view/diagram/topology-svg.ts';

/** By file name, of all conversations of a capture. */
export function picturesOf(records: readonly ConversationRecord[]): Map<string, string> {
  const richness = ({ hops, translations }: ConversationRecord): number =>
    hops.length + translations.length;
  const record = records.reduce((best, one) => (richness(one) > richness(best) ? one : best));
  const traffic = new ClusterTraffic();
  for (const one of records) traffic.add(one);
  const cluster = clusterModel(buildTopology(noFacts()), traffic);
  return new Map([
    ['topology.svg', topologySvg(cluster, { language: 'en', theme: 'light' })],
    ['topology.mmd', topologyMermaid(cluster, 'en')],
    ['journey.svg', journeySvg(record, { language: 'en', theme: 'light' })],
    ['journey.ko.svg', journeySvg(record, { language: 'ko', theme: 'dark' })],
    ['journey.mmd', journeyMermaid(record, 'en')],
  ]);
}
