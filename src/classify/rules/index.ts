/** The rules that give a label, in order: the first that answers decides. A new one is its file and a line here. */
import type { Case } from '../case.ts';
import type { LabelRule, Verdict } from '../rule.ts';
import { external } from './external.ts';
import { host } from './host.ts';
import { masqueradedClient } from './masqueraded-client.ts';
import { podToPod } from './pod-to-pod.ts';
import { serviceUnresolved } from './service-unresolved.ts';
import { unknown } from './unknown.ts';

export const labelRules: readonly LabelRule[] = [
  external,
  podToPod,
  masqueradedClient,
  host,
  serviceUnresolved,
];

/** The label of a conversation, with its reason. */
export function judge(one: Case): Verdict {
  for (const rule of labelRules) {
    const verdict = rule(one);
    if (verdict !== undefined) return verdict;
  }
  return unknown(one);
}
