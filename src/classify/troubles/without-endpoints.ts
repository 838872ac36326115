/** A Service was dialled that has no ready endpoint. */

import type { EvidenceRecord } from '../record.ts';
import type { Subject } from '../subject.ts';

export function withoutEndpoints(one: Subject): EvidenceRecord | undefined {
  if (one.service === undefined) return undefined;
  const { service } = one.service;
  const endpoints = one.run.topology.endpointsOf(service);
  if (endpoints === undefined || endpoints.some((e) => e.ready)) return undefined;
  return {
    rule: 'service-without-endpoints',
    confidence: 'certain',
    sentence: {
      code: 'service-without-endpoints',
      service: `${service.namespace}/${service.name}`,
    },
  };
}
