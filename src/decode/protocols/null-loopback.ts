/**
 * BSD loopback encapsulation (LINKTYPE_NULL 0, in the capturing host's byte order) and OpenBSD's
 * (LINKTYPE_LOOP 108, big-endian): 4 bytes of address family, then the packet.
 *
 * AF_INET is 2 everywhere. AF_INET6 is 24 on NetBSD, OpenBSD and Windows, 28 on FreeBSD, 30 on macOS,
 * 10 on Linux (tcpdump.org/linktypes/LINKTYPE_NULL.html).
 */
import { IPV4, IPV6, NULL_LOOPBACK } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { onEtherType } from './ethernet.ts';

const HEADER_LEN = 4;
const ETHERTYPE_MIN = 0x0600;

/** Address family of the layer at `at`, whichever byte order it was written in. */
export function nullFamily(view: DataView, at: Offset): number {
  const family = view.getUint32(at);
  return (family & 0xffff_0000) === 0 ? family : view.getUint32(at, true);
}

export function dissectNullLoopback(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN) return packet.short(end);
  packet.push(NULL_LOOPBACK, at, at + HEADER_LEN, end);
  const family = nullFamily(packet.view, at);
  switch (family) {
    case 2:
      return IPV4;
    case 10:
    case 24:
    case 28:
    case 30:
      return IPV6;
    default: // some writers put an EtherType there
      return family >= ETHERTYPE_MIN && family <= 0xffff
        ? onEtherType(packet, family)
        : packet.unknown();
  }
}

const FAMILY = found('null.family', 'Family', 'uint');
const TYPE = found('null.type', 'Type', 'hex');

function walk(packet: Packet, row: number, sink: FieldSink): void {
  const at = packet.at[row]!;
  const family = nullFamily(packet.view, at);
  if (family >= ETHERTYPE_MIN && family <= 0xffff) sink.field(TYPE, family, at + 2, 2);
  else sink.field(FAMILY, family, at, HEADER_LEN);
}

export const nullLoopback: Dissector = {
  protocol: NULL_LOOPBACK,
  name: 'null',
  reference: 'LINKTYPE_NULL, LINKTYPE_LOOP',
  on: { linktype: [0, 108] },
  dissect: dissectNullLoopback,
  fields: [FAMILY, TYPE],
  walk,
};
