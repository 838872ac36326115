/** One direction takes another way: a place saw only requests or only replies, while another saw both. */
import type { Hop } from '../../flow/journey.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';
import { placeOf } from '../wording.ts';

/** Packets of one direction that make the absence of the other worth a word. */
const PACKETS_MIN = 2;

export function asymmetric(one: Case): EvidenceRecord | undefined {
  const { flows } = one.run.stage;
  const seen = new Map<number, { there: number; back: number; hop: Hop }>();
  for (const hop of one.hops) {
    const place = flows.place(hop.flow);
    const sum = seen.get(place) ?? { there: 0, back: 0, hop };
    sum.there += flows.packetsBy(2 * hop.flow + hop.toServer);
    sum.back += flows.packetsBy(2 * hop.flow + 1 - hop.toServer);
    seen.set(place, sum);
  }
  const places = [...seen.values()];
  const isWhole = places.some((p) => p.there >= PACKETS_MIN && p.back >= PACKETS_MIN);
  if (!isWhole) return undefined;
  const half = places.find(
    (p) => Math.min(p.there, p.back) === 0 && Math.max(p.there, p.back) >= PACKETS_MIN,
  );
  if (half === undefined) return undefined;
  return {
    rule: 'asymmetric-path',
    confidence: 'likely',
    sentence: {
      code: 'one-way-place',
      place: placeOf(one, half.hop),
      requests: half.there > 0,
      packets: half.there + half.back,
    },
  };
}
