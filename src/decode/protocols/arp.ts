/**
 * Address Resolution Protocol (RFC 826) and its reverse (RFC 903).
 *
 *     0               2               4       5       6               8
 *     +---------------+---------------+-------+-------+---------------+
 *     | hardware type | protocol type | HLEN  | PLEN  | operation     |
 *     +---------------+---------------+-------+-------+---------------+
 *     | sender hardware (HLEN), sender protocol (PLEN), target hardware, target protocol
 */
import { ARP, NONE } from '../../base/protocol-numbers.ts';
import type { Ipv4, Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { giveBytes } from '../walk.ts';

const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = 2;
const HARDWARE_LEN = 4;
const PROTOCOL_LEN = 5;
const OPERATION = 6;
const ADDRESSES = 8;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** Operation: 1 request, 2 reply, 3 and 4 of RARP. */
export const arpOperation = (view: DataView, at: Offset): number => view.getUint16(at + OPERATION);
/** Whether the addresses are Ethernet's and IPv4's: only then the accessors below hold. */
export const isArpIpv4 = (view: DataView, at: Offset): boolean =>
  view.getUint16(at + PROTOCOL_TYPE) === 0x0800 && view.getUint16(at + HARDWARE_LEN) === 0x0604;
export const arpSenderMacAt = (at: Offset): Offset => at + ADDRESSES;
export const arpSenderIp = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + ADDRESSES + 6);
export const arpTargetMacAt = (at: Offset): Offset => at + ADDRESSES + 10;
export const arpTargetIp = (view: DataView, at: Offset): Ipv4 => view.getInt32(at + ADDRESSES + 16);

export function dissectArp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < ADDRESSES) return packet.short(end);
  const view = packet.view;
  const addressesLen = 2 * (view.getUint8(at + HARDWARE_LEN) + view.getUint8(at + PROTOCOL_LEN));
  if (end - at < ADDRESSES + addressesLen) {
    return packet.short(end);
  }
  const headerEnd = at + ADDRESSES + addressesLen;
  packet.push(ARP, at, headerEnd, headerEnd);
  return NONE;
}

const SENDER_MAC = found('arp.src.hw_mac', 'Sender MAC', 'mac');
const SENDER_HARDWARE = found('arp.src.hw', 'Sender hardware address', 'bytes');
const SENDER_IP = found('arp.src.proto_ipv4', 'Sender IP', 'ipv4');
const SENDER_PROTOCOL = found('arp.src.proto', 'Sender protocol address', 'bytes');
const TARGET_MAC = found('arp.dst.hw_mac', 'Target MAC', 'mac');
const TARGET_HARDWARE = found('arp.dst.hw', 'Target hardware address', 'bytes');
const TARGET_IP = found('arp.dst.proto_ipv4', 'Target IP', 'ipv4');
const TARGET_PROTOCOL = found('arp.dst.proto', 'Target protocol address', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const hardwareLen = view.getUint8(at + HARDWARE_LEN);
  const protocolLen = view.getUint8(at + PROTOCOL_LEN);
  const hardwareType = view.getUint16(at + HARDWARE_TYPE);
  const isMac = hardwareLen === 6 && (hardwareType === 1 || hardwareType === 6);
  const isIp = protocolLen === 4 && view.getUint16(at + PROTOCOL_TYPE) === 0x0800;
  let next = at + ADDRESSES;
  if (hardwareLen > 0) giveBytes(sink, isMac ? SENDER_MAC : SENDER_HARDWARE, next, hardwareLen);
  next += hardwareLen;
  if (protocolLen > 0) giveBytes(sink, isIp ? SENDER_IP : SENDER_PROTOCOL, next, protocolLen);
  next += protocolLen;
  if (hardwareLen > 0) giveBytes(sink, isMac ? TARGET_MAC : TARGET_HARDWARE, next, hardwareLen);
  next += hardwareLen;
  if (protocolLen > 0) giveBytes(sink, isIp ? TARGET_IP : TARGET_PROTOCOL, next, protocolLen);
}

export const arp: Dissector = {
  protocol: ARP,
  name: 'arp',
  reference: 'RFC 826, RFC 903',
  on: { etherType: [0x0806, 0x8035] },
  dissect: dissectArp,
  fields: [
    fixed('arp.hw.type', 'Hardware type', 'uint', HARDWARE_TYPE, 2),
    fixed('arp.proto.type', 'Protocol type', 'hex', PROTOCOL_TYPE, 2),
    fixed('arp.hw.size', 'Hardware size', 'uint', HARDWARE_LEN, 1),
    fixed('arp.proto.size', 'Protocol size', 'uint', PROTOCOL_LEN, 1),
    fixed('arp.opcode', 'Opcode', 'uint', OPERATION, 2),
    SENDER_MAC,
    SENDER_HARDWARE,
    SENDER_IP,
    SENDER_PROTOCOL,
    TARGET_MAC,
    TARGET_HARDWARE,
    TARGET_IP,
    TARGET_PROTOCOL,
  ],
  walk,
};
