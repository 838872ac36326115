/**
 * Multiprotocol Label Switching: one layer holds the whole label stack (RFC 3032 section 2.1).
 *
 *     0               1               2               3
 *     +-------------------------------+-------+-----+-+---------------+
 *     |                 Label                 | TC  |S|      TTL      |  S = 1 in the last
 *     +-------------------------------+-------+-----+-+---------------+
 *
 * Nothing names the payload (RFC 4928): a first nibble of 4 or 6 with a header to match is IP, a
 * pseudowire control word (nibble 0, RFC 4385) or an Ethernet header that proves itself is Ethernet.
 */
import { ETHERNET, IPV4, IPV6, MPLS, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { looksEthernet, looksIpv4, looksIpv6 } from '../plausible.ts';
import { give } from '../walk.ts';

const ENTRY_LEN = 4;
const BOTTOM = 0x100;
const CONTROL_WORD_LEN = 4;
/** What a guess may have to see: control word, Ethernet, two VLAN tags, IPv6 header. */
const GUESS_LEN = 4 + 14 + 8 + 40;

/** Label (20 bits) of the stack entry at `at`. */
export const mplsLabel = (view: DataView, at: Offset): number => view.getUint32(at) >>> 12;
/** Time to live of the stack entry at `at`. */
export const mplsTtl = (view: DataView, at: Offset): number => view.getUint8(at + 3);

/** Traffic class (3 bits) of the stack entry at `at`. */
export const mplsTrafficClass = (view: DataView, at: Offset): number =>
  (view.getUint8(at + 2) >> 1) & 7;
/** The stack entry at `at` is the last. */
export const mplsIsBottom = (view: DataView, at: Offset): boolean =>
  (view.getUint32(at) & BOTTOM) !== 0;
/** Where the stack entry after the one at `at` stands. */
export const mplsNextAt = (at: Offset): Offset => at + ENTRY_LEN;

export function dissectMpls(packet: Packet, at: Offset, end: Offset): Protocol {
  const view = packet.view;
  let next = at;
  do {
    if (end - next < ENTRY_LEN) {
      if (next > at) packet.push(MPLS, at, next, end);
      return packet.short(end);
    }
    next += ENTRY_LEN;
  } while ((view.getUint32(next - ENTRY_LEN) & BOTTOM) === 0);
  packet.push(MPLS, at, next, end);
  if (next === end) return NONE;
  return onBottom(packet, next, end);
}

function onBottom(packet: Packet, at: Offset, end: Offset): Protocol {
  const view = packet.view;
  const nibble = view.getUint8(at) >> 4;
  const room = packet.wireBytes(at, end);
  if (nibble === 4 && looksIpv4(view, at, end, room)) return IPV4;
  if (nibble === 6 && looksIpv6(view, at, end, room)) return IPV6;
  const wordEnd = at + CONTROL_WORD_LEN;
  if (nibble === 0 && looksEthernet(view, wordEnd, end, room - CONTROL_WORD_LEN)) {
    const row = packet.depth - 1;
    packet.payloadAt[row] = wordEnd;
    packet.nextAt = wordEnd;
    return ETHERNET;
  }
  if (looksEthernet(view, at, end, room)) return ETHERNET;
  if (room > end - at && end - at < GUESS_LEN) return packet.short(end); // cut too short to tell
  return packet.unknown();
}

const LABEL = found('mpls.label', 'Label', 'uint', 0xffff_f000);
const EXP = found('mpls.exp', 'Traffic class', 'uint', 0xe00);
const BOTTOM_FIELD = found('mpls.bottom', 'Bottom of stack', 'uint', BOTTOM);
const TTL = found('mpls.ttl', 'TTL', 'uint', 0xff);

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.payloadAt[row]!;
  for (let at = packet.at[row]!; at + ENTRY_LEN <= end; at += ENTRY_LEN) {
    sink.open(`Label ${mplsLabel(view, at)}`, at, ENTRY_LEN);
    give(sink, view, LABEL, at, ENTRY_LEN);
    give(sink, view, EXP, at, ENTRY_LEN);
    give(sink, view, BOTTOM_FIELD, at, ENTRY_LEN);
    give(sink, view, TTL, at, ENTRY_LEN);
    sink.close();
    if ((view.getUint32(at) & BOTTOM) !== 0) return; // a control word may follow in this layer
  }
}

export const mpls: Dissector = {
  protocol: MPLS,
  name: 'mpls',
  reference: 'RFC 3032, RFC 4385',
  on: { etherType: [0x8847, 0x8848], ipProtocol: [137], udpPort: [6635] },
  dissect: dissectMpls,
  fields: [LABEL, EXP, BOTTOM_FIELD, TTL],
  walk,
};
