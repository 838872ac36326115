/**
 * Domain Name System (RFC 1035 section 4; EDNS: RFC 6891; over TCP: RFC 7766), multicast DNS (RFC 6762)
 * and LLMNR (RFC 4795), which share its messages.
 *
 *     0               1               2               3
 *     +-------------------------------+-------------------------------+
 *     |              ID               |QR|Opcode|AA|TC|RD|RA|Z|AD|CD|RCODE|
 *     +-------------------------------+-------------------------------+
 *     |           questions           |            answers            |
 *     +-------------------------------+-------------------------------+
 *     |           authority           |           additional          |
 *     +-------------------------------+-------------------------------+
 *     | questions: name, type, class; records: name, type, class, TTL, length, data
 *
 * Over TCP each message has its length in two bytes before it, and one layer holds all of a segment's.
 * A compression pointer may only go back: each to before the one it was reached from.
 */
import { showIpv4, showIpv6 } from '../../base/address.ts';
import { DNS, NONE, TCP, UDP } from '../../base/protocol-numbers.ts';
import type { Offset, Protocol } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { guessByBytes, pushApplication, transportRow } from '../payload.ts';
import { give, giveBytes, textAt, textOf } from '../walk.ts';

const FLAGS = 2;
const QUESTIONS = 4;
const ANSWERS = 6;
const AUTHORITY = 8;
const ADDITIONAL = 10;
const HEADER_LEN = 12;
const TCP_LENGTH_LEN = 2;

const QUESTION_LEN_MIN = 5;
const RECORD_LEN_MIN = 11;
/** Labels of a name, and steps through pointers: a name of 255 bytes has no more. */
const LABELS_MAX = 128;
const NAME_LEN_MAX = 255;

const A = 1;
const NS = 2;
const CNAME = 5;
const SOA = 6;
const PTR = 12;
const MX = 15;
const TXT = 16;
const AAAA = 28;
const SRV = 33;
const DNAME = 39;
const OPT = 41;

const OPCODE_UPDATE = 5;
const OPCODE_UNASSIGNED = 3;
const OPCODE_MAX = 6;
/** Of the UDP header that carries a message. */
const UDP_LENGTH = 4;

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [A]: 'A',
  [NS]: 'NS',
  [CNAME]: 'CNAME',
  [SOA]: 'SOA',
  [PTR]: 'PTR',
  13: 'HINFO',
  [MX]: 'MX',
  [TXT]: 'TXT',
  [AAAA]: 'AAAA',
  [SRV]: 'SRV',
  35: 'NAPTR',
  [DNAME]: 'DNAME',
  [OPT]: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  50: 'NSEC3',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
};

const RCODE_NAMES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
  23: 'BADCOOKIE',
};

/** `A`, `AAAA`, …; `TYPE65280` where the number has no name (RFC 3597 section 5). */
export function showDnsType(type: number): string {
  return TYPE_NAMES[type] ?? `TYPE${type}`;
}

/** `NOERROR`, `NXDOMAIN`, …; `RCODE12` where the number has no name. */
export function showDnsRcode(rcode: number): string {
  return RCODE_NAMES[rcode] ?? `RCODE${rcode}`;
}

export function dissectDns(packet: Packet, at: Offset, end: Offset): Protocol {
  const row = transportRow(packet);
  const overTcp = row >= 0 && packet.protocol[row] === TCP;
  if (!overTcp) {
    if (!looksLikeDns(packet.view, at, end, datagramEnd(packet, row, end))) return NONE;
    pushApplication(packet, DNS, at, at + HEADER_LEN, end);
    return NONE;
  }
  const messageAt = at + TCP_LENGTH_LEN;
  const messageEnd = end < messageAt ? end : messageAt + packet.view.getUint16(at);
  if (!looksLikeDns(packet.view, messageAt, end, messageEnd)) {
    return guessByBytes(packet.view, at, end);
  }
  pushApplication(packet, DNS, at, messageAt + HEADER_LEN, end);
  return NONE;
}

/** Where the datagram ends that holds the message: beyond `end` in a first fragment and in a cut capture. */
function datagramEnd(packet: Packet, row: number, end: Offset): Offset {
  if (row < 0 || packet.protocol[row] !== UDP) return end;
  const at = packet.at[row]!;
  const length = packet.view.getUint16(at + UDP_LENGTH);
  return at + length > end ? at + length : end;
}

/**
 * Can the bytes at [at, end) be a DNS message that goes on to `wireEnd`? Its opcode must exist and its
 * counts fit its length: few of the things that others send to port 53 pass.
 */
function looksLikeDns(view: DataView, at: Offset, end: Offset, wireEnd: Offset): boolean {
  if (end - at < HEADER_LEN || wireEnd - at < HEADER_LEN) return false;
  const opcode = (view.getUint8(at + FLAGS) >> 3) & 15;
  if (opcode > OPCODE_MAX || opcode === OPCODE_UNASSIGNED) return false;
  const questions = view.getUint16(at + QUESTIONS);
  const records =
    view.getUint16(at + ANSWERS) + view.getUint16(at + AUTHORITY) + view.getUint16(at + ADDITIONAL);
  const least = HEADER_LEN + questions * QUESTION_LEN_MIN + records * RECORD_LEN_MIN;
  return questions + records === 0 ? wireEnd - at === HEADER_LEN : least <= wireEnd - at;
}

export interface DnsQuestion {
  readonly at: Offset;
  /** Lower or upper case as sent, without the final dot; '' is the root. */
  readonly name: string;
  /** Bytes of the name's text as Wireshark counts them, and its labels. */
  readonly labels: number;
  /** Where its type stands; class follows. */
  readonly typeAt: Offset;
  readonly type: number;
  readonly class: number;
}

export interface DnsRecord {
  readonly at: Offset;
  readonly section: 'answer' | 'authority' | 'additional';
  readonly name: string;
  readonly typeAt: Offset;
  readonly type: number;
  readonly class: number;
  /** Seconds; of OPT the extended flags. */
  readonly ttl: number;
  /** Data: [dataAt, dataEnd). */
  readonly dataAt: Offset;
  readonly dataEnd: Offset;
  /** The data as zone files write it: address, name, strings; RFC 3597's form for types without one. */
  readonly text: string;
}

export interface DnsMessage {
  readonly at: Offset;
  readonly id: number;
  readonly flags: number;
  readonly isReply: boolean;
  readonly opcode: number;
  /** With the upper bits of an OPT record, where there is one. */
  readonly rcode: number;
  readonly questions: readonly DnsQuestion[];
  readonly records: readonly DnsRecord[];
  /** All that the counts promise was there. */
  readonly complete: boolean;
  /** Where the last entry read ends. */
  readonly end: Offset;
}

interface Name {
  readonly text: string;
  readonly labels: number;
  /** First byte after the name where it was written, pointers not followed. */
  readonly end: Offset;
}

/**
 * The message at [at, end), without TCP's length: what is there of it. Undefined when not even the
 * header is. A fault or the end of the bytes ends the list of entries: `complete` is false then.
 */
export function readDnsMessage(view: DataView, at: Offset, end: Offset): DnsMessage | undefined {
  if (end - at < HEADER_LEN) return undefined;
  const flags = view.getUint16(at + FLAGS);
  const questions: DnsQuestion[] = [];
  const records: DnsRecord[] = [];
  const counts = [ANSWERS, AUTHORITY, ADDITIONAL].map((place) => view.getUint16(at + place));
  let pos = at + HEADER_LEN;
  let complete = true;
  for (let i = view.getUint16(at + QUESTIONS); i > 0 && complete; i--) {
    const question = readQuestion(view, at, pos, end);
    if (question === undefined) complete = false;
    else {
      questions.push(question);
      pos = question.typeAt + 4;
    }
  }
  const sections = ['answer', 'authority', 'additional'] as const;
  for (let s = 0; s < 3; s++) {
    for (let i = counts[s]!; i > 0 && complete; i--) {
      const record = readRecord(view, at, pos, end, sections[s]!);
      if (record === undefined) complete = false;
      else {
        records.push(record);
        pos = record.dataEnd;
      }
    }
  }
  const opt = records.find((record) => record.type === OPT);
  const extended = opt === undefined ? 0 : (opt.ttl >>> 24) << 4;
  return {
    at,
    id: view.getUint16(at),
    flags,
    isReply: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    rcode: (flags & 15) | extended,
    questions,
    records,
    complete,
    end: pos,
  };
}

/**
 * Over TCP: bytes of the message whose length stands at `at`, that length included; 0 = more bytes must
 * come to tell, -1 = it is none.
 */
export function dnsLengthAt(view: DataView, at: Offset, end: Offset): number {
  if (end - at < TCP_LENGTH_LEN) return 0;
  const length = view.getUint16(at);
  if (length < HEADER_LEN) return -1;
  const messageAt = at + TCP_LENGTH_LEN;
  if (end - messageAt < HEADER_LEN) return 0;
  return looksLikeDns(view, messageAt, end, messageAt + length) ? TCP_LENGTH_LEN + length : -1;
}

/** [messageAt, messageEnd) of each message at [at, end) of a TCP stream, the last one perhaps unfinished. */
export function* dnsMessagesOverTcp(
  view: DataView,
  at: Offset,
  end: Offset,
): Generator<{ at: Offset; end: Offset; wireEnd: Offset }> {
  let pos = at;
  while (end - pos >= TCP_LENGTH_LEN + HEADER_LEN) {
    const wireEnd = pos + TCP_LENGTH_LEN + view.getUint16(pos);
    const messageEnd = Math.min(wireEnd, end);
    if (wireEnd - pos < TCP_LENGTH_LEN + HEADER_LEN) return;
    yield { at: pos + TCP_LENGTH_LEN, end: messageEnd, wireEnd };
    pos = messageEnd;
  }
}

function readQuestion(
  view: DataView,
  messageAt: Offset,
  at: Offset,
  end: Offset,
): DnsQuestion | undefined {
  const name = readName(view, messageAt, at, end);
  if (name === undefined || end - name.end < 4) return undefined;
  return {
    at,
    name: name.text,
    labels: name.labels,
    typeAt: name.end,
    type: view.getUint16(name.end),
    class: view.getUint16(name.end + 2),
  };
}

function readRecord(
  view: DataView,
  messageAt: Offset,
  at: Offset,
  end: Offset,
  section: DnsRecord['section'],
): DnsRecord | undefined {
  const name = readName(view, messageAt, at, end);
  if (name === undefined || end - name.end < 10) return undefined;
  const typeAt = name.end;
  const type = view.getUint16(typeAt);
  const dataAt = typeAt + 10;
  const dataEnd = dataAt + view.getUint16(typeAt + 8);
  if (dataEnd > end) return undefined;
  return {
    at,
    section,
    name: name.text,
    typeAt,
    type,
    class: view.getUint16(typeAt + 2),
    ttl: view.getUint32(typeAt + 4),
    dataAt,
    dataEnd,
    text: showData(view, messageAt, type, dataAt, dataEnd),
  };
}

/** The name at `at`, pointers followed back within [messageAt, end); undefined when it is none. */
function readName(view: DataView, messageAt: Offset, at: Offset, end: Offset): Name | undefined {
  const codes: number[] = [];
  let labels = 0;
  let nameLen = 1;
  let pos = at;
  let nameEnd = -1;
  let earliest = at; // a pointer must go to before where this run of labels began
  for (let step = 0; step < LABELS_MAX && pos < end; step++) {
    const len = view.getUint8(pos);
    if (len === 0) return { text: textOf(codes), labels, end: nameEnd < 0 ? pos + 1 : nameEnd };
    if (len >= 0xc0) {
      if (end - pos < 2) return undefined;
      const target = messageAt + (view.getUint16(pos) & 0x3fff);
      if (target >= earliest) return undefined;
      if (nameEnd < 0) nameEnd = pos + 2;
      pos = earliest = target;
      continue;
    }
    nameLen += 1 + len;
    if (len >= 0x40 || nameLen > NAME_LEN_MAX || pos + 1 + len > end) return undefined;
    if (labels++ > 0) codes.push(DOT);
    pushLabel(codes, view, pos + 1, len);
    pos += 1 + len;
  }
  return undefined;
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

/**
 * A label as zone files write it: dots and backslashes escaped, what cannot be shown as \DDD (RFC 4343
 * section 2.1). Spaces and UTF-8 stay: multicast DNS names services for people (RFC 6763 section 4.1.1).
 */
function pushLabel(codes: number[], view: DataView, at: Offset, len: number): void {
  const labelAt = codes.length;
  let isWide = false;
  for (let i = at; i < at + len; i++) {
    const byte = view.getUint8(i);
    if (byte === DOT || byte === BACKSLASH) codes.push(BACKSLASH);
    if (byte >= 0x20 && byte < 0x7f) codes.push(byte);
    else {
      codes.push(BACKSLASH, 0x30 + Math.floor(byte / 100));
      codes.push(0x30 + (Math.floor(byte / 10) % 10), 0x30 + (byte % 10));
      if (byte >= 0x80) isWide = true;
    }
  }
  if (!isWide) return;
  const utf8 = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, len));
  if (/[\ufffd\p{Cc}\p{Cf}.\\]/u.test(utf8)) return;
  codes.length = labelAt;
  for (let i = 0; i < utf8.length; i++) codes.push(utf8.charCodeAt(i));
}

function showData(
  view: DataView,
  messageAt: Offset,
  type: number,
  at: Offset,
  end: Offset,
): string {
  const name = (nameAt: Offset) => {
    const found = readName(view, messageAt, nameAt, end)?.text;
    return found === '' ? '.' : found;
  };
  let text: string | undefined;
  switch (type) {
    case A:
      text = end - at === 4 ? showIpv4(view.getInt32(at)) : undefined;
      break;
    case AAAA:
      text = end - at === 16 ? showIpv6(view, at) : undefined;
      break;
    case NS:
    case CNAME:
    case PTR:
    case DNAME:
      text = name(at);
      break;
    case MX:
      text = end - at > 2 ? prefixed(String(view.getUint16(at)), name(at + 2)) : undefined;
      break;
    case SRV:
      if (end - at > 6) {
        const numbers = [at, at + 2, at + 4].map((place) => view.getUint16(place));
        text = prefixed(numbers.join(' '), name(at + 6));
      }
      break;
    case SOA:
      text = showSoa(view, messageAt, at, end);
      break;
    case TXT:
      text = characterStrings(view, at, end)
        .map((string) => string.text)
        .join('');
      break;
  }
  return text ?? showUnknown(view, at, end);
}

function showSoa(view: DataView, messageAt: Offset, at: Offset, end: Offset): string | undefined {
  const soa = readSoa(view, messageAt, at, end);
  if (soa === undefined) return undefined;
  const names = [soa.mname, soa.rname].map(({ text }) => (text === '' ? '.' : text));
  const numbers = [0, 4, 8, 12, 16].map((place) => view.getUint32(soa.numbersAt + place));
  return [...names, ...numbers].join(' ');
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${prefix} ${text}`;
}

/** Data of a type without a text form, as RFC 3597 section 5 writes it. */
function showUnknown(view: DataView, at: Offset, end: Offset): string {
  let text = `\\# ${end - at}`;
  for (let i = at; i < end; i++) {
    text += (i === at ? ' ' : '') + view.getUint8(i).toString(16).padStart(2, '0');
  }
  return text;
}

interface CharacterString {
  readonly at: Offset;
  readonly len: number;
  readonly text: string;
}

/** The strings of a TXT record, each a length byte and its characters. */
function characterStrings(view: DataView, at: Offset, end: Offset): CharacterString[] {
  const strings: CharacterString[] = [];
  for (let pos = at; pos < end; ) {
    const len = view.getUint8(pos);
    if (pos + 1 + len > end) break;
    strings.push({ at: pos, len, text: textAt(view, pos + 1, len) });
    pos += 1 + len;
  }
  return strings;
}

function readSoa(
  view: DataView,
  messageAt: Offset,
  at: Offset,
  end: Offset,
): { mname: Name; rname: Name; numbersAt: Offset } | undefined {
  const mname = readName(view, messageAt, at, end);
  const rname = mname && readName(view, messageAt, mname.end, end);
  if (rname === undefined || mname === undefined || end - rname.end < 20) return undefined;
  return { mname, rname, numbersAt: rname.end };
}

const LENGTH_FIELD = found('dns.length', 'Length', 'uint');
const ID_FIELD = found('dns.id', 'Transaction ID', 'hex');
const FLAGS_FIELD = found('dns.flags', 'Flags', 'hex');
const RESPONSE_FIELD = found('dns.flags.response', 'Response', 'boolean', 0x8000);
const OPCODE_FIELD = found('dns.flags.opcode', 'Opcode', 'uint', 0x7800);
const AUTHORITATIVE_FIELD = found('dns.flags.authoritative', 'Authoritative', 'boolean', 0x0400);
const TRUNCATED_FIELD = found('dns.flags.truncated', 'Truncated', 'boolean', 0x0200);
const RECURSION_DESIRED_FIELD = found(
  'dns.flags.recdesired',
  'Recursion desired',
  'boolean',
  0x0100,
);
const RECURSION_AVAILABLE_FIELD = found(
  'dns.flags.recavail',
  'Recursion available',
  'boolean',
  0x0080,
);
const RCODE_FIELD = found('dns.flags.rcode', 'Reply code', 'uint', 0x000f);
const QUESTIONS_FIELD = found('dns.count.queries', 'Questions', 'uint');
const ANSWERS_FIELD = found('dns.count.answers', 'Answers', 'uint');
const AUTHORITY_FIELD = found('dns.count.auth_rr', 'Authority records', 'uint');
const ADDITIONAL_FIELD = found('dns.count.add_rr', 'Additional records', 'uint');
const QUERY_NAME = found('dns.qry.name', 'Name', 'text');
const QUERY_TYPE = found('dns.qry.type', 'Type', 'uint');
const QUERY_CLASS = found('dns.qry.class', 'Class', 'hex');
const RECORD_NAME = found('dns.resp.name', 'Name', 'text');
const RECORD_TYPE = found('dns.resp.type', 'Type', 'uint');
const RECORD_CLASS = found('dns.resp.class', 'Class', 'hex');
const RECORD_TTL = found('dns.resp.ttl', 'Time to live', 'uint');
const RECORD_LEN = found('dns.resp.len', 'Data length', 'uint');
const A_FIELD = found('dns.a', 'Address', 'ipv4');
const AAAA_FIELD = found('dns.aaaa', 'IPv6 address', 'ipv6');
const CNAME_FIELD = found('dns.cname', 'Canonical name', 'text');
const NS_FIELD = found('dns.ns', 'Name server', 'text');
const PTR_FIELD = found('dns.ptr.domain_name', 'Domain name', 'text');
const MX_PREFERENCE = found('dns.mx.preference', 'Preference', 'uint');
const MX_EXCHANGE = found('dns.mx.mail_exchange', 'Mail exchange', 'text');
const SOA_MNAME = found('dns.soa.mname', 'Primary name server', 'text');
const SOA_RNAME = found('dns.soa.rname', "Responsible authority's mailbox", 'text');
const SOA_SERIAL = found('dns.soa.serial_number', 'Serial number', 'uint');
const SOA_REFRESH = found('dns.soa.refresh_interval', 'Refresh interval', 'uint');
const SOA_RETRY = found('dns.soa.retry_interval', 'Retry interval', 'uint');
const SOA_EXPIRE = found('dns.soa.expire_limit', 'Expire limit', 'uint');
const SOA_MINIMUM = found('dns.soa.minimum_ttl', 'Minimum TTL', 'uint');
const SRV_PRIORITY = found('dns.srv.priority', 'Priority', 'uint');
const SRV_WEIGHT = found('dns.srv.weight', 'Weight', 'uint');
const SRV_PORT = found('dns.srv.port', 'Port', 'uint');
const SRV_TARGET = found('dns.srv.target', 'Target', 'text');
const TXT_LENGTH = found('dns.txt.length', 'TXT length', 'uint');
const TXT_FIELD = found('dns.txt', 'TXT', 'text');
const OPT_PAYLOAD_SIZE = found('dns.rr.udp_payload_size', 'UDP payload size', 'uint');
/** Multicast DNS: the upper bit of the class is another field, and Wireshark shows the size in hex. */
const MDNS_QUERY_CLASS = found('dns.qry.class', 'Class', 'hex', 0x7fff);
const MDNS_QUERY_UNICAST = found('dns.qry.qu', 'Unicast answer wanted', 'boolean', 0x8000);
const MDNS_RECORD_CLASS = found('dns.resp.class', 'Class', 'hex', 0x7fff);
const MDNS_RECORD_FLUSH = found('dns.resp.cache_flush', 'Cache flush', 'boolean', 0x8000);
const MDNS_PAYLOAD_SIZE = found('dns.rr.udp_payload_size', 'UDP payload size', 'hex', 0x7fff);
const LLMNR_CONFLICT = found('dns.flags.conflict', 'Conflict', 'boolean', 0x0400);
const LLMNR_TENTATIVE = found('dns.flags.tentative', 'Tentative', 'boolean', 0x0100);
/** The name of a SRV record is a service, its protocol, and the domain. */
const SRV_SERVICE = found('dns.srv.service', 'Service', 'text');
const SRV_PROTOCOL = found('dns.srv.proto', 'Protocol', 'text');
const SRV_NAME = found('dns.srv.name', 'Name', 'text');
const OPT_RCODE = found('dns.resp.ext_rcode', 'Higher bits of reply code', 'hex');
const OPT_VERSION = found('dns.resp.edns0_version', 'EDNS version', 'uint');
const OPT_DO = found('dns.resp.z.do', 'DNSSEC OK', 'boolean', 0x8000);
const OPT_CODE = found('dns.opt.code', 'Option', 'uint');
const OPT_LEN = found('dns.opt.len', 'Option length', 'uint');
const OPT_DATA = found('dns.opt.data', 'Option data', 'bytes');

/** Wireshark writes the root so. */
const ROOT = '<Root>';

/** Which of the protocols that share the message format: by the port. */
type Flavour = 'dns' | 'mdns' | 'llmnr';
const DNS_PORT = 53;
const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;

function walkDns(packet: Packet, row: number, sink: FieldSink): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const flavour = flavourOf(packet, row);
  if (packet.payloadAt[row]! - at === HEADER_LEN) {
    walkMessage(view, at, end, flavour, sink);
    return;
  }
  for (const message of dnsMessagesOverTcp(view, at, end)) {
    give(sink, view, LENGTH_FIELD, message.at - TCP_LENGTH_LEN, 2);
    walkMessage(view, message.at, message.end, flavour, sink);
  }
}

function flavourOf(packet: Packet, row: number): Flavour {
  for (let i = row - 1; i >= 0; i--) {
    if (packet.protocol[i] !== TCP && packet.protocol[i] !== UDP) continue;
    const src = packet.view.getUint16(packet.at[i]!);
    const dst = packet.view.getUint16(packet.at[i]! + 2);
    if (src === DNS_PORT || dst === DNS_PORT) return 'dns';
    if (src === MDNS_PORT || dst === MDNS_PORT) return 'mdns';
    return src === LLMNR_PORT || dst === LLMNR_PORT ? 'llmnr' : 'dns';
  }
  return 'dns';
}

function walkMessage(
  view: DataView,
  at: Offset,
  end: Offset,
  flavour: Flavour,
  sink: FieldSink,
): void {
  const message = readDnsMessage(view, at, end);
  if (message === undefined) return;
  give(sink, view, ID_FIELD, at, 2);
  for (const field of flagFields(flavour, message.isReply)) give(sink, view, field, at + FLAGS, 2);
  if (message.opcode !== OPCODE_UPDATE) {
    give(sink, view, QUESTIONS_FIELD, at + QUESTIONS, 2);
    give(sink, view, ANSWERS_FIELD, at + ANSWERS, 2);
    give(sink, view, AUTHORITY_FIELD, at + AUTHORITY, 2);
  }
  give(sink, view, ADDITIONAL_FIELD, at + ADDITIONAL, 2);
  for (const question of message.questions) {
    sink.open('Question', question.at, question.typeAt + 4 - question.at);
    giveText(sink, QUERY_NAME, question.name || ROOT, question.at, question.typeAt);
    give(sink, view, QUERY_TYPE, question.typeAt, 2);
    if (flavour === 'mdns') {
      give(sink, view, MDNS_QUERY_CLASS, question.typeAt + 2, 2);
      give(sink, view, MDNS_QUERY_UNICAST, question.typeAt + 2, 2);
    } else give(sink, view, QUERY_CLASS, question.typeAt + 2, 2);
    sink.close();
  }
  for (const record of message.records) {
    sink.open(record.section, record.at, record.dataEnd - record.at);
    walkRecord(view, at, record, flavour, sink);
    sink.close();
  }
}

function flagFields(flavour: Flavour, isReply: boolean): Field[] {
  if (flavour === 'llmnr') {
    const fields = [FLAGS_FIELD, RESPONSE_FIELD, OPCODE_FIELD, LLMNR_CONFLICT, TRUNCATED_FIELD];
    return isReply ? [...fields, LLMNR_TENTATIVE, RCODE_FIELD] : [...fields, LLMNR_TENTATIVE];
  }
  if (!isReply) {
    return [FLAGS_FIELD, RESPONSE_FIELD, OPCODE_FIELD, TRUNCATED_FIELD, RECURSION_DESIRED_FIELD];
  }
  return [
    FLAGS_FIELD,
    RESPONSE_FIELD,
    OPCODE_FIELD,
    AUTHORITATIVE_FIELD,
    TRUNCATED_FIELD,
    RECURSION_DESIRED_FIELD,
    RECURSION_AVAILABLE_FIELD,
    RCODE_FIELD,
  ];
}

function walkRecord(
  view: DataView,
  messageAt: Offset,
  record: DnsRecord,
  flavour: Flavour,
  sink: FieldSink,
): void {
  const { at, typeAt } = record;
  if (record.type === SRV) walkSrvName(record, sink);
  else giveText(sink, RECORD_NAME, record.name || ROOT, at, typeAt);
  give(sink, view, RECORD_TYPE, typeAt, 2);
  if (record.type === OPT) {
    if (flavour === 'mdns') give(sink, view, MDNS_RECORD_FLUSH, typeAt + 2, 2);
    walkOpt(view, record, flavour === 'mdns' ? MDNS_PAYLOAD_SIZE : OPT_PAYLOAD_SIZE, sink);
    return;
  }
  if (flavour === 'mdns') {
    give(sink, view, MDNS_RECORD_CLASS, typeAt + 2, 2);
    give(sink, view, MDNS_RECORD_FLUSH, typeAt + 2, 2);
  } else give(sink, view, RECORD_CLASS, typeAt + 2, 2);
  give(sink, view, RECORD_TTL, typeAt + 4, 4);
  give(sink, view, RECORD_LEN, typeAt + 8, 2);
  walkData(view, messageAt, record, sink);
}

function walkSrvName(record: DnsRecord, sink: FieldSink): void {
  const [service, protocol, ...domain] = record.name.split('.');
  const { at, typeAt } = record;
  if (service !== undefined) giveText(sink, SRV_SERVICE, service, at, typeAt);
  if (protocol !== undefined) giveText(sink, SRV_PROTOCOL, protocol, at, typeAt);
  if (domain.length > 0) giveText(sink, SRV_NAME, domain.join('.'), at, typeAt);
}

function giveText(sink: FieldSink, field: Field, text: string, at: Offset, end: Offset): void {
  sink.field(field, text, at, end - at);
}

function walkOpt(view: DataView, record: DnsRecord, size: Field, sink: FieldSink): void {
  const at = record.typeAt;
  give(sink, view, size, at + 2, 2);
  give(sink, view, OPT_RCODE, at + 4, 1);
  give(sink, view, OPT_VERSION, at + 5, 1);
  give(sink, view, OPT_DO, at + 6, 2);
  give(sink, view, RECORD_LEN, at + 8, 2);
  for (let pos = record.dataAt; record.dataEnd - pos >= 4; ) {
    const len = view.getUint16(pos + 2);
    give(sink, view, OPT_CODE, pos, 2);
    give(sink, view, OPT_LEN, pos + 2, 2);
    if (len > record.dataEnd - pos - 4) return;
    if (len > 0) giveBytes(sink, OPT_DATA, pos + 4, len);
    pos += 4 + len;
  }
}

function walkData(view: DataView, messageAt: Offset, record: DnsRecord, sink: FieldSink): void {
  const { dataAt: at, dataEnd: end } = record;
  const nameAt = (field: Field, place: Offset) => {
    const name = readName(view, messageAt, place, end);
    if (name !== undefined) giveText(sink, field, name.text || ROOT, place, name.end);
  };
  switch (record.type) {
    case A:
      if (end - at >= 4) giveBytes(sink, A_FIELD, at, 4);
      break;
    case AAAA:
      if (end - at >= 16) giveBytes(sink, AAAA_FIELD, at, 16);
      break;
    case CNAME:
      nameAt(CNAME_FIELD, at);
      break;
    case NS:
      nameAt(NS_FIELD, at);
      break;
    case PTR:
      nameAt(PTR_FIELD, at);
      break;
    case MX:
      if (end - at < 2) break;
      give(sink, view, MX_PREFERENCE, at, 2);
      nameAt(MX_EXCHANGE, at + 2);
      break;
    case SRV:
      if (end - at < 6) break;
      give(sink, view, SRV_PRIORITY, at, 2);
      give(sink, view, SRV_WEIGHT, at + 2, 2);
      give(sink, view, SRV_PORT, at + 4, 2);
      nameAt(SRV_TARGET, at + 6);
      break;
    case SOA:
      walkSoa(view, messageAt, at, end, sink);
      break;
    case TXT:
      for (const string of characterStrings(view, at, end)) {
        give(sink, view, TXT_LENGTH, string.at, 1);
        if (string.len === 0) continue;
        giveText(sink, TXT_FIELD, string.text, string.at + 1, string.at + 1 + string.len);
      }
      break;
  }
}

function walkSoa(
  view: DataView,
  messageAt: Offset,
  at: Offset,
  end: Offset,
  sink: FieldSink,
): void {
  const soa = readSoa(view, messageAt, at, end);
  if (soa === undefined) return;
  giveText(sink, SOA_MNAME, soa.mname.text || ROOT, at, soa.mname.end);
  giveText(sink, SOA_RNAME, soa.rname.text || ROOT, soa.mname.end, soa.rname.end);
  const fields = [SOA_SERIAL, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, SOA_MINIMUM];
  for (let i = 0; i < 5; i++) give(sink, view, fields[i]!, soa.numbersAt + 4 * i, 4);
}

export const dns: Dissector = {
  protocol: DNS,
  name: 'dns',
  reference: 'RFC 1035 section 4, RFC 6891, RFC 7766',
  on: {
    udpPort: [DNS_PORT, MDNS_PORT, LLMNR_PORT],
    tcpPort: [DNS_PORT, MDNS_PORT, LLMNR_PORT],
  },
  dissect: dissectDns,
  fields: [
    LENGTH_FIELD,
    ID_FIELD,
    FLAGS_FIELD,
    RESPONSE_FIELD,
    OPCODE_FIELD,
    AUTHORITATIVE_FIELD,
    TRUNCATED_FIELD,
    RECURSION_DESIRED_FIELD,
    RECURSION_AVAILABLE_FIELD,
    RCODE_FIELD,
    QUESTIONS_FIELD,
    ANSWERS_FIELD,
    AUTHORITY_FIELD,
    ADDITIONAL_FIELD,
    QUERY_NAME,
    QUERY_TYPE,
    QUERY_CLASS,
    RECORD_NAME,
    RECORD_TYPE,
    RECORD_CLASS,
    RECORD_TTL,
    RECORD_LEN,
    A_FIELD,
    AAAA_FIELD,
    CNAME_FIELD,
    NS_FIELD,
    PTR_FIELD,
    MX_PREFERENCE,
    MX_EXCHANGE,
    SOA_MNAME,
    SOA_RNAME,
    SOA_SERIAL,
    SOA_REFRESH,
    SOA_RETRY,
    SOA_EXPIRE,
    SOA_MINIMUM,
    MDNS_QUERY_UNICAST,
    MDNS_RECORD_FLUSH,
    LLMNR_CONFLICT,
    LLMNR_TENTATIVE,
    SRV_SERVICE,
    SRV_PROTOCOL,
    SRV_NAME,
    SRV_PRIORITY,
    SRV_WEIGHT,
    SRV_PORT,
    SRV_TARGET,
    TXT_LENGTH,
    TXT_FIELD,
    OPT_PAYLOAD_SIZE,
    OPT_RCODE,
    OPT_VERSION,
    OPT_DO,
    OPT_CODE,
    OPT_LEN,
    OPT_DATA,
  ],
  walk: walkDns,
};
