/** Whose network it is that carries the pods' packets between nodes, and by what that is known. */
import { confidenceOf } from '../../topology/facts.ts';
import type { Case } from '../case.ts';
import { encapsulationsOf } from '../encapsulation.ts';
import type { EvidenceRecord } from '../record.ts';

export function plugin(one: Case): EvidenceRecord[] {
  const [first] = one.run.topology.plugins;
  if (first === undefined || !crossesNodes(one)) return [];
  const { plugin: name, mode, why } = first;
  return [
    {
      rule: 'network-plugin',
      confidence: confidenceOf(first.score),
      sentence: { code: 'network-of-plugin', plugin: name, mode, why },
    },
  ];
}

/** In a tunnel, or between pods of two nodes. */
function crossesNodes({ client, hops, run, server }: Case): boolean {
  if (encapsulationsOf(run.stage, hops).length > 0) return true;
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return false;
  return run.topology.sameNode(client.owner.node, server.owner.node) === false;
}
