import assert from 'node:assert/strict';
import {
  CUT,
  FIRST_FRAGMENT,
  GSO_LENGTH,
  LATER_FRAGMENT,
  MALFORMED,
  UNKNOWN_PAYLOAD,
} from '../../src/decode/packet.ts';
import { ciliumDsr6At } from '../../src/decode/protocols/ipv6-extension.ts';
import { hex } from '../support/frames.ts';
import { ascii, ipv4, ipv6, udp } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const A = 'fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0a';
const B = 'fd 00 00 00 00 00 00 01 00 00 00 00 00 00 00 0b';
const UDP = '00 07 23 28 00 0c 00 00 61 62 63 64';

const u16 = (value: number) => value.toString(16).padStart(4, '0');
/** An IPv6 packet with this next header, its payload length right. */
const packetOf = (next: string, payload: string) =>
  `60 00 00 00 ${u16(hex(payload).length)} ${next} 40 ${A} ${B} ${payload}`;
const decoded = (text: string, options = {}) =>
  decodeFrame(hex(text), { linktype: 229, ...options });
const ipv6Of = (next: string, payload: string, options = {}) =>
  decoded(packetOf(next, payload), options);

describe('IPv6', () => {
  it('is read as RFC 8200 section 3 draws it', () => {
    const packet = decoded(`6b 91 23 45 00 0c 11 3f ${A} ${B} ${UDP}`);
    assert.equal(layers(packet), 'ipv6 udp');
    for (const [name, value] of [
      ['ipv6.version', '6'],
      ['ipv6.tclass', '0x000000b9'],
      ['ipv6.tclass.dscp', '46'],
      ['ipv6.tclass.ecn', '1'],
      ['ipv6.flow', '0x012345'],
      ['ipv6.plen', '12'],
      ['ipv6.nxt', '17'],
      ['ipv6.hlim', '63'],
      ['ipv6.src', 'fd00::a'],
      ['ipv6.dst', 'fd00:0:0:1::b'],
    ] as const) {
      assert.deepEqual(values(packet, name), [value], name);
    }
    assert.deepEqual([packet.ip, packet.transport, packet.ipProtocol], [0, 1, 17]);
    assert.deepEqual([packet.srcPort, packet.dstPort], [7, 9000]);
  });

  it('is no layer with another version or less than 40 bytes', () => {
    assert.equal(decoded(`50 00 00 00 00 00 3b 40 ${A} ${B}`).notes, MALFORMED);
    assert.equal(decoded(`60 00 00 00 00 00 3b 40 ${A}`).depth, 0);
    assert.equal(ipv6Of('11', UDP, { caplen: 39 }).notes, CUT);
  });

  it('ends where its payload length says; next header 59 has nothing behind it', () => {
    const packet = decoded(`60 00 00 00 00 00 3b 40 ${A} ${B} 00 00 00 00 00 00`);
    assert.equal(packet.end[0], 40);
    assert.equal(packet.notes, 0);
  });

  it('with a payload length beyond the frame stands, noted, and ends with the frame', () => {
    const packet = decoded(`60 00 00 00 01 00 11 40 ${A} ${B} ${UDP}`);
    assert.equal(layers(packet), 'ipv6 udp');
    assert.equal(packet.notes, MALFORMED);
    assert.equal(packet.wireEnd, 52);
  });

  it('with payload length 0 and a payload is a GSO frame: the length of the frame holds', () => {
    const packet = decoded(`60 00 00 00 00 00 11 40 ${A} ${B} ${UDP}`);
    assert.equal(layers(packet), 'ipv6 udp');
    assert.equal(packet.notes, GSO_LENGTH);
    assert.equal(packet.wireEnd, 52);
  });

  it('is found in IPv4 and IPv4 in it (RFC 4213, RFC 2473)', () => {
    const inner6 = ipv6(17, udp(7, 8, ascii('x')));
    assert.equal(layers(decodeFrame(ipv4(41, inner6))), 'ip ipv6 udp');
    assert.equal(layers(decodeFrame(ipv6(41, inner6), { linktype: 229 })), 'ipv6 ipv6 udp');
    const inner4 = ipv4(17, udp(7, 8, ascii('x')));
    const packet = decodeFrame(ipv6(4, inner4), { linktype: 229 });
    assert.equal(layers(packet), 'ipv6 ip udp');
    assert.deepEqual([packet.outerIp, packet.ip], [0, 1]);
  });
});

describe('IPv6 extension headers', () => {
  it('are layers of their own, and the last names what the packet carries', () => {
    const packet = ipv6Of(
      '00', // hop-by-hop: router alert; destination options: tunnel limit, home address; routing
      `3c 00 05 02 00 00 01 00
       2b 02 04 01 03 00  c9 10 ${A}
       11 02 00 01 00 00 00 00 ${B}
       ${UDP}`,
    );
    assert.equal(layers(packet), 'ipv6 ipv6.ext ipv6.ext ipv6.ext udp');
    assert.equal(packet.notes, 0);
    assert.equal(packet.ipProtocol, 17);
    assert.deepEqual(values(packet, 'ipv6.hopopts.nxt'), ['60']);
    assert.deepEqual(values(packet, 'ipv6.hopopts.len_oct'), ['8']);
    assert.deepEqual(values(packet, 'ipv6.opt.router_alert'), ['0']);
    assert.deepEqual(values(packet, 'ipv6.dstopts.nxt'), ['43']);
    assert.deepEqual(values(packet, 'ipv6.opt.tel'), ['3']);
    assert.deepEqual(values(packet, 'ipv6.opt.type'), ['0x05', '0x01', '0x04', '0x00', '0xc9']);
    assert.deepEqual(values(packet, 'ipv6.opt.length'), ['2', '0', '1', '16']); // Pad1 has none
    assert.deepEqual(values(packet, 'ipv6.opt.mipv6.home_address'), ['fd00::a']);
    assert.deepEqual(values(packet, 'ipv6.routing.nxt'), ['17']);
    assert.deepEqual(values(packet, 'ipv6.routing.segleft'), ['1']);
    assert.deepEqual(values(packet, 'ipv6.routing.src.addr'), ['fd00:0:0:1::b']);
  });

  it('of segment routing list their segments (RFC 8754 section 2)', () => {
    const packet = ipv6Of('2b', `11 04 04 01 01 00 00 00 ${A} ${B} ${UDP}`);
    assert.deepEqual(values(packet, 'ipv6.routing.srh.last_entry'), ['1']);
    assert.deepEqual(values(packet, 'ipv6.routing.srh.addr'), ['fd00::a', 'fd00:0:0:1::b']);
  });

  it('of mobile IPv6 name the home address (RFC 6275 section 6.4)', () => {
    const packet = ipv6Of('2b', `11 02 02 01 00 00 00 00 ${A} ${UDP}`);
    assert.deepEqual(values(packet, 'ipv6.routing.mipv6.home_address'), ['fd00::a']);
  });

  it('tell the length of a jumbogram (RFC 2675 section 2)', () => {
    const packet = decoded(`60 00 00 00 00 00 00 40 ${A} ${B}
      11 00 c2 04 00 00 00 14  ${UDP} ff ff`);
    assert.equal(layers(packet), 'ipv6 ipv6.ext udp');
    assert.deepEqual(values(packet, 'ipv6.opt.jumbo'), ['20']);
    assert.equal(packet.notes, 0);
    assert.equal(packet.wireEnd, 60);
    assert.deepEqual([packet.end[0], packet.end[1]], [60, 60]);
  });

  it('of a jumbogram with a length beyond the frame or below the header are malformed', () => {
    const jumbo = (length: string) =>
      decoded(`60 00 00 00 00 00 00 40 ${A} ${B} 3b 00 c2 04 ${length}`);
    assert.equal(jumbo('00 01 00 00').notes, MALFORMED);
    assert.equal(jumbo('00 00 00 07').notes, MALFORMED);
    assert.equal(jumbo('00 00 00 08').notes, 0);
  });

  it('without a jumbo option leave payload length 0 to GSO', () => {
    const packet = decoded(`60 00 00 00 00 00 00 40 ${A} ${B} 11 00 01 04 00 00 00 00 ${UDP}`);
    assert.equal(packet.notes, GSO_LENGTH);
    assert.equal(layers(packet), 'ipv6 ipv6.ext udp');
  });

  it('with a length beyond the packet are no layer', () => {
    assert.equal(layers(ipv6Of('3c', '11 01 01 04 00 00 00 00')), 'ipv6');
    assert.equal(ipv6Of('3c', '11 01 01 04 00 00 00 00').notes, MALFORMED);
    assert.equal(layers(ipv6Of('3c', '11 00 01 04 00 00 00')), 'ipv6');
  });

  it('with an option beyond the header show what stands before it', () => {
    const packet = ipv6Of('3c', `3b 00 05 02 00 00 1e 09`);
    assert.deepEqual(values(packet, 'ipv6.opt.type'), ['0x05', '0x1e']);
    assert.deepEqual(values(packet, 'ipv6.opt.unknown'), []);
  });

  it("hold the service of Cilium's direct server return (cilium bpf/lib/nodeport.h)", () => {
    const packet = ipv6Of('3c', `11 02 1b 12 75 80 ${B} 01 00 ${UDP}`);
    assert.equal(layers(packet), 'ipv6 ipv6.ext udp');
    assert.deepEqual(values(packet, 'ipv6.opt.cilium_dsr.port'), ['30080']);
    assert.deepEqual(values(packet, 'ipv6.opt.cilium_dsr.address'), ['fd00:0:0:1::b']);
    assert.equal(ciliumDsr6At(packet.view, packet.at[1]!, packet.payloadAt[1]!), 42);
    const other = ipv6Of('3c', `3b 00 1b 02 75 80 01 00`);
    assert.equal(ciliumDsr6At(other.view, other.at[1]!, other.payloadAt[1]!), -1);
  });

  it('nobody decodes the payload of are named unknown', () => {
    const packet = ipv6Of('3c', '63 00 01 04 00 00 00 00 de ad');
    assert.equal(packet.notes, UNKNOWN_PAYLOAD);
    assert.equal(packet.ipProtocol, 0x63);
  });
});

describe('IPv6 fragments', () => {
  it('of which the first holds the ports (RFC 8200 section 4.5)', () => {
    const packet = ipv6Of('2c', `11 00 00 01 de ad be ef ${UDP}`);
    assert.equal(layers(packet), 'ipv6 ipv6.fraghdr udp');
    assert.equal(packet.notes, FIRST_FRAGMENT);
    assert.deepEqual([packet.fragment, packet.fragmentOffset], [0, 0]);
    assert.equal(packet.fragmentId, 0xdeadbeef | 0);
    assert.deepEqual(values(packet, 'ipv6.fraghdr.ident'), ['0xdeadbeef']);
    assert.deepEqual(values(packet, 'ipv6.fraghdr.more'), ['1']);
  });

  it('of which later ones hold an offset, and the protocol of the datagram', () => {
    const packet = ipv6Of('2c', '11 00 05 a8 00 00 00 07 61 62');
    assert.equal(layers(packet), 'ipv6 ipv6.fraghdr');
    assert.equal(packet.notes, LATER_FRAGMENT);
    assert.equal(packet.fragmentOffset, 1448);
    assert.equal(packet.ipProtocol, 17);
    assert.deepEqual(values(packet, 'ipv6.fraghdr.offset'), ['181']);
  });

  it('with offset 0 and no more are whole packets (RFC 6946)', () => {
    const packet = ipv6Of('2c', `11 00 00 00 00 00 00 07 ${UDP}`);
    assert.equal(layers(packet), 'ipv6 ipv6.fraghdr udp');
    assert.equal(packet.notes, 0);
    assert.equal(packet.fragment, -1);
  });

  it('cut within the header are no layer', () => {
    assert.equal(layers(ipv6Of('2c', '11 00 00 01 00 00 00')), 'ipv6');
  });
});

describe('AH', () => {
  const AH = (next: string, len: string) => `${next} ${len} 00 00  00 00 01 00  00 00 00 05`;

  it('names what it authenticates, in the clear (RFC 4302 section 2)', () => {
    const packet = ipv6Of('33', `${AH('11', '04')} 01 02 03 04 05 06 07 08 09 0a 0b 0c ${UDP}`);
    assert.equal(layers(packet), 'ipv6 ah udp');
    assert.equal(packet.ipProtocol, 17);
    assert.deepEqual(values(packet, 'ah.spi'), ['0x00000100']);
    assert.deepEqual(values(packet, 'ah.sequence'), ['5']);
    assert.deepEqual(values(packet, 'ah.icv'), ['0102030405060708090a0b0c']);
  });

  it('shorter than its fixed part, or longer than the packet, is no layer', () => {
    const short = ipv6Of('33', `${AH('3b', '00')} 3b 00 00 00`);
    assert.deepEqual([layers(short), short.notes], ['ipv6', MALFORMED]);
    assert.equal(layers(ipv6Of('33', AH('11', '04'))), 'ipv6');
    assert.equal(layers(ipv6Of('33', '11 01 00 00 00 00 01 00 00 00 00')), 'ipv6');
  });
});

describe('ESP', () => {
  it('tells its SPI and sequence number, and nothing more (RFC 4303 section 2)', () => {
    const packet = ipv6Of('32', 'de ad be ef 00 00 00 07 01 02 03 04');
    assert.equal(layers(packet), 'ipv6 esp');
    assert.deepEqual(values(packet, 'esp.spi'), ['0xdeadbeef']);
    assert.deepEqual(values(packet, 'esp.sequence'), ['7']);
    assert.equal(layers(ipv6Of('32', 'de ad be ef 00 00 00')), 'ipv6');
  });

  it('travels in UDP port 4500, where a zero SPI is IKE (RFC 3948 section 2)', () => {
    const over = (payload: string) => layers(decodeFrame(ipv4(17, udp(4500, 4500, hex(payload)))));
    assert.equal(over('de ad be ef 00 00 00 07 01'), 'ip udp esp');
    assert.equal(over('00 00 00 00 de ad be ef de'), 'ip udp');
    assert.equal(over('ff'), 'ip udp');
  });
});
