/** What went wrong, a line each: each kind of trouble is one file. */
import type { Case } from '../case.ts';
import type { ApplicationRecord, EvidenceRecord } from '../record.ts';
import { noAnswer } from './no-answer.ts';
import { reset } from './reset.ts';
import { unownedPod } from './unowned-pod.ts';
import { withoutEndpoints } from './without-endpoints.ts';

export type TroubleRule = (
  one: Case,
  application: ApplicationRecord | null,
) => EvidenceRecord | undefined;

export const troubleRules: readonly TroubleRule[] = [noAnswer, reset, withoutEndpoints, unownedPod];

export function troublesOf(one: Case, application: ApplicationRecord | null): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const rule of troubleRules) {
    const record = rule(one, application);
    if (record !== undefined) records.push(record);
  }
  return records;
}
