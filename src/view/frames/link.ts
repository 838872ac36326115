/** The link layer of a frame's line: little by default; with -e the whole header. */
import {
  ETHERNET,
  LLC,
  NFLOG,
  NULL_LOOPBACK,
  PKTAP,
  PPP,
  PPPOE,
  SLL,
  SLL2,
  VLAN,
} from '../../base/protocol-numbers.ts';
import type { Packet } from '../../decode/packet.ts';
import * as ethernet from '../../decode/protocols/ethernet.ts';
import { llcDsap, llcSsap } from '../../decode/protocols/llc.ts';
import { nflogPrefix } from '../../decode/protocols/nflog.ts';
import { pktapInterface } from '../../decode/protocols/pktap.ts';
import {
  sll2AddressAt,
  sll2AddressLen,
  sll2InterfaceIndex,
  sll2PacketType,
  sll2Protocol,
  sllAddressAt,
  sllAddressLen,
  sllPacketType,
  sllProtocol,
} from '../../decode/protocols/sll.ts';
import {
  vlanEtherType,
  vlanId,
  vlanIsDropEligible,
  vlanPriority,
} from '../../decode/protocols/vlan.ts';
import type { FrameContext } from './context.ts';

/** EtherTypes as tcpdump -e names them. */
const ETHER_TYPES: Record<number, string> = {
  2048: 'IPv4',
  2054: 'ARP',
  25944: 'TEB',
  32821: 'Reverse ARP',
  33024: '802.1Q',
  34525: 'IPv6',
  34827: 'PPP',
  34887: 'MPLS unicast',
  34888: 'MPLS multicast',
  34915: 'PPPoE D',
  34916: 'PPPoE S',
  34958: 'EAPOL',
  34984: '802.1Q-QinQ',
  35020: 'LLDP',
  35045: 'MACsec',
  37120: '802.1Q-9100',
};

const LENGTH_MAX = 1500;
const MAC_LEN = 6;

export function showEtherType(line: FrameContext, type: number): void {
  line.out.ascii(ETHER_TYPES[type] ?? 'Unknown');
  line.out.ascii(' (0x');
  line.out.hex(type, 4);
  line.out.char(41);
}

/** `mac > mac, ethertype IPv4 (0x0800), length 74: ` with -e; else nothing. */
export function showEthernet(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  if (!line.link) {
    if (row > 0 && row + 1 >= packet.depth) showUnknown(line, packet, row);
    return;
  }
  out.mac(packet.view, ethernet.sourceAt(at));
  out.ascii(' > ');
  out.mac(packet.view, ethernet.destinationAt(at));
  const type = ethernet.type(packet.view, at);
  if (!line.quiet && type <= LENGTH_MAX) out.ascii(', 802.3');
  else if (!line.quiet) {
    out.ascii(', ethertype ');
    showEtherType(line, type);
  }
  showLength(line, row === 0 ? packet.wireLen : packet.end[row]! - at);
}

/** An inner frame of which nothing above is decoded. */
function showUnknown(line: FrameContext, packet: Packet, row: number): void {
  line.out.ascii('ethertype ');
  showEtherType(line, ethernet.type(packet.view, packet.at[row]!));
  line.out.ascii(', length ');
  line.out.uint(packet.end[row]! - packet.at[row]!);
}

function showLength(line: FrameContext, len: number): void {
  line.out.ascii(', length ');
  line.out.uint(len);
  line.out.ascii(': ');
}

/** `vlan 5 `; with -e as tcpdump `vlan 5, p 0, ethertype IPv4 (0x0800), `. */
export function showVlan(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  out.ascii('vlan ');
  out.uint(vlanId(packet.view, at));
  if (!line.link) {
    out.char(32);
    return;
  }
  out.ascii(', p ');
  out.uint(vlanPriority(packet.view, at));
  if (vlanIsDropEligible(packet.view, at)) out.ascii(', DEI');
  const type = vlanEtherType(packet.view, at);
  out.ascii(type <= LENGTH_MAX ? ', 802.3, ' : ', ethertype ');
  if (type <= LENGTH_MAX) return;
  showEtherType(line, type);
  out.ascii(', ');
}

const PACKET_TYPES = ['In  ', 'B   ', 'M   ', 'P   ', 'Out '];

/** `In  ` or `Out ` of a cooked capture, and the interface's index where it is told. */
export function showCooked(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const is2 = packet.protocol[row] === SLL2;
  if (is2) {
    out.ascii('if');
    out.uint(sll2InterfaceIndex(view, at));
    out.char(32);
  }
  out.ascii(PACKET_TYPES[is2 ? sll2PacketType(view, at) : sllPacketType(view, at)] ?? '?   ');
  if (!line.link) return;
  const addressLen = is2 ? sll2AddressLen(view, at) : sllAddressLen(view, at);
  if (addressLen === MAC_LEN) {
    out.mac(view, is2 ? sll2AddressAt(at) : sllAddressAt(at));
    out.char(32);
  }
  if (!line.quiet) {
    out.ascii('ethertype ');
    showEtherType(line, is2 ? sll2Protocol(view, at) : sllProtocol(view, at));
  }
  showLength(line, packet.wireLen);
}

export function showPktap(line: FrameContext, packet: Packet, row: number): void {
  line.out.text(pktapInterface(packet.view, packet.at[row]!));
  line.out.char(32);
}

export function showNflog(line: FrameContext, packet: Packet, row: number): void {
  const prefix = nflogPrefix(packet.view, packet.at[row]!, packet.payloadAt[row]!);
  if (prefix === '') return;
  line.out.text(`"${prefix}"`);
  line.out.char(32);
}

/** LLC when nothing above it is decoded. */
export function showLlc(line: FrameContext, packet: Packet, row: number): void {
  if (row + 1 < packet.depth) return;
  const at = packet.at[row]!;
  line.out.ascii('LLC, dsap 0x');
  line.out.hex(llcDsap(packet.view, at), 2);
  line.out.ascii(', ssap 0x');
  line.out.hex(llcSsap(packet.view, at), 2);
  line.out.ascii(', length ');
  line.out.uint(packet.end[row]! - at);
}

/** Where the bytes begin that -x and -X show: after the link layer. */
export function networkAt(packet: Packet): number {
  for (let row = 0; row < packet.depth; row++) {
    if (!isLink(packet.protocol[row]!)) return packet.at[row]!;
  }
  return packet.depth === 0 ? packet.frameAt : packet.payloadAt[packet.depth - 1]!;
}

function isLink(protocol: number): boolean {
  switch (protocol) {
    case ETHERNET:
    case VLAN:
    case LLC:
    case SLL:
    case SLL2:
    case NULL_LOOPBACK:
    case PPP:
    case PPPOE:
    case NFLOG:
    case PKTAP:
      return true;
    default:
      return false;
  }
}
