/** A router or host said in ICMP that packets of this conversation did not get through. */
import type { IcmpError } from '../../flow/events.ts';
import type { Case } from '../case.ts';
import { encapsulationsOf } from '../encapsulation.ts';
import type { EvidenceRecord } from '../record.ts';
import { overheadOf } from '../wording.ts';

export function icmpError(one: Case): EvidenceRecord | undefined {
  const errors = one.tuples.flatMap((t) => one.run.icmpErrors.about(one.protocol, t));
  const [first] = errors;
  if (first === undefined) return undefined;
  const tooBig = errors.find((e) => e.mtu > 0);
  if (tooBig !== undefined) return fragmentationNeeded(one, tooBig);
  const { from, frame, isV6, type, code } = first;
  return {
    rule: 'icmp-error',
    confidence: 'certain',
    sentence: {
      code: 'icmp-says',
      from,
      frame,
      fault: { isV6, type, code },
      times: errors.length,
    },
  };
}

function fragmentationNeeded(one: Case, error: IcmpError): EvidenceRecord {
  const tunnel = encapsulationsOf(one.run.stage, one.hops)[0];
  return {
    rule: 'fragmentation-needed',
    confidence: 'certain',
    sentence: {
      code: 'icmp-too-big',
      from: error.from,
      frame: error.frame,
      mtu: error.mtu,
      tunnel: tunnel?.type,
      overhead: tunnel === undefined ? undefined : overheadOf(tunnel.type),
    },
  };
}
