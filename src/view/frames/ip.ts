/** IPv4 and IPv6 in a frame's line: what tcpdump writes of them, outer and inner. */
import { IPV4, IPV6, SCTP, TCP, UDP } from '../../base/protocol-numbers.ts';
import {
  CUT,
  FIRST_FRAGMENT,
  LATER_FRAGMENT,
  MALFORMED,
  type Packet,
} from '../../decode/packet.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import type { FrameContext } from './context.ts';

/** IP protocol numbers as tcpdump -v names them. */
const PROTOCOLS: Record<number, string> = {
  0: 'Options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'Routing',
  44: 'Fragment',
  46: 'RSVP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'no-next-header',
  60: 'Destination options',
  88: 'EIGRP',
  89: 'OSPF',
  97: 'Ethernet',
  103: 'PIM',
  108: 'Compressed IP',
  112: 'VRRP',
  132: 'SCTP',
  137: 'MPLS',
};

const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE'];
const FLAGS = ['none', '+', 'DF', '+, DF', 'rsvd', '+, rsvd', 'DF, rsvd', '+, DF, rsvd'];
const HEADER_LEN_MIN = 20;

export function protocolName(number: number): string {
  return PROTOCOLS[number] ?? 'unknown';
}

/** An IPv4 layer: its own words, and the addresses unless the layer above shows them with its ports. */
export function showIpv4Layer(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const view = packet.view;
  if (row > 0 && packet.protocol[row - 1] === IPV4) out.ascii('IPIP ');
  else if (!line.link) out.ascii('IP ');
  const missing = at + ipv4.totalLength(view, at) - (packet.frameAt + packet.wireLen);
  if (missing > 0 && !line.quoted) {
    out.ascii('truncated-ip - ');
    out.uint(missing);
    out.ascii(' bytes missing! ');
  }
  if (line.verbosity > 0) showIpv4Header(line, packet, at, packet.payloadAt[row]!);
  line.ipRow = row;
  addressesUnlessPorts(line, packet, row);
  const offset = ipv4.fragmentOffset(view, at);
  if (offset > 0) {
    line.out.ascii(protocolName(ipv4.protocol(view, at)).toLowerCase());
    showFragment(
      line,
      ipv4.identification(view, at),
      offset,
      packet.end[row]! - packet.payloadAt[row]!,
    );
    return;
  }
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, ipv4.protocol(view, at));
}

function addressesUnlessPorts(line: FrameContext, packet: Packet, row: number): void {
  const above = row + 1 < packet.depth ? packet.protocol[row + 1]! : 0;
  if (above !== TCP && above !== UDP && above !== SCTP) line.addresses(packet, row);
}

function showFragment(line: FrameContext, id: number, offset: number, len: number): void {
  const out = line.out;
  out.ascii(', fragment of id ');
  out.uint(id);
  out.ascii(', offset ');
  out.uint(offset);
  out.ascii(', length ');
  out.uint(len);
}

function showIpv4Header(line: FrameContext, packet: Packet, at: number, payloadAt: number): void {
  const out = line.out;
  const view = packet.view;
  const tos = ipv4.tos(view, at);
  out.ascii('(tos 0x');
  out.hexShort(tos);
  out.ascii(ECN[tos & 3]!);
  if (ipv4.ttl(view, at) > 0) {
    out.ascii(', ttl ');
    out.uint(ipv4.ttl(view, at));
  }
  out.ascii(', id ');
  out.uint(ipv4.identification(view, at));
  out.ascii(', offset ');
  out.uint(ipv4.fragmentOffset(view, at));
  out.ascii(', flags [');
  out.ascii(FLAGS[ipv4.flags(view, at)]!);
  out.ascii('], proto ');
  const protocol = ipv4.protocol(view, at);
  out.ascii(protocolName(protocol));
  out.ascii(' (');
  out.uint(protocol);
  out.ascii('), length ');
  out.uint(ipv4.totalLength(view, at));
  if (payloadAt - at > HEADER_LEN_MIN) {
    out.ascii(', options (');
    out.uint(payloadAt - at - HEADER_LEN_MIN);
    out.ascii(' bytes)');
  }
  out.ascii(')\n    ');
}

/** Why nothing follows this IP layer. */
function showUndecoded(line: FrameContext, packet: Packet, row: number, protocol: number): void {
  const out = line.out;
  const notes = packet.notes;
  if ((notes & CUT) !== 0 || line.quoted) {
    out.ascii('[|');
    out.ascii(protocolName(protocol).toLowerCase());
    out.char(93);
    return;
  }
  out.ascii(PROTOCOLS[protocol] === undefined ? 'ip-proto-' : protocolName(protocol).toLowerCase());
  if (PROTOCOLS[protocol] === undefined) out.uint(protocol);
  if ((notes & MALFORMED) !== 0) out.ascii(' [malformed]');
  else if ((notes & (FIRST_FRAGMENT | LATER_FRAGMENT)) !== 0) out.ascii(', fragment');
  out.char(32);
  out.uint(packet.end[row]! - packet.payloadAt[row]!);
}

export function showIpv6Layer(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  if (!line.link || line.ipRow >= 0) out.ascii('IP6 ');
  line.ipRow = row;
  addressesUnlessPorts(line, packet, row);
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, packet.ipProtocol);
}

/** True of the layers that say themselves who talks to whom. */
export function isIp(protocol: number): boolean {
  return protocol === IPV4 || protocol === IPV6;
}
