/**
 * Transmission Control Protocol (RFC 9293 section 3.1; options: RFC 9293, RFC 7323, RFC 2018).
 *
 *     0               1               2               3
 *     +-------------------------------+-------------------------------+
 *     |          Source Port          |       Destination Port        |
 *     +-------------------------------+-------------------------------+
 *     |                        Sequence Number                        |
 *     +---------------------------------------------------------------+
 *     |                     Acknowledgment Number                     |
 *     +-------+-----------------------+-------------------------------+
 *     |Offset |  reserved and flags   |            Window             |
 *     +-------+-----------------------+-------------------------------+
 *     |            Checksum           |        Urgent Pointer         |
 *     +-------------------------------+-------------------------------+
 *     |                    Options, 0 to 40 bytes                     |
 */
import { TCP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { onTcpPayload } from '../payload.ts';

const SRC_PORT = 0;
const DST_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const OFFSET_FLAGS = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const URGENT_POINTER = 18;
const HEADER_LEN_MIN = 20;

export const OPTION_END = 0;
export const OPTION_NOP = 1;
export const OPTION_MSS = 2;
export const OPTION_WINDOW_SCALE = 3;
export const OPTION_SACK_PERMITTED = 4;
export const OPTION_SACK = 5;
export const OPTION_TIMESTAMP = 8;

/** Kind of the option at `at`, which is below the header's end. */
export const optionKind = (view: DataView, at: Offset): number => view.getUint8(at);

/** Bytes of the option at `at`, 1 for END and NOP; 0 when its length is wrong or goes beyond `end`. */
export function optionLen(view: DataView, at: Offset, end: Offset): number {
  if (view.getUint8(at) <= OPTION_NOP) return 1;
  if (end - at < 2) return 0;
  const len = view.getUint8(at + 1);
  return len < 2 || len > end - at ? 0 : len;
}

/** Number `i` of 1, 2 or 4 bytes (`width`) in the value of the option at `at`, which is long enough. */
export function optionValue(view: DataView, at: Offset, width: number, i = 0): number {
  const valueAt = at + 2 + i * width;
  if (width === 4) return view.getUint32(valueAt);
  return width === 2 ? view.getUint16(valueAt) : view.getUint8(valueAt);
}

/** Header fields of the layer at `at`; the layer exists, so its first 20 bytes do. */
export const srcPort = (view: DataView, at: Offset): number => view.getUint16(at + SRC_PORT);
export const dstPort = (view: DataView, at: Offset): number => view.getUint16(at + DST_PORT);
export const sequence = (view: DataView, at: Offset): number => view.getUint32(at + SEQUENCE);
export const acknowledgment = (view: DataView, at: Offset): number =>
  view.getUint32(at + ACKNOWLEDGMENT);
/** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256. */
export const flags = (view: DataView, at: Offset): number =>
  view.getUint16(at + OFFSET_FLAGS) & 0x1ff;
export const window = (view: DataView, at: Offset): number => view.getUint16(at + WINDOW);
export const checksum = (view: DataView, at: Offset): number => view.getUint16(at + CHECKSUM);
export const urgentPointer = (view: DataView, at: Offset): number =>
  view.getUint16(at + URGENT_POINTER);

export function dissectTcp(packet: Packet, at: Offset, end: Offset): Protocol {
  if (end - at < HEADER_LEN_MIN) return packet.short(end);
  const view = packet.view;
  const headerLen = (view.getUint8(at + OFFSET_FLAGS) >> 4) << 2;
  if (headerLen < HEADER_LEN_MIN) return packet.malformed();
  if (end - at < headerLen) return packet.short(end);
  packet.push(TCP, at, at + headerLen, end);
  const srcPort = view.getUint16(at + SRC_PORT);
  const dstPort = view.getUint16(at + DST_PORT);
  packet.enterTransport(srcPort, dstPort);
  return onTcpPayload(packet, srcPort, dstPort);
}

export const tcp: Dissector = {
  protocol: TCP,
  name: 'tcp',
  reference: 'RFC 9293',
  on: { ipProtocol: [6] },
  dissect: dissectTcp,
  fields: [
    fixed('tcp.srcport', 'Source port', 'uint', SRC_PORT, 2),
    fixed('tcp.dstport', 'Destination port', 'uint', DST_PORT, 2),
    fixed('tcp.seq_raw', 'Sequence number', 'uint', SEQUENCE, 4),
    fixed('tcp.ack_raw', 'Acknowledgment number', 'uint', ACKNOWLEDGMENT, 4),
    fixed('tcp.flags', 'Flags', 'hex', OFFSET_FLAGS, 2, 0x0fff),
    fixed('tcp.flags.cwr', 'CWR', 'boolean', FLAGS, 1, 0x80),
    fixed('tcp.flags.ece', 'ECE', 'boolean', FLAGS, 1, 0x40),
    fixed('tcp.flags.urg', 'URG', 'boolean', FLAGS, 1, 0x20),
    fixed('tcp.flags.ack', 'ACK', 'boolean', FLAGS, 1, 0x10),
    fixed('tcp.flags.push', 'PSH', 'boolean', FLAGS, 1, 0x08),
    fixed('tcp.flags.reset', 'RST', 'boolean', FLAGS, 1, 0x04),
    fixed('tcp.flags.syn', 'SYN', 'boolean', FLAGS, 1, 0x02),
    fixed('tcp.flags.fin', 'FIN', 'boolean', FLAGS, 1, 0x01),
    fixed('tcp.window_size_value', 'Window', 'uint', WINDOW, 2),
    fixed('tcp.checksum', 'Checksum', 'hex', CHECKSUM, 2),
    fixed('tcp.urgent_pointer', 'Urgent pointer', 'uint', URGENT_POINTER, 2),
  ],
};
