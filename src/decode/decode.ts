/** One frame to its layers: all the control flow of decoding is this loop. */
import type { FrameBatch } from '../base/frames.ts';
import { ETHERNET, IPV4, NONE } from '../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../base/units.ts';
import { byLinktype } from './next.ts';
import { LAYERS_MAX, type Packet, TOO_DEEP, UNKNOWN_LINKTYPE } from './packet.ts';
import { dissectEthernet } from './protocols/ethernet.ts';
import { dissectorOf } from './protocols/index.ts';
import { dissectIpv4 } from './protocols/ipv4.ts';

const dissect = dissectorOf.map((dissector) => dissector?.dissect ?? nothing);

function nothing(_packet: Packet, _at: Offset, _end: Offset): Protocol {
  return NONE;
}

/**
 * Find the layers of frame i, outermost first, into `packet`. Never throws, never reads at or past the
 * frame's captured end; faults are in `packet.notes`, and the layers found before one stand.
 */
export function decode(frames: FrameBatch, i: number, packet: Packet): void {
  packet.refill(frames, i);
  const linktype = frames.interfaces[frames.iface[i]!]!.linktype;
  let next: Protocol = linktype < byLinktype.length ? byLinktype[linktype]! : NONE;
  if (next === NONE) {
    packet.notes |= UNKNOWN_LINKTYPE;
    return;
  }
  do {
    if (packet.depth >= LAYERS_MAX) {
      packet.notes |= TOO_DEEP;
      return;
    }
    const at = packet.nextAt;
    const end = packet.nextEnd;
    // direct calls for what nearly every frame has; more of them gain nothing (bench/decode.ts)
    if (next === IPV4) next = dissectIpv4(packet, at, end);
    else if (next === ETHERNET) next = dissectEthernet(packet, at, end);
    else next = dissect[next]!(packet, at, end);
  } while (next !== NONE);
}
