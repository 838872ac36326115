/**
 * WireGuard messages (wireguard.com/protocol): what is inside is encrypted; type, indices and counter
 * are not. All numbers little-endian, three reserved bytes after the type.
 *
 *     1 initiation   148 bytes   sender 4 | ephemeral 32 | static 48 | timestamp 28 | mac1 16 | mac2 16
 *     2 response      92         sender 4 | receiver 4 | ephemeral 32 | empty 16 | mac1 16 | mac2 16
 *     3 cookie        64         receiver 4 | nonce 24 | cookie 32
 *     4 data         >= 32       receiver 4 | counter 8 | encrypted packet (none in a keepalive)
 *
 * A receiver index is the sender index that the other side chose: it joins both directions.
 */
import { NONE, WIREGUARD } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, fixed, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { mayBeWireguard, notTunnel } from '../tunnel-guess.ts';
import { giveBytes, giveLittle, wide } from '../walk.ts';

const TYPE = 0;
const RESERVED = 1;
const FIRST_INDEX = 4;
const SECOND_INDEX = 8;
const COUNTER = 8;
const DATA = 16;

export const WIREGUARD_INITIATION = 1;
export const WIREGUARD_RESPONSE = 2;
export const WIREGUARD_COOKIE = 3;
export const WIREGUARD_DATA = 4;

/** Message type, 1..4. */
export const wireguardType = (view: DataView, at: Offset): number => view.getUint8(at + TYPE);
/** Index that the receiver chose, unsigned; -1 in an initiation or where it is not captured. */
export function wireguardReceiver(view: DataView, at: Offset, end: Offset): number {
  const type = view.getUint8(at + TYPE);
  if (type === WIREGUARD_INITIATION) return -1;
  const indexAt = type === WIREGUARD_RESPONSE ? at + SECOND_INDEX : at + FIRST_INDEX;
  return end - indexAt < 4 ? -1 : view.getUint32(indexAt, true);
}
/** Index that the sender chose, unsigned; -1 in messages that hold none or where it is not captured. */
export function wireguardSender(view: DataView, at: Offset, end: Offset): number {
  if (view.getUint8(at + TYPE) > WIREGUARD_RESPONSE) return -1;
  return end - at < FIRST_INDEX + 4 ? -1 : view.getUint32(at + FIRST_INDEX, true);
}

export function dissectWireguard(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < FIRST_INDEX) return packet.short(end);
  if (!mayBeWireguard(packet, at, end)) return notTunnel(packet, WIREGUARD);
  const headerLen = packet.view.getUint8(at) === WIREGUARD_DATA ? DATA : end - at;
  packet.push(WIREGUARD, at, Math.min(at + headerLen, end), end);
  if (end - at < headerLen) packet.short(end);
  return NONE;
}

const SENDER = found('wg.sender', 'Sender', 'hex');
const RECEIVER = found('wg.receiver', 'Receiver', 'hex');
const COUNTER_FIELD = found('wg.counter', 'Counter', 'uint');
const NONCE = found('wg.nonce', 'Nonce', 'bytes');
const COOKIE = found('wg.encrypted_cookie', 'Encrypted cookie', 'bytes');
const MAC1 = found('wg.mac1', 'MAC 1', 'bytes');
const MAC2 = found('wg.mac2', 'MAC 2', 'bytes');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const len = packet.end[row]! - at;
  switch (view.getUint8(at)) {
    case WIREGUARD_INITIATION:
      if (len < 148) return;
      giveLittle(sink, view, SENDER, at + FIRST_INDEX, 4);
      giveBytes(sink, MAC1, at + 116, 16);
      giveBytes(sink, MAC2, at + 132, 16);
      return;
    case WIREGUARD_RESPONSE:
      if (len < 92) return;
      giveLittle(sink, view, SENDER, at + FIRST_INDEX, 4);
      giveLittle(sink, view, RECEIVER, at + SECOND_INDEX, 4);
      giveBytes(sink, MAC1, at + 60, 16);
      giveBytes(sink, MAC2, at + 76, 16);
      return;
    case WIREGUARD_COOKIE:
      if (len < 64) return;
      giveLittle(sink, view, RECEIVER, at + FIRST_INDEX, 4);
      giveBytes(sink, NONCE, at + 8, 24);
      giveBytes(sink, COOKIE, at + 32, 32);
      return;
    default:
      if (len < DATA) return;
      giveLittle(sink, view, RECEIVER, at + FIRST_INDEX, 4);
      sink.field(
        COUNTER_FIELD,
        wide(view.getUint32(at + COUNTER + 4, true), view.getUint32(at + COUNTER, true)),
        at + COUNTER,
        8,
      );
  }
}

export const wireguard: Dissector = {
  protocol: WIREGUARD,
  name: 'wg',
  reference: 'wireguard.com/protocol',
  on: { udpPort: [51820, 51821, 51871] },
  dissect: dissectWireguard,
  fields: [
    fixed('wg.type', 'Type', 'uint', TYPE, 1),
    fixed('wg.reserved', 'Reserved', 'bytes', RESERVED, 3),
    SENDER,
    RECEIVER,
    COUNTER_FIELD,
    NONCE,
    COOKIE,
    MAC1,
    MAC2,
  ],
  walk,
};
