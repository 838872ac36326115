/**
 * Virtual eXtensible LAN (RFC 7348 section 5), with the Group Policy bits that Linux and Cisco add
 * (draft-smith-vxlan-group-policy).
 *
 *     0               1               2               3
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-------------------------------+
 *     |G|R|R|R|I|R|R|R|R|D|R|R|A|R|R|R|        Group Policy ID        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+---------------+---------------+
 *     |                VXLAN Network Identifier       |   Reserved    |
 *     +-----------------------------------------------+---------------+
 *
 * Port 4789; Linux, and so flannel and Cilium, also uses 8472; Weave's fastdp 6784.
 */
import { ETHERNET, NONE, VXLAN } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { hasVxlanFlags, notTunnel, provesVxlan } from '../tunnel-guess.ts';

const FLAGS = 0;
const GROUP = 2;
const VNI = 4;
const RESERVED = 7;
const HEADER_LEN = 8;

const FLAG_I = 0x08;

/** VXLAN network identifier, 24 bits. */
export const vxlanVni = (view: DataView, at: Offset): number => view.getUint32(at + VNI) >>> 8;
/** Flag bits: 0x08 says that the VNI is valid. */
export const vxlanFlags = (view: DataView, at: Offset): number => view.getUint8(at + FLAGS);
/** Group policy identifier, -1 where the G bit is clear. */
export const vxlanGroup = (view: DataView, at: Offset): number =>
  (view.getUint8(at) & 0x80) === 0 ? -1 : view.getUint16(at + GROUP);

/**
 * Whether the Ethernet frame at `at` (14 bytes) in a VXLAN is a heartbeat of Weave's fastdp: both
 * addresses zero, no type (weave router/fastdp.go).
 */
export const isWeaveHeartbeat = (view: DataView, at: Offset): boolean =>
  view.getInt32(at) === 0 &&
  view.getInt32(at + 4) === 0 &&
  view.getInt32(at + 8) === 0 &&
  view.getUint16(at + 12) === 0;

export function dissectVxlan(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  if (!hasVxlanFlags(view.getInt32(at)) || view.getUint8(at + RESERVED) !== 0) {
    const isOurs = (view.getUint8(at) & FLAG_I) !== 0 && provesVxlan(packet, at, end);
    if (!isOurs) return notTunnel(packet, VXLAN);
  }
  packet.push(VXLAN, at, at + HEADER_LEN, end);
  return packet.nextAt === end ? NONE : ETHERNET;
}

export const vxlan: Dissector = {
  protocol: VXLAN,
  name: 'vxlan',
  reference: 'RFC 7348, draft-smith-vxlan-group-policy',
  on: { udpPort: [4789, 8472, 6784] },
  dissect: dissectVxlan,
  fields: [
    fixed('vxlan.flags', 'Flags', 'hex', FLAGS, 2),
    fixed('vxlan.flag_g', 'Group policy', 'boolean', FLAGS, 2, 0x8000),
    fixed('vxlan.flag_i', 'VNI valid', 'boolean', FLAGS, 2, 0x0800),
    fixed('vxlan.flag_d', "Don't learn", 'boolean', FLAGS, 2, 0x0040),
    fixed('vxlan.flag_a', 'Policy applied', 'boolean', FLAGS, 2, 0x0008),
    fixed('vxlan.gbp', 'Group policy ID', 'uint', GROUP, 2),
    fixed('vxlan.vni', 'VNI', 'uint', VNI, 3),
    fixed('vxlan.reserved8', 'Reserved', 'uint', RESERVED, 1),
  ],
};
