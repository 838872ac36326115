/**
 * Transport Layer Security: records (RFC 8446 section 5.1) and, of the handshake, ClientHello and
 * ServerHello (section 4.1; SNI: RFC 6066 section 3; ALPN: RFC 7301).
 *
 *     0       1               3               5
 *     +-------+---------------+---------------+---
 *     | type  |    version    |    length     | fragment
 *     +-------+---------------+---------------+---
 *
 * One layer holds all the records of a segment; the last may go on in the next one.
 */
import { NONE, TLS } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { pushApplication } from '../payload.ts';
import { give, textAt } from '../walk.ts';

const RECORD_VERSION = 1;
const RECORD_LENGTH = 3;
const RECORD_HEADER_LEN = 5;
/** 2^14 of plaintext and 2048 of expansion (RFC 5246 section 6.2.3). */
const RECORD_LENGTH_MAX = 18_432;

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const HANDSHAKE_TYPE_MAX = 25;
const MESSAGE_HASH = 254;

const SERVER_NAME = 0;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;

/** The ServerHello random that says HelloRetryRequest (RFC 8446 section 4.1.3), its first four bytes. */
const RETRY_RANDOM = 0xcf21_ad74;

/** Is there a TLS record header at `at`? */
function isRecord(view: DataView, at: Offset, end: Offset): boolean {
  if (end - at < RECORD_HEADER_LEN) return false;
  const type = view.getUint8(at);
  const version = view.getUint16(at + RECORD_VERSION);
  const length = view.getUint16(at + RECORD_LENGTH);
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= APPLICATION_DATA &&
    version >= 0x0300 &&
    version <= 0x0304 &&
    length <= RECORD_LENGTH_MAX &&
    (length > 0 || type === APPLICATION_DATA) // only application data may be empty (section 5.1)
  );
}

export function dissectTls(packet: Packet, at: Offset, end: Offset): Protocol {
  if (!isRecord(packet.view, at, end)) return NONE;
  const recordEnd = at + RECORD_HEADER_LEN + packet.view.getUint16(at + RECORD_LENGTH);
  pushApplication(packet, TLS, at, Math.min(recordEnd, end), end);
  return NONE;
}

/**
 * Can the bytes, too few yet to tell, be the start of a record, and of a handshake message in it? True
 * only where more bytes would decide.
 */
export function isTlsPrefix(view: DataView, at: Offset, end: Offset): boolean {
  const known = end - at;
  if (known < 1) return false;
  const type = view.getUint8(at);
  if (known >= RECORD_HEADER_LEN) {
    const least = RECORD_HEADER_LEN + HANDSHAKE_HEADER_LEN + 2; // two bytes of a hello: its version
    return type === HANDSHAKE && known < least && isRecord(view, at, end);
  }
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= APPLICATION_DATA &&
    (known < 2 || view.getUint8(at + 1) === 3) &&
    (known < 3 || view.getUint8(at + 2) <= 4)
  );
}

/** Does a whole record header stand at `at`? */
export function startsTls(view: DataView, at: Offset, end: Offset): boolean {
  return isRecord(view, at, end);
}

/** `TLS 1.2`, `SSL 3.0`, …; the number in hex where it has no name (GREASE, drafts). */
export function showTlsVersion(version: number): string {
  if (version === 0x0300) return 'SSL 3.0';
  if (version >= 0x0301 && version <= 0x0304) return `TLS 1.${version - 0x0301}`;
  return `0x${version.toString(16).padStart(4, '0')}`;
}

/** Content type of the record at `at`: 20 change cipher spec, 21 alert, 22 handshake, 23 data, 24 heartbeat. */
export const tlsContentType = (view: DataView, at: Offset): number => view.getUint8(at);

export interface ClientHello {
  /** The version field: at most 0x0303, even where TLS 1.3 is offered. */
  readonly legacyVersion: number;
  /** As sent, GREASE values among them; empty without the extension. */
  readonly supportedVersions: readonly number[];
  /** The best version offered: the highest of those known, else the legacy one. */
  readonly version: number;
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  readonly cipherSuiteCount: number;
  /** The whole message was there. */
  readonly complete: boolean;
}

export interface ServerHello {
  readonly legacyVersion: number;
  /** The version chosen. */
  readonly version: number;
  readonly alpn: readonly string[];
  readonly cipherSuite: number;
  readonly isRetry: boolean;
  readonly complete: boolean;
}

/** A handshake message put together from the records at the start of a stream. */
interface Message {
  readonly type: number;
  readonly view: DataView;
  readonly at: Offset;
  /** Ends where the message does, or where the bytes do. */
  readonly end: Offset;
  readonly complete: boolean;
}

/**
 * What the ClientHello that starts at [at, end) says, over as many records as it takes; as much of it as
 * is there. Undefined when no ClientHello starts there.
 */
export function readClientHello(view: DataView, at: Offset, end: Offset): ClientHello | undefined {
  const message = firstMessage(view, at, end);
  if (message === undefined || message.type !== CLIENT_HELLO) return undefined;
  return parseClientHello(message);
}

/** The same of a ServerHello. */
export function readServerHello(view: DataView, at: Offset, end: Offset): ServerHello | undefined {
  const message = firstMessage(view, at, end);
  if (message === undefined || message.type !== SERVER_HELLO) return undefined;
  return parseServerHello(message);
}

/** The first handshake message of the records at [at, end); undefined when they start with another kind. */
function firstMessage(view: DataView, at: Offset, end: Offset): Message | undefined {
  if (!isRecord(view, at, end) || view.getUint8(at) !== HANDSHAKE) return undefined;
  const bodyAt = at + RECORD_HEADER_LEN;
  const recordEnd = bodyAt + view.getUint16(at + RECORD_LENGTH);
  const isWhole =
    end - bodyAt >= HANDSHAKE_HEADER_LEN &&
    bodyAt + HANDSHAKE_HEADER_LEN + lengthAt(view, bodyAt) <= recordEnd;
  return isWhole || recordEnd >= end ? messageAt(view, bodyAt, end) : joined(view, at, end);
}

function lengthAt(view: DataView, at: Offset): number {
  return view.getUint32(at) & 0xff_ffff;
}

function messageAt(view: DataView, at: Offset, end: Offset): Message | undefined {
  if (end - at < HANDSHAKE_HEADER_LEN) return undefined;
  const messageEnd = at + HANDSHAKE_HEADER_LEN + lengthAt(view, at);
  return {
    type: view.getUint8(at),
    view,
    at: at + HANDSHAKE_HEADER_LEN,
    end: Math.min(messageEnd, end),
    complete: messageEnd <= end,
  };
}

/** A message that was cut into several records, copied together. */
function joined(view: DataView, at: Offset, end: Offset): Message | undefined {
  const bytes = new Uint8Array(end - at);
  let len = 0;
  for (let pos = at; isRecord(view, pos, end) && view.getUint8(pos) === HANDSHAKE; ) {
    const bodyAt = pos + RECORD_HEADER_LEN;
    const recordEnd = bodyAt + view.getUint16(pos + RECORD_LENGTH);
    const bodyEnd = Math.min(recordEnd, end);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + bodyAt, bodyEnd - bodyAt), len);
    len += bodyEnd - bodyAt;
    pos = recordEnd;
  }
  return messageAt(new DataView(bytes.buffer), 0, len);
}

function parseClientHello(message: Message): ClientHello | undefined {
  const { view, at, end } = message;
  if (end - at < 2) return undefined;
  const legacyVersion = view.getUint16(at);
  let cipherSuiteCount = 0;
  let pos = skipVector(view, at + 34, end, 1); // version, random; session id
  if (end - pos >= 2) cipherSuiteCount = view.getUint16(pos) >> 1;
  pos = skipVector(view, pos, end, 2);
  pos = skipVector(view, pos, end, 1); // compression methods
  const found = readExtensions(view, pos, end, true);
  const known = found.versions.filter((version) => version >= 0x0300 && version <= 0x0304);
  return {
    legacyVersion,
    supportedVersions: found.versions,
    version: known.length > 0 ? Math.max(...known) : legacyVersion,
    serverName: found.serverName,
    alpn: found.alpn,
    cipherSuiteCount,
    complete: message.complete,
  };
}

function parseServerHello(message: Message): ServerHello | undefined {
  const { view, at, end } = message;
  if (end - at < 2) return undefined;
  const legacyVersion = view.getUint16(at);
  const pos = skipVector(view, at + 34, end, 1);
  const found = readExtensions(view, pos + 3, end, false); // cipher suite, compression method
  return {
    legacyVersion,
    version: found.versions[0] ?? legacyVersion,
    alpn: found.alpn,
    cipherSuite: end - pos >= 2 ? view.getUint16(pos) : 0,
    isRetry: end - at >= 6 && view.getUint32(at + 2) === RETRY_RANDOM,
    complete: message.complete,
  };
}

/** After the vector at `at` whose length takes `lenLen` bytes; `end` when it does not end before. */
function skipVector(view: DataView, at: Offset, end: Offset, lenLen: 1 | 2): Offset {
  if (end - at < lenLen) return end;
  const len = lenLen === 1 ? view.getUint8(at) : view.getUint16(at);
  return Math.min(at + lenLen + len, end);
}

interface Extensions {
  serverName: string | undefined;
  alpn: string[];
  versions: number[];
}

/** The extensions whose block length stands at `at`; those that are whole, and of the last its start. */
function readExtensions(view: DataView, at: Offset, end: Offset, isClient: boolean): Extensions {
  const found: Extensions = { serverName: undefined, alpn: [], versions: [] };
  if (end - at < 2) return found;
  const blockEnd = Math.min(at + 2 + view.getUint16(at), end);
  for (let pos = at + 2; blockEnd - pos >= 4; ) {
    const dataAt = pos + 4;
    const dataEnd = Math.min(dataAt + view.getUint16(pos + 2), blockEnd);
    switch (view.getUint16(pos)) {
      case SERVER_NAME:
        found.serverName ??= readServerName(view, dataAt, dataEnd)?.text;
        break;
      case ALPN:
        if (found.alpn.length === 0) found.alpn = readAlpn(view, dataAt, dataEnd).map(textOf);
        break;
      case SUPPORTED_VERSIONS:
        found.versions = readVersions(view, dataAt, dataEnd, isClient);
        break;
    }
    pos = dataAt + view.getUint16(pos + 2);
  }
  return found;
}

interface Text {
  readonly at: Offset;
  readonly len: number;
  readonly text: string;
}

function textOf(found: Text): string {
  return found.text;
}

/** The first host name of a server_name extension, only when it is whole. */
function readServerName(view: DataView, at: Offset, end: Offset): Text | undefined {
  for (let pos = at + 2; end - pos >= 3; ) {
    const len = view.getUint16(pos + 1);
    if (len > end - pos - 3) return undefined;
    if (view.getUint8(pos) === 0) return { at: pos + 3, len, text: textAt(view, pos + 3, len) };
    pos += 3 + len;
  }
  return undefined;
}

function readAlpn(view: DataView, at: Offset, end: Offset): Text[] {
  const protocols: Text[] = [];
  for (let pos = at + 2; pos < end; ) {
    const len = view.getUint8(pos);
    if (len > end - pos - 1) break;
    protocols.push({ at: pos + 1, len, text: textAt(view, pos + 1, len) });
    pos += 1 + len;
  }
  return protocols;
}

/** A client sends a list behind a length byte, a server the one it chose (RFC 8446 section 4.2.1). */
function readVersions(view: DataView, at: Offset, end: Offset, isClient: boolean): number[] {
  const versions: number[] = [];
  for (let pos = isClient ? at + 1 : at; end - pos >= 2; pos += 2) {
    versions.push(view.getUint16(pos));
  }
  return versions;
}

const CONTENT_TYPE = found('tls.record.content_type', 'Content type', 'uint');
const VERSION_FIELD = found('tls.record.version', 'Version', 'hex');
const LENGTH_FIELD = found('tls.record.length', 'Length', 'uint');
const ALERT_LEVEL = found('tls.alert_message.level', 'Alert level', 'uint');
const ALERT_DESCRIPTION = found('tls.alert_message.desc', 'Alert description', 'uint');
const HANDSHAKE_TYPE = found('tls.handshake.type', 'Handshake type', 'uint');
const HANDSHAKE_VERSION = found('tls.handshake.version', 'Version', 'hex');
const CIPHER_SUITES_LEN = found(
  'tls.handshake.cipher_suites_length',
  'Cipher suites length',
  'uint',
);
const CIPHER_SUITE = found('tls.handshake.ciphersuite', 'Cipher suite', 'hex');
const EXTENSION_TYPE = found('tls.handshake.extension.type', 'Extension', 'uint');
const SERVER_NAME_FIELD = found('tls.handshake.extensions_server_name', 'Server name', 'text');
const ALPN_FIELD = found('tls.handshake.extensions_alpn_str', 'ALPN protocol', 'text');
const SUPPORTED_VERSION = found(
  'tls.handshake.extensions.supported_version',
  'Supported version',
  'hex',
);

function walkTls(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const end = packet.end[row]!;
  let isEncrypted = false;
  let toCome = 0; // bytes of a handshake message that earlier records began
  for (let pos = packet.at[row]!; isRecord(view, pos, end); ) {
    const type = view.getUint8(pos);
    const bodyAt = pos + RECORD_HEADER_LEN;
    const recordEnd = bodyAt + view.getUint16(pos + RECORD_LENGTH);
    sink.open('Record', pos, Math.min(recordEnd, end) - pos);
    give(sink, view, CONTENT_TYPE, pos, 1);
    give(sink, view, VERSION_FIELD, pos + RECORD_VERSION, 2);
    give(sink, view, LENGTH_FIELD, pos + RECORD_LENGTH, 2);
    if (type === ALERT && recordEnd - bodyAt === 2 && recordEnd <= end && !isEncrypted) {
      give(sink, view, ALERT_LEVEL, bodyAt, 1);
      give(sink, view, ALERT_DESCRIPTION, bodyAt + 1, 1);
    } else if (type === HANDSHAKE && !isEncrypted) {
      const bodyEnd = Math.min(recordEnd, end);
      const messageAt = Math.min(bodyAt + toCome, bodyEnd);
      toCome -= messageAt - bodyAt;
      if (toCome === 0) toCome = walkHandshake(view, messageAt, bodyEnd, sink);
    }
    sink.close();
    if (type === CHANGE_CIPHER_SPEC) isEncrypted = true;
    pos = recordEnd;
  }
}

/**
 * The messages of one record. Encrypted ones give themselves away by a type that does not exist or a
 * length beyond the record. Of a hello that goes on in another record, what is in this one. Returns how
 * many bytes of the last message are still to come.
 */
function walkHandshake(view: DataView, at: Offset, end: Offset, sink: FieldSink): number {
  for (let pos = at; end - pos >= HANDSHAKE_HEADER_LEN; ) {
    const type = view.getUint8(pos);
    const messageEnd = pos + HANDSHAKE_HEADER_LEN + lengthAt(view, pos);
    if (type > HANDSHAKE_TYPE_MAX && type !== MESSAGE_HASH) return 0;
    const isHello = type === CLIENT_HELLO || type === SERVER_HELLO;
    if (messageEnd > end && !isHello) return 0;
    give(sink, view, HANDSHAKE_TYPE, pos, 1);
    const bodyEnd = Math.min(messageEnd, end);
    if (isHello) {
      walkHello(view, pos + HANDSHAKE_HEADER_LEN, bodyEnd, type === CLIENT_HELLO, sink);
    }
    if (messageEnd > end) return messageEnd - end;
    pos = messageEnd;
  }
  return 0;
}

function walkHello(
  view: DataView,
  at: Offset,
  end: Offset,
  isClient: boolean,
  sink: FieldSink,
): void {
  if (end - at < 2) return;
  give(sink, view, HANDSHAKE_VERSION, at, 2);
  let pos = skipVector(view, at + 34, end, 1);
  if (!isClient) {
    if (end - pos < 2) return;
    give(sink, view, CIPHER_SUITE, pos, 2);
    pos += 3;
  } else {
    if (end - pos < 2) return;
    give(sink, view, CIPHER_SUITES_LEN, pos, 2);
    const suitesEnd = skipVector(view, pos, end, 2);
    for (let i = pos + 2; suitesEnd - i >= 2; i += 2) give(sink, view, CIPHER_SUITE, i, 2);
    pos = skipVector(view, suitesEnd, end, 1);
  }
  if (end - pos < 2) return;
  const blockEnd = Math.min(pos + 2 + view.getUint16(pos), end);
  for (pos += 2; blockEnd - pos >= 4; ) {
    const dataAt = pos + 4;
    const dataEnd = dataAt + view.getUint16(pos + 2);
    give(sink, view, EXTENSION_TYPE, pos, 2);
    walkExtension(view, view.getUint16(pos), dataAt, Math.min(dataEnd, blockEnd), isClient, sink);
    pos = dataEnd;
  }
}

function walkExtension(
  view: DataView,
  type: number,
  at: Offset,
  end: Offset,
  isClient: boolean,
  sink: FieldSink,
): void {
  if (type === SERVER_NAME) {
    const name = readServerName(view, at, end);
    if (name !== undefined) sink.field(SERVER_NAME_FIELD, name.text, name.at, name.len);
  } else if (type === ALPN) {
    for (const name of readAlpn(view, at, end)) {
      sink.field(ALPN_FIELD, name.text, name.at, name.len);
    }
  } else if (type === SUPPORTED_VERSIONS) {
    for (let pos = isClient ? at + 1 : at; end - pos >= 2; pos += 2) {
      give(sink, view, SUPPORTED_VERSION, pos, 2);
    }
  }
}

export const tls: Dissector = {
  protocol: TLS,
  name: 'tls',
  reference: 'RFC 8446 sections 4.1, 5.1; RFC 6066 section 3; RFC 7301',
  on: {},
  dissect: dissectTls,
  fields: [
    CONTENT_TYPE,
    VERSION_FIELD,
    LENGTH_FIELD,
    ALERT_LEVEL,
    ALERT_DESCRIPTION,
    HANDSHAKE_TYPE,
    HANDSHAKE_VERSION,
    CIPHER_SUITES_LEN,
    CIPHER_SUITE,
    EXTENSION_TYPE,
    SERVER_NAME_FIELD,
    ALPN_FIELD,
    SUPPORTED_VERSION,
  ],
  walk: walkTls,
};
