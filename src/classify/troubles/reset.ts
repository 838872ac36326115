/** A connection that ended in a reset: refused at once, or broken later. */
import { RST, SYN } from '../../flow/tcp-tracking.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';
import type { Subject } from '../subject.ts';
import { showEnd } from '../wording.ts';

const TCP_NUMBER = 6;

export function reset(one: Case): EvidenceRecord | undefined {
  if (one.protocol !== TCP_NUMBER) return undefined;
  const { flows } = one.run.stage;
  let there = 0;
  let back = 0;
  for (const { flow, toServer } of one.hops) {
    there |= flows.tcpFlagsBy(2 * flow + toServer);
    back |= flows.tcpFlagsBy(2 * flow + 1 - toServer);
  }
  return resetTold(one, there, back);
}

/** The same by the flags that the client's and the server's segments bore. */
export function resetTold(one: Subject, there: number, back: number): EvidenceRecord | undefined {
  if (((there | back) & RST) === 0) return undefined;
  const isRefused = (back & RST) !== 0 && (back & SYN) === 0 && (there & SYN) !== 0;
  const by =
    (back & RST) !== 0
      ? showEnd(one.server.ip, one.server.port)
      : showEnd(one.client.ip, one.client.port);
  return {
    rule: isRefused ? 'refused' : 'reset',
    confidence: 'certain',
    sentence: { code: isRefused ? 'refused' : 'reset', by },
  };
}
