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
import { showPlace, showTuple } from '../wording.ts';

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
      text: `${ties} packets look like those of several other flows alike: not joined with any of them`,
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
      text: `${showPlace(one, hop)} saw the same addresses and ports at the same time, but no packet in common with the other places`,
    };
  }
  if (how === JOINED_BY_HALVES) {
    return {
      rule: 'halves',
      confidence: 'likely',
      text: `${showPlace(one, hop)} shows ${showTuple(hop)} one way only; the other way goes between the same machines and to the same client under another tuple, as on a bridge whose frames pass netfilter`,
    };
  }
  if (how === JOINED_BY_CONNTRACK) {
    return {
      rule: 'conntrack',
      confidence: 'certain',
      text: `conntrack translates between ${showTuple(hop)} and the connection's other tuple`,
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
  return {
    rule: showTuple(before) === showTuple(hop) ? 'same-packet' : 'rewritten-packet',
    confidence: shared > 1 ? 'certain' : 'likely',
    text: `frame ${prints.frame[other]} at ${showPlace(one, before)} (${showTuple(before)}) is frame ${prints.frame[print]} at ${showPlace(one, hop)} (${showTuple(hop)}) ${us} us later; ${shared} ${shared === 1 ? 'packet' : 'packets'} alike`,
  };
}
