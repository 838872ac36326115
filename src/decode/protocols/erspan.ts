/**
 * Encapsulated Remote SPAN over GRE (draft-foschiano-erspan): a mirrored Ethernet frame.
 * Type II (protocol 0x88be, version 1) has 8 bytes, type III (0x22eb, version 2) has 12 and, with O,
 * 8 more; type I (0x88be in a GRE header without sequence number) has no header at all.
 *
 *     0               1               2               3
 *     +-------+-----------------------+-----+---+-+-------------------+
 *     |  Ver  |         VLAN          | COS |En |T|    Session ID     |
 *     +-------+-----------------------+-----+---+-+-------------------+
 *     |      Reserved         |                 Index                 |  type III: timestamp, SGT, flags
 */
import { ERSPAN, ETHERNET, GRE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';
import { greHasSequence, greProtocol } from './gre.ts';

const TYPE_II_LEN = 8;
const TYPE_III_LEN = 12;
const SUBHEADER_LEN = 8;
const VERSION_II = 1;
const VERSION_III = 2;
const OPTIONAL = 1;

/** Session that the mirrored frame belongs to, 0..1023. */
export const erspanSession = (view: DataView, at: Offset): number => view.getUint16(at + 2) & 0x3ff;

/** Whether the GRE header at `at` announces type I: no sequence number, so no ERSPAN header either. */
const isTypeI = (view: DataView, at: Offset): boolean =>
  greProtocol(view, at) === 0x88be && !greHasSequence(view, at);

export function dissectErspan(packet: Packet, at: Offset, end: Offset): Protocol {
  const view = packet.view;
  const below = packet.depth - 1;
  if (below >= 0 && packet.protocol[below] === GRE && isTypeI(view, packet.at[below]!)) {
    return ETHERNET;
  }
  if (end - at < TYPE_II_LEN) return packet.short(end);
  const version = view.getUint8(at) >> 4;
  let len = TYPE_II_LEN;
  if (version === VERSION_III) {
    if (end - at < TYPE_III_LEN) return packet.short(end);
    len = TYPE_III_LEN + ((view.getUint8(at + 11) & OPTIONAL) === 0 ? 0 : SUBHEADER_LEN);
  } else if (version !== VERSION_II) return packet.malformed();
  if (end - at < len) return packet.short(end);
  packet.push(ERSPAN, at, at + len, end);
  return ETHERNET;
}

const INDEX = found('erspan.index', 'Index', 'uint', 0x000f_ffff);
const TIMESTAMP = found('erspan.timestamp', 'Timestamp', 'uint');
const GROUP = found('erspan.sgt', 'Security group tag', 'uint');
const DIRECTION = found('erspan.direction', 'Direction', 'boolean', 0x0008);

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const at = packet.at[row]!;
  if (packet.view.getUint8(at) >> 4 === VERSION_II) {
    give(sink, packet.view, INDEX, at + 4, 4);
    return;
  }
  give(sink, packet.view, TIMESTAMP, at + 4, 4);
  give(sink, packet.view, GROUP, at + 8, 2);
  give(sink, packet.view, DIRECTION, at + 10, 2);
}

export const erspan: Dissector = {
  protocol: ERSPAN,
  name: 'erspan',
  reference: 'draft-foschiano-erspan-03',
  on: { etherType: [0x88be, 0x22eb] },
  dissect: dissectErspan,
  fields: [
    fixed('erspan.version', 'Version', 'uint', 0, 2, 0xf000),
    fixed('erspan.vlan', 'VLAN', 'uint', 0, 2, 0x0fff),
    fixed('erspan.cos', 'Class of service', 'uint', 2, 2, 0xe000),
    fixed('erspan.truncated', 'Truncated', 'uint', 2, 2, 0x0400),
    fixed('erspan.spanid', 'Session', 'uint', 2, 2, 0x03ff),
    INDEX,
    TIMESTAMP,
    GROUP,
    DIRECTION,
  ],
  walk,
};
