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
import { NONE, TCP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, fixed } from '../dissector.ts';
import { byTcpPort } from '../next.ts';
import type { Packet } from '../packet.ts';

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
  if (at + headerLen === end) return NONE;
  return byTcpPort[dstPort] || byTcpPort[srcPort]!;
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
