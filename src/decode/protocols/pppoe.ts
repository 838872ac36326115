/**
 * PPP over Ethernet (RFC 2516 section 4), discovery (0x8863) and session (0x8864).
 *
 *     0       1       2               4               6
 *     +---+---+-------+---------------+---------------+---
 *     |ver|typ| code  | session       | length        | payload
 *     +---+---+-------+---------------+---------------+---
 */
import { NONE, PPP, PPPOE } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';

const VERSION_TYPE = 0;
const CODE = 1;
const SESSION = 2;
const LENGTH = 4;
const HEADER_LEN = 6;
const CODE_SESSION = 0;

/** Session identifier, 0 during discovery. */
export const pppoeSession = (view: DataView, at: Offset): number => view.getUint16(at + SESSION);

export function dissectPppoe(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  const view = packet.view;
  const payloadEnd = at + HEADER_LEN + view.getUint16(at + LENGTH);
  packet.push(PPPOE, at, at + HEADER_LEN, payloadEnd < end ? payloadEnd : end);
  if (payloadEnd > end) packet.short(end);
  return view.getUint8(at + CODE) === CODE_SESSION ? PPP : NONE;
}

export const pppoe: Dissector = {
  protocol: PPPOE,
  name: 'pppoe',
  reference: 'RFC 2516',
  on: { linktype: [51], etherType: [0x8863, 0x8864] },
  dissect: dissectPppoe,
  fields: [
    fixed('pppoe.version', 'Version', 'uint', VERSION_TYPE, 1, 0xf0),
    fixed('pppoe.type', 'Type', 'uint', VERSION_TYPE, 1, 0x0f),
    fixed('pppoe.code', 'Code', 'hex', CODE, 1),
    fixed('pppoe.session_id', 'Session ID', 'hex', SESSION, 2),
    fixed('pppoe.payload_length', 'Payload length', 'uint', LENGTH, 2),
  ],
};
