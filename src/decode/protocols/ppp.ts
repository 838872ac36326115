/**
 * Point-to-Point Protocol (RFC 1661), with or without the HDLC-like address and control bytes FF 03
 * (RFC 1662 section 3.1); the protocol field may be compressed to one odd byte (RFC 1661 section 6.5).
 */
import { IPV4, IPV6, MPLS, PPP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';
import { onEtherType } from './ethernet.ts';

const ADDRESS_CONTROL = 0xff03;
/** Cisco HDLC addresses (unicast, multicast): LINKTYPE_PPP_HDLC holds these frames too; an EtherType follows. */
const CISCO_UNICAST = 0x0f;
const CISCO_MULTICAST = 0x8f;

/** Where the protocol field of the layer at `at` stands; the layer has at least 2 bytes. */
const protocolAt = (view: DataView, at: Offset): Offset =>
  view.getUint16(at) === ADDRESS_CONTROL ? at + 2 : at;

const isCisco = (view: DataView, at: Offset): boolean =>
  view.getUint8(at) === CISCO_UNICAST || view.getUint8(at) === CISCO_MULTICAST;

export function dissectPpp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < 2) return packet.short(end);
  const view = packet.view;
  if (isCisco(view, at) && view.getUint8(at + 1) === 0) {
    if (end - at < 4) return packet.short(end);
    packet.push(PPP, at, at + 4, end);
    return onEtherType(packet, view.getUint16(at + 2));
  }
  const numberAt = protocolAt(view, at);
  if (numberAt === end) return packet.short(end);
  const len = (view.getUint8(numberAt) & 1) === 1 ? 1 : 2;
  if (end - numberAt < len) return packet.short(end);
  packet.push(PPP, at, numberAt + len, end);
  return onPpp(packet, len === 1 ? view.getUint8(numberAt) : view.getUint16(numberAt));
}

function onPpp(packet: Packet, protocol: number): Protocol {
  switch (protocol) {
    case 0x0021:
      return IPV4;
    case 0x0057:
      return IPV6;
    case 0x0281:
    case 0x0283:
      return MPLS;
    default:
      return packet.unknown();
  }
}

const ADDRESS = found('ppp.address', 'Address', 'hex');
const CONTROL = found('ppp.control', 'Control', 'hex');
const PROTOCOL = found('ppp.protocol', 'Protocol', 'hex', 0, 2);

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  if (isCisco(view, at) && view.getUint8(at + 1) === 0) return; // no field of PPP's
  const numberAt = protocolAt(view, at);
  if (numberAt > at) {
    give(sink, view, ADDRESS, at, 1);
    give(sink, view, CONTROL, at + 1, 1);
  }
  give(sink, view, PROTOCOL, numberAt, packet.payloadAt[row]! - numberAt);
}

export const ppp: Dissector = {
  protocol: PPP,
  name: 'ppp',
  reference: 'RFC 1661, RFC 1662',
  on: { linktype: [9, 50], etherType: [0x880b] },
  dissect: dissectPpp,
  fields: [ADDRESS, CONTROL, PROTOCOL],
  walk,
};
