import assert from 'node:assert/strict';
import { CUT, FIRST_FRAGMENT, MALFORMED } from '../../src/decode/packet.ts';
import { hex } from '../support/frames.ts';
import { ascii, ipv4, udp } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const datagram = (text: string, options = {}) => decodeFrame(ipv4(17, hex(text)), options);

describe('UDP', () => {
  it('is read as RFC 768 draws it', () => {
    const packet = datagram('00 07 23 28 00 0b ab cd 61 62 63');
    assert.equal(layers(packet), 'ip udp');
    assert.deepEqual([packet.srcPort, packet.dstPort, packet.transport], [7, 9000, 1]);
    assert.deepEqual(values(packet, 'udp.srcport'), ['7']);
    assert.deepEqual(values(packet, 'udp.dstport'), ['9000']);
    assert.deepEqual(values(packet, 'udp.length'), ['11']);
    assert.deepEqual(values(packet, 'udp.checksum'), ['0xabcd']);
  });

  it('takes Length 0 as the rest of the packet (RFC 2675 section 4)', () => {
    const packet = datagram('00 07 23 28 00 00 00 00 de ad be ef');
    assert.equal(packet.end[1]! - packet.payloadAt[1]!, 4);
    assert.equal(packet.notes, 0);
  });

  it('ends where its length says, before the packet does', () => {
    const packet = datagram('00 07 23 28 00 0a 00 00 61 62 ff ff');
    assert.equal(packet.end[1]! - packet.payloadAt[1]!, 2);
    assert.equal(packet.notes, 0);
  });

  it('with a length below its header is malformed and no layer', () => {
    const packet = datagram('00 07 23 28 00 07 00 00');
    assert.deepEqual([layers(packet), packet.notes], ['ip', MALFORMED]);
    assert.equal(datagram('00 07 23 28 00 08 00').notes, MALFORMED);
  });

  it('longer than its packet is a datagram all the same, and noted', () => {
    const packet = datagram('00 07 23 28 00 20 00 00 61');
    assert.deepEqual([layers(packet), packet.notes], ['ip udp', MALFORMED]);
    assert.deepEqual([packet.srcPort, packet.dstPort], [7, 9000]);
  });

  it('longer than the capture is cut; longer than its fragment is neither', () => {
    const frame = ipv4(17, udp(7, 9000, ascii('x'.repeat(64))));
    assert.equal(decodeFrame(frame, { caplen: 40 }).notes, CUT);
    const first = ipv4(17, udp(7, 9000, ascii('x'.repeat(8)), 1000), { more: true });
    assert.equal(decodeFrame(first).notes, FIRST_FRAGMENT);
  });
});
