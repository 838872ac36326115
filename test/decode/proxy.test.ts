import assert from 'node:assert/strict';
import { CUT, MALFORMED } from '../../src/decode/packet.ts';
import {
  crc32c,
  isProxyPrefix,
  type ProxyHeader,
  readProxyHeader,
} from '../../src/decode/protocols/proxy.ts';
import { hex } from '../support/frames.ts';
import { ascii, icmpError, ipv4, join, tcp, u16, u32 } from '../support/headers.ts';
import {
  clientHello,
  dnsQuery,
  everyProxyTlv,
  httpRequest,
  proxyHealthCheck,
  proxyV2,
  tlv,
  withCrc32c,
} from '../support/messages.ts';
import { decodeFrame, layers, overTcp, overUdp, values, viewOf } from './decoded.ts';

/** What an AWS Network Load Balancer sent (aws/elastic-load-balancing-tools, test suite). */
const NLB = hex(`
  0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a         # signature
  21 11 00 54                                 # version 2, PROXY; TCP over IPv4; 84 bytes follow
  ac 1f 07 71  ac 1f 0a 1f  c8 f2  00 50      # 172.31.7.113:51442 -> 172.31.10.31:80
  03 00 04  e8 d6 89 2d                       # CRC32C
  ea 00 17  01 76 70 63 65 2d 30 38 64 32 62 66 31 35 66 61 63 35 30 30 31 63 39  # VPC endpoint
  04 00 24  ${'00'.repeat(36)}                # NOOP`);

/** The health check of an NLB, as quoted in kubernetes/kubernetes issue 57250: no address block. */
const NLB_HEALTH_CHECK = hex(`
  0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a         # signature
  20 11 00 54                                 # version 2, LOCAL; TCP over IPv4; 84 bytes follow
  03 00 04  bc e5 95 1f                       # CRC32C
  04 00 4a  ${'00'.repeat(74)}                # NOOP`);

function read(bytes: Uint8Array): ProxyHeader {
  const header = readProxyHeader(viewOf(bytes), 0, bytes.length);
  assert.ok(header !== undefined, 'a header');
  return header;
}

function tlvOf(header: ProxyHeader, name: string) {
  return header.tlvs.find((each) => each.name === name)?.value;
}

describe('PROXY protocol version 2', () => {
  it('reads the header of a real load balancer: addresses, VPC endpoint, a checksum that holds', () => {
    const header = read(NLB);
    assert.equal(header.command, 'PROXY');
    assert.deepEqual(header.source, { ip: '172.31.7.113', port: 51_442 });
    assert.deepEqual(header.destination, { ip: '172.31.10.31', port: 80 });
    assert.equal(header.checksum, 'valid');
    assert.deepEqual(
      header.tlvs.map(({ type, name }) => [type, name]),
      [
        [0x03, 'CRC32C'],
        [0xea, 'AWS'],
        [0x04, 'NOOP'],
      ],
    );
    assert.deepEqual(tlvOf(header, 'CRC32C'), { checksum: '0xe8d6892d', valid: true });
    assert.deepEqual(tlvOf(header, 'AWS'), { subtype: 1, vpcEndpointId: 'vpce-08d2bf15fac5001c9' });
    assert.deepEqual(tlvOf(header, 'NOOP'), { length: 36 });
    assert.equal(header.headerEnd, 100);
    assert.deepEqual(header.faults, []);
  });

  it('reads a health check without address block as LOCAL, no addresses, checksum valid', () => {
    const header = read(NLB_HEALTH_CHECK);
    assert.equal(header.command, 'LOCAL');
    assert.equal(header.source, null);
    assert.equal(header.destination, null);
    assert.equal(header.checksum, 'valid');
    assert.deepEqual(
      header.tlvs.map(({ name }) => name),
      ['CRC32C', 'NOOP'],
    );
    assert.deepEqual(header.faults, []);
    assert.deepEqual(NLB_HEALTH_CHECK, proxyHealthCheck());
    // tshark 4.0 reads 3.0.4.188 -> 229.149.31.4 here, and 19 TLVs of type 0
    const packet = overTcp(NLB_HEALTH_CHECK);
    assert.deepEqual(values(packet, 'proxy.src.ipv4'), []);
    assert.deepEqual(values(packet, 'proxy.v2.tlv.type'), ['0x03', '0x04']);
  });

  it('computes CRC-32C over the whole header with its own field as zero', () => {
    const digits = viewOf(ascii('123456789'));
    assert.equal(crc32c(digits, 0, 9, -1), 0xe306_9283); // the check value of CRC-32/ISCSI
    assert.equal(crc32c(viewOf(NLB), 0, 100, 31), 0xe8d6_892d);
    assert.equal(crc32c(viewOf(NLB_HEALTH_CHECK), 0, 100, 19), 0xbce5_951f);
  });

  it('says when the checksum does not hold, and when there is none', () => {
    const broken = NLB.slice();
    broken[16]! ^= 1;
    assert.equal(read(broken).checksum, 'invalid');
    assert.deepEqual(tlvOf(read(broken), 'CRC32C'), { checksum: '0xe8d6892d', valid: false });
    assert.equal(read(proxyV2(1, 0x11)).checksum, 'absent');
  });

  it('finds the TLVs of a LOCAL header after dummy addresses too', () => {
    const dummy = withDummyAddresses(proxyV2(0, 0x11, tlv(0x03, u32(0)), tlv(0x04, ascii('x'))));
    const header = read(dummy);
    assert.equal(header.command, 'LOCAL');
    assert.equal(header.source, null);
    assert.equal(header.checksum, 'valid');
    assert.equal(header.addressesAt, 16);
    assert.deepEqual(
      header.tlvs.map(({ name }) => name),
      ['CRC32C', 'NOOP'],
    );
    // twelve zero bytes would read as four TLVs of type 0
    const zeros = read(join(proxyV2(0, 0).slice(0, 13), [0x11], u16(12), new Uint8Array(12)));
    assert.deepEqual(zeros.tlvs, []);
    assert.deepEqual(read(proxyV2(0, 0)).tlvs, []);
  });

  it('reads every family and transport', () => {
    const v6 = read(proxyV2(1, 0x22));
    assert.deepEqual([v6.family, v6.transport], ['INET6', 'DGRAM']);
    assert.deepEqual(v6.source, { ip: 'fd00::a', port: 56_324 });
    assert.deepEqual(v6.destination, { ip: 'fd00:0:0:1::b', port: 443 });
    const unix = new Uint8Array(216);
    unix.set(ascii('/run/a.sock'), 0);
    unix.set(ascii('\0abstract'), 108);
    const local = read(join(proxyV2(1, 0).slice(0, 13), [0x31], u16(216), unix));
    assert.deepEqual(local.source, { ip: '/run/a.sock', port: 0 });
    assert.deepEqual(local.destination, { ip: '@abstract', port: 0 });
    const unspecified = read(proxyV2(1, 0x00, tlv(0x02, ascii('example.com'))));
    assert.deepEqual([unspecified.command, unspecified.family], ['PROXY', 'UNSPEC']);
    assert.equal(unspecified.source, null);
    assert.equal(tlvOf(unspecified, 'AUTHORITY'), 'example.com');
  });

  it('reads every TLV by name with its value', () => {
    const header = read(withCrc32c(proxyV2(1, 0x11, ...everyProxyTlv())));
    assert.equal(header.checksum, 'valid');
    assert.equal(tlvOf(header, 'ALPN'), 'h2');
    assert.equal(tlvOf(header, 'AUTHORITY'), 'example.com');
    assert.equal(tlvOf(header, 'UNIQUE_ID'), '0123456789abcdef');
    assert.equal(tlvOf(header, 'NETNS'), 'blue');
    assert.deepEqual(tlvOf(header, 'SSL'), {
      client: ['SSL', 'CERT_CONN', 'CERT_SESS'],
      verify: 0,
      version: 'TLSv1.3',
      cn: 'client.example',
      cipher: 'TLS_AES_128_GCM_SHA256',
      sigAlg: 'SHA256',
      keyAlg: 'RSA2048',
    });
    assert.deepEqual(tlvOf(header, 'AZURE'), { subtype: 1, linkId: 0x0403_0201 }); // little-endian
    assert.deepEqual(tlvOf(header, 'GCP'), { pscConnectionId: '9' });
  });

  it('gives the decoded values as fields too', () => {
    const packet = overTcp(withCrc32c(proxyV2(1, 0x11, ...everyProxyTlv())));
    const value = (name: string) => values(packet, `proxy.v2.tlv.${name}`);
    assert.deepEqual(value('alpn'), ['h2']);
    assert.deepEqual(value('authority'), ['example.com']);
    assert.deepEqual(value('crc32c.valid'), ['1']);
    assert.deepEqual(value('aws.vpc_endpoint_id'), ['vpce-08d2bf15fac5001c9']);
    assert.deepEqual(value('azure.link_id'), [String(0x0403_0201)]);
    assert.deepEqual(value('gcp.psc_connection_id'), ['9']);
    assert.deepEqual(value('ssl.cn'), ['client.example']);
    assert.deepEqual(value('ssl.key_alg'), ['RSA2048']);
    assert.deepEqual(values(overTcp(NLB), 'proxy.v2.tlv.crc32c'), ['0xe8d6892d']);
  });

  it('keeps all 64 bits of a Google Cloud connection, and shows opaque bytes as hex', () => {
    const big = read(proxyV2(1, 0x11, tlv(0xe0, hex('ff ff ff ff ff ff ff ff'))));
    assert.deepEqual(tlvOf(big, 'GCP'), { pscConnectionId: '18446744073709551615' });
    const opaque = read(proxyV2(1, 0x11, tlv(0x05, hex('00 01 ff')), tlv(0xf1, hex('aa bb'))));
    assert.equal(tlvOf(opaque, 'UNIQUE_ID'), '0x0001ff');
    assert.deepEqual(opaque.tlvs[1], {
      at: 34,
      type: 0xf1,
      name: 'EXPERIMENT',
      len: 2,
      value: '0xaabb',
    });
    const names = [0xe5, 0xf9, 0x77].map((type) => read(proxyV2(1, 0x11, tlv(type, u16(0)))));
    assert.deepEqual(
      names.map((header) => header.tlvs[0]!.name),
      ['CUSTOM', 'FUTURE', 'UNKNOWN'],
    );
  });

  it('reads group, signature scheme and client certificate of the SSL TLV', () => {
    const ssl = join(
      [0x01],
      u32(19),
      tlv(0x26, ascii('X25519MLKEM768')),
      tlv(0x27, ascii('ecdsa_secp256r1_sha256')),
      tlv(0x28, hex('30 82')),
    );
    assert.deepEqual(tlvOf(read(proxyV2(1, 0x11, tlv(0x20, ssl))), 'SSL'), {
      client: ['SSL'],
      verify: 19,
      group: 'X25519MLKEM768',
      sigScheme: 'ecdsa_secp256r1_sha256',
      clientCert: '0x3082',
    });
  });

  it('says what the specification forbids', () => {
    const short = read(join(proxyV2(1, 0).slice(0, 13), [0x11], u16(4), [1, 2, 3, 4]));
    assert.equal(short.source, null);
    assert.deepEqual(short.tlvs, []);
    assert.deepEqual(short.faults, ['length 4 holds no INET addresses']);
    const long = read(join(proxyV2(1, 0x11).slice(0, 14), u16(15), NLB.slice(16, 28), [5, 0, 9]));
    assert.deepEqual(long.faults, ['a TLV that ends after the header']);
    const command = proxyV2(1, 0x11);
    command[12] = 0x25;
    assert.equal(read(command).command, 'UNKNOWN');
    assert.deepEqual(read(command).faults, ['command 5, which is neither LOCAL nor PROXY']);
  });

  it('tells what there is of a header that ends in the middle of a TLV', () => {
    const cut = read(NLB.slice(0, 40));
    assert.equal(cut.complete, false);
    assert.equal(cut.headerEnd, 100);
    assert.deepEqual(cut.source, { ip: '172.31.7.113', port: 51_442 });
    assert.equal(cut.checksum, 'unverified');
    assert.deepEqual(
      cut.tlvs.map(({ name }) => name),
      ['CRC32C'],
    );
    const noAddresses = read(NLB.slice(0, 20));
    assert.equal(noAddresses.source, null);
    // an address block that reads as a TLV longer than the header is one
    const dummy = withDummyAddresses(proxyV2(0, 0x11, tlv(0x03, u32(0)), tlv(0x04, ascii('x'))));
    dummy.set([0x04, 0xff, 0xff], 16);
    assert.equal(read(dummy.slice(0, 36)).addressesAt, 16);
    // and a header that is too short for addresses has none
    const short = proxyV2(0, 0, tlv(0x99, ascii('0123456789abcdefg')));
    short[13] = 0x21;
    assert.equal(read(short.slice(0, 30)).addressesAt, -1);
    assert.equal(read(short).addressesAt, -1);
    // of a cut health check too the TLVs are found where they are
    assert.deepEqual(
      read(NLB_HEALTH_CHECK.slice(0, 40)).tlvs.map(({ name }) => name),
      ['CRC32C'],
    );
  });

  it('checks one checksum only: a header full of them takes no longer than its length', () => {
    const tlvs = Array.from({ length: 9000 }, () => tlv(0x03, u32(1)));
    const header = proxyV2(0, 0x11, ...tlvs);
    const before = process.cpuUsage().user;
    const { checksum } = read(header);
    assert.equal(checksum, 'invalid');
    assert.ok(process.cpuUsage().user - before < 500_000, 'less than half a second');
  });
});

describe('PROXY protocol version 1', () => {
  const line = (text: string) => read(ascii(text));

  it('reads TCP4 and TCP6', () => {
    const v4 = line('PROXY TCP4 203.0.113.50 192.168.10.11 56324 443\r\n');
    assert.equal(v4.version, 1);
    assert.equal(v4.command, 'PROXY');
    assert.deepEqual(v4.source, { ip: '203.0.113.50', port: 56_324 });
    assert.deepEqual(v4.destination, { ip: '192.168.10.11', port: 443 });
    const v6 = line('PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 1 65535\r\n');
    assert.deepEqual(v6.source, { ip: '2001:db8::1', port: 1 });
    assert.deepEqual(v6.destination, { ip: '::ffff:10.0.0.1', port: 65_535 });
  });

  it('reads UNKNOWN, whatever follows it', () => {
    for (const text of ['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n']) {
      const header = line(text);
      assert.equal(header.command, 'UNKNOWN');
      assert.equal(header.source, null);
      assert.deepEqual(header.faults, []);
    }
  });

  it('refuses what is no address, no port, or of the other family', () => {
    const bad = [
      'PROXY TCP4 203.0.113.256 192.168.10.11 1 2\r\n',
      'PROXY TCP4 203.0.113.50 192.168.10.11 1 65536\r\n',
      'PROXY TCP4 203.0.113.50 192.168.10.11 1\r\n',
      'PROXY TCP4 203.0.113.50 192.168.10.11 1 2 3\r\n',
      'PROXY TCP6 2001:db8::1::2 ::1 1 2\r\n',
      'PROXY TCP6 1::2:3:4:5:6:7::8 ::1 1 2\r\n',
      'PROXY TCP6 203.0.113.50 192.168.10.11 1 2\r\n',
      'PROXY TCP4 ::1 ::2 1 2\r\n',
    ];
    for (const text of bad) {
      const header = line(text);
      assert.equal(header.faults.length, 1, text);
      assert.equal(header.source, null, text);
    }
  });

  it('takes a line of 107 bytes and no longer one, and wants CR LF at its end', () => {
    const longest = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`;
    assert.equal(longest.length, 107);
    assert.equal(line(longest).complete, true);
    const tooLong = ascii(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`);
    assert.equal(readProxyHeader(viewOf(tooLong), 0, tooLong.length), undefined);
    const bare = ascii('PROXY UNKNOWN\n');
    assert.equal(readProxyHeader(viewOf(bare), 0, bare.length), undefined);
  });

  it('shows its words under the names of version 2', () => {
    const packet = overTcp(ascii('PROXY TCP4 203.0.113.50 192.168.10.11 56324 443\r\n'));
    assert.deepEqual(values(packet, 'proxy.v1.proto'), ['TCP4']);
    assert.deepEqual(values(packet, 'proxy.src.ipv4'), ['203.0.113.50']);
    assert.deepEqual(values(packet, 'proxy.dstport'), ['443']);
  });
});

describe('the payload after a PROXY header', () => {
  it('is guessed again: TLS, HTTP, another header', () => {
    assert.equal(layers(overTcp(join(NLB, clientHello('a.b')))), 'ip tcp proxy tls');
    assert.equal(layers(overTcp(join(NLB, httpRequest('a.b')))), 'ip tcp proxy http');
    const stacked = join(NLB, ascii('PROXY UNKNOWN\r\n'), NLB_HEALTH_CHECK, httpRequest('a.b'));
    assert.equal(layers(overTcp(stacked)), 'ip tcp proxy proxy proxy http');
  });

  it('is guessed by the port over UDP too', () => {
    assert.equal(layers(overUdp(join(NLB, dnsQuery('a.b')), { dst: 53 })), 'ip udp proxy dns');
    assert.equal(layers(overUdp(join(NLB, dnsQuery('a.b')), { src: 53 })), 'ip udp proxy dns');
  });

  it('is decoded on a port that has a protocol: DNS over TCP behind a load balancer', () => {
    const message = dnsQuery('a.b');
    const payload = join(NLB, u16(message.length), message);
    assert.equal(layers(overTcp(payload, { dst: 53 })), 'ip tcp proxy dns');
  });

  it('ends with the bounds of a packet when headers are stacked without end', () => {
    const packet = overTcp(join(...Array.from({ length: 60 }, () => ascii('PROXY UNKNOWN\r\n'))));
    assert.ok(layers(packet).startsWith('ip tcp proxy proxy'));
    assert.equal(packet.depth, 32);
  });
});

describe('a PROXY header over frames', () => {
  it('may go on in the next segment; a cut capture is blamed, an honest segment is not', () => {
    const segment = overTcp(NLB.slice(0, 50));
    assert.equal(layers(segment), 'ip tcp proxy');
    assert.equal(segment.notes, 0);
    assert.equal(segment.payloadAt[2], segment.end[2]);
    assert.equal(overTcp(NLB, { captured: 50 }).notes & CUT, CUT);
    assert.equal(overUdp(NLB.slice(0, 50)).notes & MALFORMED, MALFORMED);
  });

  it('is looked for in its signature alone: other bytes make no layer and no note', () => {
    for (const bytes of [NLB.slice(0, 11), hex('0d 0a 0d 0a 00 0d 0a 51 55 49 54 0b 21 11')]) {
      const packet = overTcp(bytes);
      assert.equal(layers(packet), 'ip tcp');
      assert.equal(packet.notes, 0);
    }
    const wrongVersion = NLB.slice();
    wrongVersion[12] = 0x31;
    assert.equal(layers(overTcp(wrongVersion)), 'ip tcp');
  });

  it('tells its fields as far as the segment goes, whatever its lengths say', () => {
    assert.deepEqual(values(overTcp(NLB.slice(0, 14)), 'proxy.v2.cmd'), ['1']);
    assert.deepEqual(values(overTcp(NLB.slice(0, 14)), 'proxy.v2.length'), []);
    const empty = overTcp(proxyV2(1, 0x11, tlv(0x04, ascii(''))));
    assert.deepEqual(values(empty, 'proxy.v2.tlv.length'), ['0']);
    assert.deepEqual(values(empty, 'proxy.v2.tlv.value'), []);
    const full = overTcp(proxyV2(1, 0x11, tlv(0x04, ascii('x'))));
    assert.deepEqual(values(full, 'proxy.v2.tlv.value'), ['78']);
    const bare = overTcp(proxyV2(1, 0x11, tlv(0x20, join([1], u32(0), tlv(0x22, ascii(''))))));
    assert.deepEqual(values(bare, 'proxy.v2.tlv.value'), ['0100000000220000']);
    const ssl = join([1], u32(0), [0x21], u16(200), ascii('TLSv1.3'));
    const overlong = overTcp(proxyV2(1, 0x11, tlv(0x20, ssl)));
    assert.deepEqual(values(overlong, 'proxy.v2.tlv.ssl.client'), ['0x01']);
    assert.deepEqual(values(overlong, 'proxy.v2.tlv.ssl.version'), []);
  });

  it('is told to be possible from its first bytes on', () => {
    for (const header of [NLB, ascii('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n')]) {
      for (let len = 1; len < header.length; len++) {
        const view = viewOf(header.slice(0, len));
        const isKnown =
          isProxyPrefix(view, 0, len) || readProxyHeader(view, 0, len)?.complete === false;
        assert.ok(isKnown, `${len} bytes`);
      }
    }
    assert.equal(isProxyPrefix(viewOf(ascii('PROST')), 0, 5), false);
    assert.equal(readProxyHeader(viewOf(ascii('PROXY')), 0, 5), undefined);
  });

  it('in the packet that an ICMP error quotes is not the application of the error', () => {
    const quoted = ipv4(6, tcp(1, 2, NLB));
    const packet = decodeFrame(ipv4(1, icmpError(3, 4, 1480, quoted)));
    assert.equal(packet.application, -1);
  });
});

function withDummyAddresses(header: Uint8Array): Uint8Array {
  const dummy = header.slice();
  dummy.set([192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2], 16);
  dummy.set(u32(0), 31);
  dummy.set(u32(crc32c(viewOf(dummy), 0, dummy.length, 31)), 31);
  return dummy;
}
