/**
 * Internet Protocol version 6 (RFC 8200). Extension headers are layers of their own: ipv6-extension.ts,
 * ipv6-fragment.ts, ah.ts.
 *
 *     0               1               2               3
 *     +-------+---------------+---------------------------------------+
 *     |Version| Traffic class |              Flow label               |
 *     +-------+---------------+-------+---------------+---------------+
 *     |        Payload length         |  Next header  |   Hop limit   |
 *     +-------------------------------+---------------+---------------+
 *     |                     Source address, 16 bytes                  |
 *     |                   Destination address, 16 bytes               |
 */
import { IPV6, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import { GSO_LENGTH, MALFORMED, type Packet } from '../packet.ts';
import { onIpProtocol } from './ipv4.ts';

const VERSION_CLASS_FLOW = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
export const IPV6_HEADER_LEN = 40;

const HOP_BY_HOP = 0;
const NO_NEXT_HEADER = 59;

export const ipv6HopLimit = (view: DataView, at: Offset): number => view.getUint8(at + HOP_LIMIT);
/** Next header of the base header, which may be an extension's. */
export const ipv6NextHeader = (view: DataView, at: Offset): number =>
  view.getUint8(at + NEXT_HEADER);
/** Bytes after the 40 of the header, extension headers included; 0 in jumbograms and GSO frames. */
export const ipv6PayloadLength = (view: DataView, at: Offset): number =>
  view.getUint16(at + PAYLOAD_LENGTH);
export const ipv6TrafficClass = (view: DataView, at: Offset): number =>
  (view.getUint16(at) >> 4) & 0xff;
export const ipv6FlowLabel = (view: DataView, at: Offset): number => view.getUint32(at) & 0xf_ffff;
/** Where the 16 bytes of each address stand. */
export const ipv6SourceAt = (at: Offset): Offset => at + SOURCE;
export const ipv6DestinationAt = (at: Offset): Offset => at + DESTINATION;

export function dissectIpv6(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < IPV6_HEADER_LEN) return packet.short(end);
  const view = packet.view;
  if (view.getUint8(at) >> 4 !== 6) return packet.malformed();
  const nextHeader = view.getUint8(at + NEXT_HEADER);
  const payloadLen = view.getUint16(at + PAYLOAD_LENGTH);
  let wireEnd = at + IPV6_HEADER_LEN + payloadLen;
  const limit = packet.wireLimit(end);
  if (wireEnd > limit || payloadLen === 0) {
    wireEnd = oddEnd(packet, nextHeader, payloadLen, wireEnd, limit);
  }
  packet.push(IPV6, at, at + IPV6_HEADER_LEN, Math.min(wireEnd, end));
  if (!packet.enterIp(nextHeader, wireEnd)) return NONE;
  return onIpProtocol(packet, nextHeader);
}

/** Where a packet ends on the wire whose payload length is 0 or goes beyond `limit`, where the layer below ends. */
function oddEnd(
  packet: Packet,
  nextHeader: number,
  payloadLen: number,
  wireEnd: Offset,
  limit: Offset,
): Offset {
  if (payloadLen === 0) {
    if (nextHeader === NO_NEXT_HEADER) return wireEnd; // lawful, and empty
    // a jumbo payload option (RFC 2675) tells the length, or it is a GSO frame above 64 KiB
    if (nextHeader !== HOP_BY_HOP && packet.quoted < 0) packet.notes |= GSO_LENGTH;
    return limit;
  }
  if (packet.quoted >= 0 || packet.fragment >= 0) return wireEnd; // the rest is elsewhere
  packet.notes |= MALFORMED;
  return limit;
}

export const ipv6: Dissector = {
  protocol: IPV6,
  name: 'ipv6',
  reference: 'RFC 8200, RFC 2473',
  on: { linktype: [229], etherType: [0x86dd], ipProtocol: [41] },
  dissect: dissectIpv6,
  fields: [
    fixed('ipv6.version', 'Version', 'uint', VERSION_CLASS_FLOW, 1, 0xf0),
    fixed('ipv6.tclass', 'Traffic class', 'hex', VERSION_CLASS_FLOW, 4, 0x0ff0_0000),
    fixed('ipv6.tclass.dscp', 'DSCP', 'uint', VERSION_CLASS_FLOW, 4, 0x0fc0_0000),
    fixed('ipv6.tclass.ecn', 'ECN', 'uint', VERSION_CLASS_FLOW, 4, 0x0030_0000),
    fixed('ipv6.flow', 'Flow label', 'hex', VERSION_CLASS_FLOW + 1, 3, 0x000f_ffff),
    fixed('ipv6.plen', 'Payload length', 'uint', PAYLOAD_LENGTH, 2),
    fixed('ipv6.nxt', 'Next header', 'uint', NEXT_HEADER, 1),
    fixed('ipv6.hlim', 'Hop limit', 'uint', HOP_LIMIT, 1),
    fixed('ipv6.src', 'Source', 'ipv6', SOURCE, 16),
    fixed('ipv6.dst', 'Destination', 'ipv6', DESTINATION, 16),
  ],
};
