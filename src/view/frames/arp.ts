/** ARP in a frame's line, in tcpdump's words. */
import type { Packet } from '../../decode/packet.ts';
import {
  ARP_REPLY,
  ARP_REQUEST,
  arpOperation,
  arpSenderIp,
  arpSenderMacAt,
  arpTargetIp,
  arpTargetMacAt,
  isArpIpv4,
} from '../../decode/protocols/arp.ts';
import type { FrameContext } from './context.ts';

/** An ARP layer; addresses only of Ethernet and IPv4, which is what there is. */
export function showArp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  if (!line.link) out.ascii('ARP, ');
  const operation = arpOperation(view, at);
  if (!isArpIpv4(view, at)) {
    out.ascii('other hardware or protocol');
  } else if (operation === ARP_REQUEST) {
    if (line.verbosity > 0) out.ascii('Ethernet (len 6), IPv4 (len 4), ');
    out.ascii('Request who-has ');
    line.ipv4(arpTargetIp(view, at));
    if (isSet(view, arpTargetMacAt(at))) {
      out.ascii(' (');
      out.mac(view, arpTargetMacAt(at));
      out.char(41);
    }
    out.ascii(' tell ');
    line.ipv4(arpSenderIp(view, at));
  } else if (operation === ARP_REPLY) {
    if (line.verbosity > 0) out.ascii('Ethernet (len 6), IPv4 (len 4), ');
    out.ascii('Reply ');
    line.ipv4(arpSenderIp(view, at));
    out.ascii(' is-at ');
    out.mac(view, arpSenderMacAt(at));
  } else {
    out.ascii('operation ');
    out.uint(operation);
  }
  out.ascii(', length ');
  out.uint(Math.max(0, packet.frameAt + packet.wireLen - at));
}

function isSet(view: DataView, macAt: number): boolean {
  return view.getUint32(macAt) !== 0 || view.getUint16(macAt + 4) !== 0;
}
