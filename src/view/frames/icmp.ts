/** ICMP, ICMPv6 and IGMP in a frame's line, in tcpdump's words. */
import { IPV4 } from '../../base/protocol-numbers.ts';
import { expectedChecksum, UNVERIFIED } from '../../decode/checksum.ts';
import type { Packet } from '../../decode/packet.ts';
import {
  ICMP_ECHO,
  ICMP_ECHO_REPLY,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  icmpChecksum,
  icmpCode,
  icmpGateway,
  icmpIdentifier,
  icmpMtu,
  icmpPointer,
  icmpSequence,
  icmpType,
} from '../../decode/protocols/icmp.ts';
import {
  ICMPV6_ECHO,
  ICMPV6_ECHO_REPLY,
  ICMPV6_LISTENER_REPORT_2,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
  icmpv6Checksum,
  icmpv6Code,
  icmpv6Identifier,
  icmpv6Mtu,
  icmpv6Records,
  icmpv6Sequence,
  icmpv6TargetAt,
  icmpv6Type,
} from '../../decode/protocols/icmpv6.ts';
import {
  IGMP_LEAVE,
  IGMP_QUERY,
  IGMP_REPORT_V1,
  IGMP_REPORT_V2,
  IGMP_REPORT_V3,
  igmpGroup,
  igmpRecords,
  igmpType,
} from '../../decode/protocols/igmp.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import { ipv6NextHeader } from '../../decode/protocols/ipv6.ts';
import * as udp from '../../decode/protocols/udp.ts';
import type { FrameContext } from './context.ts';
import { claimedEnd } from './ip.ts';

const TCP_NUMBER = 6;
const UDP_NUMBER = 17;
const PORT_UNREACHABLE = 3;
const TARGET_END = 24;

/** Unreachable codes (RFC 792, 1122, 1812): what comes before the address, and after. */
const UNREACHABLE: readonly [before: string, after: string][] = [
  ['net ', ' unreachable'],
  ['host ', ' unreachable'],
  ['', ''], // protocol
  ['', ''], // port
  ['', ''], // fragmentation needed
  ['', ' unreachable - source route failed'],
  ['net ', ' unreachable - unknown'],
  ['host ', ' unreachable - unknown'],
  ['', ' unreachable - source host isolated'],
  ['net ', ' unreachable - admin prohibited'],
  ['host ', ' unreachable - admin prohibited'],
  ['net ', ' unreachable - tos prohibited'],
  ['host ', ' unreachable - tos prohibited'],
  ['host ', ' unreachable - admin prohibited filter'],
  ['host ', ' unreachable - host precedence violation'],
  ['host ', ' unreachable - precedence cutoff'],
];

const ICMP_NAMES: Record<number, string> = {
  4: 'source quench',
  9: 'router advertisement',
  10: 'router solicitation',
  13: 'time stamp query',
  14: 'time stamp reply',
  15: 'information request',
  16: 'information reply',
  17: 'address mask request',
  18: 'address mask reply',
};

export function showIcmp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const type = icmpType(view, at);
  const code = icmpCode(view, at);
  out.ascii('ICMP ');
  if (type === ICMP_ECHO || type === ICMP_ECHO_REPLY) {
    out.ascii(type === ICMP_ECHO ? 'echo request, id ' : 'echo reply, id ');
    out.uint(icmpIdentifier(view, at));
    out.ascii(', seq ');
    out.uint(icmpSequence(view, at));
  } else if (type === ICMP_UNREACHABLE) showUnreachable(line, packet, at, code);
  else if (type === ICMP_REDIRECT) showRedirect(line, packet, at, code);
  else if (type === ICMP_TIME_EXCEEDED) {
    out.ascii(code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded');
  } else if (type === ICMP_PARAMETER_PROBLEM) {
    out.ascii('parameter problem - ');
    out.ascii(code === 0 ? 'octet ' : 'code ');
    out.uint(code === 0 ? icmpPointer(view, at) : code);
  } else if (ICMP_NAMES[type] !== undefined) out.ascii(ICMP_NAMES[type]);
  else {
    out.ascii('type-#');
    out.uint(type);
  }
  out.ascii(', length ');
  out.uint(Math.max(0, claimedEnd(line, packet, row) - at));
  if (line.verbosity > 0) showWrongChecksum(line, packet, row);
}

function showWrongChecksum(line: FrameContext, packet: Packet, row: number): void {
  const there = icmpChecksum(packet.view, packet.at[row]!);
  const right = expectedChecksum(packet, row);
  if (right === UNVERIFIED || right === there) return;
  line.out.ascii(' (wrong icmp cksum ');
  line.out.hexShort(there);
  line.out.ascii(' (->');
  line.out.hexShort(right);
  line.out.ascii(')!)');
}

function showUnreachable(line: FrameContext, packet: Packet, at: number, code: number): void {
  const out = line.out;
  if (packet.quoted < 0 || packet.quoted >= packet.depth) {
    out.ascii('unreachable - code ');
    out.uint(code);
    return;
  }
  if (code === 2 || code === PORT_UNREACHABLE) {
    line.destination(packet, packet.quoted);
    showUnreachableUpper(line, packet, code === PORT_UNREACHABLE);
    out.ascii(' unreachable');
    return;
  }
  const [before, after] = UNREACHABLE[code] ?? ['', ''];
  out.ascii(before);
  line.destination(packet, packet.quoted);
  out.ascii(after);
  if (code === ICMP_FRAGMENTATION_NEEDED) {
    out.ascii(' unreachable - need to frag');
    const mtu = icmpMtu(packet.view, at);
    if (mtu === 0) return;
    out.ascii(' (mtu ');
    out.uint(mtu);
    out.char(41);
  } else if (after === '') {
    out.ascii(' unreachable - #');
    out.uint(code);
  }
}

/** ` tcp port 80` of the quoted packet, ` protocol 99`. */
function showUnreachableUpper(line: FrameContext, packet: Packet, port: boolean): void {
  const out = line.out;
  const row = packet.quoted;
  const view = packet.view;
  const isV4 = packet.protocol[row] === IPV4;
  const protocol = isV4
    ? ipv4.protocol(view, packet.at[row]!)
    : ipv6NextHeader(view, packet.at[row]!);
  const hasName = protocol === TCP_NUMBER || protocol === UDP_NUMBER;
  if (!port || !hasName) {
    out.ascii(' protocol ');
    out.uint(protocol);
  }
  if (!port) return;
  if (hasName) out.ascii(protocol === TCP_NUMBER ? ' tcp' : ' udp');
  const upperAt = packet.payloadAt[row]!;
  if (packet.end[row]! - upperAt < 4) return;
  out.ascii(' port ');
  out.uint(udp.dstPort(view, upperAt)); // TCP has its ports in the same place
}

const REDIRECTS: readonly [word: string, to: string][] = [
  ['redirect ', ' to net '],
  ['redirect ', ' to host '],
  ['redirect-tos ', ' to net '],
  ['redirect-tos ', ' to host '],
];

function showRedirect(line: FrameContext, packet: Packet, at: number, code: number): void {
  const [word, to] = REDIRECTS[code] ?? ['redirect ', ' to '];
  line.out.ascii(word);
  if (packet.quoted >= 0 && packet.quoted < packet.depth) line.destination(packet, packet.quoted);
  line.out.ascii(to);
  line.ipv4(icmpGateway(packet.view, at));
}

const ICMPV6_NAMES: Record<number, string> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded in-transit',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
  138: 'router renumbering',
  139: 'node information query',
  140: 'node information reply',
  141: 'inverse neighbor solicitation',
  142: 'inverse neighbor advertisement',
  143: 'multicast listener report v2',
  144: 'ha discovery request',
  145: 'ha discovery reply',
  146: 'mobile router solicitation',
  147: 'mobile router advertisement',
  155: 'RPL',
};

const UNREACHABLE_V6 = [
  'unreachable route ',
  ' unreachable prohibited ',
  'beyond scope ',
  'unreachable address ',
  'unreachable port, ',
];

export function showIcmpv6(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const type = icmpv6Type(view, at);
  const name = ICMPV6_NAMES[type];
  if (line.verbosity > 0) showIcmpv6Checksum(line, packet, row);
  out.ascii('ICMP6, ');
  if (name !== undefined) out.ascii(name);
  else {
    out.ascii('unknown icmp6 type (');
    out.uint(type);
    out.char(41);
  }
  if (type === ICMPV6_ECHO || type === ICMPV6_ECHO_REPLY) {
    out.ascii(', id ');
    out.uint(icmpv6Identifier(view, at));
    out.ascii(', seq ');
    out.uint(icmpv6Sequence(view, at));
  } else if (type <= ICMPV6_PARAMETER_PROBLEM) showIcmpv6Error(line, packet, at, type);
  else if (type === ICMPV6_LISTENER_REPORT_2) {
    out.ascii(', ');
    out.uint(icmpv6Records(view, at));
    out.ascii(' group record(s)');
  } else if (packet.end[row]! - at >= TARGET_END) {
    if (type === ICMPV6_NEIGHBOR_SOLICITATION) out.ascii(', who has ');
    else if (type === ICMPV6_NEIGHBOR_ADVERTISEMENT) out.ascii(', tgt is ');
    if (type === ICMPV6_NEIGHBOR_SOLICITATION || type === ICMPV6_NEIGHBOR_ADVERTISEMENT) {
      line.ipv6(view, icmpv6TargetAt(at));
    }
  }
  out.ascii(', length ');
  out.uint(Math.max(0, claimedEnd(line, packet, row) - at));
}

function showIcmpv6Checksum(line: FrameContext, packet: Packet, row: number): void {
  const there = icmpv6Checksum(packet.view, packet.at[row]!);
  const right = expectedChecksum(packet, row);
  if (right === UNVERIFIED) return;
  if (right === there) {
    line.out.ascii('[icmp6 sum ok] ');
    return;
  }
  line.out.ascii('[bad icmp6 cksum 0x');
  line.out.hex(there, 4);
  line.out.ascii(' -> 0x');
  line.out.hex(right, 4);
  line.out.ascii('!] ');
}

function showIcmpv6Error(line: FrameContext, packet: Packet, at: number, type: number): void {
  const out = line.out;
  const code = icmpv6Code(packet.view, at);
  const quotes = packet.quoted >= 0 && packet.quoted < packet.depth;
  if (type === ICMPV6_TOO_BIG) {
    out.ascii(', mtu ');
    out.uint(icmpv6Mtu(packet.view, at));
  } else if (type === ICMPV6_UNREACHABLE) {
    out.ascii(', ');
    out.ascii(UNREACHABLE_V6[code] ?? 'unreachable ');
    if (!quotes) return;
    line.destination(packet, packet.quoted);
    if (code === 4) showUnreachableUpper(line, packet, true);
  } else if (type === ICMPV6_TIME_EXCEEDED) {
    if (code !== 0) out.ascii(' (reassembly)');
    else if (quotes) {
      out.ascii(' for ');
      line.destination(packet, packet.quoted);
    }
  } else if (type === ICMPV6_PARAMETER_PROBLEM) {
    out.ascii(
      code === 1
        ? ', next header - octet '
        : code === 2
          ? ', option - octet '
          : ', erroneous - octet ',
    );
    out.uint(icmpv6Mtu(packet.view, at)); // the pointer stands where "packet too big" has its MTU
  }
}

export function showIgmp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const type = igmpType(packet.view, at);
  const v3Query = type === IGMP_QUERY && packet.end[row]! - at >= 12;
  out.ascii('igmp ');
  if (type === IGMP_QUERY) out.ascii(v3Query ? 'query v3' : 'query v2');
  else if (type === IGMP_REPORT_V1) out.ascii('v1 report ');
  else if (type === IGMP_REPORT_V2) out.ascii('v2 report ');
  else if (type === IGMP_LEAVE) out.ascii('leave ');
  else if (type === IGMP_REPORT_V3) {
    const records = igmpRecords(packet.view, at);
    out.ascii('v3 report, ');
    out.uint(records);
    out.ascii(' group record(s)');
  } else {
    out.ascii('type-0x');
    out.hexShort(type);
  }
  const isQuery = type === IGMP_QUERY;
  const group = igmpGroup(packet.view, at);
  if (isQuery && group !== 0) out.ascii(' [gaddr ');
  if (
    (isQuery && group !== 0) ||
    type === IGMP_REPORT_V1 ||
    type === IGMP_REPORT_V2 ||
    type === IGMP_LEAVE
  ) {
    line.ipv4(group);
  }
  if (isQuery && group !== 0) out.char(93);
}
