/** Which translations happened between two hops of a journey. */
import type { TranslationRecord, TupleRecord } from '../classify/record.ts';
import { isSameTuple } from '../classify/rewrites.ts';

/** Those that turn one hop's tuple into the next one's, in order; as far as they are known. */
export function rewritesBetween(
  translations: readonly TranslationRecord[],
  from: TupleRecord | undefined,
  to: TupleRecord,
): TranslationRecord[] {
  if (from === undefined || isSameTuple(from, to)) return [];
  const changes: TranslationRecord[] = [];
  let now = from;
  for (const change of translations) {
    if (!isSameTuple(change.before, now)) continue;
    changes.push(change);
    now = change.after;
    if (isSameTuple(now, to)) return changes;
  }
  return changes;
}
