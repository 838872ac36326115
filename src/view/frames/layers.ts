/** The layers of a frame in its line, one after the other. */
import type { CaptureInterface } from '../../base/frames.ts';
import {
  AH,
  ARP,
  BGP,
  DNS,
  ERSPAN,
  ESP,
  ETHERNET,
  GENEVE,
  GRE,
  HTTP,
  HTTP2,
  ICMP,
  ICMPV6,
  IGMP,
  IPV4,
  IPV6,
  IPV6_EXTENSION,
  IPV6_FRAGMENT,
  LLC,
  MPLS,
  NFLOG,
  PKTAP,
  PPPOE,
  PROTOCOL_COUNT,
  PROXY,
  SCTP,
  SLL,
  SLL2,
  TCP,
  TLS,
  UDP,
  VLAN,
  VXLAN,
  VXLAN_GPE,
  WEAVE_SLEEVE,
  WIREGUARD,
} from '../../base/protocol-numbers.ts';
import { CUT, MALFORMED, type Packet, TOO_DEEP, UNKNOWN_LINKTYPE } from '../../decode/packet.ts';
import * as ethernet from '../../decode/protocols/ethernet.ts';
import { showApplicationLayer } from './application.ts';
import { showArp } from './arp.ts';
import type { FrameContext } from './context.ts';
import { showIgmp } from './groups.ts';
import { showIcmp } from './icmp.ts';
import { showIcmpv6 } from './icmpv6.ts';
import {
  showAh,
  showEsp,
  showIpv4Layer,
  showIpv6Extension,
  showIpv6Fragment,
  showIpv6Layer,
} from './ip.ts';
import {
  showCooked,
  showEthernet,
  showEtherType,
  showLlc,
  showNflog,
  showPktap,
  showVlan,
} from './link.ts';
import { showSctp, showTcp, showUdp } from './transport.ts';
import {
  showErspan,
  showGeneve,
  showGre,
  showMpls,
  showPppoe,
  showVxlan,
  showVxlanGpe,
  showWireguard,
} from './tunnels.ts';

/** All layers from row `first` on; of a frame of which nothing is known, what there is to say. */
export function showLayers(line: FrameContext, packet: Packet, first = 0): void {
  const before = line.out.at;
  const rows = packet.quoted >= 0 && packet.quoted < packet.depth ? packet.quoted : packet.depth;
  showRows(line, packet, first, rows);
  if (line.out.at === before) showLinkOnly(line, packet);
  else if (rows < packet.depth && line.verbosity > 0) showQuoted(line, packet);
  if ((packet.notes & TOO_DEEP) !== 0) line.out.ascii(' [too many layers]');
}

/** Layers [first, end). */
export function showRows(line: FrameContext, packet: Packet, first: number, end: number): void {
  for (let row = first; row < end; row++) {
    switch (
      packet.protocol[row]! // the layers of nearly every frame first
    ) {
      case ETHERNET:
        showEthernet(line, packet, row);
        break;
      case IPV4:
        showIpv4Layer(line, packet, row);
        break;
      case TCP:
        showTcp(line, packet, row);
        break;
      case UDP:
        showUdp(line, packet, row);
        break;
      default:
        showLayer[packet.protocol[row]!]!(line, packet, row);
    }
  }
}

type ShowLayer = (line: FrameContext, packet: Packet, row: number) => void;

const showLayer: ShowLayer[] = new Array<ShowLayer>(PROTOCOL_COUNT).fill(() => {});
showLayer[VLAN] = showVlan;
showLayer[LLC] = showLlc;
showLayer[MPLS] = showMpls;
showLayer[ARP] = showArp;
showLayer[IPV6] = showIpv6Layer;
showLayer[IPV6_EXTENSION] = showIpv6Extension;
showLayer[IPV6_FRAGMENT] = showIpv6Fragment;
showLayer[GRE] = showGre;
showLayer[VXLAN] = showVxlan;
showLayer[VXLAN_GPE] = showVxlanGpe;
showLayer[GENEVE] = showGeneve;
showLayer[ERSPAN] = showErspan;
showLayer[WIREGUARD] = showWireguard;
showLayer[ESP] = showEsp;
showLayer[AH] = showAh;
showLayer[WEAVE_SLEEVE] = (line) => line.out.ascii('Weave sleeve: ');
showLayer[SCTP] = showSctp;
showLayer[ICMP] = showIcmp;
showLayer[ICMPV6] = showIcmpv6;
showLayer[IGMP] = showIgmp;
showLayer[SLL] = showCooked;
showLayer[SLL2] = showCooked;
showLayer[PPPOE] = showPppoe;
showLayer[NFLOG] = showNflog;
showLayer[PKTAP] = showPktap;
for (const protocol of [DNS, TLS, HTTP, HTTP2, PROXY, BGP]) {
  showLayer[protocol] = showApplicationLayer;
}

/** With -v, the packet that an ICMP error quotes, on a line of its own. */
function showQuoted(line: FrameContext, packet: Packet): void {
  line.out.ascii('\n\t');
  line.quoted = true;
  line.ipRow = -1;
  showRows(line, packet, packet.quoted, packet.depth);
}

/** A frame of which nothing above the link layer is known. */
function showLinkOnly(line: FrameContext, packet: Packet): void {
  const out = line.out;
  if ((packet.notes & CUT) !== 0) out.ascii('[|cut] ');
  else if ((packet.notes & MALFORMED) !== 0) out.ascii('[malformed] ');
  if (packet.protocol[0] === ETHERNET) {
    out.ascii('ethertype ');
    showEtherType(line, ethernet.type(packet.view, packet.at[0]!));
    out.ascii(', ');
  }
  out.ascii('length ');
  out.uint(packet.wireLen);
}

export function showUndecodedFrame(
  line: FrameContext,
  packet: Packet,
  iface: CaptureInterface,
): void {
  const out = line.out;
  if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) {
    out.ascii('link type ');
    out.uint(iface.linktype);
    out.ascii(' not decoded, length ');
  } else if ((packet.notes & CUT) !== 0) out.ascii('[|cut] length ');
  else out.ascii('[malformed] length ');
  out.uint(packet.wireLen);
}
