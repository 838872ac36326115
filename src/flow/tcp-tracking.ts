/**
 * TCP as seen at one place: sequence progress, retransmissions, handshake round trip, state. A flow
 * holds one place's packets only, so the same segment at two places is never a retransmission here.
 */
import {
  BY_LEN,
  FIRST_SEQ_BY,
  type FlowTable,
  GAP_AT,
  INTS_SHIFT,
  NEXT_SEQ_BY,
  RESETS,
  RETRANSMISSIONS,
  RTT,
  STATE_FLAGS,
  SYN_AT,
} from './flow-table.ts';

/** TCP flags (RFC 9293 section 3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** A segment that fills a gap within this time was reordered on its way; later it was sent again. */
const REORDERED_NS = 3e6;

/** `followTcp` for a direction's first segment, which is its row's first packet too: its floats are not used yet. */
export function startTcp(
  flows: FlowTable,
  fd: number,
  state: number,
  flags: number,
  seq: number,
  payloadLen: number,
): number {
  const { ints } = flows;
  const i = (fd >> 1) << INTS_SHIFT;
  const isReset = (flags & RST) !== 0;
  if (isReset) ints[i + RESETS]!++;
  ints[i + FIRST_SEQ_BY + (fd & 1)] = seq;
  ints[i + (fd & 1) * BY_LEN + NEXT_SEQ_BY] = isReset ? seq : seq + seqLenOf(flags, payloadLen);
  return state | (flags << STATE_FLAGS);
}

/**
 * Take in one segment of direction fd. `state` is the direction's, and the new one is returned, for the
 * caller to store; `payloadLen` is the length on the wire; `isOld` tells that the segment's IP
 * identification precedes that of one already seen.
 */
export function followTcp(
  flows: FlowTable,
  fd: number,
  state: number,
  flags: number,
  seq: number,
  payloadLen: number,
  isOld: boolean,
  now: number,
): number {
  const { ints, floats } = flows;
  const i = (fd >> 1) << INTS_SHIFT;
  const own = i + (fd & 1) * BY_LEN;
  const x = flows.floatsOf(fd);
  const seen = (state >> STATE_FLAGS) & 0xff;
  const next = state | (flags << STATE_FLAGS);
  if ((flags & RST) !== 0) {
    ints[i + RESETS]!++;
    if (seen !== 0) return next; // a reset's sequence number need not be the next one
    ints[i + FIRST_SEQ_BY + (fd & 1)] = seq;
    ints[own + NEXT_SEQ_BY] = seq;
    return next;
  }
  const seqLen = seqLenOf(flags, payloadLen);
  if ((flags & (SYN | ACK)) === SYN) floats[x + SYN_AT] = now;
  else if (floats[x + RTT]! < 0 && (flags & SYN) === 0 && isHandshakeEnd(flows, fd, seen)) {
    floats[x + RTT] = now - floats[x + SYN_AT]!;
  }
  if (seen === 0) {
    ints[i + FIRST_SEQ_BY + (fd & 1)] = seq;
    ints[own + NEXT_SEQ_BY] = seq + seqLen;
    return next;
  }
  const ahead = (seq - ints[own + NEXT_SEQ_BY]!) | 0;
  if (ahead >= 0) {
    if (ahead > 0) floats[x + GAP_AT] = now;
    ints[own + NEXT_SEQ_BY] = seq + seqLen;
    return next;
  }
  if (seqLen === 0) return next;
  const isKeepAlive = ahead === -1 && seqLen === payloadLen && payloadLen <= 1; // RFC 9293 section 3.8.4
  const isReordered = isOld || now - floats[x + GAP_AT]! < REORDERED_NS;
  if (!isKeepAlive && !isReordered) ints[i + RETRANSMISSIONS]!++;
  if (ahead + seqLen > 0) ints[own + NEXT_SEQ_BY] = seq + seqLen;
  return next;
}

/** How far a segment moves the sequence number: SYN and FIN count as a byte each. */
function seqLenOf(flags: number, payloadLen: number): number {
  return payloadLen + (flags & FIN) + ((flags & SYN) >> 1);
}

/**
 * Whether a segment with these flags, ACK alone or with PSH, is the one that follows the last of direction fd, which
 * had all of its flags before: then the sequence number is all there is to follow.
 */
export function isNext(
  flows: FlowTable,
  fd: number,
  state: number,
  flags: number,
  seq: number,
): boolean {
  const next = flows.ints[((fd >> 1) << INTS_SHIFT) + NEXT_SEQ_BY + (fd & 1) * BY_LEN];
  return seq === next && (flags & ~(state >> STATE_FLAGS)) === 0;
}

/** The client's first segment after the server's SYN+ACK: it had sent a SYN, and the server's was seen. */
function isHandshakeEnd(flows: FlowTable, fd: number, seen: number): boolean {
  return (
    (seen & (SYN | ACK)) === SYN &&
    (flows.tcpFlagsBy(fd ^ 1) & (SYN | ACK)) === (SYN | ACK) &&
    flows.floats[flows.floatsOf(fd) + SYN_AT]! >= 0
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
