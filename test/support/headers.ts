/**
 * Headers for test frames, one function a protocol: each takes what follows it and returns both, with
 * right lengths and, where a reader checks them, right checksums. Written from the specifications, not
 * from our decoders, so that the two can disagree.
 */

type Bytes = Uint8Array;

export function join(...parts: readonly (Bytes | readonly number[])[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function u16(value: number): Bytes {
  return Uint8Array.of((value >>> 8) & 255, value & 255);
}

export function u24(value: number): Bytes {
  return Uint8Array.of((value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export function u32(value: number): Bytes {
  return join(u16(value >>> 16), u16(value));
}

export function ascii(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}

export const NOTHING: Bytes = new Uint8Array(0);
export const MAC_A: Bytes = Uint8Array.of(0x02, 0, 0, 0, 0, 0x0a);
export const MAC_B: Bytes = Uint8Array.of(0xee, 0xee, 0xee, 0xee, 0xee, 0xee);
export const V4_A = [10, 0, 0, 1];
export const V4_B = [10, 0, 0, 2];
export const V6_A = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a];
export const V6_B = [0xfd, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x0b];

/** RFC 1071: the one's complement of the one's complement sum. */
export function checksum(bytes: Bytes): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i]! << 8) | (bytes[i + 1] ?? 0)) >>> 0;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

// Link layers

export function ethernet(type: number, payload: Bytes): Bytes {
  return join(MAC_B, MAC_A, u16(type), payload);
}

/** IEEE 802.3: a length where Ethernet II has a type. */
export function ethernet8023(payload: Bytes): Bytes {
  return join(MAC_B, MAC_A, u16(payload.length), payload);
}

export function llc(dsap: number, ssap: number, payload: Bytes): Bytes {
  return join([dsap, ssap, 3], payload);
}

export function snap(type: number, payload: Bytes, oui = 0): Bytes {
  return join([0xaa, 0xaa, 3], u24(oui), u16(type), payload);
}

/** IEEE 802.1Q tag, after an Ethernet type of 0x8100 or 0x88a8. */
export function vlan(tag: number, type: number, payload: Bytes): Bytes {
  return join(u16(tag), u16(type), payload);
}

/** RFC 3032: one entry a label, the last with the bottom bit. */
export function mpls(labels: readonly number[], payload: Bytes): Bytes {
  const entries = labels.map((label, i) =>
    u32(((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | 64) >>> 0),
  );
  return join(...entries, payload);
}

export function arp(operation = 1): Bytes {
  return join([0, 1, 8, 0, 6, 4], u16(operation), MAC_A, V4_A, [0, 0, 0, 0, 0, 0], V4_B);
}

export function sll(type: number, payload: Bytes): Bytes {
  return join(u16(4), u16(1), u16(6), MAC_A, [0, 0], u16(type), payload);
}

export function sll2(type: number, payload: Bytes): Bytes {
  return join(u16(type), u16(0), u32(3), u16(1), [4, 6], MAC_A, [0, 0], payload);
}

/** Address family in the byte order of the capturing host: here little-endian. */
export function nullLoopback(family: number, payload: Bytes): Bytes {
  return join([family, 0, 0, 0], payload);
}

export function loop(family: number, payload: Bytes): Bytes {
  return join([0, 0, 0, family], payload);
}

export function ppp(protocol: number, payload: Bytes): Bytes {
  return join([0xff, 3], u16(protocol), payload);
}

export function pppoe(protocol: number, payload: Bytes): Bytes {
  return join([0x11, 0], u16(1), u16(payload.length + 2), u16(protocol), payload);
}

/** LINKTYPE_NFLOG: attributes in host byte order, here little-endian, padded to 4. */
export function nflog(payload: Bytes): Bytes {
  const attribute = (type: number, value: Bytes): Bytes => {
    const len = value.length + 4;
    return join([len & 255, len >> 8, type, 0], value, new Uint8Array(-len & 3));
  };
  return join(
    [2, 0],
    u16(86),
    attribute(1, join(u16(0x0800), [3, 0])),
    attribute(5, u32(4)),
    attribute(10, ascii('policy\0')),
    attribute(9, payload),
  );
}

/** LINKTYPE_PKTAP version 1, little-endian, 108 bytes. */
export function pktap(linktype: number, payload: Bytes): Bytes {
  const header = new Uint8Array(108);
  const view = new DataView(header.buffer);
  view.setUint32(0, 108, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, linktype, true);
  header.set(ascii('en0'), 12);
  view.setUint32(36, 2, true);
  view.setUint32(40, 2, true);
  view.setUint32(52, 4321, true);
  header.set(ascii('curl'), 56);
  return join(header, payload);
}

// Network

export interface Ipv4Options {
  readonly src?: readonly number[];
  readonly dst?: readonly number[];
  readonly id?: number;
  /** Fragment offset in bytes. */
  readonly offset?: number;
  readonly more?: boolean;
  readonly ttl?: number;
  readonly options?: Bytes;
  /** Instead of the true total length. */
  readonly totalLength?: number;
}

export function ipv4(protocol: number, payload: Bytes, o: Ipv4Options = {}): Bytes {
  const options = o.options ?? NOTHING;
  const headerLen = 20 + options.length;
  const fragment = ((o.more ?? false) ? 0x2000 : 0) | ((o.offset ?? 0) >> 3);
  const header = join(
    [0x40 | (headerLen >> 2), 0],
    u16(o.totalLength ?? headerLen + payload.length),
    u16(o.id ?? 0x1234),
    u16(fragment === 0 ? 0x4000 : fragment),
    [o.ttl ?? 64, protocol, 0, 0],
    o.src ?? V4_A,
    o.dst ?? V4_B,
    options,
  );
  header.set(u16(checksum(header)), 10);
  return join(header, payload);
}

export interface Ipv6Options {
  readonly src?: readonly number[];
  readonly dst?: readonly number[];
  readonly hopLimit?: number;
  /** Instead of the true payload length. */
  readonly payloadLength?: number;
}

export function ipv6(next: number, payload: Bytes, o: Ipv6Options = {}): Bytes {
  return join(
    [0x60, 0x02, 0xbe, 0xef],
    u16(o.payloadLength ?? payload.length),
    [next, o.hopLimit ?? 64],
    o.src ?? V6_A,
    o.dst ?? V6_B,
    payload,
  );
}

/** Hop-by-hop (0) and destination options (60): `options` padded here to a multiple of 8. */
export function extension(next: number, options: Bytes, payload: Bytes): Bytes {
  const padLen = -(options.length + 2) & 7;
  const pad =
    padLen === 0 ? [] : padLen === 1 ? [0] : [1, padLen - 2, ...Array(padLen - 2).fill(0)];
  return join([next, (options.length + padLen + 2) / 8 - 1], options, pad, payload);
}

export function routing(next: number, payload: Bytes): Bytes {
  return join([next, 2, 4, 1, 0, 0, 0, 0], V6_B, payload);
}

export function fragment6(next: number, payload: Bytes, offset = 0, more = true): Bytes {
  return join([next, 0], u16((offset & 0xfff8) | (more ? 1 : 0)), u32(0xcafe0001), payload);
}

export function ah(next: number, payload: Bytes): Bytes {
  return join([next, 4, 0, 0], u32(0x1001), u32(7), new Uint8Array(12).fill(0xa5), payload);
}

export function esp(): Bytes {
  return join(u32(0x2002), u32(9), new Uint8Array(40).fill(0x5e));
}

// Tunnels

export interface GreOptions {
  readonly key?: number;
  readonly sequence?: number;
  readonly checksum?: boolean;
}

export function gre(type: number, payload: Bytes, o: GreOptions = {}): Bytes {
  const flags =
    (o.checksum ? 0x8000 : 0) |
    (o.key === undefined ? 0 : 0x2000) |
    (o.sequence === undefined ? 0 : 0x1000);
  return join(
    u16(flags),
    u16(type),
    o.checksum ? u32(0) : NOTHING,
    o.key === undefined ? NOTHING : u32(o.key),
    o.sequence === undefined ? NOTHING : u32(o.sequence),
    payload,
  );
}

export function vxlan(vni: number, payload: Bytes, flags = 0x08000000): Bytes {
  return join(u32(flags), u32((vni << 8) >>> 0), payload);
}

export function geneve(vni: number, type: number, payload: Bytes, options = NOTHING): Bytes {
  return join([options.length >> 2, 0], u16(type), u32((vni << 8) >>> 0), options, payload);
}

/** Type II (8 bytes) under GRE 0x88be, type III (12 bytes, 20 with the platform subheader) under 0x22eb. */
export function erspan(type: 2 | 3, payload: Bytes, withSubheader = false): Bytes {
  const session = u32(((type - 1) << 28) | (100 << 16) | (3 << 13) | 77);
  if (type === 2) return join(session, u32(0x00000123), payload);
  const subheader = withSubheader ? new Uint8Array(8).fill(0x30) : NOTHING;
  return join(session, u32(123_456), u16(9), u16(withSubheader ? 9 : 8), subheader, payload);
}

export function vxlanGpe(vni: number, next: number, payload: Bytes): Bytes {
  return join([0x0c, 0, 0, next], u32((vni << 8) >>> 0), payload);
}

/** Message types 1 to 4 of WireGuard at their lawful lengths. */
export function wireguard(type: number): Bytes {
  const lens = [0, 148, 92, 64, 32 + 48];
  const message = new Uint8Array(lens[type]!).fill(0x77);
  message.set([type, 0, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd]);
  if (type === 4) message.set([7, 0, 0, 0, 0, 0, 0, 0], 8);
  return message;
}

/** Weave sleeve, plain: sender's name, then (src, dst, length, frame). */
export function sleeve(frame: Bytes): Bytes {
  const a = [0x1e, 0, 0, 0, 0, 1];
  return join(a, a, [0x1e, 0, 0, 0, 0, 2], u16(frame.length), frame);
}

// Transport

export interface TcpOptions {
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  /** A multiple of 4 bytes. */
  readonly options?: Bytes;
}

export const SYN_OPTIONS: Bytes = join(
  [2, 4, 5, 0xb4], // MSS 1460
  [4, 2], // SACK permitted
  [8, 10, 0, 0, 0x10, 0, 0, 0, 0, 0], // timestamps
  [1], // no operation
  [3, 3, 7], // window scale
);
export const TIMESTAMP_OPTIONS: Bytes = join([1, 1, 8, 10], u32(0x1001), u32(0x2002));
export const SACK_OPTIONS: Bytes = join([1, 1, 5, 10], u32(1000), u32(2000));

export function tcp(srcPort: number, dstPort: number, payload: Bytes, o: TcpOptions = {}): Bytes {
  const options = o.options ?? NOTHING;
  return join(
    u16(srcPort),
    u16(dstPort),
    u32(o.seq ?? 1000),
    u32(o.ack ?? 2000),
    [((20 + options.length) >> 2) << 4, o.flags ?? 0x18],
    u16(502),
    u16(0xbeef),
    u16(0),
    options,
    payload,
  );
}

export function udp(srcPort: number, dstPort: number, payload: Bytes, length?: number): Bytes {
  return join(u16(srcPort), u16(dstPort), u16(length ?? 8 + payload.length), u16(0xbeef), payload);
}

/** RFC 9260: common header and chunks, each padded to 4. */
export function sctp(srcPort: number, dstPort: number, ...chunks: readonly Bytes[]): Bytes {
  const padded = chunks.map((chunk) => join(chunk, new Uint8Array(-chunk.length & 3)));
  return join(u16(srcPort), u16(dstPort), u32(0x5c5c5c5c), u32(0), ...padded);
}

export function sctpChunk(type: number, value: Bytes): Bytes {
  return join([type, 3], u16(4 + value.length), value);
}

export function icmpEcho(type: number, id: number, sequence: number): Bytes {
  const message = join([type, 0, 0, 0], u16(id), u16(sequence), ascii('abcdefghijklmnop'));
  message.set(u16(checksum(message)), 2);
  return message;
}

/** Destination unreachable (3), time exceeded (11): with the start of the packet concerned. */
export function icmpError(type: number, code: number, mtu: number, quoted: Bytes): Bytes {
  const message = join([type, code, 0, 0, 0, 0], u16(mtu), quoted);
  message.set(u16(checksum(message)), 2);
  return message;
}

export function icmpv6(type: number, code: number, body: Bytes): Bytes {
  return join([type, code], u16(0xbeef), body);
}

/** Neighbour solicitation (135) with the source link-layer address option. */
export function neighbourSolicitation(): Bytes {
  return icmpv6(135, 0, join(u32(0), V6_B, [1, 1], MAC_A));
}

export function igmpV2(): Bytes {
  return join([0x16, 0], u16(0), [239, 1, 2, 3]);
}

export function igmpV3Report(): Bytes {
  return join([0x22, 0], u16(0), u16(0), u16(1), [4, 0], u16(1), [239, 1, 2, 3], V4_A);
}
