/** ICMP in a frame's line, in tcpdump's words. */
import { IPV4 } from '../../base/protocol-numbers.ts';
import { UNVERIFIED } from '../../decode/checksum.ts';
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
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import { ipv6NextHeader } from '../../decode/protocols/ipv6.ts';
import * as udp from '../../decode/protocols/udp.ts';
import type { FrameContext } from './context.ts';
import { checksumOf, claimedEnd } from './ip.ts';

const TCP_NUMBER = 6;
const UDP_NUMBER = 17;
const PORT_UNREACHABLE = 3;

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
  const right = checksumOf(line, packet, row);
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
export function showUnreachableUpper(line: FrameContext, packet: Packet, port: boolean): void {
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
