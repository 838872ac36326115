/**
 * Linux netfilter log (LINKTYPE_NFLOG 239): what an NFLOG rule saw, such as a network policy's drop.
 *
 *     0       1       2               4
 *     +-------+-------+---------------+----------------------------------
 *     |family |version| resource id BE| TLVs: length, type, value, padding to 4
 *     +-------+-------+---------------+----------------------------------
 *
 * Length and type of a TLV are in the capturing host's byte order, which nothing tells: types are
 * small, so the order in which the type is below 256 is the right one. Values are big-endian. The
 * packet is the payload of TLV 9; this layer's header ends where that value starts.
 */
import { NFLOG, NONE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import { byEtherType } from '../next.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes, giveText, textAt } from '../walk.ts';
import { dissectRawIp } from './raw-ip.ts';

const FAMILY = 0;
const VERSION = 1;
const RESOURCE_ID = 2;
const HEADER_LEN = 4;
const TLV_HEADER_LEN = 4;

const TLV_PACKET_HEADER = 1;
const TLV_MARK = 2;
const TLV_TIMESTAMP = 3;
const TLV_IFINDEX_IN = 4;
const TLV_IFINDEX_OUT = 5;
const TLV_PHYSINDEX_IN = 6;
const TLV_PHYSINDEX_OUT = 7;
const TLV_PAYLOAD = 9;
const TLV_PREFIX = 10;
const TLV_UID = 11;
const TLV_GID = 14;

const FAMILY_IPV4 = 2;
const FAMILY_IPV6 = 10;

/** Whether the TLV header at `at` (4 bytes) was written on a little-endian host. */
const isLittle = (view: DataView, at: Offset): boolean => view.getUint8(at + 3) === 0;

/** Length of the TLV at `at`, its header included. */
export const nflogTlvLen = (view: DataView, at: Offset): number =>
  view.getUint16(at, isLittle(view, at));
/** Type of the TLV at `at`; the top bit (nested) cleared. */
export const nflogTlvType = (view: DataView, at: Offset): number =>
  view.getUint16(at + 2, isLittle(view, at)) & 0x7fff;

/** Offset of the first TLV of this type in the layer whose header is [at, payloadAt), or -1. */
export function nflogFind(view: DataView, at: Offset, payloadAt: Offset, type: number): Offset {
  for (let tlvAt = at + HEADER_LEN; payloadAt - tlvAt >= TLV_HEADER_LEN; ) {
    const len = nflogTlvLen(view, tlvAt);
    if (len < TLV_HEADER_LEN || len > payloadAt - tlvAt) return -1;
    if (nflogTlvType(view, tlvAt) === type) return tlvAt;
    tlvAt += (len + 3) & ~3;
  }
  return -1;
}

/** The prefix of the rule that logged the packet, or '' when it has none. */
export function nflogPrefix(view: DataView, at: Offset, payloadAt: Offset): string {
  const tlvAt = nflogFind(view, at, payloadAt, TLV_PREFIX);
  return tlvAt < 0 ? '' : textAt(view, tlvAt + TLV_HEADER_LEN, nflogTlvLen(view, tlvAt) - 4);
}

export function dissectNflog(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  let tlvAt = at + HEADER_LEN;
  let etherType = 0;
  while (end - tlvAt >= TLV_HEADER_LEN) {
    const len = nflogTlvLen(view, tlvAt);
    if (len < TLV_HEADER_LEN) {
      packet.push(NFLOG, at, tlvAt, end);
      return packet.malformed();
    }
    const type = nflogTlvType(view, tlvAt);
    const valueAt = tlvAt + TLV_HEADER_LEN;
    if (type === TLV_PAYLOAD) {
      packet.push(NFLOG, at, valueAt, tlvAt + len < end ? tlvAt + len : end);
      if (tlvAt + len > end) packet.short(end);
      return onPayload(packet, view.getUint8(at + FAMILY), etherType, valueAt);
    }
    if (len > end - tlvAt) break;
    if (type === TLV_PACKET_HEADER && len >= 6) etherType = view.getUint16(valueAt);
    tlvAt += (len + 3) & ~3;
  }
  const headerEnd = tlvAt < end ? tlvAt : end;
  packet.push(NFLOG, at, headerEnd, end);
  return headerEnd === end && !packet.cut ? NONE : packet.short(end);
}

function onPayload(packet: Packet, family: number, etherType: number, at: Offset): Protocol {
  if (family === FAMILY_IPV4 || family === FAMILY_IPV6) {
    return dissectRawIp(packet, at, packet.nextEnd);
  }
  const next = byEtherType[etherType]!; // bridge: the link header is in a TLV of its own
  return next === NONE ? packet.unknown() : next;
}

const TLV_LENGTH_FIELD = found('nflog.tlv_length', 'Length', 'uint');
const TLV_TYPE_FIELD = found('nflog.tlv_type', 'Type', 'uint');
const HW_PROTOCOL = found('nflog.protocol', 'Hardware protocol', 'hex');
const HOOK = found('nflog.hook', 'Netfilter hook', 'uint');
const INDEV = found('nflog.ifindex_indev', 'Interface in', 'uint');
const OUTDEV = found('nflog.ifindex_outdev', 'Interface out', 'uint');
const PHYSINDEV = found('nflog.ifindex_physindev', 'Physical interface in', 'uint');
const PHYSOUTDEV = found('nflog.ifindex_physoutdev', 'Physical interface out', 'uint');
const PREFIX = found('nflog.prefix', 'Prefix', 'text');
const UID = found('nflog.uid', 'UID', 'uint');
const GID = found('nflog.gid', 'GID', 'uint');
const VALUE = found('nflog.tlv_value', 'Value', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  for (let tlvAt = at + HEADER_LEN; end - tlvAt >= TLV_HEADER_LEN; ) {
    const len = nflogTlvLen(view, tlvAt);
    if (len < TLV_HEADER_LEN) return;
    sink.open(`TLV ${nflogTlvType(view, tlvAt)}`, tlvAt, Math.min(len, end - tlvAt));
    sink.field(TLV_LENGTH_FIELD, len, tlvAt, 2);
    sink.field(TLV_TYPE_FIELD, nflogTlvType(view, tlvAt), tlvAt + 2, 2);
    if (len <= end - tlvAt) giveValue(sink, view, tlvAt, len - TLV_HEADER_LEN);
    sink.close();
    tlvAt += (len + 3) & ~3;
  }
}

function giveValue(sink: FieldSink, view: DataView, tlvAt: Offset, len: number): void {
  const at = tlvAt + TLV_HEADER_LEN;
  const type = nflogTlvType(view, tlvAt);
  if (type === TLV_PAYLOAD || type === TLV_TIMESTAMP) return; // the layers above; the frame's time
  if (type === TLV_PACKET_HEADER && len >= 3) {
    give(sink, view, HW_PROTOCOL, at, 2);
    give(sink, view, HOOK, at + 2, 1);
    return;
  }
  if (type === TLV_PREFIX) {
    giveText(sink, view, PREFIX, at, len);
    return;
  }
  const field = type >= 2 && type < NUMBERS.length ? NUMBERS[type] : undefined;
  if (field !== undefined && len === 4) give(sink, view, field, at, 4);
  else if (len > 0) giveBytes(sink, VALUE, at, len);
}

const NUMBERS: (typeof INDEV | undefined)[] = [];
NUMBERS[TLV_IFINDEX_IN] = INDEV;
NUMBERS[TLV_IFINDEX_OUT] = OUTDEV;
NUMBERS[TLV_PHYSINDEX_IN] = PHYSINDEV;
NUMBERS[TLV_PHYSINDEX_OUT] = PHYSOUTDEV;
NUMBERS[TLV_UID] = UID;
NUMBERS[TLV_GID] = GID;

/** The packet's netfilter mark, -1 = none was logged. */
export function nflogMark(view: DataView, at: Offset, payloadAt: Offset): number {
  const tlvAt = nflogFind(view, at, payloadAt, TLV_MARK);
  return tlvAt < 0 || nflogTlvLen(view, tlvAt) < 8 ? -1 : view.getUint32(tlvAt + TLV_HEADER_LEN);
}

export const nflog: Dissector = {
  protocol: NFLOG,
  name: 'nflog',
  reference: 'LINKTYPE_NFLOG',
  on: { linktype: [239] },
  dissect: dissectNflog,
  fields: [
    fixed('nflog.family', 'Family', 'uint', FAMILY, 1),
    fixed('nflog.version', 'Version', 'uint', VERSION, 1),
    fixed('nflog.res_id', 'Resource ID', 'uint', RESOURCE_ID, 2),
    TLV_LENGTH_FIELD,
    TLV_TYPE_FIELD,
    HW_PROTOCOL,
    HOOK,
    INDEV,
    OUTDEV,
    PHYSINDEV,
    PHYSOUTDEV,
    PREFIX,
    UID,
    GID,
    VALUE,
  ],
  walk,
};
