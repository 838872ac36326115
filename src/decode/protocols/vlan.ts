/**
 * Virtual LAN tags: IEEE 802.1Q (C-tag, 0x8100) and 802.1ad (S-tag, 0x88a8), in any number.
 *
 *     0               2               4
 *     +---+-+---------+---------------+---
 *     |PCP|D|   VID   | type or length| payload
 *     +---+-+---------+---------------+---
 */
import { ETHERNET, LLC, SLL, SLL2, VLAN } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';
import { isLength, onEtherType, onLength } from './ethernet.ts';

const TCI = 0;
const TYPE = 2;
const HEADER_LEN = 4;
const VID_MASK = 0x0fff;

/** TPID of a service tag (IEEE 802.1ad). */
const SERVICE_TAG = 0x88a8;
const CUSTOMER_TAG = 0x8100;

/** VLAN identifier of the tag at `at`: 0 means priority only. */
export const vlanId = (view: DataView, at: Offset): number => view.getUint16(at + TCI) & VID_MASK;
/** Priority code point, 0..7. */
export const vlanPriority = (view: DataView, at: Offset): number => view.getUint8(at + TCI) >> 5;

/** EtherType (or length) of what the tag of the layer at `at` is before. */
export const vlanEtherType = (view: DataView, at: Offset): number => view.getUint16(at + TYPE);
/** Drop eligible indicator. */
export const vlanIsDropEligible = (view: DataView, at: Offset): boolean =>
  (view.getUint8(at + TCI) & 0x10) !== 0;

export function dissectVlan(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const type = packet.view.getUint16(at + TYPE);
  packet.push(VLAN, at, at + HEADER_LEN, end);
  return isLength(type) ? onLength(packet, type) : onEtherType(packet, type);
}

/** The EtherType that announced the tag in layer `row`; 802.1Q where the layer below does not say. */
export function tpid(packet: Packet, row: number): number {
  if (row === 0) return CUSTOMER_TAG;
  const below = packet.protocol[row - 1]!;
  if (below === SLL2) return packet.view.getUint16(packet.at[row - 1]!);
  if (below === ETHERNET || below === VLAN || below === LLC || below === SLL) {
    return packet.view.getUint16(packet.at[row]! - 2);
  }
  return CUSTOMER_TAG;
}

const PRIORITY = found('vlan.priority', 'Priority', 'uint', 0xe000);
const DEI = found('vlan.dei', 'Drop eligible', 'boolean', 0x1000);
const ID = found('vlan.id', 'ID', 'uint', VID_MASK);
const ETYPE = found('vlan.etype', 'Type', 'hex');
const LEN = found('vlan.len', 'Length', 'uint');
const S_PRIORITY = found('ieee8021ad.priority', 'Priority', 'uint', 0xe000);
const S_DEI = found('ieee8021ad.dei', 'Drop eligible', 'uint', 0x1000);
const S_ID = found('ieee8021ad.id', 'ID', 'uint', VID_MASK);

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const isService = tpid(packet, row) === SERVICE_TAG;
  give(sink, view, isService ? S_PRIORITY : PRIORITY, at, 2);
  give(sink, view, isService ? S_DEI : DEI, at, 2);
  give(sink, view, isService ? S_ID : ID, at, 2);
  if (isService) return;
  give(sink, view, isLength(view.getUint16(at + TYPE)) ? LEN : ETYPE, at + TYPE, 2);
}

export const vlan: Dissector = {
  protocol: VLAN,
  name: 'vlan',
  reference: 'IEEE 802.1Q clause 9',
  on: { etherType: [CUSTOMER_TAG, SERVICE_TAG, 0x9100, 0x9200] },
  dissect: dissectVlan,
  fields: [PRIORITY, DEI, ID, ETYPE, LEN, S_PRIORITY, S_DEI, S_ID],
  walk,
};
