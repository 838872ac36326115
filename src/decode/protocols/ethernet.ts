/**
 * Ethernet II and IEEE 802.3 MAC frames.
 *
 *     0                   6                   12       14
 *     +-------------------+-------------------+--------+---
 *     | destination       | source            | type   | payload
 *     +-------------------+-------------------+--------+---
 *
 * A value of `type` up to 1500 is the payload's length, and an LLC header follows (IEEE 802.3 clause 3.2.6).
 */
import { ETHERNET, LLC, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import { byEtherType } from '../next.ts';
import { type Packet, UNKNOWN_PAYLOAD } from '../packet.ts';

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
const HEADER_LEN = 14;
/** The largest payload length; larger values of `type` up to 0x05ff are undefined. */
const LENGTH_MAX = 1500;

/** EtherType, or the payload's length where it is at most 1500, of the layer at `at`. */
export const type = (view: DataView, at: Offset): number => view.getUint16(at + TYPE);
/** Where the addresses stand. */
export const destinationAt = (at: Offset): Offset => at + DESTINATION;
export const sourceAt = (at: Offset): Offset => at + SOURCE;

/** The protocol after an EtherType, noted when nobody decodes it. */
export function onEtherType(packet: Packet, type: number): Protocol {
  const next = byEtherType[type]!;
  if (next === NONE) packet.notes |= UNKNOWN_PAYLOAD;
  return next;
}

export function dissectEthernet(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const type = packet.view.getUint16(at + TYPE);
  if (type <= LENGTH_MAX) {
    const payloadEnd = at + HEADER_LEN + type;
    packet.push(ETHERNET, at, at + HEADER_LEN, payloadEnd < end ? payloadEnd : end);
    return LLC;
  }
  packet.push(ETHERNET, at, at + HEADER_LEN, end);
  return onEtherType(packet, type);
}

export const ethernet: Dissector = {
  protocol: ETHERNET,
  name: 'eth',
  reference: 'IEEE 802.3 clause 3',
  on: { linktype: [1], etherType: [0x6558] },
  dissect: dissectEthernet,
  fields: [
    fixed('eth.dst', 'Destination', 'mac', DESTINATION, 6),
    fixed('eth.src', 'Source', 'mac', SOURCE, 6),
  ],
};
