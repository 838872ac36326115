/** How the sightings at several places were found to be one connection. */
import type { Hop } from '../../flow/journey.ts';
import {
  JOINED_BY_CONNTRACK,
  JOINED_BY_HALVES,
  JOINED_BY_PACKETS,
  JOINED_BY_TUPLE,
} from '../../flow/stitch.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';
import { placeOf, showTuple } from '../wording.ts';

/** Reasons of this kind shown per conversation; the journey shows every hop anyway. */
const SHOWN_MAX = 8;

export function joins(one: Case): EvidenceRecord[] {
  const { stitching } = one.run;
  const records: EvidenceRecord[] = [];
  for (const hop of one.hops) {
    if (records.length === SHOWN_MAX) break;
    const record = joinOf(one, hop);
    if (record !== undefined) records.push(record);
  }
  const ties = Math.max(...one.hops.map((hop) => stitching.ties[hop.flow]!));
  if (ties > 0) {
    records.push({
      rule: 'join-tied',
      confidence: 'certain',
      sentence: { code: 'join-tied', packets: ties },
    });
  }
  return records;
}

function joinOf(one: Case, hop: Hop): EvidenceRecord | undefined {
  const { stage, stitching } = one.run;
  const f = hop.flow;
  const how = stitching.how[f]!;
  if (how === JOINED_BY_TUPLE) {
    return {
      rule: 'same-tuple',
      confidence: 'likely',
      sentence: { code: 'same-tuple', place: placeOf(one, hop) },
    };
  }
  if (how === JOINED_BY_HALVES) {
    return {
      rule: 'halves',
      confidence: 'likely',
      sentence: { code: 'one-way-halves', place: placeOf(one, hop), tuple: showTuple(hop) },
    };
  }
  if (how === JOINED_BY_CONNTRACK) {
    return {
      rule: 'conntrack',
      confidence: 'certain',
      sentence: { code: 'conntrack-pairs', tuple: showTuple(hop) },
    };
  }
  const print = stitching.print[f]!;
  const other = stitching.otherPrint[f]!;
  if (how !== JOINED_BY_PACKETS || print < 0) return undefined;
  const { prints } = stage;
  const later = prints.time[print]! - prints.time[other]! || print - other;
  if (later < 0) return undefined; // told by the other, later hop
  const before = one.hops.find((h) => h.flow === prints.flowBy[other]! >> 1);
  if (before === undefined) return undefined;
  const shared = stitching.shared[f]!;
  const us = Math.round((prints.time[print]! - prints.time[other]!) / 1000);
  const [tuple, laterTuple] = [showTuple(before), showTuple(hop)];
  return {
    rule: tuple === laterTuple ? 'same-packet' : 'rewritten-packet',
    confidence: shared > 1 ? 'certain' : 'likely',
    sentence: {
      code: 'same-packet',
      frame: prints.frame[other]!,
      place: placeOf(one, before),
      tuple,
      laterFrame: prints.frame[print]!,
      laterPlace: placeOf(one, hop),
      laterTuple,
      us,
      shared,
    },
  };
}
