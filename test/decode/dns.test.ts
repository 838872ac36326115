import assert from 'node:assert/strict';
import { MALFORMED } from '../../src/decode/packet.ts';
import {
  dnsLengthAt,
  readDnsMessage,
  showDnsRcode,
  showDnsType,
} from '../../src/decode/protocols/dns.ts';
import { hex } from '../support/frames.ts';
import { ascii, ipv4, join, u16, udp } from '../support/headers.ts';
import { dnsAnswer, dnsOverTcp, dnsQuery } from '../support/messages.ts';
import { decodeFrame, layers, overTcp, overUdp, values, viewOf } from './decoded.ts';

const ANSWER = hex(`
  04 d2  81 83  00 01  00 02  00 01  00 01    # id 1234, reply, NXDOMAIN; 1 question, 2 + 1 + 1 records
  03 77 77 77  01 61  00  00 01  00 01        # www.a A IN, at 12
  c0 0c  00 05 00 01  00 00 00 1e  00 04  01 62 c0 10     # www.a CNAME b.a, 30 s
  01 62 c0 10  00 01 00 01  00 00 00 1e  00 04  0a 00 00 02  # b.a A 10.0.0.2
  c0 10  00 06 00 01  00 00 00 05  00 1a  02 6e 73 c0 10  00  00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00 05
  00  00 29 04 d0  01 00 80 00  00 06  00 0a 00 02 ab cd  # OPT: 1232 bytes, rcode bits 1, DO, cookie`);

function read(bytes: Uint8Array) {
  const message = readDnsMessage(viewOf(bytes), 0, bytes.length);
  assert.ok(message !== undefined);
  return message;
}

describe('DNS message', () => {
  it('is read whole: question, answers, authority, OPT with the upper bits of the code', () => {
    const message = read(ANSWER);
    assert.equal(message.id, 1234);
    assert.equal(message.isReply, true);
    assert.equal(message.rcode, 0x13); // 3 and, from OPT, 1 << 4
    assert.deepEqual(
      message.questions.map(({ name, type }) => [name, type]),
      [['www.a', 1]],
    );
    assert.deepEqual(
      message.records.map(({ section, name, type, text }) => [section, name, type, text]),
      [
        ['answer', 'www.a', 5, 'b.a'],
        ['answer', 'b.a', 1, '10.0.0.2'],
        ['authority', 'a', 6, 'ns.a . 1 2 3 4 5'],
        ['additional', '', 41, '\\# 6 000a0002abcd'],
      ],
    );
    assert.equal(message.complete, true);
    assert.equal(message.end, ANSWER.length);
  });

  it('gives its fields as tshark does', () => {
    const packet = overUdp(ANSWER, { src: 53 });
    assert.equal(layers(packet), 'ip udp dns');
    assert.deepEqual(values(packet, 'dns.id'), ['0x04d2']);
    assert.deepEqual(values(packet, 'dns.flags'), ['0x8183']);
    assert.deepEqual(values(packet, 'dns.flags.rcode'), ['3']);
    assert.deepEqual(values(packet, 'dns.qry.name'), ['www.a']);
    assert.deepEqual(values(packet, 'dns.resp.name'), ['www.a', 'b.a', 'a', '<Root>']);
    assert.deepEqual(values(packet, 'dns.resp.ttl'), ['30', '30', '5']);
    assert.deepEqual(values(packet, 'dns.a'), ['10.0.0.2']);
    assert.deepEqual(values(packet, 'dns.cname'), ['b.a']);
    assert.deepEqual(values(packet, 'dns.soa.rname'), ['<Root>']);
    assert.deepEqual(values(packet, 'dns.soa.minimum_ttl'), ['5']);
    assert.deepEqual(values(packet, 'dns.rr.udp_payload_size'), ['1232']);
    assert.deepEqual(values(packet, 'dns.resp.z.do'), ['1']);
    assert.deepEqual(values(packet, 'dns.opt.data'), ['abcd']);
    // flags that only a reply has are told of replies only
    assert.deepEqual(values(overUdp(dnsQuery('a.b'), { dst: 53 }), 'dns.flags.rcode'), []);
  });

  it('writes data as zone files do: SRV, MX, TXT, AAAA, and types without a form in hex', () => {
    const record = (type: number, data: Uint8Array) =>
      join(
        hex('00 01 80 00 00 00 00 01 00 00 00 00 00'),
        u16(type),
        hex('00 01 00 00 00 01'),
        u16(data.length),
        data,
      );
    const text = (type: number, data: Uint8Array) => read(record(type, data)).records[0]!.text;
    assert.equal(text(33, hex('00 01 00 02 00 35 01 61 00')), '1 2 53 a');
    assert.equal(text(15, hex('00 0a 01 6d 00')), '10 m');
    assert.equal(text(16, join([3], ascii('abc'), [2], ascii('de'))), 'abcde');
    assert.equal(text(28, hex(`fd${'00'.repeat(14)}01`)), 'fd00::1');
    assert.equal(text(12, hex('01 70 00')), 'p');
    assert.equal(text(1, hex('0a 00 00')), '\\# 3 0a0000'); // not an address
    assert.equal(text(65_280, hex('')), '\\# 0');
  });

  it('gives no field of data that is too short for its type, and none from behind it', () => {
    const record = (type: number, data: Uint8Array) =>
      join(
        hex('00 01 80 00 00 00 00 01 00 00 00 00  01 78 01 79 00'), // of x.y
        u16(type),
        hex('00 01 00 00 00 01'),
        u16(data.length),
        data,
      );
    const shown = (type: number, data: string, field: string) =>
      values(overUdp(record(type, hex(data)), { src: 53 }), field);
    assert.deepEqual(shown(1, '0a 00 00', 'dns.a'), []);
    assert.deepEqual(shown(28, 'fd 00 00', 'dns.aaaa'), []);
    assert.deepEqual(shown(15, '00', 'dns.mx.preference'), []);
    assert.deepEqual(shown(33, '00 01 00 02 00', 'dns.srv.port'), []);
    assert.deepEqual(shown(41, '00 0a 00 ff ab', 'dns.opt.data'), []);
    assert.deepEqual(shown(41, '00 0a 00 01 ab', 'dns.opt.data'), ['ab']);
    assert.deepEqual(shown(33, '00 01 00 02 00 35 00', 'dns.srv.proto'), ['y']);
    assert.deepEqual(shown(33, '00 01 00 02 00 35 00', 'dns.srv.name'), []);
  });

  it('tells an ExternalDNS heritage record as its text', () => {
    const heritage = read(dnsAnswer('a-shop.example.com')).records.find(({ type }) => type === 16);
    assert.equal(heritage?.text, 'heritage=extdns');
  });

  it('is known by its header: counts that it could hold, an opcode that exists', () => {
    const query = dnsQuery('web.default.svc.cluster.local');
    assert.equal(layers(overUdp(query, { dst: 53 })), 'ip udp dns');
    assert.equal(layers(overUdp(query, { src: 5353 })), 'ip udp dns');
    assert.equal(layers(overUdp(query, { dst: 4711 })), 'ip udp');
    for (const [at, value] of [
      [2, 0x78], // opcode 15
      [4, 0x40], // 16,384 questions
      [7, 0xff], // 255 answers
    ]) {
      const other = query.slice();
      other[at!] = value!;
      const packet = overUdp(other, { dst: 53 });
      assert.equal(layers(packet), 'ip udp');
      assert.equal(packet.notes & MALFORMED, 0);
    }
    const text = overUdp(ascii('hello over udp, not dns'), { dst: 53 });
    assert.equal(layers(text), 'ip udp');
  });

  it('is decoded as far as the capture goes, and in the first fragment of its datagram', () => {
    for (let captured = 12; captured < ANSWER.length; captured++) {
      assert.equal(layers(overUdp(ANSWER, { src: 53, captured })), 'ip udp dns');
    }
    const whole = udp(53, 40_000, ANSWER);
    const fragment = ipv4(17, whole.slice(0, 48), { more: true });
    const packet = decodeFrame(fragment);
    assert.equal(layers(packet), 'ip udp dns');
    assert.deepEqual(values(packet, 'dns.qry.name'), ['www.a']);
  });
});

describe('DNS name', () => {
  /** A query for the name whose bytes are given, from offset 12 on. */
  const named = (name: Uint8Array) =>
    read(join(hex('00 01 01 00 00 01 00 00 00 00 00 00'), name, hex('00 01 00 01')));

  it('escapes dots, backslashes and what cannot be shown; spaces and UTF-8 stay', () => {
    const name = join([3], ascii('a.b'), [2], ascii('\\c'), [2, 1, 0xff], [3], ascii('d e'), [0]);
    assert.equal(named(name).questions[0]!.name, 'a\\.b.\\\\c.\\001\\255.d e');
    const cafe = new TextEncoder().encode('café');
    assert.equal(named(join([cafe.length], cafe, [0])).questions[0]!.name, 'café');
    const override = new TextEncoder().encode('a\u202eb');
    assert.equal(
      named(join([override.length], override, [0])).questions[0]!.name,
      'a\\226\\128\\174b',
    );
  });

  it('may point back only: to itself, forward, or in a circle ends the message', () => {
    for (const name of ['c0 0c', 'c0 20', '01 61 c0 0c', '01 61 c0 0e']) {
      const message = named(hex(name));
      assert.deepEqual(message.questions, []);
      assert.equal(message.complete, false);
    }
    const back = read(
      join(hex('00 01 81 00 00 01 00 01 00 00 00 00 01 61 00 00 01 00 01'), hex('01 62 c0 0c'), [
        ...hex('00 01 00 01 00 00 00 01 00 04 01 02 03 04'),
      ]),
    );
    assert.equal(back.records[0]!.name, 'b.a');
  });

  it('is at most 255 bytes and 63 a label', () => {
    const label = join([63], ascii('x'.repeat(63)));
    const longest = join(label, label, label, [61], ascii('y'.repeat(61)), [0]);
    assert.equal(longest.length, 255);
    assert.equal(named(longest).questions.length, 1);
    const longer = join(label, label, label, [62], ascii('y'.repeat(62)), [0]);
    assert.equal(named(longer).questions.length, 0);
    assert.equal(named(join([64], ascii('z'.repeat(64)), [0])).questions.length, 0);
  });
});

describe('multicast DNS and LLMNR', () => {
  it('have the upper bit of the class apart, and flags of their own', () => {
    const query = dnsQuery('web.local');
    query[query.length - 13] = 0x80; // the class's upper byte, before the OPT record
    const packet = overUdp(query, { src: 5353, dst: 5353 });
    assert.deepEqual(values(packet, 'dns.qry.class'), ['0x0001']);
    assert.deepEqual(values(packet, 'dns.qry.qu'), ['1']);
    const llmnr = overUdp(dnsQuery('web'), { dst: 5355 });
    assert.deepEqual(values(llmnr, 'dns.flags.recdesired'), []);
    assert.deepEqual(values(llmnr, 'dns.flags.tentative'), ['1']);
  });
});

describe('DNS over TCP', () => {
  const two = join(dnsOverTcp(dnsQuery('a.b')), dnsOverTcp(ANSWER));

  it('holds several messages in a segment, each after its length', () => {
    const packet = overTcp(two, { src: 53 });
    assert.equal(layers(packet), 'ip tcp dns');
    assert.deepEqual(values(packet, 'dns.length'), ['32', String(ANSWER.length)]);
    assert.deepEqual(values(packet, 'dns.qry.name'), ['a.b', 'www.a']);
  });

  it('may go on in the next segment, and does not take what is no message', () => {
    assert.equal(layers(overTcp(two.slice(0, 40), { dst: 53 })), 'ip tcp dns');
    assert.equal(layers(overTcp(two.slice(0, 13), { dst: 53 })), 'ip tcp');
    assert.equal(layers(overTcp(ascii('GET / HTTP/1.1\r\n\r\n'), { dst: 53 })), 'ip tcp http');
  });

  it('tells how long a message is once its header is there', () => {
    const view = viewOf(two);
    for (let end = 0; end < 14; end++) assert.equal(dnsLengthAt(view, 0, end), 0);
    assert.equal(dnsLengthAt(view, 0, 14), 34);
    assert.equal(dnsLengthAt(viewOf(hex('00 0b 00')), 0, 3), -1);
  });
});

describe('names of types and codes', () => {
  it('fall back to the number (RFC 3597)', () => {
    assert.deepEqual([showDnsType(65), showDnsType(4711)], ['HTTPS', 'TYPE4711']);
    assert.deepEqual([showDnsRcode(3), showDnsRcode(3000)], ['NXDOMAIN', 'RCODE3000']);
  });
});
