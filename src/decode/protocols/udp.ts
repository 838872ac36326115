/**
 * User Datagram Protocol (RFC 768).
 *
 *     0               2               4               6
 *     +---------------+---------------+---------------+---------------+
 *     |  Source Port  |  Dest. Port   |     Length    |    Checksum   |
 *     +---------------+---------------+---------------+---------------+
 *
 * What follows is guessed: by port, then by the first bytes. The guess proves itself or yields nothing.
 */
import { UDP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { onUdpPayload } from '../payload.ts';

const SRC_PORT = 0;
const DST_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;
const HEADER_LEN = 8;

/** Header fields of the layer at `at`; the layer exists, so its 8 bytes do. */
export const srcPort = (view: DataView, at: Offset): number => view.getUint16(at + SRC_PORT);
export const dstPort = (view: DataView, at: Offset): number => view.getUint16(at + DST_PORT);
export const length = (view: DataView, at: Offset): number => view.getUint16(at + LENGTH);
export const checksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);

export function dissectUdp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const length = view.getUint16(at + LENGTH) || end - at; // 0 in jumbograms (RFC 2675 section 4) and GSO
  if (length < HEADER_LEN) return packet.malformed();
  const datagramEnd = at + length;
  packet.push(UDP, at, at + HEADER_LEN, Math.min(datagramEnd, end));
  if (datagramEnd > end) packet.short(end); // a cut datagram is still one: note it, go on
  const srcPort = view.getUint16(at + SRC_PORT);
  const dstPort = view.getUint16(at + DST_PORT);
  packet.enterTransport(srcPort, dstPort);
  return onUdpPayload(packet, srcPort, dstPort);
}

export const udp: Dissector = {
  protocol: UDP,
  name: 'udp',
  reference: 'RFC 768',
  on: { ipProtocol: [17] },
  dissect: dissectUdp,
  fields: [
    fixed('udp.srcport', 'Source port', 'uint', SRC_PORT, 2),
    fixed('udp.dstport', 'Destination port', 'uint', DST_PORT, 2),
    fixed('udp.length', 'Length', 'uint', LENGTH, 2),
    fixed('udp.checksum', 'Checksum', 'hex', CHECKSUM, 2),
  ],
};
