/**
 * Internet Protocol version 4 (RFC 791). IPIP is this protocol inside itself (RFC 2003).
 *
 *     0               1               2               3
 *     +-------+-------+---------------+-------------------------------+
 *     |Version|  IHL  |    DSCP/ECN   |          Total Length         |
 *     +-------+-------+---------------+-----+-------------------------+
 *     |         Identification        |Flags|   Fragment Offset / 8   |
 *     +---------------+---------------+-----+-------------------------+
 *     |  Time to Live |    Protocol   |        Header Checksum        |
 *     +---------------+---------------+-------------------------------+
 *     |                         Source Address                        |
 *     |                      Destination Address                      |
 *     |                    Options, 0 to 40 bytes                     |
 */
import { IPV4, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import { byIpProtocol } from '../next.ts';
import { GSO_LENGTH, MALFORMED, type Packet, UNKNOWN_PAYLOAD } from '../packet.ts';

const VERSION_IHL = 0;
const TOS = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_OFFSET = 6;
const TTL = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
const HEADER_LEN_MIN = 20;

const MORE_FRAGMENTS = 0x2000;
const OFFSET_BLOCKS = 0x1fff;

/** Header fields of the layer at `at`; the layer exists, so its first 20 bytes do. */
export const source = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + SOURCE);
export const destination = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + DESTINATION);
export const tos = (view: DataView, at: Offset): number => view.getUint8(at + TOS);
export const totalLength = (view: DataView, at: Offset): number =>
  view.getUint16(at + TOTAL_LENGTH);
export const identification = (view: DataView, at: Offset): number =>
  view.getUint16(at + IDENTIFICATION);
export const ttl = (view: DataView, at: Offset): number => view.getUint8(at + TTL);
export const protocol = (view: DataView, at: Offset): number => view.getUint8(at + PROTOCOL);
export const checksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);
/** Bytes from the start of the datagram's payload, 0 where it is no later fragment. */
export const fragmentOffset = (view: DataView, at: Offset): number =>
  (view.getUint16(at + FLAGS_OFFSET) & OFFSET_BLOCKS) << 3;
/** The three flag bits: 4 reserved, 2 don't fragment, 1 more fragments. */
export const flags = (view: DataView, at: Offset): number => view.getUint8(at + FLAGS_OFFSET) >> 5;

/** The protocol after an IP protocol number, noted when nobody decodes it. */
export function onIpProtocol(packet: Packet, number: number): Protocol {
  const next = byIpProtocol[number]!;
  if (next === NONE) packet.notes |= UNKNOWN_PAYLOAD;
  return next;
}

export function dissectIpv4(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const versionIhl = view.getUint8(at + VERSION_IHL);
  const headerLen = (versionIhl & 15) << 2;
  if (versionIhl >> 4 !== 4 || headerLen < HEADER_LEN_MIN) return packet.malformed();
  if (end - at < headerLen) return packet.short(end);

  let wireEnd = at + view.getUint16(at + TOTAL_LENGTH);
  if (wireEnd === at) {
    packet.notes |= GSO_LENGTH; // the kernel leaves 0 in frames above 64 KiB: the frame's length holds
    wireEnd = packet.wireEnd;
  } else if (wireEnd < at + headerLen) {
    return packet.malformed();
  } else if (wireEnd > packet.wireEnd && packet.quoted < 0 && packet.fragment < 0) {
    packet.notes |= MALFORMED;
  }
  packet.push(IPV4, at, at + headerLen, wireEnd < end ? wireEnd : end);

  const ipProtocol = view.getUint8(at + PROTOCOL);
  if (!packet.enterIp(ipProtocol, wireEnd)) return NONE;
  const flagsOffset = view.getUint16(at + FLAGS_OFFSET);
  if ((flagsOffset & (MORE_FRAGMENTS | OFFSET_BLOCKS)) !== 0) {
    const offset = (flagsOffset & OFFSET_BLOCKS) << 3;
    packet.enterFragment(packet.depth - 1, view.getUint16(at + IDENTIFICATION), offset);
    if (offset !== 0) return NONE;
  }
  return onIpProtocol(packet, ipProtocol);
}

export const ipv4: Dissector = {
  protocol: IPV4,
  name: 'ip',
  reference: 'RFC 791, RFC 2003',
  on: { linktype: [228], etherType: [0x0800], ipProtocol: [4] },
  dissect: dissectIpv4,
  fields: [
    fixed('ip.version', 'Version', 'uint', VERSION_IHL, 1, 0xf0),
    fixed('ip.dsfield.dscp', 'DSCP', 'uint', TOS, 1, 0xfc),
    fixed('ip.dsfield.ecn', 'ECN', 'uint', TOS, 1, 0x03),
    fixed('ip.id', 'Identification', 'hex', IDENTIFICATION, 2),
    fixed('ip.flags.rb', 'Reserved bit', 'boolean', FLAGS_OFFSET, 1, 0x80),
    fixed('ip.flags.df', "Don't fragment", 'boolean', FLAGS_OFFSET, 1, 0x40),
    fixed('ip.flags.mf', 'More fragments', 'boolean', FLAGS_OFFSET, 1, 0x20),
    fixed('ip.ttl', 'Time to live', 'uint', TTL, 1),
    fixed('ip.proto', 'Protocol', 'uint', PROTOCOL, 1),
    fixed('ip.checksum', 'Header checksum', 'hex', CHECKSUM, 2),
    fixed('ip.src', 'Source', 'ipv4', SOURCE, 4),
    fixed('ip.dst', 'Destination', 'ipv4', DESTINATION, 4),
  ],
};
