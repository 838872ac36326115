/**
 * IP Encapsulating Security Payload (RFC 4303 section 2), also inside UDP port 4500 (RFC 3948), where
 * four zero bytes instead of an SPI mean IKE and a single byte 0xff is a keepalive.
 *
 *     0               4               8
 *     +---------------+---------------+------------------
 *     |      SPI      |   sequence    | encrypted
 *     +---------------+---------------+------------------
 */
import { ESP, NONE, UDP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { notTunnel } from '../tunnel-guess.ts';

const SPI = 0;
const SEQUENCE = 4;
const HEADER_LEN = 8;

/** Security parameters index, unsigned. */
export const espSpi = (view: DataView, at: Offset): number => view.getUint32(at + SPI);
export const espSequence = (view: DataView, at: Offset): number => view.getUint32(at + SEQUENCE);

export function dissectEsp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (packet.depth > 0 && packet.protocol[packet.depth - 1] === UDP) {
    const other = notTunnel(packet, ESP); // nothing proves ESP
    if (other !== NONE || end - at < HEADER_LEN || packet.view.getInt32(at) === 0) return other;
  }
  if (end - at < HEADER_LEN) return packet.short(end);
  packet.push(ESP, at, at + HEADER_LEN, end);
  return NONE;
}

export const esp: Dissector = {
  protocol: ESP,
  name: 'esp',
  reference: 'RFC 4303, RFC 3948',
  on: { ipProtocol: [50], udpPort: [4500] },
  dissect: dissectEsp,
  fields: [
    fixed('esp.spi', 'SPI', 'hex', SPI, 4),
    fixed('esp.sequence', 'Sequence', 'uint', SEQUENCE, 4),
  ],
};
