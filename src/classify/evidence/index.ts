/** Why a conversation is said to be what it is, beyond its label: each reason is one file. */
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';
import { encrypted } from './encrypted.ts';
import { ends } from './ends.ts';
import { joins } from './joins.ts';
import { plugin } from './plugin.ts';
import { translations } from './translations.ts';
import { tunnels } from './tunnels.ts';

type EvidenceRule = (one: Case) => EvidenceRecord[];

export const evidenceRules: readonly EvidenceRule[] = [
  ends,
  joins,
  translations,
  tunnels,
  plugin,
  encrypted,
];

export function evidenceOf(one: Case): EvidenceRecord[] {
  return evidenceRules.flatMap((rule) => rule(one));
}
