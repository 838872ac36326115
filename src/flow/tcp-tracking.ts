/**
 * TCP as seen at one place: sequence progress, retransmissions, handshake round trip, state. A flow
 * holds one place's packets only, so the same segment at two places is never a retransmission here.
 */
import type { FlowIndex } from '../base/units.ts';
import type { FlowTable } from './flow-table.ts';

/** TCP flags (RFC 9293 section 3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

/** A segment that fills a gap within this time was reordered on its way; later it was sent again. */
const REORDERED_NS = 3e6;

/**
 * Take in one segment of row f in direction d (0 = from source). `payloadLen` is the length on the
 * wire; `isOld` tells that its IP identification precedes that of a packet already seen.
 */
export function followTcp(
  flows: FlowTable,
  f: FlowIndex,
  d: number,
  flags: number,
  seq: number,
  payloadLen: number,
  isOld: boolean,
  now: number,
): void {
  const fd = 2 * f + d;
  const seen = flows.tcpFlagsBy[fd]!;
  flows.tcpFlagsBy[fd] = seen | flags;
  if ((flags & RST) !== 0) {
    flows.resets[f]!++;
    if (seen === 0) {
      flows.firstSeqBy[fd] = seq;
      flows.nextSeqBy[fd] = seq;
    }
    return; // its sequence number need not be the next one
  }
  const seqLen = payloadLen + (flags & FIN) + ((flags & SYN) >> 1);
  if ((flags & (SYN | ACK)) === SYN) flows.synAt[f] = now;
  else if (flows.rtt[f]! < 0 && isHandshakeEnd(flows, f, d, flags))
    flows.rtt[f] = now - flows.synAt[f]!;
  if (seen === 0) {
    flows.firstSeqBy[fd] = seq;
    flows.nextSeqBy[fd] = seq + seqLen;
    return;
  }
  const ahead = (seq - flows.nextSeqBy[fd]!) | 0;
  if (ahead >= 0) {
    if (ahead > 0) flows.gapAt[f] = now;
    flows.nextSeqBy[fd] = seq + seqLen;
    return;
  }
  if (seqLen === 0) return;
  const isKeepAlive = ahead === -1 && seqLen === payloadLen && payloadLen <= 1; // RFC 9293 section 3.8.4
  const isReordered = isOld || now - flows.gapAt[f]! < REORDERED_NS;
  if (!isKeepAlive && !isReordered) flows.retransmissions[f]!++;
  if (ahead + seqLen > 0) flows.nextSeqBy[fd] = seq + seqLen;
}

/** The client's first ACK after the server's SYN+ACK. */
function isHandshakeEnd(flows: FlowTable, f: FlowIndex, d: number, flags: number): boolean {
  return (
    (flags & (SYN | ACK)) === ACK &&
    (flows.tcpFlagsBy[2 * f + d]! & SYN) !== 0 &&
    (flows.tcpFlagsBy[2 * f + 1 - d]! & (SYN | ACK)) === (SYN | ACK) &&
    flows.synAt[f]! >= 0
  );
}

export type TcpState = 'syn-sent' | 'syn-received' | 'established' | 'closing' | 'closed' | 'reset';

/** What the flags seen in both directions say of the connection. Without any SYN it was there before. */
export function tcpStateOf(one: number, other: number): TcpState {
  const all = one | other;
  if ((all & RST) !== 0) return 'reset';
  if ((one & other & FIN) !== 0) return 'closed';
  if ((all & FIN) !== 0) return 'closing';
  if ((all & SYN) === 0) return 'established';
  if ((one & other & SYN) !== 0) {
    return (one & other & ACK) !== 0 ? 'established' : 'syn-received';
  }
  return (all & ACK) === 0
    ? 'syn-sent'
    : (one & other) === 0 && (all & ~(SYN | ACK)) === 0
      ? 'syn-received'
      : 'established';
}
