/** One end of a conversation as a record. */
import type { Topology } from '../topology/topology.ts';
import type { EndRecord } from './record.ts';
import { isUnlisted } from './rule.ts';
import type { End } from './subject.ts';

export function endRecord(end: End, topology: Topology): EndRecord {
  const { owner } = end;
  const isNobody = isUnlisted(owner);
  return {
    ip: end.ip,
    port: end.port,
    kind: isNobody ? 'unknown' : owner.kind,
    namespace: owner.namespace ?? null,
    name: owner.name ?? topology.namesOf(end.ip)[0]?.name ?? null,
    node: isNobody ? null : (owner.node ?? null),
  };
}
