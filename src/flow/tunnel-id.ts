/** The identifier that a tunnel header carries, of the tunnel right around the innermost packet. */
import { GENEVE, GRE, VXLAN } from '../base/protocol-numbers.ts';
import type { Packet } from '../decode/packet.ts';

/** VNI (24 bits) or GRE key as int32; -1 = the tunnel has none. Call only for encapsulated packets. */
export function tunnelIdOf(packet: Packet): number {
  for (let row = packet.ip - 1; row > packet.outerIp; row--) {
    const at = packet.at[row]!;
    switch (packet.protocol[row]!) {
      case VXLAN:
      case GENEVE:
        return packet.view.getUint32(at + 4) >>> 8; // RFC 7348 section 5, RFC 8926 section 3.4
      case GRE: {
        const flags = packet.view.getUint8(at);
        if ((flags & 0x20) === 0) return -1;
        const keyAt = at + 4 + ((flags & 0xc0) !== 0 ? 4 : 0); // RFC 2890 section 2
        return keyAt + 4 <= packet.payloadAt[row]! ? packet.view.getInt32(keyAt) : -1;
      }
    }
  }
  return -1;
}
