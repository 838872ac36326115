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
import type { Packet } from '../packet.ts';
import { guessByBytes, pushApplication, transportRow } from '../payload.ts';
import { textAt, textOf } from '../walk.ts';

export const FLAGS = 2;
export const QUESTIONS = 4;
export const ANSWERS = 6;
export const AUTHORITY = 8;
export const ADDITIONAL = 10;
export const HEADER_LEN = 12;
export const TCP_LENGTH_LEN = 2;

const QUESTION_LEN_MIN = 5;
const RECORD_LEN_MIN = 11;
/** Labels of a name, and steps through pointers: a name of 255 bytes has no more. */
const LABELS_MAX = 128;
const NAME_LEN_MAX = 255;

export const A = 1;
export const NS = 2;
export const CNAME = 5;
export const SOA = 6;
export const PTR = 12;
export const MX = 15;
export const TXT = 16;
export const AAAA = 28;
export const SRV = 33;
const DNAME = 39;
export const OPT = 41;

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
  if (end - at < HEADER_LEN) return false;
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
export function readName(
  view: DataView,
  messageAt: Offset,
  at: Offset,
  end: Offset,
): Name | undefined {
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
export function characterStrings(view: DataView, at: Offset, end: Offset): CharacterString[] {
  const strings: CharacterString[] = [];
  for (let pos = at; pos < end; ) {
    const len = view.getUint8(pos);
    if (pos + 1 + len > end) break;
    strings.push({ at: pos, len, text: textAt(view, pos + 1, len) });
    pos += 1 + len;
  }
  return strings;
}

export function readSoa(
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
