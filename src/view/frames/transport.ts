/** TCP and UDP in a frame's line, in tcpdump's words. */
import {
  DNS,
  ESP,
  FLANNEL_UDP,
  GENEVE,
  IPV4,
  IPV6,
  NONE,
  VXLAN,
  VXLAN_GPE,
  WEAVE_SLEEVE,
  WIREGUARD,
} from '../../base/protocol-numbers.ts';
import { UNVERIFIED } from '../../decode/checksum.ts';
import type { Packet } from '../../decode/packet.ts';
import { wireEndOf } from '../../decode/protocols/ip.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import { ipv6SourceAt } from '../../decode/protocols/ipv6.ts';
import {
  sctpChunkName,
  sctpChunkType,
  sctpDstPort,
  sctpFirstChunkAt,
  sctpNextChunkAt,
  sctpSrcPort,
} from '../../decode/protocols/sctp.ts';
import * as tcp from '../../decode/protocols/tcp.ts';
import * as udp from '../../decode/protocols/udp.ts';
import { Phrase } from '../phrase.ts';
import type { FrameContext } from './context.ts';
import { checksumOf, claimedEnd } from './ip.ts';

const FIN_SYN_RST = 7;
const SYN = 2;
const ACK = 16;
const URG = 32;
const COMMA = 44;
/** What UDP carries that is shown with -q too. */
const TUNNELS = new Set([VXLAN, VXLAN_GPE, GENEVE, FLANNEL_UDP, WEAVE_SLEEVE, WIREGUARD, ESP]);
const HEADER_LEN = 8;
const LETTERS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W', 'e'];
/** Words of each of the 512 combinations of flags, made when it is met. */
const FLAGS = new Array<Phrase | undefined>(512).fill(undefined);

const SEQ = new Phrase(', seq ');
const ACKNOWLEDGES = new Phrase(', ack ');
const WIN = new Phrase(', win ');
const LENGTH = new Phrase(', length ');
const TIMESTAMPS = new Phrase(', options [nop,nop,TS val ');
const ECHO = new Phrase(' ecr ');
const UDP_LENGTH = new Phrase('UDP, length ');

function flagWords(flags: number): Phrase {
  const letters = LETTERS.filter((_, i) => (flags & (1 << i)) !== 0).join('') || 'none';
  const words = new Phrase(`Flags [${letters}]`);
  FLAGS[flags] = words;
  return words;
}

/** A TCP layer up to its length; the payload's own words come after. */
export function showTcp(line: FrameContext, packet: Packet, row: number): void {
  showPorts(line, packet, row);
  line.connection = -1;
  showSegment(line, packet, row);
}

/** The ends of a TCP or UDP layer: `a.1 > b.2: `. */
export function showPorts(line: FrameContext, packet: Packet, row: number): void {
  const view = packet.view;
  const at = packet.at[row]!;
  line.endpoints(packet, row, udp.srcPort(view, at), udp.dstPort(view, at)); // TCP has its ports in the same place
}

/** What stands after the ports of TCP; of the connection `line.connection` if it is told. */
export function showSegment(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const payloadAt = packet.payloadAt[row]!;
  const headerEnd = tcp.tcpHeaderEnd(view, at);
  const len = Math.max(0, claimedEnd(line, packet, row) - headerEnd);
  if (line.quiet) {
    out.ascii('tcp ');
    out.uint(len);
    return;
  }
  const flags = tcp.flags(view, at);
  let sequence = tcp.sequence(view, at);
  let acknowledgment = tcp.acknowledgment(view, at);
  let sackOrigin = 0;
  out.phrase(FLAGS[flags] ?? flagWords(flags));
  if (!line.absolute && (flags & ACK) !== 0 && line.ipRow >= 0) {
    const known = findOrigins(line, packet, at, flags);
    const { ownOrigin, peerOrigin } = line.sequences;
    if (known) {
      sequence = (sequence - ownOrigin) >>> 0;
      acknowledgment = (acknowledgment - peerOrigin) >>> 0;
    }
    sackOrigin = peerOrigin;
  }
  if (line.verbosity > 0) showTcpChecksum(line, packet, row);
  if (line.verbosity > 1 || len > 0 || (flags & FIN_SYN_RST) !== 0) {
    out.phrase(SEQ);
    out.uint(sequence);
    if (len > 0) {
      out.char(58);
      out.uint((sequence + len) >>> 0);
    }
  }
  if ((flags & ACK) !== 0) {
    out.phrase(ACKNOWLEDGES);
    out.uint(acknowledgment);
  }
  out.phrase(WIN);
  out.uint(tcp.window(view, at));
  if ((flags & URG) !== 0) {
    out.ascii(', urg ');
    out.uint(tcp.urgentPointer(view, at));
  }
  if (headerEnd > at + 20) {
    showTcpOptions(line, view, at + 20, payloadAt, headerEnd > payloadAt, sackOrigin);
  }
  out.phrase(LENGTH);
  out.uint(len);
}

/**
 * Sequence numbers of this segment's connection count from here: `ours` the first of its sender, `theirs` of
 * the other end. `row` is the TCP layer, right above IP layer `line.ipRow`.
 */
export function countFrom(
  line: FrameContext,
  packet: Packet,
  row: number,
  ours: number,
  theirs: number,
): void {
  line.connection = line.sequences.find(fillKey(line, packet, packet.at[row]!));
  line.sequences.tell(line.connection, true, ours, theirs, line.iface);
}

/** Whether the numbers of the segment at `at` are told from the origins that `line.sequences` then has. */
function findOrigins(line: FrameContext, packet: Packet, at: number, flags: number): boolean {
  const { sequences } = line;
  if (line.connection < 0) line.connection = sequences.find(fillKey(line, packet, at));
  const ours = tcp.sequence(packet.view, at) | 0;
  const theirs = (tcp.acknowledgment(packet.view, at) - 1) | 0;
  return sequences.tell(line.connection, (flags & SYN) !== 0, ours, theirs, line.iface);
}

/** The pair of endpoints, the one with the lower port (then address) first. True when the sender is that one. */
function fillKey(line: FrameContext, packet: Packet, at: number): boolean {
  const view = packet.view;
  const key = line.sequences.scratch;
  const ipAt = packet.at[line.ipRow]!;
  const isV4 = packet.protocol[line.ipRow] === IPV4;
  const words = isV4 ? 1 : 4;
  const srcAt = isV4 ? ipv4.sourceAt(ipAt) : ipv6SourceAt(ipAt);
  const dstAt = srcAt + 4 * words;
  const srcPort = tcp.srcPort(view, at);
  const dstPort = tcp.dstPort(view, at);
  let lowFirst = srcPort < dstPort;
  if (srcPort === dstPort) {
    lowFirst = true;
    for (let i = 0; i < words; i++) {
      const difference = view.getUint32(srcAt + 4 * i) - view.getUint32(dstAt + 4 * i);
      if (difference === 0) continue;
      lowFirst = difference < 0;
      break;
    }
  }
  const lowAt = lowFirst ? srcAt : dstAt;
  const highAt = lowFirst ? dstAt : srcAt;
  key[0] = view.getInt32(lowAt);
  key[4] = view.getInt32(highAt);
  for (let i = 1; i < 4; i++) {
    key[i] = isV4 ? 0 : view.getInt32(lowAt + 4 * i);
    key[4 + i] = isV4 ? 0 : view.getInt32(highAt + 4 * i);
  }
  key[8] = lowFirst ? (srcPort << 16) | dstPort : (dstPort << 16) | srcPort;
  return lowFirst;
}

const OPTION_NAMES: Record<number, string> = {
  [tcp.OPTION_END]: 'eol',
  [tcp.OPTION_NOP]: 'nop',
  [tcp.OPTION_MSS]: 'mss',
  [tcp.OPTION_WINDOW_SCALE]: 'wscale',
  [tcp.OPTION_SACK_PERMITTED]: 'sackOK',
  [tcp.OPTION_SACK]: 'sack',
  [tcp.OPTION_TIMESTAMP]: 'TS',
  19: 'md5',
  28: 'uto',
  29: 'tcp-ao',
  30: 'mptcp',
  34: 'tfo',
  254: 'exp',
};

/** The options at [start, end); `isCut`: the capture ends there, the options do not. */
function showTcpOptions(
  line: FrameContext,
  view: DataView,
  start: number,
  end: number,
  isCut: boolean,
  sackOrigin: number,
): void {
  const out = line.out;
  if (end - start === 12 && !isCut && tcp.isPlainTimestamp(view, start)) {
    showPlainTimestamp(line, view, start + 2); // the options of nearly every segment
    return;
  }
  out.ascii(', options [');
  let at = start;
  while (at < end) {
    if (at > start) out.char(COMMA);
    const kind = tcp.optionKind(view, at);
    const len = tcp.optionLen(view, at, end);
    if (len === 0) {
      if (isCut) showOptionName(line, kind);
      out.ascii(isCut ? ' [|tcp]' : '[bad opt]');
      break;
    }
    showTcpOption(line, view, at, kind, len, sackOrigin);
    if (kind === tcp.OPTION_END) break;
    at += len;
  }
  if (isCut && at === end) out.ascii(at > start ? ', [|tcp]' : '[|tcp]');
  out.char(93);
}

function showOptionName(line: FrameContext, kind: number): void {
  const name = OPTION_NAMES[kind];
  if (name !== undefined) line.out.ascii(name);
  else {
    line.out.ascii('unknown-');
    line.out.uint(kind);
  }
}

function showPlainTimestamp(line: FrameContext, view: DataView, at: number): void {
  const out = line.out;
  out.phrase(TIMESTAMPS);
  out.uint(tcp.optionValue(view, at, 4, 0));
  out.phrase(ECHO);
  out.uint(tcp.optionValue(view, at, 4, 1));
  out.char(93);
}

function showTcpOption(
  line: FrameContext,
  view: DataView,
  at: number,
  kind: number,
  len: number,
  sackOrigin: number,
): void {
  const out = line.out;
  showOptionName(line, kind);
  if (kind === tcp.OPTION_TIMESTAMP && len === 10) {
    out.ascii(' val ');
    out.uint(tcp.optionValue(view, at, 4, 0));
    out.ascii(' ecr ');
    out.uint(tcp.optionValue(view, at, 4, 1));
  } else if (kind === tcp.OPTION_MSS && len === 4) {
    out.char(32);
    out.uint(tcp.optionValue(view, at, 2));
  } else if (kind === tcp.OPTION_WINDOW_SCALE && len === 3) {
    out.char(32);
    out.uint(tcp.optionValue(view, at, 1));
  } else if (kind === tcp.OPTION_SACK && (len - 2) % 8 === 0) {
    showSack(line, view, at, (len - 2) >> 3, sackOrigin);
  } else if (kind > tcp.OPTION_NOP && kind !== tcp.OPTION_SACK_PERMITTED && len > 2) {
    out.ascii(' 0x');
    for (let i = 0; i < len - 2; i++) out.hex(tcp.optionValue(view, at, 1, i), 2);
  }
}

function showSack(
  line: FrameContext,
  view: DataView,
  at: number,
  count: number,
  origin: number,
): void {
  const out = line.out;
  out.char(32);
  out.uint(count);
  out.char(32);
  for (let i = 0; i < count; i++) {
    out.char(123);
    out.uint((tcp.optionValue(view, at, 4, 2 * i) - origin) >>> 0);
    out.char(58);
    out.uint((tcp.optionValue(view, at, 4, 2 * i + 1) - origin) >>> 0);
    out.char(125);
  }
}

function showTcpChecksum(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const right = checksumOf(line, packet, row);
  if (right === UNVERIFIED) return;
  const there = tcp.checksum(packet.view, packet.at[row]!);
  out.ascii(', cksum 0x');
  out.hex(there, 4);
  if (there === right) {
    out.ascii(' (correct)');
    return;
  }
  out.ascii(' (incorrect -> 0x');
  out.hex(right, 4);
  out.char(41);
}

/** A UDP layer; its length too, unless what it carries tells its own. */
export function showUdp(line: FrameContext, packet: Packet, row: number): void {
  showPorts(line, packet, row);
  showDatagram(line, packet, row);
}

/** What stands after the ports of UDP. */
export function showDatagram(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  const isV6 = line.ipRow >= 0 && packet.protocol[line.ipRow] === IPV6;
  if (line.verbosity > (isV6 ? 0 : 1) && !line.quiet) showUdpChecksum(line, packet, row);
  const above = row + 1 < packet.depth ? packet.protocol[row + 1]! : NONE;
  if (!line.quiet && (above === DNS || above === VXLAN || above === GENEVE)) return;
  out.phrase(UDP_LENGTH);
  const length = udp.length(view, at);
  const end = length >= HEADER_LEN ? at + length : wireEndOf(packet, row);
  out.uint(Math.max(0, end - packet.payloadAt[row]!));
  if (above !== NONE && (!line.quiet || TUNNELS.has(above))) out.ascii(': ');
}

function showUdpChecksum(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const there = udp.checksum(packet.view, packet.at[row]!);
  if (there === 0) {
    out.ascii('[no cksum] ');
    return;
  }
  const right = checksumOf(line, packet, row);
  if (right === UNVERIFIED) return;
  if (there === right) {
    out.ascii('[udp sum ok] ');
    return;
  }
  out.ascii('[bad udp cksum 0x');
  out.hex(there, 4);
  out.ascii(' -> 0x');
  out.hex(right, 4);
  out.ascii('!] ');
}

export function showSctp(line: FrameContext, packet: Packet, row: number): void {
  const out = line.out;
  const view = packet.view;
  const at = packet.at[row]!;
  line.endpoints(packet, row, sctpSrcPort(view, at), sctpDstPort(view, at));
  out.ascii('sctp');
  const end = packet.end[row]!;
  let chunkAt = sctpFirstChunkAt(at);
  for (let n = 1; chunkAt >= 0 && end - chunkAt >= 4; n++) {
    out.ascii(' (');
    out.uint(n);
    out.ascii(') [');
    out.ascii(sctpChunkName(sctpChunkType(view, chunkAt)));
    out.char(93);
    chunkAt = sctpNextChunkAt(view, chunkAt, end);
  }
}
