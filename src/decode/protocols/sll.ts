/**
 * Linux cooked capture, what `tcpdump -i any` writes: SLL (LINKTYPE_LINUX_SLL, 113) and SLL2
 * (LINKTYPE_LINUX_SLL2, 276). All numbers big-endian. Neither holds a destination address.
 *
 *     SLL   0 packet type 2 | 2 ARPHRD 2 | 4 address length 2 | 6 address 8 | 14 protocol 2
 *     SLL2  0 protocol 2 | 2 reserved 2 | 4 interface index 4 | 8 ARPHRD 2 | 10 packet type 1 |
 *           11 address length 1 | 12 address 8
 *
 * What `protocol` means depends on ARPHRD (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
 */
import { LLC, SLL, SLL2 } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import { onEtherType } from './ethernet.ts';

const SLL_LEN = 16;
const SLL_PACKET_TYPE = 0;
const SLL_HARDWARE_TYPE = 2;
const SLL_ADDRESS_LEN = 4;
const SLL_ADDRESS = 6;
const SLL_PROTOCOL = 14;

const SLL2_LEN = 20;
const SLL2_PROTOCOL = 0;
const SLL2_INTERFACE = 4;
const SLL2_HARDWARE_TYPE = 8;
const SLL2_PACKET_TYPE = 10;
const SLL2_ADDRESS_LEN = 11;
const SLL2_ADDRESS = 12;

const ADDRESS_LEN_MAX = 8;

/** Linux hardware types (if_arp.h) under which `protocol` is no EtherType. */
const ARPHRD_IPGRE = 778;
const ARPHRD_80211 = 801;
const ARPHRD_80211_RADIOTAP = 803;
const ARPHRD_NETLINK = 824;
/** Not EtherTypes: Novell's raw 802.3 and 802.2 LLC (if_ether.h). */
const PROTOCOL_802_2 = 0x0004;
const ETHERTYPE_MIN = 0x0600;

/** Packet types of both. */
export const SLL_TO_US = 0;
export const SLL_BROADCAST = 1;
export const SLL_MULTICAST = 2;
export const SLL_TO_OTHER = 3;
export const SLL_FROM_US = 4;

/** Packet type of an SLL layer at `at`. */
export const sllPacketType = (view: DataView, at: Offset): number => view.getUint16(at);
/** Packet type of an SLL2 layer at `at`. */
export const sll2PacketType = (view: DataView, at: Offset): number =>
  view.getUint8(at + SLL2_PACKET_TYPE);
/** EtherType, or what takes its place (see above), of either. */
export const sllProtocol = (view: DataView, at: Offset): number =>
  view.getUint16(at + SLL_PROTOCOL);
export const sll2Protocol = (view: DataView, at: Offset): number =>
  view.getUint16(at + SLL2_PROTOCOL);
/** Interface index on the capturing host, 0 = none. */
export const sll2InterfaceIndex = (view: DataView, at: Offset): number =>
  view.getUint32(at + SLL2_INTERFACE);
/** Hardware type (ARPHRD_*) of either. */
export const sllHardwareType = (view: DataView, at: Offset): number =>
  view.getUint16(at + SLL_HARDWARE_TYPE);
export const sll2HardwareType = (view: DataView, at: Offset): number =>
  view.getUint16(at + SLL2_HARDWARE_TYPE);
/** Bytes of link-layer source address, 0..8 kept, and where they stand. */
export const sllAddressLen = (view: DataView, at: Offset): number =>
  Math.min(view.getUint16(at + SLL_ADDRESS_LEN), ADDRESS_LEN_MAX);
export const sll2AddressLen = (view: DataView, at: Offset): number =>
  Math.min(view.getUint8(at + SLL2_ADDRESS_LEN), ADDRESS_LEN_MAX);
export const sllAddressAt = (at: Offset): Offset => at + SLL_ADDRESS;
export const sll2AddressAt = (at: Offset): Offset => at + SLL2_ADDRESS;

function onCooked(packet: Packet, hardwareType: number, protocol: number): Protocol {
  if (hardwareType === ARPHRD_NETLINK) return packet.unknown();
  if (hardwareType >= ARPHRD_80211 && hardwareType <= ARPHRD_80211_RADIOTAP) {
    return packet.unknown();
  }
  if (hardwareType === ARPHRD_IPGRE || protocol >= ETHERTYPE_MIN) {
    return onEtherType(packet, protocol);
  }
  return protocol === PROTOCOL_802_2 ? LLC : packet.unknown();
}

export function dissectSll(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < SLL_LEN) return packet.short(end);
  const view = packet.view;
  packet.push(SLL, at, at + SLL_LEN, end);
  return onCooked(
    packet,
    view.getUint16(at + SLL_HARDWARE_TYPE),
    view.getUint16(at + SLL_PROTOCOL),
  );
}

export function dissectSll2(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < SLL2_LEN) return packet.short(end);
  const view = packet.view;
  packet.push(SLL2, at, at + SLL2_LEN, end);
  return onCooked(
    packet,
    view.getUint16(at + SLL2_HARDWARE_TYPE),
    view.getUint16(at + SLL2_PROTOCOL),
  );
}

const SOURCE_MAC = found('sll.src.eth', 'Source', 'mac');
const SOURCE_IPV4 = found('sll.src.ipv4', 'Source', 'ipv4');
const SOURCE_OTHER = found('sll.src.other', 'Source', 'bytes');
const UNUSED = found('sll.unused', 'Unused', 'bytes');
const ETYPE = found('sll.etype', 'Protocol', 'hex');
const LTYPE = found('sll.ltype', 'Protocol', 'hex');
const GRETYPE = found('sll.gretype', 'Protocol', 'hex');

function giveAddress(sink: FieldSink, at: Offset, len: number): void {
  if (len === 4) giveBytes(sink, SOURCE_IPV4, at, 4);
  else if (len === 6) giveBytes(sink, SOURCE_MAC, at, 6);
  else if (len > 0) giveBytes(sink, SOURCE_OTHER, at, len);
  if (len < ADDRESS_LEN_MAX) giveBytes(sink, UNUSED, at + len, ADDRESS_LEN_MAX - len);
}

function giveProtocol(sink: FieldSink, view: DataView, hardwareType: number, at: Offset): void {
  if (hardwareType === ARPHRD_NETLINK) return;
  const protocol = view.getUint16(at);
  const field = hardwareType === ARPHRD_IPGRE ? GRETYPE : protocol >= ETHERTYPE_MIN ? ETYPE : LTYPE;
  give(sink, view, field, at, 2);
}

function walkSll(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  giveAddress(sink, at + SLL_ADDRESS, sllAddressLen(view, at));
  giveProtocol(sink, view, sllHardwareType(view, at), at + SLL_PROTOCOL);
}

function walkSll2(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  giveProtocol(sink, view, sll2HardwareType(view, at), at + SLL2_PROTOCOL);
  giveAddress(sink, at + SLL2_ADDRESS, sll2AddressLen(view, at));
}

export const sll: Dissector = {
  protocol: SLL,
  name: 'sll',
  reference: 'LINKTYPE_LINUX_SLL',
  on: { linktype: [113] },
  dissect: dissectSll,
  fields: [
    fixed('sll.pkttype', 'Packet type', 'uint', SLL_PACKET_TYPE, 2),
    fixed('sll.hatype', 'Hardware type', 'uint', SLL_HARDWARE_TYPE, 2),
    fixed('sll.halen', 'Address length', 'uint', SLL_ADDRESS_LEN, 2),
    SOURCE_MAC,
    SOURCE_IPV4,
    SOURCE_OTHER,
    UNUSED,
    ETYPE,
    LTYPE,
    GRETYPE,
  ],
  walk: walkSll,
};

export const sll2: Dissector = {
  protocol: SLL2,
  name: 'sll2',
  reference: 'LINKTYPE_LINUX_SLL2',
  on: { linktype: [276] },
  dissect: dissectSll2,
  fields: [
    fixed('sll.ifindex', 'Interface index', 'uint', SLL2_INTERFACE, 4),
    fixed('sll.hatype', 'Hardware type', 'uint', SLL2_HARDWARE_TYPE, 2),
    fixed('sll.pkttype', 'Packet type', 'uint', SLL2_PACKET_TYPE, 1),
    fixed('sll.halen', 'Address length', 'uint', SLL2_ADDRESS_LEN, 1),
    SOURCE_MAC,
    SOURCE_IPV4,
    SOURCE_OTHER,
    UNUSED,
    ETYPE,
    LTYPE,
    GRETYPE,
  ],
  walk: walkSll2,
};
