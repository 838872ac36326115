/** Whose the two ends' addresses are, with the source of that knowledge. */

import type { EvidenceRecord } from '../record.ts';
import { ownerOf } from '../rule.ts';
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
      sentence: {
        code: 'proxy-names-client',
        version: one.proxy.version,
        named: `${source.ip}:${source.port}`,
        seen: `${one.tuples[0]!.src}:${one.tuples[0]!.sport}`,
      },
    });
  }
  return records;
}

function ownerEvidence(rule: string, end: End): EvidenceRecord {
  const { confidence, why, conflict } = end.owner;
  const owner = ownerOf(end);
  return {
    rule,
    confidence,
    sentence: { code: 'address-owner', ip: end.ip, owner, why, conflict },
  };
}
