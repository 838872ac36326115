/** Who opened a flow: a SYN tells; else what the protocol and the ports suggest; else who spoke first. */
import type { FlowIndex } from '../base/units.ts';
import type { FlowTable } from './flow-table.ts';
import { FIRST_WAS_REPLY, SYN_BACK, SYN_FORWARD } from './observe.ts';
import { ACK, SYN } from './tcp-tracking.ts';

/** How sure: a SYN or an echo request was seen; the ports suggest it; nothing but the order of frames. */
export const OPENER_SEEN = 2;
export const OPENER_BY_PORT = 1;
export const OPENER_ASSUMED = 0;

/** Linux gives clients ports from here on; Kubernetes' node ports (30000 to 32767) end just before. */
const EPHEMERAL_FIRST = 32_768;

/**
 * The flow's opener as 2 * how sure + (1 when the row's destination is the opener).
 */
export function openerOf(flows: FlowTable, f: FlowIndex): number {
  const notes = flows.notes(f);
  if ((notes & SYN_FORWARD) !== 0) return 2 * OPENER_SEEN;
  if ((notes & SYN_BACK) !== 0) return 2 * OPENER_SEEN + 1;
  if ((flows.tcpFlagsBy(2 * f) & SYN) !== 0 && (flows.tcpFlagsBy(2 * f) & ACK) !== 0) {
    return 2 * OPENER_SEEN + 1; // its SYN+ACK was seen, the SYN was not
  }
  if ((flows.tcpFlagsBy(2 * f + 1) & SYN) !== 0) return 2 * OPENER_SEEN;
  if ((notes & FIRST_WAS_REPLY) !== 0) return 2 * OPENER_SEEN + 1;
  const sport = flows.ports(f) >>> 16;
  const dport = flows.ports(f) & 0xffff;
  if (sport === dport) return 2 * OPENER_ASSUMED;
  const srcServes = servesAt(sport);
  const dstServes = servesAt(dport);
  if (srcServes > dstServes) return 2 * OPENER_BY_PORT + 1;
  if (dstServes > srcServes) return 2 * OPENER_BY_PORT;
  return 2 * OPENER_ASSUMED;
}

/** How much a port looks like a server's: 2 = well known, 1 = registered, or a node port, 0 = ephemeral. */
function servesAt(port: number): number {
  if (port === 0) return 0;
  if (port < 1024) return 2;
  return port < EPHEMERAL_FIRST ? 1 : 0;
}
