import assert from 'node:assert/strict';
import { eachField, showValue } from '../../src/decode/fields.ts';
import type { Packet } from '../../src/decode/packet.ts';
import {
  bgpMessages,
  findBgpMessage,
  readBgpOpen,
  readBgpUpdate,
} from '../../src/decode/protocols/bgp.ts';
import { dnsLengthAt, dnsMessagesOverTcp, readDnsMessage } from '../../src/decode/protocols/dns.ts';
import { isHttpPrefix, readHttpHead } from '../../src/decode/protocols/http.ts';
import { isHttp2Prefix, readHttp2Start } from '../../src/decode/protocols/http2.ts';
import { isProxyPrefix, readProxyHeader } from '../../src/decode/protocols/proxy.ts';
import { isTlsPrefix, readClientHello, readServerHello } from '../../src/decode/protocols/tls.ts';
import { join } from '../support/headers.ts';
import {
  bgpNotification,
  bgpOpen,
  bgpUpdate,
  clientHello,
  dnsAnswer,
  dnsOverTcp,
  dnsQuery,
  everyProxyTlv,
  http2Preface,
  httpRequest,
  httpResponse,
  proxyHealthCheck,
  proxyV1,
  proxyV2,
  serverHello,
  withCrc32c,
} from '../support/messages.ts';
import { overTcp, overUdp } from './decoded.ts';

/** Everything that reads a payload off the hot path. */
function readAll(view: DataView, at: number, end: number): void {
  const proxy = readProxyHeader(view, at, end);
  if (proxy !== undefined) {
    assert.ok(proxy.headerEnd > at);
    assert.ok(proxy.complete === proxy.headerEnd <= end);
    for (const tlv of proxy.tlvs) assert.ok(tlv.at + 3 + tlv.len <= end);
  }
  const dns = readDnsMessage(view, at, end);
  if (dns !== undefined) assert.ok(dns.end <= end);
  for (const message of dnsMessagesOverTcp(view, at, end)) {
    assert.ok(message.at < message.end && message.end <= end);
    readDnsMessage(view, message.at, message.end);
  }
  dnsLengthAt(view, at, end);
  readClientHello(view, at, end);
  readServerHello(view, at, end);
  const head = readHttpHead(view, at, end);
  if (head !== undefined) assert.ok(head.lineEnd <= head.headEnd && head.headEnd <= end);
  readHttp2Start(view, at, end);
  const first = findBgpMessage(view, at, end);
  if (first >= 0) {
    for (const message of bgpMessages(view, first, end)) {
      const messageEnd = Math.min(message.end, end);
      readBgpOpen(view, message.at, messageEnd);
      readBgpUpdate(view, message.at, messageEnd);
      readBgpUpdate(view, message.at, messageEnd, { ipv4: true, ipv6: true });
    }
  }
  isProxyPrefix(view, at, end);
  isTlsPrefix(view, at, end);
  isHttpPrefix(view, at, end);
  isHttp2Prefix(view, at, end);
}

const MESSAGES: Record<string, Uint8Array> = {
  'PROXY v1': proxyV1(),
  'PROXY v2 with every TLV': withCrc32c(proxyV2(1, 0x21, ...everyProxyTlv())),
  'PROXY v2 LOCAL with every TLV': withCrc32c(proxyV2(0, 0, ...everyProxyTlv())),
  'health check': proxyHealthCheck(),
  'DNS query': dnsQuery('web.default.svc.cluster.local'),
  'DNS answer': dnsAnswer('web.default.svc.cluster.local'),
  'DNS over TCP': join(dnsOverTcp(dnsQuery('a.b')), dnsOverTcp(dnsAnswer('a.b'))),
  ClientHello: clientHello('shop.example.com', 'h2', 'http/1.1'),
  ServerHello: serverHello(),
  'HTTP request': httpRequest('shop.example.com', '/a'),
  'HTTP response': httpResponse(),
  'HTTP/2': http2Preface(),
  'BGP OPEN': bgpOpen(),
  'BGP UPDATE': join(bgpUpdate(), bgpNotification()),
};

/** Every field of the packet's application layers; each, and each heading, lies within its layer. */
function walkAll(packet: Packet): void {
  let at = 0;
  let end = 0;
  const within = (name: string, fieldAt: number, len: number) =>
    assert.ok(fieldAt >= at && len >= 0 && fieldAt + len <= end, `${name} at ${fieldAt}, ${len}`);
  let open = 0;
  eachField(packet, {
    layer(_dissector, _packet, row) {
      at = packet.at[row]!;
      end = packet.end[row]!;
      assert.ok(at <= packet.payloadAt[row]! && packet.payloadAt[row]! <= end);
    },
    open(label, fieldAt, len) {
      open++;
      within(label, fieldAt, len);
    },
    close() {
      open--;
    },
    field(field, value, fieldAt, len) {
      within(field.name, fieldAt, len);
      showValue(field, value, packet.view, fieldAt, len);
    },
  });
  assert.equal(open, 0);
}

/** The ports on which a message is met. */
function portsOf(name: string): number[] {
  return name.startsWith('DNS') ? [53, 5353] : name.startsWith('BGP') ? [179] : [443];
}

const TELLING_BYTES = [0, 1, 2, 0x0c, 0x16, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

describe('fields of application messages', () => {
  for (const [name, bytes] of Object.entries(MESSAGES)) {
    it(`of ${name} lie within it, whatever its bytes and wherever the capture ends`, () => {
      for (const dst of portsOf(name)) {
        for (let captured = 0; captured <= bytes.length; captured++) {
          walkAll(overTcp(bytes, { dst, captured }));
          walkAll(overTcp(bytes.slice(0, captured), { dst }));
          walkAll(overUdp(bytes, { dst, captured }));
        }
      }
      const altered = bytes.slice();
      for (let i = 0; i < bytes.length; i++) {
        for (const value of TELLING_BYTES) {
          altered[i] = value;
          for (const dst of portsOf(name)) {
            walkAll(overTcp(altered, { dst }));
            walkAll(overUdp(altered, { dst }));
          }
        }
        altered[i] = bytes[i]!;
      }
    });
  }
});

describe('readers of application messages', () => {
  for (const [name, bytes] of Object.entries(MESSAGES)) {
    it(`read no byte beyond ${name}, whatever its bytes and wherever it ends`, () => {
      for (let len = 0; len <= bytes.length; len++) {
        const exact = new DataView(bytes.slice(0, len).buffer); // a read beyond throws
        readAll(exact, 0, len);
        const margin = new Uint8Array(len + 16).fill(0xff); // and one that does not start at 0
        margin.set(bytes.subarray(0, len), 8);
        readAll(new DataView(margin.buffer), 8, 8 + len);
      }
      const view = new DataView(bytes.slice().buffer);
      for (let i = 0; i < bytes.length; i++) {
        for (let value = 0; value < 256; value++) {
          view.setUint8(i, value);
          readAll(view, 0, bytes.length);
        }
        view.setUint8(i, bytes[i]!);
      }
    });
  }

  it('say the same of bytes that stand alone and of bytes within others', () => {
    for (const bytes of Object.values(MESSAGES)) {
      const among = new Uint8Array(bytes.length + 64).fill(0x30);
      among.set(bytes, 32);
      const outer = new DataView(among.buffer);
      const alone = new DataView(bytes.slice().buffer);
      const end = 32 + bytes.length;
      assert.deepEqual(readClientHello(outer, 32, end), readClientHello(alone, 0, bytes.length));
      const dns = [readDnsMessage(outer, 32, end), readDnsMessage(alone, 0, bytes.length)];
      const told = dns.map((m) => [m?.id, m?.complete, m?.records.map(({ text }) => text)]);
      assert.deepEqual(told[0], told[1]);
      assert.deepEqual(readBgpUpdate(outer, 32, end), readBgpUpdate(alone, 0, bytes.length));
      const proxy = [readProxyHeader(outer, 32, end), readProxyHeader(alone, 0, bytes.length)];
      assert.deepEqual(proxy[0]?.source, proxy[1]?.source);
      assert.equal(proxy[0]?.checksum, proxy[1]?.checksum);
    }
  });
});
