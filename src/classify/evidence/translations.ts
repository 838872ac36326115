/** Why addresses were rewritten on the way: what rule of the cluster asks for it. */

import type { Sentence } from '../../words/sentence.ts';
import type { EvidenceRecord, TranslationRecord } from '../record.ts';
import type { Subject } from '../subject.ts';
import { showEnd, showTuple } from '../wording.ts';

export function translations(one: Subject): EvidenceRecord[] {
  const proofs = one.told.map((nat) => ({
    rule: 'conntrack',
    confidence: 'certain' as const,
    sentence: {
      code: 'conntrack-line' as const,
      table: nat.table.name,
      line: nat.line,
      before: showTuple(nat.before),
      after: showTuple(nat.after),
    },
  }));
  return [
    ...one.translations.map((t) => (t.type === 'dnat' ? dnat(one, t) : snat(one, t))),
    ...proofs,
  ];
}

function dnat(one: Subject, { before, after, node }: TranslationRecord): EvidenceRecord {
  const change = {
    from: showEnd(before.dst, before.dport),
    to: showEnd(after.dst, after.dport),
    node: node ?? undefined,
  };
  const match = one.run.topology.serviceAt(before.dst, before.dport, one.protocolName);
  if (match === undefined) {
    return { rule: 'dnat', confidence: 'certain', sentence: { code: 'dnat', ...change } };
  }
  const { via, service } = match;
  const name = `${service.namespace}/${service.name}`;
  return {
    rule: 'dnat-service',
    confidence: 'certain',
    sentence: { code: 'dnat-of-service', ...change, via, service: name },
  };
}

function snat(one: Subject, t: TranslationRecord): EvidenceRecord {
  const { before, after, node } = t;
  const sentence: Sentence = {
    code: 'snat',
    from: showEnd(before.src, before.sport),
    to: showEnd(after.src, after.sport),
    node: node ?? undefined,
    why: reasonOf(one, t),
  };
  return { rule: 'snat', confidence: 'certain', sentence };
}

function reasonOf(one: Subject, t: TranslationRecord): Sentence {
  const { topology } = one.run;
  const before = topology.ownerOf(t.before.src, one.atSeconds);
  const target = topology.ownerOf(t.after.dst, one.atSeconds);
  const match = topology.serviceAt(one.tuples[0]!.dst, one.tuples[0]!.dport, one.protocolName);
  if (before.kind !== 'pod' && match !== undefined && match.via !== 'ClusterIP') {
    const { via, service } = match;
    const name = `${service.namespace}/${service.name}`;
    const policy = service.externalTrafficPolicy ?? 'Cluster';
    return { code: 'snat-for-policy', via, service: name, policy };
  }
  if (before.kind === 'pod' && t.before.src === t.after.dst) return { code: 'snat-for-hairpin' };
  const ip = t.after.dst;
  const pool = topology.poolOf(t.before.src);
  if (pool?.natOutgoing === true && topology.poolOf(ip) === undefined) {
    return { code: 'snat-out-of-pool', ip, pool: pool.name ?? pool.cidr };
  }
  const vpc = topology.rangesOf(t.before.src).find((range) => range.kind === 'vpc');
  if (vpc !== undefined && !topology.rangesOf(ip).some((r) => r.kind === 'vpc')) {
    return { code: 'snat-out-of-vpc', ip, cidr: vpc.cidr };
  }
  const isPodAlone = before.kind === 'pod' && target.kind !== 'pod';
  return { code: isPodAlone ? 'snat-of-pod' : 'snat-for-reply' };
}
