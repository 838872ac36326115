/** When a flow is over: by TCP's own words, or because nothing was heard of it for long enough. */
import type { FlowIndex, Nanoseconds } from '../base/units.ts';
import { protocolOf } from '../flow/addresses.ts';
import type { FlowTable } from '../flow/flow-table.ts';
import { ACK, FIN, RST, SYN } from '../flow/tcp-tracking.ts';

/** After a connection's end: its last acknowledgments and retransmissions, at every place, are still its own. */
const LINGER_NS = 2e9;
const TCP_NUMBER = 6;
/** Of what has no state, or has not been answered, as a share of the idle time. */
const STATELESS_SHARE = 0.25;

/** How it stands with a flow. */
export const LIVING = 0;
/** It ended by FIN both ways or RST, and has been silent since. */
export const CLOSED = 1;
/** Silent for too long. */
export const IDLE = 2;

export class Lifetimes {
  private readonly flows: FlowTable;
  private readonly idleNs: Nanoseconds;

  /** `idleNs`: an established TCP connection is over when it was silent for so long. */
  constructor(flows: FlowTable, idleNs: Nanoseconds) {
    this.flows = flows;
    this.idleNs = idleNs;
  }

  /** LIVING, CLOSED or IDLE at this time. */
  stateOf(f: FlowIndex, now: Nanoseconds): number {
    const { flows } = this;
    const last = flows.last(f);
    if (!this.isQuiet(last, now)) return LIVING;
    const silentNs = now - last;
    const one = flows.tcpFlagsBy(2 * f);
    const other = flows.tcpFlagsBy(2 * f + 1);
    if (protocolOf(flows, f) !== TCP_NUMBER) return this.idle(silentNs, STATELESS_SHARE);
    if (((one | other) & RST) !== 0 || (one & other & FIN) !== 0) return CLOSED;
    const isHalf = ((one | other) & FIN) !== 0 || isUnanswered(one, other);
    return this.idle(silentNs, isHalf ? STATELESS_SHARE : 1);
  }

  /** Was nothing heard since `last` for so long that late packets of a closed connection have come? */
  isQuiet(last: Nanoseconds, now: Nanoseconds): boolean {
    return now - last >= Math.min(LINGER_NS, this.idleNs);
  }

  private idle(silentNs: Nanoseconds, share: number): number {
    return silentNs >= share * this.idleNs ? IDLE : LIVING;
  }
}

/** A SYN, and nothing that acknowledges it. */
function isUnanswered(one: number, other: number): boolean {
  return ((one | other) & SYN) !== 0 && (one === 0 || other === 0 || ((one | other) & ACK) === 0);
}
