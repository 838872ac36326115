/** One line of text a frame, outer and inner headers on it, close to what tcpdump prints. */
import type { CaptureInterface, FrameBatch } from '../../base/frames.ts';
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
import { escapeText } from '../escape.ts';
import { showApplicationLayer } from './application.ts';
import { showArp } from './arp.ts';
import { Clock, type TimeStyle } from './clock.ts';
import { FrameContext, type FrameTextOptions } from './context.ts';
import { type DumpStyle, showDump } from './dump.ts';
import { showIcmp, showIcmpv6, showIgmp } from './icmp.ts';
import {
  showAh,
  showEsp,
  showIpv4Layer,
  showIpv6Extension,
  showIpv6Fragment,
  showIpv6Layer,
} from './ip.ts';
import {
  networkAt,
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

export interface FrameLineOptions extends FrameTextOptions {
  readonly time: TimeStyle;
  /** Nine digits after the second, not six. */
  readonly nano: boolean;
  /** -#: the frame's number in its file before the line. */
  readonly numbers: boolean;
  readonly dump: DumpStyle;
  /** -xx, -XX: the dump begins with the link layer. */
  readonly dumpLink: boolean;
  /** Several files: say which. */
  readonly files: boolean;
}

const SPACE = 32;

export class FrameLines {
  readonly context: FrameContext;
  private readonly options: FrameLineOptions;
  private readonly clock: Clock;
  /** `eth0 ` and the like by interface index; '' where the file names none. */
  private readonly places: string[] = [];

  constructor(options: FrameLineOptions) {
    this.options = options;
    this.context = new FrameContext(options);
    this.clock = new Clock(options.time, options.nano);
  }

  /** Append the line, or with -v or a dump the lines, of frame i, which `packet` holds decoded. */
  add(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    const out = line.out;
    if (this.options.numbers) showNumber(line, frames.number[i]!);
    this.clock.show(out, frames.seconds[i]!, frames.nanoseconds[i]!);
    const iface = frames.iface[i]!;
    const place = this.places[iface] ?? this.place(frames.interfaces[iface]!);
    if (place !== '') out.utf8(place);
    this.addLayers(packet, frames, i);
    if (this.options.dump !== 'none') {
      const at = this.options.dumpLink ? packet.frameAt : networkAt(packet);
      showDump(out, this.options.dump, packet.bytes, at, packet.captureEnd);
    }
    out.newline();
  }

  /** Append what the layers above the innermost IP header say, or without one all of them; no addresses, no ports. */
  addUpper(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    const iface = frames.iface[i]!;
    line.iface = iface;
    line.quoted = false;
    line.ipRow = packet.ip;
    line.withoutEnds = true;
    const first = packet.ip + 1 < packet.depth ? packet.ip + 1 : Math.max(0, packet.ip);
    if (packet.depth === 0) showUndecodedFrame(line, packet, frames.interfaces[iface]!);
    else showLayers(line, packet, first);
    line.withoutEnds = false;
  }

  /** Append the layers of frame i as `add` does, but neither time nor place. */
  addLayers(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    line.iface = frames.iface[i]!;
    line.quoted = false;
    line.ipRow = -1;
    if (packet.depth === 0) showUndecodedFrame(line, packet, frames.interfaces[line.iface]!);
    else showLayers(line, packet);
  }

  private place(iface: CaptureInterface): string {
    const file = iface.file.slice(iface.file.lastIndexOf('/') + 1);
    const isLive = iface.file === ''; // all of this machine
    const where = isLive ? undefined : (iface.node ?? (this.options.files ? file : undefined));
    const parts = [where, iface.name].filter((part) => part !== undefined);
    const place = parts.length === 0 ? '' : `${escapeText(parts.join(':'))} `;
    this.places[iface.index] = place;
    return place;
  }
}

function showNumber(line: FrameContext, number: number): void {
  for (let bound = 10_000; bound > number && bound >= 10; bound /= 10) line.out.char(SPACE);
  line.out.uint(number);
  line.out.ascii('  ');
}

function showLayers(line: FrameContext, packet: Packet, first = 0): void {
  const before = line.out.at;
  const rows = packet.quoted >= 0 && packet.quoted < packet.depth ? packet.quoted : packet.depth;
  for (let row = first; row < rows; row++) {
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
  if (line.out.at === before) showLinkOnly(line, packet);
  else if (rows < packet.depth && line.verbosity > 0) showQuoted(line, packet);
  if ((packet.notes & TOO_DEEP) !== 0) line.out.ascii(' [too many layers]');
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
  for (let row = packet.quoted; row < packet.depth; row++) {
    const protocol = packet.protocol[row]!;
    if (protocol === IPV4) showIpv4Layer(line, packet, row);
    else if (protocol === TCP) showTcp(line, packet, row);
    else if (protocol === UDP) showUdp(line, packet, row);
    else showLayer[protocol]!(line, packet, row);
  }
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

function showUndecodedFrame(line: FrameContext, packet: Packet, iface: CaptureInterface): void {
  const out = line.out;
  if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) {
    out.ascii('link type ');
    out.uint(iface.linktype);
    out.ascii(' not decoded, length ');
  } else if ((packet.notes & CUT) !== 0) out.ascii('[|cut] length ');
  else out.ascii('[malformed] length ');
  out.uint(packet.wireLen);
}
