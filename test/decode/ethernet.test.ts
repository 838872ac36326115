import assert from 'node:assert/strict';
import { CUT, LAYERS_MAX, MALFORMED, TOO_DEEP, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { hex } from '../support/frames.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const PING = `45 00 00 1c 00 01 00 00 40 01 00 00 0a 00 00 01 0a 00 00 02  # IPv4 10.0.0.1 -> 10.0.0.2
              08 00 f7 fd 00 01 00 01                                      # ICMP echo, identifier 1`;
const ADDRESSES = '02 00 00 00 00 0b  02 00 00 00 00 0a';
const ethernet = (text: string, options = {}) =>
  decodeFrame(hex(`${ADDRESSES} ${text}`), { linktype: 1, ...options });

describe('Ethernet', () => {
  it('takes a type from 0x0600 on as the payload protocol (IEEE 802.3 clause 3.2.6)', () => {
    const packet = ethernet(`08 00 ${PING}`);
    assert.equal(layers(packet), 'eth ip icmp');
    assert.deepEqual(values(packet, 'eth.dst'), ['02:00:00:00:00:0b']);
    assert.deepEqual(values(packet, 'eth.src'), ['02:00:00:00:00:0a']);
    assert.deepEqual(values(packet, 'eth.type'), ['0x0800']);
    assert.equal(packet.notes, 0);
  });

  it('does not count padding as payload: the IP total length ends it', () => {
    const packet = ethernet(`08 00 ${PING} ${'00'.repeat(18)}`);
    assert.equal(packet.end[1]! - packet.at[1]!, 28);
    assert.equal(packet.wireEnd - packet.at[1]!, 28);
    assert.equal(packet.notes, 0);
  });

  it('names an unknown type and stops', () => {
    const packet = ethernet('99 99 01 02 03 04');
    assert.equal(layers(packet), 'eth');
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
  });

  it('takes a value up to 1500 as the length before LLC; octets beyond it are padding', () => {
    const packet = ethernet('00 04  42 42 03 00  ff ff ff');
    assert.equal(layers(packet), 'eth llc');
    assert.deepEqual(values(packet, 'eth.len'), ['4']);
    assert.deepEqual(values(packet, 'llc.dsap'), ['0x42']);
    assert.deepEqual(values(packet, 'llc.control'), ['0x0003']);
    assert.equal(packet.end[0]! - packet.payloadAt[0]!, 4);
  });

  it('notes a length beyond the frame, and the capture when the capture cut it', () => {
    assert.equal(ethernet('00 40  42 42 03 00').notes & MALFORMED, MALFORMED);
    const cut = ethernet(`00 40  42 42 03 ${'00'.repeat(61)}`, { caplen: 20 });
    assert.equal(cut.notes & (CUT | MALFORMED), CUT);
    assert.equal(layers(cut), 'eth llc');
  });

  it('calls values from 1501 to 1535 neither', () => {
    const packet = ethernet('05 fd 01 02 03 04');
    assert.deepEqual(values(packet, 'eth.invalid_lentype'), ['0x05fd']);
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
  });

  it('shorter than its header is no layer', () => {
    const packet = decodeFrame(hex('02 00 00 00 00 0b 02 00 00 00 00 0a 08'), { linktype: 1 });
    assert.equal(packet.depth, 0);
    assert.equal(packet.notes, MALFORMED);
  });
});

describe('LLC', () => {
  it('with SNAP and OUI 0 carries an EtherType (RFC 1042)', () => {
    const packet = ethernet(`00 24  aa aa 03  00 00 00  08 00 ${PING}`);
    assert.equal(layers(packet), 'eth llc ip icmp');
    assert.deepEqual(values(packet, 'llc.oui'), ['0']);
    assert.deepEqual(values(packet, 'llc.type'), ['0x0800']);
  });

  it('with the OUI of 802.1 and PID 7 carries a whole frame (RFC 2684 section 5.2)', () => {
    const packet = ethernet(`00 34  aa aa 03  00 80 c2  00 07  00 00  ${ADDRESSES} 08 00 ${PING}`);
    assert.equal(layers(packet), 'eth llc eth ip icmp');
    assert.deepEqual(values(packet, 'llc.pid'), ['0x0007']);
  });

  it('of Cisco names its own protocol', () => {
    const packet = ethernet('00 0a  aa aa 03  00 00 0c  20 00  02 b4');
    assert.deepEqual(values(packet, 'llc.cisco_pid'), ['0x2000']);
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
  });

  it('has two bytes of control unless it is unnumbered (IEEE 802.2 clause 5.2)', () => {
    const packet = ethernet('00 06  f0 f0  02 04  aa bb');
    assert.equal(packet.payloadAt[1]! - packet.at[1]!, 4);
    assert.deepEqual(values(packet, 'llc.control'), ['0x0402']);
  });

  it('cut within its header is no layer', () => {
    assert.equal(layers(ethernet('00 02  42 42')), 'eth');
    assert.equal(layers(ethernet('00 03  f0 f0 02')), 'eth');
    assert.equal(layers(ethernet('00 07  aa aa 03  00 00 00  08')), 'eth');
    assert.equal(layers(ethernet('00 09  aa aa 03  00 80 c2  00 07  00')), 'eth');
  });
});

describe('VLAN tags', () => {
  it('nest: a service tag around a customer tag (IEEE 802.1ad)', () => {
    const packet = ethernet(`88 a8 20 0a  81 00 d0 14  08 00 ${PING}`);
    assert.equal(layers(packet), 'eth vlan vlan ip icmp');
    assert.deepEqual(values(packet, 'ieee8021ad.id'), ['10']);
    assert.deepEqual(values(packet, 'ieee8021ad.priority'), ['1']);
    assert.deepEqual(values(packet, 'vlan.id'), ['20']);
    assert.deepEqual(values(packet, 'vlan.priority'), ['6']);
    assert.deepEqual(values(packet, 'vlan.dei'), ['1']);
    assert.deepEqual(values(packet, 'vlan.etype'), ['0x0800']);
  });

  it('may carry a length and LLC', () => {
    const packet = ethernet('81 00 00 05  00 03  42 42 03  ff ff');
    assert.equal(layers(packet), 'eth vlan llc');
    assert.deepEqual(values(packet, 'vlan.len'), ['3']);
    assert.equal(packet.end[2]! - packet.at[2]!, 3);
  });

  it('nest to a bound, which is noted', () => {
    const packet = ethernet(`${'81 00 00 05 '.repeat(LAYERS_MAX)} 08 00 ${PING}`);
    assert.equal(packet.depth, LAYERS_MAX);
    assert.equal(packet.notes, TOO_DEEP);
    const most = ethernet(`${'81 00 00 05 '.repeat(LAYERS_MAX - 3)} 08 00 ${PING}`);
    assert.equal(most.depth, LAYERS_MAX);
    assert.equal(most.notes, 0);
  });

  it('cut within a tag is no layer', () => {
    const packet = ethernet('81 00 00 05 08');
    assert.equal(layers(packet), 'eth');
    assert.equal(packet.notes, MALFORMED);
  });
});

describe('ARP', () => {
  it('over Ethernet for IPv4 names both ends (RFC 826)', () => {
    const packet = ethernet(`08 06  00 01 08 00 06 04 00 02  # reply
      ee ee ee ee ee ee  a9 fe 01 01                         # 169.254.1.1 is at ee:ee:ee:ee:ee:ee
      02 00 00 00 00 0b  0a f4 01 0a  ${'00'.repeat(18)}`);
    assert.equal(layers(packet), 'eth arp');
    assert.deepEqual(values(packet, 'arp.opcode'), ['2']);
    assert.deepEqual(values(packet, 'arp.src.hw_mac'), ['ee:ee:ee:ee:ee:ee']);
    assert.deepEqual(values(packet, 'arp.src.proto_ipv4'), ['169.254.1.1']);
    assert.deepEqual(values(packet, 'arp.dst.hw_mac'), ['02:00:00:00:00:0b']);
    assert.deepEqual(values(packet, 'arp.dst.proto_ipv4'), ['10.244.1.10']);
    assert.equal(packet.end[1]! - packet.at[1]!, 28);
  });

  it('takes address lengths from the packet', () => {
    const packet = ethernet('08 06  00 07 12 34 01 02 00 01  aa  01 02  bb  03 04');
    assert.deepEqual(values(packet, 'arp.src.hw'), ['aa']);
    assert.deepEqual(values(packet, 'arp.src.proto'), ['0102']);
    assert.deepEqual(values(packet, 'arp.dst.hw'), ['bb']);
    assert.deepEqual(values(packet, 'arp.dst.proto'), ['0304']);
  });

  it('with fewer bytes than its lengths say is no layer', () => {
    const packet = ethernet('08 06  00 01 08 00 06 04 00 01  ee ee ee ee ee ee');
    assert.equal(layers(packet), 'eth');
    assert.equal(packet.notes, MALFORMED);
    assert.equal(ethernet('08 06  00 01 08 00 06 04 00').notes, MALFORMED);
  });
});

describe('PPPoE', () => {
  it('session carries PPP; its length ends the packet (RFC 2516 section 4)', () => {
    const packet = ethernet(`88 64  11 00 00 2a 00 1e  00 21 ${PING} 00 00 00`);
    assert.equal(layers(packet), 'eth pppoe ppp ip icmp');
    assert.deepEqual(values(packet, 'pppoe.session_id'), ['0x002a']);
    assert.deepEqual(values(packet, 'ppp.protocol'), ['0x0021']);
    assert.equal(packet.notes, 0);
    assert.equal(packet.end[1]! - packet.at[1]!, 36);
  });

  it('discovery carries tags, no PPP', () => {
    assert.equal(layers(ethernet('88 63  11 09 00 00 00 04  01 01 00 00')), 'eth pppoe');
  });

  it('with a length beyond the frame is noted and decoded', () => {
    const packet = ethernet(`88 64  11 00 00 2a 01 1e  00 21 ${PING}`);
    assert.equal(packet.notes, MALFORMED);
    assert.equal(layers(packet), 'eth pppoe ppp ip icmp');
  });

  it('cut within its header is no layer', () => {
    assert.equal(layers(ethernet('88 64  11 00 00 2a 00')), 'eth');
  });
});
