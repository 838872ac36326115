/** A DNS message in a frame's line, as tcpdump writes it: `1234+ A? example.com. (29)`. */
import type { Packet } from '../../decode/packet.ts';
import {
  type DnsMessage,
  type DnsQuestion,
  type DnsRecord,
  dnsMessagesOverTcp,
  readDnsMessage,
  showDnsType,
} from '../../decode/protocols/dns.ts';
import { wireEndOf } from '../../decode/protocols/ip.ts';
import type { FrameContext } from './context.ts';

const FLAG_AA = 0x400;
const FLAG_TC = 0x200;
const FLAG_RD = 0x100;
const FLAG_RA = 0x80;
const FLAG_AD = 0x20;
const FLAG_CD = 0x10;
/** Bits that a query has no use for: QR and the opcode aside, AA, TC, RA, Z, AD, rcode. */
const ODD_IN_QUERY = 0x06cf;

const MDNS_PORT = 5353;
const TOP_BIT = 0x8000;

const CLASS_IN = 1;
const TYPE_A = 1;
const TYPE_NS = 2;
const TYPE_CNAME = 5;
const TYPE_SOA = 6;
const TYPE_PTR = 12;
const TYPE_MX = 15;
const TYPE_TXT = 16;
const TYPE_AAAA = 28;
const TYPE_SRV = 33;
const TYPE_DNAME = 39;
const TYPE_OPT = 41;

const OPCODES = [
  '',
  ' inv_q',
  ' stat',
  ' op3',
  ' notify',
  ' update',
  ' op6',
  ' op7',
  ' op8',
  ' updateA',
  ' updateD',
  ' updateDA',
  ' updateM',
  ' updateMA',
  ' zoneInit',
  ' zoneRef',
];

const RCODES = [
  '',
  ' FormErr',
  ' ServFail',
  ' NXDomain',
  ' NotImp',
  ' Refused',
  ' YXDomain',
  ' YXRRSet',
  ' NXRRSet',
  ' NotAuth',
  ' NotZone',
];

const CLASSES: Record<number, string> = { 3: 'CHAOS', 4: 'HS', 254: 'NONE', 255: 'ANY' };

/** DNS layer `row`; over TCP all its messages, one after the other. */
export function showDns(line: FrameContext, packet: Packet, row: number, overTcp: boolean): void {
  const view = packet.view;
  const at = packet.at[row]!;
  const end = packet.end[row]!;
  const multicast = packet.srcPort === MDNS_PORT || packet.dstPort === MDNS_PORT;
  if (!overTcp) {
    showMessage(line, readDnsMessage(view, at, end), wireEndOf(packet, row) - at, multicast);
    return;
  }
  let separator = '';
  for (const message of dnsMessagesOverTcp(view, at, end)) {
    line.out.ascii(separator);
    const len = message.wireEnd - message.at;
    showMessage(line, readDnsMessage(view, message.at, message.end), len, multicast);
    separator = ' ';
  }
}

function showMessage(
  line: FrameContext,
  message: DnsMessage | undefined,
  len: number,
  multicast: boolean,
): void {
  const out = line.out;
  if (message === undefined) {
    out.ascii('[|domain]');
    return;
  }
  const text = message.isReply
    ? replyText(message, line.verbosity, multicast)
    : queryText(message, line.verbosity, multicast);
  out.text(text);
  if (!message.complete) {
    out.ascii(' [|domain]');
    return;
  }
  out.ascii(' (');
  out.uint(Math.max(0, len));
  out.char(41);
}

const recordsOf = (message: DnsMessage, section: DnsRecord['section']): readonly DnsRecord[] =>
  message.records.filter((record) => record.section === section);

const countOf = (message: DnsMessage, section: DnsRecord['section']): number =>
  recordsOf(message, section).length;

function queryText(message: DnsMessage, verbosity: number, multicast: boolean): string {
  const { id, flags, opcode } = message;
  const odd = flags & ODD_IN_QUERY;
  const counts = [
    [countOf(message, 'answer'), 'a', 0],
    [message.questions.length, 'q', 1],
    [countOf(message, 'authority'), 'n', 0],
    [countOf(message, 'additional'), 'au', 0],
  ] as const;
  return [
    id,
    OPCODES[opcode],
    (flags & FLAG_RD) !== 0 ? '+' : '',
    (flags & FLAG_CD) !== 0 ? '%' : '',
    odd === 0 ? '' : ` [b2&3=0x${flags.toString(16)}]`,
    ...counts.map(([count, word, usual]) =>
      count === usual || !message.complete ? '' : ` [${count}${word}]`,
    ),
    ...message.questions.map((question) => ` ${questionText(question, multicast)}`),
    verbosity > 1 ? recordTexts(recordsOf(message, 'answer'), verbosity, multicast) : '',
    otherSections(message, verbosity, multicast),
  ].join('');
}

/** With -vv, authority and additional records, where there are any. */
function otherSections(message: DnsMessage, verbosity: number, multicast: boolean): string {
  if (verbosity < 2) return '';
  const sections = [
    [' ns:', recordsOf(message, 'authority')],
    [' ar:', recordsOf(message, 'additional')],
  ] as const;
  return sections
    .map(([word, found]) =>
      found.length === 0 ? '' : word + recordTexts(found, verbosity, multicast),
    )
    .join('');
}

function replyText(message: DnsMessage, verbosity: number, multicast: boolean): string {
  const { id, flags, opcode, rcode, questions } = message;
  const counts = (['answer', 'authority', 'additional'] as const).map((one) =>
    countOf(message, one),
  );
  const parts = [
    id,
    OPCODES[opcode],
    rcode === 0 ? '' : (RCODES[rcode] ?? ` Resp${rcode}`),
    (flags & FLAG_AA) !== 0 ? '*' : '',
    (flags & FLAG_RA) !== 0 ? '' : '-',
    (flags & FLAG_TC) !== 0 ? '|' : '',
    (flags & FLAG_AD) !== 0 ? '$' : '',
    questions.length === 1 || !message.complete ? '' : ` [${questions.length}q]`,
  ];
  if (verbosity > 1) {
    parts.push(questions.map((question) => ` q: ${questionText(question, multicast)}`).join(','));
  }
  if (message.complete) parts.push(` ${counts.join('/')}`);
  parts.push(recordTexts(recordsOf(message, 'answer'), verbosity, multicast));
  parts.push(otherSections(message, verbosity, multicast));
  return parts.join('');
}

/** In multicast DNS the class's top bit asks for a unicast answer (RFC 6762 section 5.4). */
function questionText(question: DnsQuestion, multicast: boolean): string {
  const asked = multicast ? question.class & ~TOP_BIT : question.class;
  const how = multicast ? ((question.class & TOP_BIT) === 0 ? ' (QM)' : ' (QU)') : '';
  return `${showDnsType(question.type)}${className(asked)}${how}? ${question.name}.`;
}

function recordTexts(records: readonly DnsRecord[], verbosity: number, multicast: boolean): string {
  return records.map((record) => recordText(record, verbosity, multicast)).join(',');
}

function className(number: number): string {
  return number === CLASS_IN ? '' : ` ${CLASSES[number] ?? `(Class ${number})`}`;
}

/** In multicast DNS the class's top bit replaces what was cached (RFC 6762 section 10.2). */
function recordText(record: DnsRecord, verbosity: number, multicast: boolean): string {
  const { name, type, ttl, text } = record;
  const owner = verbosity > 0 ? ` ${name}.` : '';
  const plain = multicast ? record.class & ~TOP_BIT : record.class;
  const flush = multicast && (record.class & TOP_BIT) !== 0 ? ' (Cache flush)' : '';
  const kind = type === TYPE_OPT ? '' : `${className(plain)}${flush}`;
  const life = verbosity > 2 && type !== TYPE_OPT ? ` [${ttl}s]` : '';
  return `${owner}${kind}${life} ${showDnsType(type)}${dataText(record, text, verbosity)}`;
}

function dataText({ type, class: size, ttl }: DnsRecord, text: string, verbosity: number): string {
  switch (type) {
    case TYPE_A:
    case TYPE_AAAA:
    case TYPE_TXT:
      return ` ${text}`;
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_DNAME:
      return ` ${dotted(text)}`;
    case TYPE_MX: {
      const [preference, exchange] = text.split(' ');
      return ` ${dotted(exchange ?? '')} ${preference}`;
    }
    case TYPE_SRV: {
      const [priority, weight, port, target] = text.split(' ');
      return ` ${dotted(target ?? '')}:${port} ${priority} ${weight}`;
    }
    case TYPE_SOA:
      return verbosity > 0 ? ` ${startOfAuthority(text)}` : '';
    case TYPE_OPT:
      return ` UDPsize=${size}${(ttl & 0x8000) !== 0 ? ' DO' : ''}`;
    default:
      return '';
  }
}

const dotted = (name: string): string => (name.endsWith('.') ? name : `${name}.`);

/** The first two words are names: the zone's server and who answers for it. */
function startOfAuthority(text: string): string {
  const [server = '', person = '', ...numbers] = text.split(' ');
  return [dotted(server), dotted(person), ...numbers].join(' ');
}
