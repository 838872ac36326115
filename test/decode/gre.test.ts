import assert from 'node:assert/strict';
import { MALFORMED, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { erspanSession } from '../../src/decode/protocols/erspan.ts';
import { greHasSequence, greKey } from '../../src/decode/protocols/gre.ts';
import { hex } from '../support/frames.ts';
import { ipv4, udp } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const PING = `45 00 00 1c 00 01 00 00 40 01 00 00 0a 00 00 01 0a 00 00 02
              08 00 f7 fd 00 01 00 01`;
const FRAME = `02 00 00 00 00 0b 02 00 00 00 00 0a 08 00 ${PING}`;
const gre = (text: string) => decodeFrame(ipv4(47, hex(text)));

describe('GRE', () => {
  it('of four bytes carries the protocol of its EtherType (RFC 2784)', () => {
    const packet = gre(`00 00 08 00 ${PING}`);
    assert.equal(layers(packet), 'ip gre ip icmp');
    assert.deepEqual(values(packet, 'gre.flags_and_version'), ['0x0000']);
    assert.deepEqual(values(packet, 'gre.proto'), ['0x0800']);
    assert.deepEqual([packet.outerIp, packet.ip], [0, 2]);
    assert.equal(greKey(packet.view, packet.at[1]!), -1);
  });

  it('has checksum, key and sequence number when their flags say so (RFC 2890)', () => {
    const packet = gre(`b0 00 08 00  ab cd 00 00  00 00 01 00  00 00 00 2a ${PING}`);
    assert.equal(layers(packet), 'ip gre ip icmp');
    assert.deepEqual(values(packet, 'gre.checksum'), ['0xabcd']);
    assert.deepEqual(values(packet, 'gre.key'), ['0x00000100']);
    assert.deepEqual(values(packet, 'gre.sequence_number'), ['42']);
    assert.equal(greKey(packet.view, packet.at[1]!), 256);
    assert.equal(greHasSequence(packet.view, packet.at[1]!), true);
  });

  it('has source routes until one of length 0 (RFC 1701)', () => {
    const packet = gre(`40 00 08 00  00 00 00 00
      08 00 00 04 c0 00 02 01  00 00 00 00 ${PING}`);
    assert.equal(layers(packet), 'ip gre ip icmp');
    assert.deepEqual(values(packet, 'gre.routing.address_family'), ['2048', '0']);
    assert.deepEqual(values(packet, 'gre.routing.information'), ['c0000201']);
  });

  it('bridges Ethernet with protocol 0x6558, as NVGRE does with a key (RFC 7637)', () => {
    const packet = gre(`20 00 65 58  00 13 88 07 ${FRAME}`);
    assert.equal(layers(packet), 'ip gre eth ip icmp');
    assert.equal(greKey(packet.view, packet.at[1]!) >>> 8, 5000);
  });

  it('of version 1 carries PPP with a call and an acknowledgment (RFC 2637 section 4.1)', () => {
    const packet = gre(`30 81 88 0b  00 20 00 07  00 00 00 01  00 00 00 02  ff 03 00 21 ${PING}`);
    assert.equal(layers(packet), 'ip gre ppp ip icmp');
    assert.deepEqual(values(packet, 'gre.key.payload_length'), ['32']);
    assert.deepEqual(values(packet, 'gre.key.call_id'), ['7']);
    assert.deepEqual(values(packet, 'gre.sequence_number'), ['1']);
    assert.deepEqual(values(packet, 'gre.ack_number'), ['2']);
  });

  it('of WCCP may have a redirect header before the packet', () => {
    assert.equal(layers(gre(`00 00 88 3e ${PING}`)), 'ip gre ip icmp');
    assert.equal(layers(gre(`00 00 88 3e 00 01 00 02 ${PING}`)), 'ip gre ip icmp');
    assert.equal(gre('00 00 88 3e 00 01 00').notes, MALFORMED);
  });

  it('of MikroTik carries Ethernet', () => {
    assert.equal(layers(gre(`20 01 64 00  2a 00 00 07 ${FRAME}`)), 'ip gre eth ip icmp');
  });

  it('travels in UDP port 4754 (RFC 8086)', () => {
    const packet = decodeFrame(ipv4(17, udp(50_000, 4754, hex(`00 00 08 00 ${PING}`))));
    assert.equal(layers(packet), 'ip udp gre ip icmp');
  });

  it('of another version is malformed, of an unknown protocol named so', () => {
    assert.equal(gre(`00 02 08 00 ${PING}`).notes, MALFORMED);
    const unknown = gre('00 00 99 99 01 02');
    assert.equal(unknown.notes, UNKNOWN_PAYLOAD);
    assert.equal(layers(unknown), 'ip gre');
  });

  it('whose optional fields go beyond the packet is no layer', () => {
    for (const cut of [
      '00 00 08',
      '80 00 08 00 ab cd 00',
      '20 00 08 00 00 00 00',
      '10 00 08 00 00 00 00',
      'b0 00 08 00 ab cd 00 00 00 00 01 00 00 00 00',
      '30 81 88 0b 00 20 00 07 00 00 00 01 00 00 00',
      '40 00 08 00 00 00 00 00 08 00 00 04 c0 00 02',
      '40 00 08 00 00 00 00 00 08 00 00 04 c0 00 02 01',
    ]) {
      const packet = gre(cut);
      assert.equal(layers(packet), 'ip', cut);
      assert.equal(packet.notes, MALFORMED, cut);
    }
  });
});

describe('ERSPAN', () => {
  it('type I has no header: a GRE header without sequence number says so', () => {
    assert.equal(layers(gre(`00 00 88 be ${FRAME}`)), 'ip gre eth ip icmp');
  });

  it('type II has 8 bytes (draft-foschiano-erspan-03 section 4.2)', () => {
    const packet = gre(`10 00 88 be 00 00 00 05  10 07 a4 2a 00 00 00 09 ${FRAME}`);
    assert.equal(layers(packet), 'ip gre erspan eth ip icmp');
    assert.deepEqual(values(packet, 'erspan.vlan'), ['7']);
    assert.deepEqual(values(packet, 'erspan.cos'), ['5']);
    assert.deepEqual(values(packet, 'erspan.spanid'), ['42']);
    assert.deepEqual(values(packet, 'erspan.truncated'), ['1']);
    assert.deepEqual(values(packet, 'erspan.index'), ['9']);
    assert.equal(erspanSession(packet.view, packet.at[2]!), 42);
  });

  it('type III has 12 bytes, and 8 more when its last bit says so (section 4.3)', () => {
    const start = '20 07 00 2a  00 00 00 63  00 05 00';
    const plain = gre(`10 00 22 eb 00 00 00 05  ${start} 08 ${FRAME}`);
    assert.equal(layers(plain), 'ip gre erspan eth ip icmp');
    assert.deepEqual(values(plain, 'erspan.timestamp'), ['99']);
    assert.deepEqual(values(plain, 'erspan.sgt'), ['5']);
    assert.deepEqual(values(plain, 'erspan.direction'), ['1']);
    const sub = gre(`10 00 22 eb 00 00 00 05  ${start} 01 ${'00'.repeat(8)} ${FRAME}`);
    assert.equal(layers(sub), 'ip gre erspan eth ip icmp');
    assert.equal(sub.payloadAt[2]! - sub.at[2]!, 20);
  });

  it('of another version, or cut within its header, is no layer', () => {
    const empty = decodeFrame(hex('02000000000b 02000000000a 88be'), { linktype: 1 });
    assert.deepEqual([layers(empty), empty.notes], ['eth', MALFORMED]);
    assert.equal(gre(`10 00 88 be 00 00 00 05  30 07 00 2a 00 00 00 09 ${FRAME}`).notes, MALFORMED);
    for (const cut of ['10 07 00 2a 00 00 00', '20 07 00 2a 00 00 00 63 00 05 00']) {
      assert.equal(layers(gre(`10 00 22 eb 00 00 00 05 ${cut}`)), 'ip gre', cut);
    }
    const sub = '20 07 00 2a 00 00 00 63 00 05 00 01 00 00 00 00 00 00 00';
    assert.equal(layers(gre(`10 00 22 eb 00 00 00 05 ${sub}`)), 'ip gre');
  });
});
