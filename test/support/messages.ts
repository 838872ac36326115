/** Application messages for test frames, written from their specifications. */
import { ascii, join, NOTHING, u16, u24, u32, V4_A, V4_B, V6_A, V6_B } from './headers.ts';

type Bytes = Uint8Array;

// DNS (RFC 1035)

export function dnsName(name: string): Bytes {
  const labels = name.split('.').filter((label) => label !== '');
  return join(...labels.map((label) => join([label.length], ascii(label))), [0]);
}

export function dnsQuery(name: string, type = 1): Bytes {
  return join(
    u16(0xd05),
    u16(0x0100),
    u16(1),
    u16(0),
    u16(0),
    u16(1),
    dnsName(name),
    u16(type),
    [0, 1, 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0],
  );
}

/** An answer with a CNAME, an A, an AAAA, a TXT and an SRV record, names compressed to the question's. */
export function dnsAnswer(name: string): Bytes {
  const record = (owner: Bytes, type: number, data: Bytes): Bytes =>
    join(owner, u16(type), u16(1), u32(30), u16(data.length), data);
  const question = Uint8Array.of(0xc0, 12);
  return join(
    u16(0xd05),
    u16(0x8580),
    u16(1),
    u16(5),
    u16(0),
    u16(0),
    dnsName(name),
    u16(1),
    u16(1),
    record(question, 5, join([3], ascii('web'), [0xc0, 12])),
    record(question, 1, Uint8Array.from(V4_B)),
    record(question, 28, Uint8Array.from(V6_B)),
    record(question, 16, join([15], ascii('heritage=extdns'))),
    record(question, 33, join(u16(0), u16(100), u16(53), [0xc0, 12])),
  );
}

/** DNS over TCP: length before the message (RFC 1035 section 4.2.2). */
export function dnsOverTcp(message: Bytes): Bytes {
  return join(u16(message.length), message);
}

// TLS (RFC 8446)

function tlsRecord(body: Bytes): Bytes {
  return join([22], u16(0x0301), u16(body.length), body);
}

function tlsExtension(type: number, data: Bytes): Bytes {
  return join(u16(type), u16(data.length), data);
}

export function clientHello(serverName: string, ...protocols: readonly string[]): Bytes {
  const name = ascii(serverName);
  const alpn = join(...protocols.map((p) => join([p.length], ascii(p))));
  const extensions = join(
    tlsExtension(0, join(u16(name.length + 3), [0], u16(name.length), name)),
    tlsExtension(16, join(u16(alpn.length), alpn)),
    tlsExtension(43, join([4], u16(0x0304), u16(0x0303))),
  );
  const body = join(
    u16(0x0303),
    new Uint8Array(32).fill(0x11),
    [4, 1, 2, 3, 4],
    join(u16(4), u16(0x1301), u16(0xc02f)),
    [1, 0],
    u16(extensions.length),
    extensions,
  );
  return tlsRecord(join([1], u24(body.length), body));
}

export function serverHello(): Bytes {
  const extensions = tlsExtension(43, u16(0x0304));
  const body = join(
    u16(0x0303),
    new Uint8Array(32).fill(0x22),
    [0],
    u16(0x1301),
    [0],
    u16(extensions.length),
    extensions,
  );
  return tlsRecord(join([2], u24(body.length), body));
}

// HTTP (RFC 9112, RFC 9113)

export function httpRequest(host: string, path = '/'): Bytes {
  return ascii(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: kube-probe/1.30\r\nAccept: */*\r\n\r\n`,
  );
}

export function httpResponse(): Bytes {
  return ascii('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
}

export function http2Preface(): Bytes {
  return join(
    ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    [0, 0, 6, 4, 0, 0, 0, 0, 0],
    [0, 3],
    u32(100),
  );
}

// PROXY protocol (haproxy, proxy-protocol.txt)

const PROXY_SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

export function proxyV1(): Bytes {
  return ascii('PROXY TCP4 203.0.113.50 192.168.10.11 56324 443\r\n');
}

export function tlv(type: number, value: Bytes): Bytes {
  return join([type], u16(value.length), value);
}

/** `family` is the 14th byte: 0x11 TCP over IPv4, 0x21 TCP over IPv6, 0 unspecified. */
export function proxyV2(command: 0 | 1, family: number, ...tlvs: readonly Bytes[]): Bytes {
  const ports = join(u16(56324), u16(443));
  const addresses =
    family >> 4 === 1
      ? join(V4_A, V4_B, ports)
      : family >> 4 === 2
        ? join(V6_A, V6_B, ports)
        : family >> 4 === 3
          ? new Uint8Array(216).fill(0x2f)
          : NOTHING;
  const body = join(addresses, ...tlvs);
  return join(PROXY_SIGNATURE, [0x20 | command, family], u16(body.length), body);
}

export function everyProxyTlv(): Bytes[] {
  const ssl = join(
    [7],
    u32(0),
    tlv(0x21, ascii('TLSv1.3')),
    tlv(0x22, ascii('client.example')),
    tlv(0x23, ascii('TLS_AES_128_GCM_SHA256')),
    tlv(0x24, ascii('SHA256')),
    tlv(0x25, ascii('RSA2048')),
  );
  return [
    tlv(0x01, ascii('h2')),
    tlv(0x02, ascii('example.com')),
    tlv(0x03, u32(0)),
    tlv(0x04, new Uint8Array(3)),
    tlv(0x05, ascii('0123456789abcdef')),
    tlv(0x20, ssl),
    tlv(0x30, ascii('blue')),
    tlv(0xea, join([1], ascii('vpce-08d2bf15fac5001c9'))),
    tlv(0xee, join([1], Uint8Array.of(1, 2, 3, 4))),
    tlv(0xe0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9)),
  ];
}

/** Set the CRC32C TLV (type 3), which the message must hold, to the right value. */
export function withCrc32c(message: Bytes): Bytes {
  const sealed = message.slice();
  const at = findTlv(sealed, 3);
  sealed.fill(0, at, at + 4);
  sealed.set(u32(crc32c(sealed)), at);
  return sealed;
}

/** Where the value of the TLV starts. */
function findTlv(message: Bytes, type: number): number {
  const addressLens = [0, 12, 36, 216];
  const family = message[13]! >> 4;
  // The header of AWS health checks names a family and holds no addresses; see proxyHealthCheck.
  let at = 16 + (message[12] === 0x20 ? 0 : addressLens[family]!);
  while (message[at] !== type) at += 3 + ((message[at + 1]! << 8) | message[at + 2]!);
  return at + 3;
}

function crc32c(bytes: Bytes): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** As a Network Load Balancer sends with health checks: LOCAL, family 0x11, TLVs alone. */
export function proxyHealthCheck(): Bytes {
  const tlvs = join(tlv(3, u32(0)), tlv(4, new Uint8Array(74)));
  return withCrc32c(join(PROXY_SIGNATURE, [0x20, 0x11], u16(tlvs.length), tlvs));
}

// BGP (RFC 4271)

function bgpMessage(type: number, body: Bytes): Bytes {
  return join(new Uint8Array(16).fill(255), u16(19 + body.length), [type], body);
}

export function bgpOpen(): Bytes {
  const capabilities = join([1, 4, 0, 1, 0, 1], [2, 0], [65, 4], u32(64512), [69, 4, 0, 1, 1, 3]);
  return bgpMessage(
    1,
    join(
      [4],
      u16(64512),
      u16(90),
      V4_A,
      [capabilities.length + 2, 2, capabilities.length],
      capabilities,
    ),
  );
}

/** Announces 172.16.34.0/26 through 10.0.0.1 and withdraws 172.16.0.64/26. */
export function bgpUpdate(): Bytes {
  const withdrawn = Uint8Array.of(26, 172, 16, 0, 64);
  const attributes = join(
    [0x40, 1, 1, 0],
    [0x40, 2, 6, 2, 1],
    u32(64512),
    [0x40, 3, 4],
    V4_A,
    [0x40, 5, 4],
    u32(100),
  );
  return bgpMessage(
    2,
    join(
      u16(withdrawn.length),
      withdrawn,
      u16(attributes.length),
      attributes,
      [26, 172, 16, 34, 0],
    ),
  );
}

export function bgpKeepalive(): Bytes {
  return bgpMessage(4, NOTHING);
}

export function bgpNotification(): Bytes {
  return bgpMessage(3, Uint8Array.of(6, 2));
}
