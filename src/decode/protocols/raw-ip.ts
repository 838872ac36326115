/**
 * Raw IP (LINKTYPE_RAW 101; 12 and 14 are DLT_RAW of some systems, written to files by mistake):
 * no header at all, the packet's own version says which IP it is. Pushes no layer.
 */
import { IPV4, IPV6, RAW_IP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import type { Dissector } from '../dissector.ts';
import type { Packet } from '../packet.ts';

export function dissectRawIp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end === at) return packet.short(end);
  const version = packet.view.getUint8(at) >> 4;
  if (version === 4) return IPV4;
  return version === 6 ? IPV6 : packet.malformed();
}

export const rawIp: Dissector = {
  protocol: RAW_IP,
  name: 'raw',
  reference: 'LINKTYPE_RAW',
  on: { linktype: [101, 12, 14] },
  dissect: dissectRawIp,
  fields: [],
};
