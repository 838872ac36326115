/** The rules that give a label, in order: the first that answers decides. A new one is its file and a line here. */
import type { Case } from '../case.ts';
import type { LabelRule, Verdict } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { byRouters } from './by-routers.ts';
import { external } from './external.ts';
import { hostRule } from './host.ts';
import { isSentByNode, masqueradedClient } from './masqueraded-client.ts';
import { onLink } from './on-link.ts';
import { podToPod } from './pod-to-pod.ts';
import { podsBySightings } from './pods-by-sightings.ts';
import { serviceUnresolved } from './service-unresolved.ts';
import { unknown } from './unknown.ts';

export const labelRules: readonly LabelRule<Case>[] = [
  onLink,
  external,
  podToPod,
  podsBySightings,
  masqueradedClient,
  hostRule(isSentByNode),
  serviceUnresolved,
  byRouters,
];

/** Of them, those that need to know who talks to whom and nothing of frames: for flow logs. */
export const frameFreeRules: readonly LabelRule<Subject>[] = [
  external,
  podToPod,
  hostRule(() => false),
  serviceUnresolved,
];

/** The label of a conversation, with its reason, by the first of these rules that answers. */
export function judge<Of extends Subject>(one: Of, rules: readonly LabelRule<Of>[]): Verdict {
  for (const rule of rules) {
    const verdict = rule(one);
    if (verdict !== undefined) return verdict;
  }
  return unknown(one);
}
