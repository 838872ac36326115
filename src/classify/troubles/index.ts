/** What went wrong, a line each: each kind of trouble is one file. */
import type { Case } from '../case.ts';
import type { ApplicationRecord, EvidenceRecord } from '../record.ts';
import { asymmetric } from './asymmetric.ts';
import { icmpError } from './icmp-error.ts';
import { noAnswer } from './no-answer.ts';
import { proxyMismatch } from './proxy-mismatch.ts';
import { reset } from './reset.ts';
import { unownedPod } from './unowned-pod.ts';
import { withoutEndpoints } from './without-endpoints.ts';

export type TroubleRule = (
  one: Case,
  application: ApplicationRecord | null,
) => EvidenceRecord | undefined;

export const troubleRules: readonly TroubleRule[] = [
  noAnswer,
  reset,
  icmpError,
  proxyMismatch,
  withoutEndpoints,
  asymmetric,
  unownedPod,
];

export function troublesOf(one: Case, application: ApplicationRecord | null): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const rule of troubleRules) {
    const record = rule(one, application);
    if (record !== undefined) records.push(record);
  }
  return records;
}
