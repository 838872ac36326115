/** What IPv4 and IPv6 share for the layers above them. */
import { AH, IPV4, IPV6, IPV6_EXTENSION, IPV6_FRAGMENT } from '../../base/protocol-numbers.ts';
import type { Offset } from '../../base/units.ts';
import type { Packet } from '../packet.ts';

/** Row of the IP layer that carries layer `row`, over extension headers; -1 = none. */
export function ipRowBelow(packet: Packet, row: number): number {
  for (let i = row - 1; i >= 0; i--) {
    const protocol = packet.protocol[i]!;
    if (protocol === IPV4 || protocol === IPV6) return i;
    if (protocol !== IPV6_EXTENSION && protocol !== IPV6_FRAGMENT && protocol !== AH) return -1;
  }
  return -1;
}

/**
 * Where the IP packet that carries layer `row` ends on the wire, by its own length; where that is 0 or
 * there is no IP below, where the layer ends in the capture, or the frame on the wire.
 */
export function ipWireEnd(packet: Packet, row: number): Offset {
  const ip = ipRowBelow(packet, row);
  if (ip >= 0) {
    const at = packet.at[ip]!;
    const isIpv4 = packet.protocol[ip] === IPV4;
    const length = packet.view.getUint16(isIpv4 ? at + 2 : at + 4);
    if (length !== 0) return at + length + (isIpv4 ? 0 : 40);
  }
  return packet.cut ? packet.frameAt + packet.wireLen : packet.end[row]!;
}
