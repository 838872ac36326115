import assert from 'node:assert/strict';
import { CUT, MALFORMED } from '../../src/decode/packet.ts';
import {
  sctpChunkName,
  sctpChunkType,
  sctpFirstChunkAt,
  sctpNextChunkAt,
  sctpVerificationTag,
} from '../../src/decode/protocols/sctp.ts';
import { hex } from '../support/frames.ts';
import { ipv4 } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const HEADER = '8e 3c 96 0c  12 34 56 78  de ad be ef';
const DATA = '00 03 00 15  00 00 00 07  00 01 00 02  00 00 00 2e  68 65 6c 6c 6f 00 00 00';
const sctp = (chunks: string, options = {}) =>
  decodeFrame(ipv4(132, hex(`${HEADER} ${chunks}`)), options);

describe('SCTP', () => {
  it('has ports and a tag, then chunks padded to 4 bytes (RFC 9260 section 3)', () => {
    const packet = sctp(`${DATA} 0b 00 00 04`);
    assert.equal(layers(packet), 'ip sctp');
    assert.equal(packet.notes, 0);
    assert.deepEqual([packet.srcPort, packet.dstPort, packet.transport], [36_412, 38_412, 1]);
    assert.equal(sctpVerificationTag(packet.view, packet.at[1]!), 0x12345678);
    assert.deepEqual(values(packet, 'sctp.checksum'), ['0xdeadbeef']);
    assert.deepEqual(values(packet, 'sctp.chunk_type'), ['0', '11']);
    assert.deepEqual(values(packet, 'sctp.chunk_length'), ['21', '4']);
    const first = sctpFirstChunkAt(packet.at[1]!);
    const second = sctpNextChunkAt(packet.view, first, packet.end[1]!);
    assert.equal(sctpChunkName(sctpChunkType(packet.view, second)), 'COOKIE ACK');
    assert.equal(sctpNextChunkAt(packet.view, second, packet.end[1]!), -1);
    assert.equal(sctpNextChunkAt(packet.view, second + 1, packet.end[1]!), -1);
  });

  it('DATA tells TSN, stream, sequence and payload protocol (section 3.3.1)', () => {
    const packet = sctp(DATA);
    assert.deepEqual(values(packet, 'sctp.data_tsn_raw'), ['7']);
    assert.deepEqual(values(packet, 'sctp.data_sid'), ['0x0001']);
    assert.deepEqual(values(packet, 'sctp.data_ssn'), ['2']);
    assert.deepEqual(values(packet, 'sctp.data_payload_proto_id'), ['46']);
    assert.deepEqual(values(packet, 'sctp.data_b_bit'), ['1']);
    assert.deepEqual(values(packet, 'sctp.data_u_bit'), ['0']);
  });

  it('INIT, INIT ACK, SACK and SHUTDOWN tell their numbers (sections 3.3.2 to 3.3.8)', () => {
    const init = '00 00 00 2a  00 01 00 00  00 0a 00 05  00 00 00 63';
    const packet = sctp(`01 00 00 14 ${init}  02 00 00 14 ${init}
      03 00 00 10 00 00 00 07 00 01 00 00 00 00 00 00  07 00 00 08 00 00 00 07`);
    assert.deepEqual(values(packet, 'sctp.init_initiate_tag'), ['0x0000002a']);
    assert.deepEqual(values(packet, 'sctp.init_nr_out_streams'), ['10']);
    assert.deepEqual(values(packet, 'sctp.init_nr_in_streams'), ['5']);
    assert.deepEqual(values(packet, 'sctp.init_initial_tsn'), ['99']);
    assert.deepEqual(values(packet, 'sctp.initack_credit'), ['65536']);
    assert.deepEqual(values(packet, 'sctp.sack_cumulative_tsn_ack_raw'), ['7']);
    assert.deepEqual(values(packet, 'sctp.sack_a_rwnd'), ['65536']);
    assert.deepEqual(values(packet, 'sctp.shutdown_cumulative_tsn_ack'), ['7']);
  });

  it('with a chunk shorter than its header, or longer than the packet, is noted and stands', () => {
    for (const chunks of ['00 03 00 00', '00 03 00 03', '00 03 00 40 00 00 00 01', '0b 00 00']) {
      const packet = sctp(chunks);
      assert.deepEqual([layers(packet), packet.notes], ['ip sctp', MALFORMED], chunks);
      assert.equal(packet.srcPort, 36_412);
    }
    assert.equal(sctp(DATA, { caplen: 40 }).notes, CUT);
  });

  it('cut within its header is no layer', () => {
    assert.equal(layers(decodeFrame(ipv4(132, hex(HEADER.slice(0, -3))))), 'ip');
  });
});
