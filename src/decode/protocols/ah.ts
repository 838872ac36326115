/**
 * IP Authentication Header (RFC 4302 section 2): what follows it is in the clear.
 *
 *     0               1               2               3
 *     +---------------+---------------+-------------------------------+
 *     |  Next Header  | length / 4 - 2|           reserved            |
 *     +---------------+---------------+-------------------------------+
 *     |               SPI, sequence number, integrity check value ... |
 */
import { AH } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { giveBytes } from '../walk.ts';
import { onIpProtocol } from './ipv4.ts';

const NEXT_HEADER = 0;
const LENGTH = 1;
const SPI = 4;
const SEQUENCE = 8;
const HEADER_LEN_MIN = 12;

/** Security parameters index, unsigned. */
export const ahSpi = (view: DataView, at: Offset): number => view.getUint32(at + SPI);

export const ahSequence = (view: DataView, at: Offset): number => view.getUint32(at + SEQUENCE);
/** Protocol number of what it is before. */
export const ahNextHeader = (view: DataView, at: Offset): number => view.getUint8(at + NEXT_HEADER);

export function dissectAh(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const headerLen = (view.getUint8(at + LENGTH) + 2) << 2;
  if (headerLen < HEADER_LEN_MIN) return packet.malformed();
  if (end - at < headerLen) return packet.short(end);
  const nextHeader = view.getUint8(at + NEXT_HEADER);
  packet.push(AH, at, at + headerLen, end);
  packet.carries(nextHeader);
  return onIpProtocol(packet, nextHeader);
}

const ICV = found('ah.icv', 'Integrity check value', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const icvAt = packet.at[row]! + HEADER_LEN_MIN;
  const len = packet.payloadAt[row]! - icvAt;
  if (len > 0) giveBytes(sink, ICV, icvAt, len);
}

export const ah: Dissector = {
  protocol: AH,
  name: 'ah',
  reference: 'RFC 4302',
  on: { ipProtocol: [51] },
  dissect: dissectAh,
  fields: [
    fixed('ah.next_header', 'Next header', 'uint', NEXT_HEADER, 1),
    fixed('ah.length', 'Length', 'uint', LENGTH, 1),
    fixed('ah.reserved', 'Reserved', 'bytes', 2, 2),
    fixed('ah.spi', 'SPI', 'hex', SPI, 4),
    fixed('ah.sequence', 'Sequence', 'uint', SEQUENCE, 4),
    ICV,
  ],
  walk,
};
