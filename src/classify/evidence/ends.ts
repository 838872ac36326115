/** Whose the two ends' addresses are, with the source of that knowledge. */

import type { EvidenceRecord } from '../record.ts';
import { showOwner } from '../rule.ts';
import type { End, Subject } from '../subject.ts';

export function ends(one: Subject): EvidenceRecord[] {
  const records = [
    ownerEvidence('client-owner', one.client),
    ownerEvidence('server-owner', one.server),
  ];
  if (one.proxy?.source != null) {
    const { source } = one.proxy;
    records.push({
      rule: 'proxy-names-client',
      confidence: 'certain',
      text: `a PROXY v${one.proxy.version} header names ${source.ip}:${source.port} as the client; on the wire it is ${one.tuples[0]!.src}:${one.tuples[0]!.sport}`,
    });
  }
  return records;
}

function whose(end: End): string {
  if (end.owner.kind === 'unknown') return 'of unknown owner';
  return end.owner.kind === 'external' ? 'outside the cluster' : showOwner(end);
}

function ownerEvidence(rule: string, end: End): EvidenceRecord {
  const conflict = end.owner.conflict === undefined ? '' : `; ${end.owner.conflict}`;
  return {
    rule,
    confidence: end.owner.confidence,
    text: `${end.ip} is ${whose(end)}: ${end.owner.why}${conflict}`,
  };
}
