/**
 * PROXY protocol, versions 1 and 2 (HAProxy doc/proxy-protocol.txt sections 2.1, 2.2), with the vendor
 * TLVs of AWS, Azure and Google Cloud.
 *
 *     version 1, at most 107 bytes:  PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n
 *
 *     version 2:
 *     0                                               12      13      14              16
 *     +-----------------------------------------------+-------+-------+---------------+---
 *     | 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A           |ver|cmd|fam|prt|    length     | addresses, TLVs
 *     +-----------------------------------------------+-------+-------+---------------+---
 *
 * It stands before the first bytes of a connection, or of a datagram; several may be stacked.
 *
 * A LOCAL header speaks of the proxy's own connection: the receiver must discard its address block. The
 * AWS Network Load Balancer's health check says LOCAL, family 0x11, and holds no address block at all:
 * its TLVs follow at once. Other senders fill the block with dummies. The checksum TLV, or which reading
 * uses up the length exactly, decides between the two.
 */
import { showIpv4, showIpv6 } from '../../base/address.ts';
import { NONE, PROXY, UDP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { CUT, type Packet } from '../packet.ts';
import { afterProxy, pushApplication, startsProxyV2, transportRow } from '../payload.ts';
import { littleAt, wide } from '../walk.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
export const VERSION_COMMAND = 12;
export const FAMILY_PROTOCOL = 13;
export const LENGTH = 14;
export const HEADER_LEN = 16;

/** A version 1 line, with CR LF (section 2.1). */
const LINE_LEN_MAX = 107;
export const LINE_START = 'PROXY ';
const CR = 0x0d;
const LF = 0x0a;

const FAMILY_NAMES = ['UNSPEC', 'INET', 'INET6', 'UNIX'] as const;
const TRANSPORT_NAMES = ['UNSPEC', 'STREAM', 'DGRAM'] as const;
const INET = 1;
const INET6 = 2;
const UNIX = 3;
/** Bytes of the address block by family. */
const ADDRESSES_LEN = [0, 12, 36, 216];
export const UNIX_PATH_LEN = 108;

export const TLV_HEADER_LEN = 3;
export const ALPN = 0x01;
export const AUTHORITY = 0x02;
const CRC32C = 0x03;
const NOOP = 0x04;
export const UNIQUE_ID = 0x05;
export const SSL = 0x20;
export const SSL_TLS_VERSION = 0x21;
export const SSL_COMMON_NAME = 0x22;
export const SSL_CIPHER_NAME = 0x23;
export const SSL_SIGNATURE_ALGORITHM = 0x24;
export const SSL_KEY_ALGORITHM = 0x25;
export const SSL_KEY_GROUP = 0x26;
export const SSL_SIGNATURE_SCHEME = 0x27;
const SSL_CLIENT_CERT = 0x28;
export const NETNS = 0x30;
const GCP = 0xe0;
const AWS = 0xea;
const AZURE = 0xee;

const TLV_NAMES: Readonly<Record<number, string>> = {
  [ALPN]: 'ALPN',
  [AUTHORITY]: 'AUTHORITY',
  [CRC32C]: 'CRC32C',
  [NOOP]: 'NOOP',
  [UNIQUE_ID]: 'UNIQUE_ID',
  [SSL]: 'SSL',
  [NETNS]: 'NETNS',
  [GCP]: 'GCP',
  [AWS]: 'AWS',
  [AZURE]: 'AZURE',
};

/** Within an SSL TLV, after client (1 byte) and verify (4 bytes). */
export const SSL_HEADER_LEN = 5;
const SSL_KEYS: Readonly<Record<number, string>> = {
  [SSL_TLS_VERSION]: 'version',
  [SSL_COMMON_NAME]: 'cn',
  [SSL_CIPHER_NAME]: 'cipher',
  [SSL_SIGNATURE_ALGORITHM]: 'sigAlg',
  [SSL_KEY_ALGORITHM]: 'keyAlg',
  [SSL_KEY_GROUP]: 'group',
  [SSL_SIGNATURE_SCHEME]: 'sigScheme',
  [SSL_CLIENT_CERT]: 'clientCert',
};
const SSL_CLIENT_BITS = ['SSL', 'CERT_CONN', 'CERT_SESS'] as const;

export function dissectProxy(packet: Packet, at: Offset, end: Offset): Protocol {
  const view = packet.view;
  const headerEnd = startsProxyV2(view, at, end) ? endOfV2(view, at, end) : endOfV1(view, at, end);
  if (headerEnd < 0) return NONE;
  pushApplication(packet, PROXY, at, headerEnd < end ? headerEnd : end, end);
  if (headerEnd > end) {
    // A TCP segment may end within a header, a datagram may not.
    const row = transportRow(packet);
    if (row >= 0 && packet.protocol[row] === UDP) return packet.short(end);
    if (packet.cut && end === packet.captureEnd) packet.notes |= CUT;
    return NONE;
  }
  return headerEnd === end ? NONE : afterProxy(packet);
}

/** Where the header at `at` ends, beyond `end` when it is unfinished; -1 when it is none. */
function endOfV2(view: DataView, at: Offset, end: Offset): Offset {
  if (end - at < HEADER_LEN) {
    return end - at > VERSION_COMMAND && view.getUint8(at + VERSION_COMMAND) >> 4 !== 2
      ? -1
      : at + HEADER_LEN;
  }
  if (view.getUint8(at + VERSION_COMMAND) >> 4 !== 2) return -1;
  return at + HEADER_LEN + view.getUint16(at + LENGTH);
}

function endOfV1(view: DataView, at: Offset, end: Offset): Offset {
  const known = Math.min(end - at, LINE_START.length);
  for (let i = 0; i < known; i++) {
    if (view.getUint8(at + i) !== LINE_START.charCodeAt(i)) return -1;
  }
  const limit = Math.min(at + LINE_LEN_MAX, end);
  for (let i = at + known; i < limit; i++) {
    if (view.getUint8(i) === LF) return view.getUint8(i - 1) === CR ? i + 1 : -1;
  }
  return end - at < LINE_LEN_MAX ? end + 1 : -1;
}

/** Can the bytes, too few yet for `readProxyHeader`, be the start of a header of either version? */
export function isProxyPrefix(view: DataView, at: Offset, end: Offset): boolean {
  const known = end - at;
  if (known < 1 || known > VERSION_COMMAND) return false;
  let isV1 = known < LINE_START.length;
  let isV2 = true;
  for (let i = 0; i < known; i++) {
    const byte = view.getUint8(at + i);
    if (byte !== SIGNATURE[i]) isV2 = false;
    if (byte !== LINE_START.charCodeAt(i)) isV1 = false;
  }
  return isV1 || isV2;
}

export interface ProxyTlv {
  /** Where its type byte stands. */
  readonly at: Offset;
  readonly type: number;
  readonly name: string;
  /** Bytes of its value, at `at + 3`. */
  readonly len: number;
  /** ALPN, AUTHORITY, NETNS, UNIQUE_ID: text, or 0x and hex where it is not printable; others as objects. */
  readonly value: string | number | boolean | Record<string, unknown> | null;
}

export interface ProxyEndpoint {
  /** An IP address, or the path of a Unix socket. */
  readonly ip: string;
  readonly port: number;
}

export interface ProxyHeader {
  readonly at: Offset;
  readonly version: 1 | 2;
  /** UNKNOWN: version 1's word for it, or a command that version 2 does not define. */
  readonly command: 'LOCAL' | 'PROXY' | 'UNKNOWN';
  readonly family: 'UNSPEC' | 'INET' | 'INET6' | 'UNIX' | 'unknown';
  readonly transport: 'UNSPEC' | 'STREAM' | 'DGRAM' | 'unknown';
  /** Null for LOCAL, UNKNOWN, UNSPEC, and where the header ends before them. */
  readonly source: ProxyEndpoint | null;
  readonly destination: ProxyEndpoint | null;
  readonly tlvs: readonly ProxyTlv[];
  /** Where the addresses stand, -1 = there are none; of LOCAL, where dummies stand. */
  readonly addressesAt: Offset;
  /** First byte after the header: beyond `end` of what was read when it is unfinished. */
  readonly headerEnd: Offset;
  readonly complete: boolean;
  /** Of the CRC32C TLV; `unverified` when the header is unfinished. */
  readonly checksum: 'absent' | 'valid' | 'invalid' | 'unverified';
  /** What the specification forbids, in words; a receiver would refuse such a header. */
  readonly faults: readonly string[];
}

/**
 * The PROXY header at `at`, as far as [at, end) holds it: unfinished ones say so in `complete` and
 * `headerEnd`. Undefined when the bytes are no PROXY header. For packets somebody looks at and for the
 * first bytes of a flow; never throws, allocates no more than the header's length asks for.
 */
export function readProxyHeader(view: DataView, at: Offset, end: Offset): ProxyHeader | undefined {
  return startsProxyV2(view, at, end) ? readV2(view, at, end) : readV1(view, at, end);
}

function readV1(view: DataView, at: Offset, end: Offset): ProxyHeader | undefined {
  const headerEnd = endOfV1(view, at, end);
  if (headerEnd < 0 || end - at < LINE_START.length) return undefined;
  const complete = headerEnd <= end;
  const lineEnd = complete ? headerEnd - 2 : end;
  let line = '';
  for (let i = at; i < lineEnd; i++) line += String.fromCharCode(view.getUint8(i));
  const words = line.split(' ');
  const family = words[1] === 'TCP4' ? INET : words[1] === 'TCP6' ? INET6 : 0;
  const faults: string[] = [];
  let source: ProxyEndpoint | null = null;
  let destination: ProxyEndpoint | null = null;
  if (complete && family !== 0) {
    source = endpointOf(words[2], words[4]);
    destination = endpointOf(words[3], words[5]);
    const colons = line.includes(':');
    if (source === null || destination === null || words.length !== 6) {
      faults.push('a line that is not "PROXY TCP4|TCP6 source destination port port"');
    } else if (colons !== (family === INET6)) {
      faults.push(`${words[1]} with an address of the other family`);
    }
  } else if (complete && words[1] !== 'UNKNOWN') {
    faults.push('a protocol that is not TCP4, TCP6 or UNKNOWN');
  }
  if (faults.length > 0) source = destination = null;
  return {
    at,
    version: 1,
    command: family === 0 ? 'UNKNOWN' : 'PROXY',
    family: FAMILY_NAMES[family]!,
    transport: family === 0 ? 'UNSPEC' : 'STREAM',
    source,
    destination,
    tlvs: [],
    addressesAt: -1,
    headerEnd,
    complete,
    checksum: 'absent',
    faults,
  };
}

/** An address and port as version 1 writes them, or null where they are none. */
function endpointOf(ip: string | undefined, port: string | undefined): ProxyEndpoint | null {
  if (ip === undefined || port === undefined || !/^\d{1,5}$/.test(port)) return null;
  const number = Number(port);
  if (number > 65_535 || !(isIpv4(ip) || isIpv6(ip))) return null;
  return { ip, port: number };
}

export function isIpv4(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match?.slice(1).every((byte) => Number(byte) <= 255) ?? false;
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (let h = 0; h < halves.length; h++) {
    const parts = halves[h] === '' ? [] : halves[h]!.split(':');
    for (let i = 0; i < parts.length; i++) {
      const isLast = h === halves.length - 1 && i === parts.length - 1;
      if (isLast && isIpv4(parts[i]!)) groups += 2;
      else if (/^[0-9a-f]{1,4}$/i.test(parts[i]!)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

function readV2(view: DataView, at: Offset, end: Offset): ProxyHeader | undefined {
  const headerEnd = endOfV2(view, at, end);
  if (headerEnd < 0 || end - at <= VERSION_COMMAND) return undefined;
  const command = view.getUint8(at + VERSION_COMMAND) & 15;
  const familyProtocol = end - at > FAMILY_PROTOCOL ? view.getUint8(at + FAMILY_PROTOCOL) : 0;
  const family = familyProtocol >> 4;
  const complete = headerEnd <= end;
  const readEnd = complete ? headerEnd : end;
  const faults: string[] = [];
  if (command > 1) faults.push(`command ${command}, which is neither LOCAL nor PROXY`);
  if (family > UNIX) faults.push(`address family ${family}, which is not defined`);
  const tlvsAt = findTlvs(view, at, headerEnd, readEnd, command, family);
  const blockLen = ADDRESSES_LEN[family] ?? 0;
  const hasBlock = blockLen > 0 && tlvsAt === at + HEADER_LEN + blockLen;
  if (command === 1 && headerEnd - at - HEADER_LEN < blockLen) {
    faults.push(`length ${headerEnd - at - HEADER_LEN} holds no ${FAMILY_NAMES[family]} addresses`);
  }
  const tlvs = readTlvs(view, at, tlvsAt, readEnd, complete);
  if (complete && !fill(view, tlvsAt, headerEnd)) {
    faults.push('a TLV that ends after the header');
  }
  const shows = command === 1 && hasBlock && tlvsAt <= readEnd;
  return {
    at,
    version: 2,
    command: command === 0 ? 'LOCAL' : command === 1 ? 'PROXY' : 'UNKNOWN',
    family: FAMILY_NAMES[family] ?? 'unknown',
    transport: TRANSPORT_NAMES[familyProtocol & 15] ?? 'unknown',
    source: shows ? addressAt(view, at + HEADER_LEN, family, 0) : null,
    destination: shows ? addressAt(view, at + HEADER_LEN, family, 1) : null,
    tlvs,
    addressesAt: hasBlock ? at + HEADER_LEN : -1,
    headerEnd,
    complete,
    checksum: checksumOf(tlvs, complete),
    faults,
  };
}

/** The checksum's verdict, from the first CRC32C TLV. */
function checksumOf(tlvs: readonly ProxyTlv[], complete: boolean): ProxyHeader['checksum'] {
  const tlv = tlvs.find(({ type }) => type === CRC32C);
  if (tlv === undefined) return 'absent';
  if (!complete) return 'unverified';
  const { valid } = tlv.value as { valid?: boolean };
  return valid === true ? 'valid' : 'invalid';
}

/**
 * Where the TLVs of a header start; its end when it is too short for its addresses. After the address
 * block, but a LOCAL header may leave that out: the reading whose checksum holds wins, then the one that
 * uses up the length with TLVs known by name, then the one that uses up the length; of two alike, the
 * one without an address block.
 */
function findTlvs(
  view: DataView,
  at: Offset,
  headerEnd: Offset,
  readEnd: Offset,
  command: number,
  family: number,
): Offset {
  const bare = at + HEADER_LEN;
  const blockLen = ADDRESSES_LEN[family];
  if (blockLen === undefined) return headerEnd;
  const after = bare + blockLen;
  if (command !== 0 || blockLen === 0) return after <= headerEnd ? after : headerEnd;
  const asBare = scoreTlvs(view, at, bare, headerEnd, readEnd);
  return asBare >= scoreTlvs(view, at, after, headerEnd, readEnd) ? bare : after;
}

/** How well the bytes at `at` read as TLVs up to the header's end, of which [.., readEnd) is known. */
function scoreTlvs(
  view: DataView,
  headerAt: Offset,
  at: Offset,
  headerEnd: Offset,
  readEnd: Offset,
): number {
  if (at > headerEnd) return 0;
  let allNamed = true;
  let isChecked = readEnd < headerEnd;
  let pos = at;
  while (readEnd - pos >= TLV_HEADER_LEN) {
    const type = view.getUint8(pos);
    const len = view.getUint16(pos + 1);
    if (pos + TLV_HEADER_LEN + len > headerEnd) return 0;
    if (type === CRC32C && len === 4 && !isChecked) {
      if (isChecksumValid(view, headerAt, headerEnd, pos)) return 3;
      isChecked = true; // once: a header full of them would cost its length squared
    }
    if (TLV_NAMES[type] === undefined) allNamed = false;
    pos += TLV_HEADER_LEN + len;
  }
  if (readEnd === headerEnd && pos !== headerEnd) return 0;
  return allNamed ? 2 : 1;
}

/** Whether the TLVs from `at` on end where the header does. */
function fill(view: DataView, at: Offset, end: Offset): boolean {
  let pos = at;
  while (end - pos >= TLV_HEADER_LEN) pos += TLV_HEADER_LEN + view.getUint16(pos + 1);
  return pos === end;
}

function addressAt(view: DataView, at: Offset, family: number, which: 0 | 1): ProxyEndpoint | null {
  if (family === INET) {
    return {
      ip: showIpv4(view.getInt32(at + 4 * which)),
      port: view.getUint16(at + 8 + 2 * which),
    };
  }
  if (family === INET6) {
    return { ip: showIpv6(view, at + 16 * which), port: view.getUint16(at + 32 + 2 * which) };
  }
  if (family !== UNIX) return null;
  const pathAt = at + UNIX_PATH_LEN * which;
  return { ip: showPath(view, pathAt, pathAt + UNIX_PATH_LEN), port: 0 };
}

/** A Unix path up to its zero byte; an abstract one (Linux), which starts with a zero byte, as `@name`. */
function showPath(view: DataView, at: Offset, end: Offset): string {
  const isAbstract = view.getUint8(at) === 0;
  let nameEnd = isAbstract ? at + 1 : at;
  while (nameEnd < end && view.getUint8(nameEnd) !== 0) nameEnd++;
  if (isAbstract) return nameEnd === at + 1 ? '' : `@${showUtf8(view, at + 1, nameEnd)}`;
  return showUtf8(view, at, nameEnd);
}

function readTlvs(
  view: DataView,
  headerAt: Offset,
  tlvsAt: Offset,
  end: Offset,
  complete: boolean,
): ProxyTlv[] {
  const tlvs: ProxyTlv[] = [];
  let isChecked = !complete; // only the first checksum counts: a header full of them would cost its length squared
  for (let pos = tlvsAt; end - pos >= TLV_HEADER_LEN; ) {
    const type = view.getUint8(pos);
    const len = view.getUint16(pos + 1);
    const valueAt = pos + TLV_HEADER_LEN;
    if (len > end - valueAt) break;
    const value =
      type === CRC32C && len === 4
        ? {
            checksum: `0x${view.getUint32(valueAt).toString(16).padStart(8, '0')}`,
            valid: isChecked ? null : isChecksumValid(view, headerAt, end, pos),
          }
        : readValue(view, type, valueAt, valueAt + len);
    if (type === CRC32C) isChecked = true;
    tlvs.push({ at: pos, type, name: nameOfTlv(type), len, value });
    pos = valueAt + len;
  }
  return tlvs;
}

function nameOfTlv(type: number): string {
  const name = TLV_NAMES[type];
  if (name !== undefined) return name;
  if (type >= 0xf8) return 'FUTURE';
  if (type >= 0xf0) return 'EXPERIMENT';
  if (type >= 0xe0) return 'CUSTOM';
  return 'UNKNOWN';
}

function readValue(view: DataView, type: number, at: Offset, end: Offset): ProxyTlv['value'] {
  const len = end - at;
  switch (type) {
    case ALPN:
    case AUTHORITY:
    case UNIQUE_ID:
    case NETNS:
      return showTextOrHex(view, at, end);
    case NOOP:
      return { length: len };
    case SSL:
      return len < SSL_HEADER_LEN ? showHex(view, at, end) : readSsl(view, at, end);
    case AWS:
      if (len > 1 && view.getUint8(at) === 1) {
        return { subtype: 1, vpcEndpointId: showTextOrHex(view, at + 1, end) };
      }
      return len === 0 ? '' : { subtype: view.getUint8(at), data: showHex(view, at + 1, end) };
    case AZURE:
      if (len === 5 && view.getUint8(at) === 1) {
        return { subtype: 1, linkId: littleAt(view, at + 1, 4) };
      }
      return len === 0 ? '' : { subtype: view.getUint8(at), data: showHex(view, at + 1, end) };
    case GCP: // above 2^53 as text: JSON numbers would lose digits
      if (len !== 8) return showHex(view, at, end);
      return { pscConnectionId: String(wide(view.getUint32(at), view.getUint32(at + 4))) };
    default:
      return showHex(view, at, end);
  }
}

function readSsl(view: DataView, at: Offset, end: Offset): Record<string, unknown> {
  const bits = view.getUint8(at);
  const ssl: Record<string, unknown> = {
    client: SSL_CLIENT_BITS.filter((_, i) => (bits & (1 << i)) !== 0),
    verify: view.getUint32(at + 1),
  };
  for (let pos = at + SSL_HEADER_LEN; end - pos >= TLV_HEADER_LEN; ) {
    const type = view.getUint8(pos);
    const valueAt = pos + TLV_HEADER_LEN;
    const valueEnd = valueAt + view.getUint16(pos + 1);
    if (valueEnd > end) {
      ssl.fault = 'a sub-TLV that ends after its TLV';
      break;
    }
    const key = SSL_KEYS[type] ?? `0x${type.toString(16).padStart(2, '0')}`;
    const isText = type !== SSL_CLIENT_CERT && SSL_KEYS[type] !== undefined;
    ssl[key] = isText ? showTextOrHex(view, valueAt, valueEnd) : showHex(view, valueAt, valueEnd);
    pos = valueEnd;
  }
  return ssl;
}

export function showUtf8(view: DataView, at: Offset, end: Offset): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
}

/** The bytes as UTF-8 text, or as 0x and hex where they are not or hold control characters. */
function showTextOrHex(view: DataView, at: Offset, end: Offset): string {
  const text = showUtf8(view, at, end);
  return /[\p{Cc}\ufffd]/u.test(text) ? showHex(view, at, end) : text;
}

/** 0x and lower-case hex; '' of no bytes. */
function showHex(view: DataView, at: Offset, end: Offset): string {
  let text = at === end ? '' : '0x';
  for (let i = at; i < end; i++) text += view.getUint8(i).toString(16).padStart(2, '0');
  return text;
}

/** CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) of each byte. */
const crcOfByte = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f6_3b78);
  crcOfByte[byte] = crc;
}

/**
 * CRC-32C of [at, end) with the four bytes at `zeroAt` taken as zero (PROXY protocol section 2.2.3),
 * as an unsigned number; -1 for `zeroAt` takes all bytes as they are.
 */
export function crc32c(view: DataView, at: Offset, end: Offset, zeroAt: Offset): number {
  const zeroEnd = zeroAt < 0 ? zeroAt : zeroAt + 4;
  let crc = -1;
  for (let i = at; i < end; i++) {
    const byte = i >= zeroAt && i < zeroEnd ? 0 : view.getUint8(i);
    crc = (crc >>> 8) ^ crcOfByte[(crc ^ byte) & 255]!;
  }
  return ~crc >>> 0;
}

function isChecksumValid(view: DataView, at: Offset, end: Offset, tlvAt: Offset): boolean {
  const valueAt = tlvAt + TLV_HEADER_LEN;
  return crc32c(view, at, end, valueAt) === view.getUint32(valueAt);
}
