/** Whose network it is that carries the pods' packets between nodes, and by what that is known. */
import { confidenceOf } from '../../topology/facts.ts';
import type { Case } from '../case.ts';
import { encapsulationsOf } from '../encapsulation.ts';
import type { EvidenceRecord } from '../record.ts';

/** Plugins by the names that people give them. */
const NAMES: Readonly<Record<string, string>> = {
  antrea: 'Antrea',
  'aws-vpc-cni': 'the AWS VPC CNI',
  'azure-cni': 'Azure CNI',
  calico: 'Calico',
  canal: 'Canal (Calico with Flannel)',
  cilium: 'Cilium',
  contiv: 'Contiv',
  flannel: 'Flannel',
  gke: 'GKE',
  'kube-router': 'kube-router',
  ovn: 'OVN',
  weave: 'Weave Net',
};

export function plugin(one: Case): EvidenceRecord[] {
  const [first] = one.run.topology.plugins;
  if (first === undefined || !crossesNodes(one)) return [];
  const mode = first.mode === undefined ? '' : `, ${first.mode}`;
  const why = first.why === undefined ? '' : `: ${first.why}`;
  return [
    {
      rule: 'network-plugin',
      confidence: confidenceOf(first.score),
      text: `the network is that of ${NAMES[first.plugin] ?? first.plugin}${mode}${why}`,
    },
  ];
}

/** In a tunnel, or between pods of two nodes. */
function crossesNodes({ client, hops, run, server }: Case): boolean {
  if (encapsulationsOf(run.stage, hops).length > 0) return true;
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return false;
  return run.topology.sameNode(client.owner.node, server.owner.node) === false;
}
