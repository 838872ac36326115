/** Why addresses were rewritten on the way: what rule of the cluster asks for it. */

import type { EvidenceRecord, TranslationRecord } from '../record.ts';
import type { Subject } from '../subject.ts';
import { showEnd, showTuple } from '../wording.ts';

export function translations(one: Subject): EvidenceRecord[] {
  const proofs = one.told.map((nat) => ({
    rule: 'conntrack',
    confidence: 'certain' as const,
    text: `${nat.table.name}, line ${nat.line}: ${showTuple(nat.before)} became ${showTuple(nat.after)}`,
  }));
  return [
    ...one.translations.map((t) => (t.type === 'dnat' ? dnat(one, t) : snat(one, t))),
    ...proofs,
  ];
}

function dnat(one: Subject, t: TranslationRecord): EvidenceRecord {
  const what = `${showEnd(t.before.dst, t.before.dport)} became ${showEnd(t.after.dst, t.after.dport)}${on(t)}`;
  const match = one.run.topology.serviceAt(t.before.dst, t.before.dport, one.protocolName);
  if (match === undefined) {
    return { rule: 'dnat', confidence: 'certain', text: `the destination ${what}: DNAT` };
  }
  return {
    rule: 'dnat-service',
    confidence: 'certain',
    text: `the destination ${what}: the ${match.via} of ${match.service.namespace}/${match.service.name} was replaced by one of its endpoints`,
  };
}

function snat(one: Subject, t: TranslationRecord): EvidenceRecord {
  const what = `the source ${showEnd(t.before.src, t.before.sport)} became ${showEnd(t.after.src, t.after.sport)}${on(t)}`;
  return { rule: 'snat', confidence: 'certain', text: `${what}: ${reasonOf(one, t)}` };
}

function on(t: TranslationRecord): string {
  return t.node === null ? '' : ` on ${t.node}`;
}

function reasonOf(one: Subject, t: TranslationRecord): string {
  const { topology } = one.run;
  const before = topology.ownerOf(t.before.src, one.atSeconds);
  const target = topology.ownerOf(t.after.dst, one.atSeconds);
  const service = topology.serviceAt(one.tuples[0]!.dst, one.tuples[0]!.dport, one.protocolName);
  if (before.kind !== 'pod' && service !== undefined && service.via !== 'ClusterIP') {
    const policy = service.service.externalTrafficPolicy ?? 'Cluster';
    return `${service.via} of ${service.service.namespace}/${service.service.name} has externalTrafficPolicy ${policy}, so the reply must come back through this node`;
  }
  if (before.kind === 'pod' && t.before.src === t.after.dst) {
    return 'the pod reached itself through its own Service (hairpin), so the reply must pass the node';
  }
  const pool = topology.poolOf(t.before.src);
  if (pool?.natOutgoing === true && topology.poolOf(t.after.dst) === undefined) {
    return `${t.after.dst} is in no IP pool and ${pool.name ?? pool.cidr} has natOutgoing`;
  }
  const vpc = topology.rangesOf(t.before.src).find((range) => range.kind === 'vpc');
  if (vpc !== undefined && !topology.rangesOf(t.after.dst).some((r) => r.kind === 'vpc')) {
    return `${t.after.dst} is outside the VPC range ${vpc.cidr}, so the VPC CNI gives it the node's primary address`;
  }
  if (before.kind === 'pod' && target.kind !== 'pod') {
    return 'pod addresses mean nothing to the destination, so the node lends its own (masquerade)';
  }
  return 'masquerade, so that the reply comes back through the node';
}
