/**
 * A conversation as JSON, straight to bytes: what `JSON.stringify` would write, in half of the time,
 * which counts where there are a million. What few conversations have is left to `JSON.stringify`.
 */
import type {
  BothWays,
  ConversationRecord,
  EncapsulationRecord,
  EndRecord,
  EvidenceRecord,
  HopRecord,
  TcpRecord,
} from '../classify/record.ts';
import { english } from '../words/say.ts';
import type { Sentence } from '../words/sentence.ts';
import { Phrase } from './phrase.ts';
import type { TextBuffer } from './text-buffer.ts';

const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const CLOSE = 125;

/** `{"name":` */
function first(name: string): Phrase {
  return new Phrase(`{"${name}":`);
}

/** `,"name":` */
function next(name: string): Phrase {
  return new Phrase(`,"${name}":`);
}

const SCHEMA = first('schema');
const LIFECYCLE = next('lifecycle');
const SOURCE = next('source');
const ID = next('id');
const LABEL = next('label');
const CONFIDENCE = next('confidence');
const DIRECTION = next('direction');
const PROTOCOL = next('protocol');
const CLIENT = next('client');
const SERVER = next('server');
const SERVICE = next('service');
const ENCAPSULATION = next('encapsulation');
const TRANSLATIONS = next('translations');
const PROXY_PROTOCOL = next('proxyProtocol');
const HOPS = next('hops');
const PACKETS = next('packets');
const BYTES = next('bytes');
const PAYLOAD_BYTES = next('payloadBytes');
const RELATED = next('related');
const START = next('start');
const END = next('end');
const TCP = next('tcp');
const APPLICATION = next('application');
const TROUBLES = next('troubles');
const EVIDENCE = next('evidence');
const UNSEEN = next('unseen');

/** The record and a newline; bytes from the network are escaped as `TextBuffer.json` escapes them. */
export function addRecord(text: TextBuffer, record: ConversationRecord): void {
  string(text, SCHEMA, record.schema);
  if (record.lifecycle !== undefined) string(text, LIFECYCLE, record.lifecycle);
  if (record.source !== undefined) string(text, SOURCE, record.source);
  number(text, ID, record.id);
  string(text, LABEL, record.label);
  string(text, CONFIDENCE, record.confidence);
  string(text, DIRECTION, record.direction);
  string(text, PROTOCOL, record.protocol);
  addEnd(text, CLIENT, record.client);
  addEnd(text, SERVER, record.server);
  seldom(text, SERVICE, record.service);
  addEncapsulations(text, record.encapsulation);
  seldom(text, TRANSLATIONS, record.translations);
  seldom(text, PROXY_PROTOCOL, record.proxyProtocol);
  addHops(text, record.hops);
  addBothWays(text, PACKETS, record.packets);
  addBothWays(text, BYTES, record.bytes);
  addBothWays(text, PAYLOAD_BYTES, record.payloadBytes);
  seldom(text, RELATED, record.related);
  string(text, START, record.start);
  string(text, END, record.end);
  addTcp(text, record.tcp);
  seldom(text, APPLICATION, record.application);
  addEvidence(text, TROUBLES, record.troubles);
  addEvidence(text, EVIDENCE, record.evidence);
  addUnseen(text, record.unseen);
  text.char(CLOSE);
  text.newline();
}

const IP = first('ip');
const PORT = next('port');
const KIND = next('kind');
const NAMESPACE = next('namespace');
const NAME = next('name');
const NODE = next('node');

function addEnd(text: TextBuffer, key: Phrase, end: EndRecord): void {
  text.phrase(key);
  string(text, IP, end.ip);
  number(text, PORT, end.port);
  string(text, KIND, end.kind);
  string(text, NAMESPACE, end.namespace);
  string(text, NAME, end.name);
  string(text, NODE, end.node);
  text.char(CLOSE);
}

const TYPE = first('type');
const OUTER = next('outer');
const SRC = first('src');
const DST = next('dst');

function addEncapsulations(text: TextBuffer, list: readonly EncapsulationRecord[]): void {
  text.phrase(ENCAPSULATION);
  text.char(OPEN_LIST);
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text.char(COMMA);
    addEncapsulation(text, list[i]!);
  }
  text.char(CLOSE_LIST);
}

function addEncapsulation(text: TextBuffer, one: EncapsulationRecord): void {
  string(text, TYPE, one.type);
  text.phrase(OUTER);
  string(text, SRC, one.outer.src);
  string(text, DST, one.outer.dst);
  text.char(CLOSE);
  number(text, ID, one.id);
  text.char(CLOSE);
}

const HOP_NODE = first('node');
const INTERFACE = next('interface');
const FILE = next('file');
const TUPLE = next('tuple');
const SPORT = next('sport');
const DPORT = next('dport');
const FRAME = next('frame');
const TTL = next('ttl');
const FIRST = next('first');
const LAST = next('last');
const OFFSET_US = next('offsetUs');

function addHops(text: TextBuffer, hops: readonly HopRecord[]): void {
  text.phrase(HOPS);
  text.char(OPEN_LIST);
  for (let i = 0; i < hops.length; i++) {
    if (i > 0) text.char(COMMA);
    addHop(text, hops[i]!);
  }
  text.char(CLOSE_LIST);
}

function addHop(text: TextBuffer, hop: HopRecord): void {
  const { tuple } = hop;
  string(text, HOP_NODE, hop.node);
  string(text, INTERFACE, hop.interface);
  string(text, FILE, hop.file);
  string(text, DIRECTION, hop.direction);
  text.phrase(TUPLE);
  string(text, SRC, tuple.src);
  number(text, SPORT, tuple.sport);
  string(text, DST, tuple.dst);
  number(text, DPORT, tuple.dport);
  string(text, PROTOCOL, tuple.protocol);
  text.char(CLOSE);
  text.phrase(ENCAPSULATION);
  if (hop.encapsulation === null) text.phrase(NULL);
  else addEncapsulation(text, hop.encapsulation);
  number(text, PACKETS, hop.packets);
  number(text, BYTES, hop.bytes);
  number(text, FRAME, hop.frame);
  number(text, TTL, hop.ttl);
  string(text, FIRST, hop.first);
  string(text, LAST, hop.last);
  number(text, OFFSET_US, hop.offsetUs);
  text.char(CLOSE);
}

const TO_SERVER = first('toServer');
const TO_CLIENT = next('toClient');

function addBothWays(text: TextBuffer, key: Phrase, { toServer, toClient }: BothWays): void {
  text.phrase(key);
  number(text, TO_SERVER, toServer);
  number(text, TO_CLIENT, toClient);
  text.char(CLOSE);
}

const STATE = first('state');
const HANDSHAKE_RTT_US = next('handshakeRttUs');
const RETRANSMISSIONS = next('retransmissions');
const RESETS = next('resets');

function addTcp(text: TextBuffer, tcp: TcpRecord | null): void {
  text.phrase(TCP);
  if (tcp === null) {
    text.phrase(NULL);
    return;
  }
  string(text, STATE, tcp.state);
  number(text, HANDSHAKE_RTT_US, tcp.handshakeRttUs);
  number(text, RETRANSMISSIONS, tcp.retransmissions);
  number(text, RESETS, tcp.resets);
  text.char(CLOSE);
}

const RULE = first('rule');
const TEXT = next('text');

function addEvidence(text: TextBuffer, key: Phrase, list: readonly EvidenceRecord[]): void {
  text.phrase(key);
  text.char(OPEN_LIST);
  for (let i = 0; i < list.length; i++) {
    const one = list[i]!;
    if (i > 0) text.char(COMMA);
    string(text, RULE, one.rule);
    string(text, CONFIDENCE, one.confidence);
    string(text, TEXT, english(one.sentence));
    text.char(CLOSE);
  }
  text.char(CLOSE_LIST);
}

function addUnseen(text: TextBuffer, list: readonly Sentence[]): void {
  text.phrase(UNSEEN);
  text.char(OPEN_LIST);
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text.char(COMMA);
    text.jsonString(english(list[i]!));
  }
  text.char(CLOSE_LIST);
}

const NULL = new Phrase('null');
const EMPTY_LIST = new Phrase('[]');

function string(text: TextBuffer, key: Phrase, value: string | null): void {
  text.phrase(key);
  if (value === null) text.phrase(NULL);
  else text.jsonString(value);
}

function number(text: TextBuffer, key: Phrase, value: number | null): void {
  text.phrase(key);
  if (value === null) text.phrase(NULL);
  else if (Number.isSafeInteger(value) && value >= 0) text.uint(value);
  else text.jsonValue(value);
}

/** What most conversations have none of. */
function seldom(text: TextBuffer, key: Phrase, value: object | null): void {
  text.phrase(key);
  if (value === null) text.phrase(NULL);
  else if (Array.isArray(value) && value.length === 0) text.phrase(EMPTY_LIST);
  else text.jsonValue(value);
}
