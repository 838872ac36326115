/** The fields of DNS, multicast DNS and LLMNR messages under Wireshark’s names, and where they stand. */
import { DNS, TCP, UDP } from '../../base/protocol-numbers.ts';
import type { Offset } from '../../base/units.ts';
import { type Dissector, type Field, type FieldSink, found } from '../dissector.ts';
import type { Packet } from '../packet.ts';
import { give, giveBytes } from '../walk.ts';
import {
  A,
  AAAA,
  ADDITIONAL,
  ANSWERS,
  AUTHORITY,
  CNAME,
  characterStrings,
  type DnsRecord,
  dissectDns,
  dnsMessagesOverTcp,
  FLAGS,
  HEADER_LEN,
  MX,
  NS,
  OPT,
  PTR,
  QUESTIONS,
  readDnsMessage,
  readName,
  readSoa,
  SOA,
  SRV,
  TCP_LENGTH_LEN,
  TXT,
} from './dns.ts';

const OPCODE_UPDATE = 5;

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
