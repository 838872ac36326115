/** What the layers above ask of the IP layers, whichever version. */
import { IPV4, IPV6, UDP } from '../../base/protocol-numbers.ts';
import type { Offset } from '../../base/units.ts';
import type { Packet } from '../packet.ts';

/** Row of the IP header that carries layer `row`, over extension headers; -1 = none. */
export function ipRowBelow(packet: Packet, row: number): number {
  for (let i = row - 1; i >= 0; i--) {
    const protocol = packet.protocol[i]!;
    if (protocol === IPV4 || protocol === IPV6) return i;
  }
  return -1;
}

/**
 * Where layer `row` ends on the wire: where it ends in the capture or, when that is the capture's cut,
 * where the lengths in the layers below and the frame's own say. A length of 0 says nothing.
 */
export function wireEndOf(packet: Packet, row: number): Offset {
  const end = packet.end[row]!;
  if (!packet.cut || end !== packet.captureEnd) return end;
  let wireEnd = packet.frameAt + packet.wireLen;
  for (let i = 0; i < row; i++) wireEnd = Math.min(wireEnd, claimedEnd(packet, i, wireEnd));
  return wireEnd;
}

function claimedEnd(packet: Packet, row: number, otherwise: Offset): Offset {
  const at = packet.at[row]!;
  switch (packet.protocol[row]) {
    case IPV4:
      return at + (packet.view.getUint16(at + 2) || otherwise - at);
    case IPV6: {
      const payloadLen = packet.view.getUint16(at + 4);
      return payloadLen === 0 ? otherwise : at + 40 + payloadLen;
    }
    case UDP:
      return at + (packet.view.getUint16(at + 4) || otherwise - at);
    default:
      return otherwise;
  }
}
