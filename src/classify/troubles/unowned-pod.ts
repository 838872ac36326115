/** Traffic of an address in the pods' range that no pod has. */

import type { EvidenceRecord } from '../record.ts';
import type { Subject } from '../subject.ts';

export function unownedPod(one: Subject): EvidenceRecord | undefined {
  const end = [one.client, one.server].find(
    ({ owner }) => owner.kind === 'pod' && owner.role === 'unlisted',
  );
  if (end === undefined) return undefined;
  return {
    rule: 'pod-address-unowned',
    confidence: 'likely',
    sentence: { code: 'no-pod-has', ip: end.ip, why: end.owner.why },
  };
}
