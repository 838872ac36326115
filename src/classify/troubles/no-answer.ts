/** A SYN that nothing answered, at any place that saw it. */
import { ACK, RST, SYN } from '../../flow/tcp-tracking.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';
import type { Subject } from '../subject.ts';
import { showEnd } from '../wording.ts';

const TCP_NUMBER = 6;

export function noAnswer(one: Case): EvidenceRecord | undefined {
  if (one.protocol !== TCP_NUMBER) return undefined;
  const { flows } = one.run.stage;
  let there = 0;
  let back = 0;
  let packets = 0;
  for (const { flow, toServer } of one.hops) {
    there |= flows.tcpFlagsBy(2 * flow + toServer);
    back |= flows.tcpFlagsBy(2 * flow + 1 - toServer);
    packets = Math.max(packets, flows.packetsBy(2 * flow + toServer));
  }
  if ((there & (SYN | ACK | RST)) !== SYN || back !== 0) return undefined;
  return unansweredSyn(one, packets, one.hops.length > 1 ? 'certain' : 'likely');
}

/** The trouble, once it is told that nothing but SYNs of the client was seen. */
export function unansweredSyn(
  one: Subject,
  packets: number,
  confidence: 'certain' | 'likely',
): EvidenceRecord {
  return {
    rule: 'syn-unanswered',
    confidence,
    sentence: {
      code: 'syn-unanswered',
      packets,
      to: showEnd(one.dialled.ip, one.dialled.port),
    },
  };
}
