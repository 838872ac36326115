/**
 * Flannel's udp backend (flannel pkg/backend/udp/proxy_amd64.c): a bare IPv4 packet in UDP port 8285.
 * There is no header; the layer is empty and names the encapsulation.
 */
import { FLANNEL_UDP, IPV4 } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import type { Dissector } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { looksIpv4 } from '../plausible.ts';
import { notTunnel } from '../tunnel-guess.ts';

export function dissectFlannelUdp(packet: Packet, at: Offset, end: Offset): Protocol {
  const room = packet.wireBytes(at, end);
  if (!looksIpv4(packet.view, at, end, room) || packet.view.getUint16(at + 2) !== room) {
    return notTunnel(packet, FLANNEL_UDP);
  }
  packet.push(FLANNEL_UDP, at, at, end);
  return IPV4;
}

export const flannelUdp: Dissector = {
  protocol: FLANNEL_UDP,
  name: 'flannel-udp',
  reference: 'flannel pkg/backend/udp',
  on: { udpPort: [8285] },
  dissect: dissectFlannelUdp,
  fields: [],
};
