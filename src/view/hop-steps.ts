/** A conversation's hops in order, and what happened to its packets between two of them. */
import type {
  ConversationRecord,
  EncapsulationRecord,
  HopRecord,
  TranslationRecord,
} from '../classify/record.ts';
import { rewritesBetween } from './hop-rewrites.ts';

export type Step =
  | {
      readonly kind: 'hop';
      /** From 1. */
      readonly number: number;
      readonly hop: HopRecord;
      /** Microseconds after the hop before it, clocks corrected; null of the first. */
      readonly sincePreviousUs: number | null;
    }
  | { readonly kind: 'translation'; readonly translation: TranslationRecord }
  | { readonly kind: 'wrapped'; readonly encapsulation: EncapsulationRecord }
  | { readonly kind: 'unwrapped'; readonly encapsulation: EncapsulationRecord };

/** Client to server. */
export function hopSteps(record: ConversationRecord): Step[] {
  const steps: Step[] = [];
  let previous: HopRecord | undefined;
  record.hops.forEach((hop, i) => {
    for (const translation of rewritesBetween(record.translations, previous?.tuple, hop.tuple)) {
      steps.push({ kind: 'translation', translation });
    }
    const tunnel = tunnelStep(previous?.encapsulation ?? null, hop.encapsulation);
    if (tunnel !== undefined) steps.push(tunnel);
    const sincePreviousUs = previous === undefined ? null : hop.offsetUs - previous.offsetUs;
    steps.push({ kind: 'hop', number: i + 1, hop, sincePreviousUs });
    previous = hop;
  });
  return steps;
}

/** Translations that lie between no two hops: known from elsewhere. */
export function otherTranslations(
  record: ConversationRecord,
  steps: readonly Step[],
): TranslationRecord[] {
  const told = new Set<TranslationRecord>();
  for (const step of steps) if (step.kind === 'translation') told.add(step.translation);
  return record.translations.filter((translation) => !told.has(translation));
}

function tunnelStep(
  from: EncapsulationRecord | null,
  to: EncapsulationRecord | null,
): Step | undefined {
  if (from === null) return to === null ? undefined : { kind: 'wrapped', encapsulation: to };
  return to === null ? { kind: 'unwrapped', encapsulation: from } : undefined;
}
