/** IPv4 and IPv6 in a frame's line: what tcpdump writes of them, outer and inner. */
import { IPV4, NONE, SCTP, TCP, UDP } from '../../base/protocol-numbers.ts';
import { expectedChecksum, expectedIpv4Checksum, UNVERIFIED } from '../../decode/checksum.ts';
import {
  CUT,
  FIRST_FRAGMENT,
  LATER_FRAGMENT,
  MALFORMED,
  type Packet,
} from '../../decode/packet.ts';
import { ahNextHeader, ahSequence, ahSpi } from '../../decode/protocols/ah.ts';
import { espSequence, espSpi } from '../../decode/protocols/esp.ts';
import { wireEndOf } from '../../decode/protocols/ip.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import {
  IPV6_HEADER_LEN,
  ipv6FlowLabel,
  ipv6HopLimit,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6TrafficClass,
} from '../../decode/protocols/ipv6.ts';
import {
  DESTINATION_OPTIONS,
  HOP_BY_HOP,
  ipv6ExtensionType,
  ROUTING,
} from '../../decode/protocols/ipv6-extension.ts';
import { ipv6FragmentId, ipv6FragmentOffset } from '../../decode/protocols/ipv6-fragment.ts';
import * as udp from '../../decode/protocols/udp.ts';
import type { FrameContext } from './context.ts';
import { showIpv4Options, showIpv6Options, showRouting } from './ip-options.ts';

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
/** Both ports, at the start of a TCP, UDP or SCTP header. */
const PORTS_LEN = 4;

export function protocolName(number: number): string {
  return PROTOCOLS[number] ?? 'unknown';
}

/** Where an IP packet must end: where the one around it says that it does, else where the frame ended. */
function roomEnd(line: FrameContext, packet: Packet, row: number): number {
  return line.ipRow < 0 ? packet.frameAt + packet.wireLen : claimedEnd(line, packet, row);
}

/** An IPv4 layer: its own words, and the addresses unless the layer above shows them with its ports. */
export function showIpv4Layer(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const view = packet.view;
  if (row > 0 && packet.protocol[row - 1] === IPV4) out.ascii('IPIP ');
  else if (!line.link) out.ascii('IP ');
  const missing = at + ipv4.totalLength(view, at) - roomEnd(line, packet, row);
  if (missing > 0 && !line.quoted) {
    out.ascii('truncated-ip - ');
    out.uint(missing);
    out.ascii(' bytes missing! ');
  }
  if (line.verbosity > 0) showIpv4Header(line, packet, row);
  line.ipRow = row;
  addressesUnlessPorts(line, packet, row, ipv4.protocol(view, at));
  const offset = ipv4.fragmentOffset(view, at);
  if (offset > 0) {
    showProtocol(line, ipv4.protocol(view, at));
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

/** Addresses, unless the layer above shows them with its ports; of one that is cut the ports may be there. */
function addressesUnlessPorts(
  line: FrameContext,
  packet: Packet,
  row: number,
  protocol: number,
): void {
  const above = row + 1 < packet.depth ? packet.protocol[row + 1]! : NONE;
  if (above === NONE && hasCutPorts(line, packet, row, protocol)) {
    const at = packet.payloadAt[row]!;
    line.endpoints(packet, row + 1, udp.srcPort(packet.view, at), udp.dstPort(packet.view, at)); // as TCP and SCTP have them
  } else if (above !== TCP && above !== UDP && above !== SCTP) line.addresses(packet, row);
}

/** Whether the capture ends after the ports of a header that IP layer `row` carries. */
function hasCutPorts(line: FrameContext, packet: Packet, row: number, protocol: number): boolean {
  const isCut = (packet.notes & CUT) !== 0 || line.quoted;
  const hasPorts = protocol === 6 || protocol === 17 || protocol === 132;
  const isLater = (packet.notes & LATER_FRAGMENT) !== 0;
  return isCut && hasPorts && !isLater && packet.end[row]! - packet.payloadAt[row]! >= PORTS_LEN;
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

function showIpv4Header(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
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
  const optionsLen = packet.payloadAt[row]! - at - HEADER_LEN_MIN;
  if (optionsLen > 0) {
    out.ascii(', options (');
    showIpv4Options(line, packet, row);
    out.char(41);
  }
  const right = expectedIpv4Checksum(packet, row);
  if (right !== ipv4.checksum(view, at)) {
    out.ascii(', bad cksum ');
    out.hexShort(ipv4.checksum(view, at));
    out.ascii(' (->');
    out.hexShort(right);
    out.ascii(')!');
  }
  out.ascii(')\n    ');
}

/** `udp`, `ip-proto-170`. */
function showProtocol(line: FrameContext, protocol: number): void {
  const name = PROTOCOLS[protocol];
  if (name !== undefined) line.out.ascii(name.toLowerCase());
  else {
    line.out.ascii('ip-proto-');
    line.out.uint(protocol);
  }
}

/** Why nothing follows this IP layer. */
function showUndecoded(line: FrameContext, packet: Packet, row: number, protocol: number): void {
  const out = line.out;
  const notes = packet.notes;
  if ((notes & CUT) !== 0 || line.quoted) {
    out.ascii('[|');
    showProtocol(line, protocol);
    out.char(93);
    return;
  }
  showProtocol(line, protocol);
  if ((notes & MALFORMED) !== 0) out.ascii(' [malformed]');
  else if ((notes & (FIRST_FRAGMENT | LATER_FRAGMENT)) !== 0) out.ascii(', fragment');
  out.char(32);
  out.uint(packet.end[row]! - packet.payloadAt[row]!);
}

export function showIpv6Layer(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  if (!line.link) out.ascii('IP6 ');
  const missing = packet.payloadAt[row]! + ipv6PayloadLength(view, at) - roomEnd(line, packet, row);
  if (missing > 0 && !line.quoted) {
    out.ascii('truncated-ip6 - ');
    out.uint(missing);
    out.ascii(' bytes missing! ');
  }
  if (line.verbosity > 0) showIpv6Header(line, view, at);
  line.ipRow = row;
  addressesUnlessPorts(line, packet, row, ipv6NextHeader(view, at));
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, ipv6NextHeader(view, at));
}

function showIpv6Header(line: FrameContext, view: DataView, at: number): void {
  const out = line.out;
  out.char(40);
  if (ipv6TrafficClass(view, at) !== 0) {
    out.ascii('class 0x');
    out.hex(ipv6TrafficClass(view, at), 2);
    out.ascii(', ');
  }
  if (ipv6FlowLabel(view, at) !== 0) {
    out.ascii('flowlabel 0x');
    out.hex(ipv6FlowLabel(view, at), 5);
    out.ascii(', ');
  }
  out.ascii('hlim ');
  out.uint(ipv6HopLimit(view, at));
  out.ascii(', next-header ');
  const next = ipv6NextHeader(view, at);
  out.ascii(protocolName(next));
  out.ascii(' (');
  out.uint(next);
  out.ascii(') payload length: ');
  out.uint(ipv6PayloadLength(view, at));
  out.ascii(') ');
}

export function showIpv6Extension(line: FrameContext, packet: Packet, row: number): void {
  const type = ipv6ExtensionType(packet, row);
  if (type === ROUTING) showRouting(line, packet, row);
  else if (type === HOP_BY_HOP || type === DESTINATION_OPTIONS) {
    line.out.ascii(type === HOP_BY_HOP ? 'HBH ' : 'DSTOPT ');
    if (line.verbosity > 0) showIpv6Options(line, packet, row);
  } else line.out.ascii('extension ');
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, packet.ipProtocol);
}

export function showIpv6Fragment(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  out.ascii('frag (');
  if (line.verbosity > 0) {
    out.ascii('0x');
    out.hex(ipv6FragmentId(view, at), 8);
    out.char(58);
  }
  const offset = ipv6FragmentOffset(view, at);
  out.uint(offset);
  out.char(124);
  out.uint(Math.max(0, wireEndOf(packet, row) - packet.payloadAt[row]!));
  out.char(41);
  if (offset > 0) return;
  out.char(32);
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, packet.ipProtocol);
}

export function showAh(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  out.ascii('AH(spi=0x');
  out.hex(ahSpi(packet.view, at), 8);
  out.ascii(',seq=0x');
  out.hexShort(ahSequence(packet.view, at));
  out.ascii('): ');
  if (row + 1 >= packet.depth) showUndecoded(line, packet, row, ahNextHeader(packet.view, at));
}

export function showEsp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  out.ascii('ESP(spi=0x');
  out.hex(espSpi(packet.view, at), 8);
  out.ascii(',seq=0x');
  out.hexShort(espSequence(packet.view, at));
  out.ascii('), length ');
  out.uint(Math.max(0, wireEndOf(packet, row) - at));
}

/**
 * Where the IP packet that holds layer `row`, right above it or over extension headers, says that it
 * ends: lengths shown are the sender's, whatever was captured. A length of 0 says nothing.
 */
export function claimedEnd(line: FrameContext, packet: Packet, row: number): number {
  const ip = line.ipRow;
  if (ip < 0) return wireEndOf(packet, row);
  const at = packet.at[ip]!;
  if (packet.protocol[ip] === IPV4) {
    const length = ipv4.totalLength(packet.view, at);
    return length === 0 ? wireEndOf(packet, row) : at + length;
  }
  const length = ipv6PayloadLength(packet.view, at);
  return length === 0 ? wireEndOf(packet, row) : at + IPV6_HEADER_LEN + length;
}

/**
 * What the checksum of transport layer `row` should be; UNVERIFIED too where its packet goes beyond the
 * frame, as the sender says.
 */
export function checksumOf(line: FrameContext, packet: Packet, row: number): number {
  const isWhole = claimedEnd(line, packet, row) <= packet.end[row]!;
  return isWhole ? expectedChecksum(packet, row) : UNVERIFIED;
}
