/**
 * Generic Protocol Extension for VXLAN (draft-ietf-nvo3-vxlan-gpe section 3), UDP port 4790.
 *
 *     0               1               2               3
 *     +---+---+-+-+-+-+-------------------------------+---------------+
 *     |R R|Ver|I|P|B|O|           Reserved            | Next protocol |
 *     +---+---+-+-+-+-+-------------------------------+---------------+
 *     |                VXLAN Network Identifier       |   Reserved    |
 *     +-----------------------------------------------+---------------+
 */
import { ETHERNET, IPV4, IPV6, MPLS, NONE, VXLAN_GPE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { notTunnel } from '../tunnel-guess.ts';

const FLAGS = 0;
const NEXT_PROTOCOL = 3;
const VNI = 4;
const HEADER_LEN = 8;

const VERSION = 0x30;
const FLAG_I = 0x08;
const FLAG_P = 0x04;

/** VXLAN network identifier, 24 bits. */
export const vxlanGpeVni = (view: DataView, at: Offset): number => view.getUint32(at + VNI) >>> 8;

export function dissectVxlanGpe(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const flags = view.getUint8(at + FLAGS);
  const isOurs = (flags & FLAG_I) !== 0 && (flags & (VERSION | 0xc0)) === 0;
  if (!isOurs || view.getUint16(at + 1) !== 0) return notTunnel(packet, VXLAN_GPE);
  packet.push(VXLAN_GPE, at, at + HEADER_LEN, end);
  if (packet.nextAt === end) return NONE;
  switch (view.getUint8(at + NEXT_PROTOCOL)) {
    case 0: // without P the field is reserved and the payload Ethernet, but some senders forget P
      return (flags & FLAG_P) === 0 ? ETHERNET : packet.unknown();
    case 1:
      return IPV4;
    case 2:
      return IPV6;
    case 3:
      return ETHERNET;
    case 5:
      return MPLS;
    default:
      return packet.unknown();
  }
}

export const vxlanGpe: Dissector = {
  protocol: VXLAN_GPE,
  name: 'vxlan-gpe',
  reference: 'draft-ietf-nvo3-vxlan-gpe',
  on: { udpPort: [4790] },
  dissect: dissectVxlanGpe,
  fields: [
    fixed('vxlan.flags', 'Flags', 'hex', FLAGS, 1),
    fixed('vxlan.ver', 'Version', 'uint', FLAGS, 1, VERSION),
    fixed('vxlan.i_bit', 'VNI valid', 'uint', FLAGS, 1, FLAG_I),
    fixed('vxlan.p_bit', 'Next protocol valid', 'uint', FLAGS, 1, FLAG_P),
    fixed('vxlan.o_bit', 'OAM', 'uint', FLAGS, 1, 0x01),
    fixed('vxlan.next_proto', 'Next protocol', 'uint', NEXT_PROTOCOL, 1),
    fixed('vxlan.vni', 'VNI', 'uint', VNI, 3),
    fixed('vxlan.reserved8', 'Reserved', 'uint', 7, 1),
  ],
};
