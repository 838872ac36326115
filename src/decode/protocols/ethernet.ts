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
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import { byEtherType } from '../next.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
const HEADER_LEN = 14;
/** The largest payload length; larger values of `type` up to 0x05ff are undefined. */
const LENGTH_MAX = 1500;
const ETHERTYPE_MIN = 0x0600;

/** Whether a type field is a length; 0 is neither length nor type, and what Weave's heartbeats have. */
export const isLength = (type: number): boolean => type !== 0 && type <= LENGTH_MAX;

/** EtherType, or the payload's length where it is at most 1500, of the layer at `at`. */
export const type = (view: DataView, at: Offset): number => view.getUint16(at + TYPE);
/** Where the addresses stand. */
export const destinationAt = (at: Offset): Offset => at + DESTINATION;
export const sourceAt = (at: Offset): Offset => at + SOURCE;

/** The protocol after an EtherType, noted when nobody decodes it. */
export function onEtherType(packet: Packet, type: number): Protocol {
  const next = byEtherType[type]!;
  return next === NONE ? packet.unknown() : next;
}

/**
 * What follows a length field (of Ethernet or of a VLAN tag) in the layer pushed last: an LLC header.
 * Octets beyond the length are padding.
 */
export function onLength(packet: Packet, length: number): Protocol {
  const row = packet.depth - 1;
  const payloadEnd = packet.nextAt + length;
  if (payloadEnd > packet.nextEnd) packet.short(packet.nextEnd);
  else {
    packet.end[row] = payloadEnd;
    packet.nextEnd = payloadEnd;
  }
  return LLC;
}

export function dissectEthernet(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const type = packet.view.getUint16(at + TYPE);
  packet.push(ETHERNET, at, at + HEADER_LEN, end);
  return isLength(type) ? onLength(packet, type) : onEtherType(packet, type);
}

const LEN = found('eth.len', 'Length', 'uint');
const ETHERTYPE = found('eth.type', 'Type', 'hex');
const ODD = found('eth.invalid_lentype', 'Neither length nor type', 'hex');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const typeAt = packet.at[row]! + TYPE;
  const type = packet.view.getUint16(typeAt);
  const isOdd = type > LENGTH_MAX && type < ETHERTYPE_MIN;
  give(sink, packet.view, isLength(type) ? LEN : isOdd ? ODD : ETHERTYPE, typeAt, 2);
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
    LEN,
    ETHERTYPE,
    ODD,
  ],
  walk,
};
