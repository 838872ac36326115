/** ICMPv6 in a frame's line, in tcpdump's words. */
import { UNVERIFIED } from '../../decode/checksum.ts';
import type { Packet } from '../../decode/packet.ts';
import {
  ICMPV6_ECHO,
  ICMPV6_ECHO_REPLY,
  ICMPV6_LISTENER_DONE,
  ICMPV6_LISTENER_QUERY,
  ICMPV6_LISTENER_REPORT_2,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_REDIRECT,
  ICMPV6_ROUTER_SOLICITATION,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
  icmpv6Checksum,
  icmpv6Code,
  icmpv6Identifier,
  icmpv6Mtu,
  icmpv6Records,
  icmpv6RedirectedAt,
  icmpv6Sequence,
  icmpv6TargetAt,
  icmpv6Type,
} from '../../decode/protocols/icmpv6.ts';
import type { FrameContext } from './context.ts';
import { showDiscovery } from './discovery.ts';
import { showListener } from './groups.ts';
import { showUnreachableUpper } from './icmp.ts';
import { checksumOf, claimedEnd } from './ip.ts';

const TARGET_END = 24;
const REDIRECT_END = 40;

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
  if (line.verbosity > 0) showChecksum(line, packet, row);
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
  } else if (type <= ICMPV6_PARAMETER_PROBLEM) showError(line, packet, at, type);
  else if (type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT) {
    showNeighbor(line, packet, row, type);
    return;
  } else if (type === ICMPV6_LISTENER_REPORT_2) {
    out.ascii(', ');
    out.uint(icmpv6Records(view, at));
    out.ascii(' group record(s)');
    if (line.verbosity > 0) showListener(line, packet, row);
  } else if (type >= ICMPV6_LISTENER_QUERY && type <= ICMPV6_LISTENER_DONE) {
    showListener(line, packet, row);
  }
  showLength(line, packet, row);
}

function showLength(line: FrameContext, packet: Packet, row: number): void {
  line.out.ascii(', length ');
  line.out.uint(Math.max(0, claimedEnd(line, packet, row) - packet.at[row]!));
}

/** A neighbour discovery message: with -v its length comes first, and what it holds in full. */
function showNeighbor(line: FrameContext, packet: Packet, row: number, type: number): void {
  const out = line.out;
  const at = packet.at[row]!;
  const len = packet.end[row]! - at;
  if (line.verbosity > 0) showLength(line, packet, row);
  if (type === ICMPV6_REDIRECT && len >= REDIRECT_END) {
    out.ascii(', ');
    line.ipv6(packet.view, icmpv6RedirectedAt(at));
    out.ascii(' to ');
    line.ipv6(packet.view, icmpv6TargetAt(at));
  } else if (len >= TARGET_END) {
    if (type === ICMPV6_NEIGHBOR_SOLICITATION) out.ascii(', who has ');
    else if (type === ICMPV6_NEIGHBOR_ADVERTISEMENT) out.ascii(', tgt is ');
    if (type === ICMPV6_NEIGHBOR_SOLICITATION || type === ICMPV6_NEIGHBOR_ADVERTISEMENT) {
      line.ipv6(packet.view, icmpv6TargetAt(at));
    }
  }
  if (line.verbosity > 0) showDiscovery(line, packet, row, type);
  else showLength(line, packet, row);
}

function showChecksum(line: FrameContext, packet: Packet, row: number): void {
  const there = icmpv6Checksum(packet.view, packet.at[row]!);
  const right = checksumOf(line, packet, row);
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

function showError(line: FrameContext, packet: Packet, at: number, type: number): void {
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
