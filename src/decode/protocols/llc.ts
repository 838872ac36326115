/**
 * IEEE 802.2 Logical Link Control, with the SNAP extension (IEEE 802 clause 9.5).
 *
 *     0       1       2       3               6               8
 *     +-------+-------+-------+---------------+---------------+---
 *     | DSAP  | SSAP  |Control| OUI           | type or PID   |  SNAP: AA AA 03
 *     +-------+-------+-------+---------------+---------------+---
 *
 * Control is 1 byte in unnumbered frames (its two low bits set), 2 in the others.
 */
import { ETHERNET, IPV4, LLC, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give } from '../walk.ts';
import { onEtherType } from './ethernet.ts';

const DSAP = 0;
const SSAP = 1;
const CONTROL = 2;
const OUI = 3;
const TYPE = 6;
const HEADER_LEN_MIN = 3;
const SNAP_LEN = 8;
const PAD_LEN = 2;

const SAP_SNAP = 0xaa;
const SAP_IP = 0x06;
const UNNUMBERED_INFORMATION = 0x03;
/** OUIs whose PID is an EtherType: encapsulated Ethernet (RFC 1042), and the same through an 802.1H bridge. */
const OUI_ETHERNET = 0x00_0000;
const OUI_BRIDGE_TUNNEL = 0x00_00f8;
/** OUI of IEEE 802.1: two bytes of padding and a whole MAC frame follow (RFC 2684 section 5.2). */
const OUI_8021 = 0x00_80c2;
const OUI_CISCO = 0x00_000c;
const OUI_NORTEL = 0x00_0081;
const PID_ETHERNET_WITH_FCS = 1;
const PID_ETHERNET = 7;

const isSnap = (view: DataView, at: Offset): boolean =>
  view.getUint16(at + DSAP) === 0xaaaa && view.getUint8(at + CONTROL) === UNNUMBERED_INFORMATION;

const ouiAt = (view: DataView, at: Offset): number => view.getUint32(at + OUI - 1) & 0xff_ffff;

/** Destination and source service access points. */
export const llcDsap = (view: DataView, at: Offset): number => view.getUint8(at + DSAP);
export const llcSsap = (view: DataView, at: Offset): number => view.getUint8(at + SSAP);

export function dissectLlc(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const controlLen = (view.getUint8(at + CONTROL) & 3) === 3 ? 1 : 2;
  if (end - at < 2 + controlLen) return packet.short(end);
  if (isSnap(view, at)) return dissectSnap(packet, at, end);
  packet.push(LLC, at, at + 2 + controlLen, end);
  if (view.getUint8(at + DSAP) === SAP_IP && controlLen === 1) return IPV4;
  return packet.nextAt === packet.nextEnd ? NONE : packet.unknown();
}

function dissectSnap(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < SNAP_LEN) return packet.short(end);
  const view = packet.view;
  const oui = ouiAt(view, at);
  const pid = view.getUint16(at + TYPE);
  if (oui === OUI_8021 && (pid === PID_ETHERNET || pid === PID_ETHERNET_WITH_FCS)) {
    if (end - at < SNAP_LEN + PAD_LEN) return packet.short(end);
    packet.push(LLC, at, at + SNAP_LEN + PAD_LEN, end);
    return ETHERNET;
  }
  packet.push(LLC, at, at + SNAP_LEN, end);
  if (oui === OUI_ETHERNET || oui === OUI_BRIDGE_TUNNEL) return onEtherType(packet, pid);
  return packet.unknown();
}

const CONTROL_FIELD = found('llc.control', 'Control', 'hex', 0, 2);
const OUI_FIELD = found('llc.oui', 'Organization code', 'uint');
const TYPE_FIELD = found('llc.type', 'Type', 'hex');
const PID_FIELD = found('llc.pid', 'Protocol ID', 'hex');
const CISCO_PID_FIELD = found('llc.cisco_pid', 'Protocol ID', 'hex');
const NORTEL_PID_FIELD = found('llc.nortel_pid', 'Protocol ID', 'hex');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  if (view.getUint8(at + DSAP) !== SAP_SNAP || !isSnap(view, at)) {
    const controlLen = packet.payloadAt[row]! - at - 2;
    sink.field(
      CONTROL_FIELD,
      controlLen === 1 ? view.getUint8(at + CONTROL) : view.getUint16(at + CONTROL, true),
      at + CONTROL,
      controlLen,
    );
    return;
  }
  give(sink, view, CONTROL_FIELD, at + CONTROL, 1);
  give(sink, view, OUI_FIELD, at + OUI, 3);
  const oui = ouiAt(view, at);
  give(sink, view, pidField(oui), at + TYPE, 2);
}

function pidField(oui: number): Field {
  switch (oui) {
    case OUI_ETHERNET:
    case OUI_BRIDGE_TUNNEL:
      return TYPE_FIELD;
    case OUI_CISCO:
      return CISCO_PID_FIELD;
    case OUI_NORTEL:
      return NORTEL_PID_FIELD;
    default:
      return PID_FIELD;
  }
}

export const llc: Dissector = {
  protocol: LLC,
  name: 'llc',
  reference: 'IEEE 802.2, RFC 1042',
  on: { etherType: [0x8870] },
  dissect: dissectLlc,
  fields: [
    fixed('llc.dsap', 'DSAP', 'hex', DSAP, 1),
    fixed('llc.ssap', 'SSAP', 'hex', SSAP, 1),
    CONTROL_FIELD,
    OUI_FIELD,
    TYPE_FIELD,
    PID_FIELD,
    CISCO_PID_FIELD,
    NORTEL_PID_FIELD,
  ],
  walk,
};
