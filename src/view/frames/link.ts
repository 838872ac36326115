/** The link layer of a frame's line: nothing by default but VLAN tags; with -e the whole header. */
import { ETHERNET } from '../../base/protocol-numbers.ts';
import type { Packet } from '../../decode/packet.ts';
import * as ethernet from '../../decode/protocols/ethernet.ts';
import type { FrameContext } from './context.ts';

/** EtherTypes as tcpdump -e names them. */
const ETHER_TYPES: Record<number, string> = {
  2048: 'IPv4',
  2054: 'ARP',
  25944: 'TEB',
  32821: 'Reverse ARP',
  33024: '802.1Q',
  34525: 'IPv6',
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

export function etherTypeName(type: number): string {
  return ETHER_TYPES[type] ?? 'Unknown';
}

/** `mac > mac, ethertype IPv4 (0x0800), length 74: ` with -e; else nothing. */
export function showEthernet(line: FrameContext, packet: Packet, row: number): void {
  if (!line.link) return;
  const out = line.out;
  const at = packet.at[row]!;
  out.mac(packet.view, ethernet.sourceAt(at));
  out.ascii(' > ');
  out.mac(packet.view, ethernet.destinationAt(at));
  if (!line.quiet) {
    const type = ethernet.type(packet.view, at);
    out.ascii(type <= 1500 ? ', 802.3' : ', ethertype ');
    if (type > 1500) showEtherType(line, type);
  }
  out.ascii(', length ');
  out.uint(row === 0 ? packet.wireLen : packet.end[row]! - at);
  out.ascii(': ');
}

export function showEtherType(line: FrameContext, type: number): void {
  line.out.ascii(etherTypeName(type));
  line.out.ascii(' (0x');
  line.out.hex(type, 4);
  line.out.char(41);
}

/** Where the bytes begin that -x and -X show: after the link layer. */
export function networkAt(packet: Packet): number {
  for (let row = 0; row < packet.depth; row++) {
    if (!isLink(packet.protocol[row]!)) return packet.at[row]!;
  }
  return packet.depth === 0 ? packet.frameAt : packet.payloadAt[packet.depth - 1]!;
}

function isLink(protocol: number): boolean {
  return protocol === ETHERNET;
}
