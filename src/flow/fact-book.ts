/**
 * What all flows said, and what that teaches of the network: bytes go in, facts are kept. Which bytes, and
 * when, is told by application.ts.
 */
import { BGP, DNS } from '../base/protocol-numbers.ts';
import type { FlowIndex, Nanoseconds, Offset } from '../base/units.ts';
import { byTcpPort } from '../decode/next.ts';
import type { Packet } from '../decode/packet.ts';
import {
  agreedAddPath,
  BGP_HEADER_LEN,
  bgpLengthAt,
  readBgpOpen,
  readBgpUpdate,
} from '../decode/protocols/bgp.ts';
import {
  type DnsMessage,
  dnsLengthAt,
  readDnsMessage,
  showDnsRcode,
  showDnsType,
} from '../decode/protocols/dns.ts';
import {
  HTTP_INITIALS,
  type HttpHead,
  isHttpPrefix,
  readHttpHead,
} from '../decode/protocols/http.ts';
import { isHttp2Prefix, readHttp2Start } from '../decode/protocols/http2.ts';
import { isProxyPrefix, type ProxyHeader, readProxyHeader } from '../decode/protocols/proxy.ts';
import {
  isTlsPrefix,
  readClientHello,
  readServerHello,
  showTlsVersion,
  startsTls,
} from '../decode/protocols/tls.ts';
import {
  type ApplicationFact,
  answersOf,
  bounded,
  emptyFact,
  proxyFactOf,
} from './application-fact.ts';
import { type DnsReading, DnsReadings } from './dns-readings.ts';
import { BgpRoutes, type DnsAnswer, DnsAnswers } from './learned.ts';

/** Flows that may have an entry. */
export const FACTS_MAX = 200_000;
/** Different answers and routes remembered over the whole run. */
export const ANSWERS_MAX = 100_000;
export const ROUTES_MAX = 100_000;

/** Kept of one flow: stacked headers, names and answers, prefixes. */
const STACKED_MAX = 8;
const TEXTS_OF_FLOW_MAX = 32;
const PREFIXES_OF_FLOW_MAX = 1024;
/** Different texts that are shared between flows. */
const TEXTS_MAX = 50_000;

const DNS_HEADER_LEN = 12;
const BGP_PORT = 179;

/** What a look at the start of a direction came to. */
export const NOTHING = 0;
/** More bytes must come to tell. */
export const MORE = 1;
export const LEARNED = 2;
/** Messages start at `followFrom`: the direction is to be followed. */
export const FOLLOW_BGP = 3;
export const FOLLOW_DNS = 4;
/** All that came so far was read to its end; more of it may follow. */
export const MORE_MAY_COME = 5;

/**
 * 1 by the first byte of what may be known: HTTP/1, a PROXY header of either version, the preface and the SETTINGS
 * frame of HTTP/2, TLS records, a BGP marker.
 */
const MAY_START = new Uint8Array(256);
for (const byte of [...HTTP_INITIALS, 0x0d, 0x50, 0x00, 0x14, 0x15, 0x16, 0x17, 0xff]) {
  MAY_START[byte] = 1;
}

/** Whether the packet's payload, of which this is the first byte, cannot be the start of anything known. */
export function saysNothing(packet: Packet, first: number): boolean {
  if (packet.application >= 0 || MAY_START[first] === 1) return false;
  return byTcpPort[packet.dstPort] !== DNS && byTcpPort[packet.srcPort] !== DNS;
}

export class FactBook {
  readonly answers = new DnsAnswers(ANSWERS_MAX);
  readonly routes = new BgpRoutes(ROUTES_MAX);
  readonly facts = new Map<FlowIndex, ApplicationFact>();
  /** Where the messages to follow start in the bytes that `learn` was given last. */
  followFrom: Offset = 0;

  private readonly readings = new DnsReadings();
  /** Names, paths and agents come again and again: one string each. */
  private readonly texts = new Map<string, string>();

  /** The flow that is being looked at, which of its directions (0 = from the row's source), and when. */
  flow: FlowIndex = 0;
  direction: 0 | 1 = 0;
  now: Nanoseconds = 0;

  /**
   * What the start of a direction says, as far as [at, end) holds it; `isLast` = there will be no more.
   * Saying the same again changes nothing, so it may be asked again when more bytes have come.
   */
  learn(
    view: DataView,
    at: Offset,
    end: Offset,
    atStart: boolean,
    isLast: boolean,
    packet: Packet | undefined,
  ): number {
    if (packet !== undefined && at < end && saysNothing(packet, view.getUint8(at))) return NOTHING;
    const pos = atStart ? this.learnProxies(view, at, end, isLast) : at;
    if (pos < 0) return MORE;
    if (pos >= end) return pos > at && !isLast ? MORE_MAY_COME : NOTHING;
    this.followFrom = pos;
    if (packet !== undefined) {
      const port = byTcpPort[packet.dstPort]! || byTcpPort[packet.srcPort]!;
      if (port === DNS && dnsLengthAt(view, pos, end) >= 0) return FOLLOW_DNS;
      const isBgpPort = packet.dstPort === BGP_PORT || packet.srcPort === BGP_PORT;
      const length = bgpLengthAt(view, pos, end);
      if (
        length > 0 ||
        (isBgpPort && (length === 0 || packet.protocol[packet.application] === BGP))
      )
        return FOLLOW_BGP;
    }
    const outcome = this.learnTls(view, pos, end, isLast);
    if (outcome !== NOTHING) return outcome;
    const http = this.learnHttp(view, pos, end, isLast);
    if (http !== NOTHING || isLast) return http;
    const isPrefix =
      isTlsPrefix(view, pos, end) ||
      isHttpPrefix(view, pos, end) ||
      isHttp2Prefix(view, pos, end) ||
      (end - pos < BGP_HEADER_LEN && bgpLengthAt(view, pos, end) === 0);
    return isPrefix ? MORE : NOTHING;
  }

  /** Keep the PROXY headers at `at`. Returns where they end, or -1 when more bytes must come to tell. */
  learnProxies(view: DataView, at: Offset, end: Offset, isLast: boolean): Offset {
    const headers: ProxyHeader[] = [];
    let pos = at;
    let isUnfinished = false;
    while (pos < end && headers.length < STACKED_MAX && !isUnfinished) {
      const header = readProxyHeader(view, pos, end);
      if (header === undefined) {
        isUnfinished = !isLast && isProxyPrefix(view, pos, end);
        break;
      }
      isUnfinished = !header.complete && !isLast;
      if (isUnfinished) break;
      headers.push(header);
      pos = header.complete ? header.headerEnd : end;
    }
    if (headers.length > 0) {
      const fact = this.entry();
      if (fact !== undefined) {
        fact.asker = this.direction;
        fact.proxy = proxyFactOf(headers[0]!);
        fact.stacked = headers.slice(1).map(proxyFactOf);
      }
    }
    return isUnfinished ? -1 : pos;
  }

  private learnTls(view: DataView, at: Offset, end: Offset, isLast: boolean): number {
    const hello = readClientHello(view, at, end);
    if (hello !== undefined) {
      const fact = this.entry();
      if (fact === undefined) return LEARNED;
      fact.protocol = 'tls';
      fact.asker = this.direction;
      if (hello.serverName !== undefined) fact.host = this.keep(hello.serverName);
      if (!fact.isChosen) {
        fact.version = showTlsVersion(hello.version);
        if (hello.alpn.length > 0) fact.alpn = this.keepAll(hello.alpn);
      }
      return hello.complete || isLast ? LEARNED : MORE;
    }
    const answer = readServerHello(view, at, end);
    if (answer !== undefined) {
      const fact = this.entry();
      if (fact === undefined) return LEARNED;
      fact.protocol = 'tls';
      fact.asker = this.direction === 0 ? 1 : 0;
      fact.isChosen = true;
      fact.version = showTlsVersion(answer.version);
      if (answer.alpn.length > 0) fact.alpn = this.keepAll(answer.alpn);
      return answer.complete || isLast ? LEARNED : MORE;
    }
    if (!startsTls(view, at, end) || isTlsPrefix(view, at, end)) return NOTHING;
    const fact = this.entry();
    if (fact !== undefined) fact.protocol ??= 'tls'; // seen from its middle on: no names
    return LEARNED;
  }

  private learnHttp(view: DataView, at: Offset, end: Offset, isLast: boolean): number {
    const side = readHttp2Start(view, at, end);
    if (side !== undefined) {
      const fact = this.entry();
      if (fact === undefined) return LEARNED;
      fact.protocol = 'http2';
      fact.asker = side === 'client' ? this.direction : this.direction === 0 ? 1 : 0;
      return LEARNED;
    }
    for (let pos = at; pos < end; ) {
      const head = readHttpHead(view, pos, end);
      if (head === undefined) return NOTHING;
      this.keepHttp(head);
      if (!head.complete) return isLast ? LEARNED : MORE;
      const isInterim = head.status >= 100 && head.status < 200 && head.status !== 101;
      if (!isInterim) return LEARNED;
      pos = head.headEnd; // the final response follows, here or in a later segment
    }
    return NOTHING;
  }

  private keepHttp(head: HttpHead): void {
    const fact = this.entry();
    if (fact === undefined) return;
    fact.protocol = 'http';
    if (!head.isRequest) {
      fact.asker = this.direction === 0 ? 1 : 0;
      fact.status = head.status;
      return;
    }
    fact.asker = this.direction;
    fact.method = head.method;
    fact.path = this.keep(head.target);
    if (head.host !== undefined) fact.host = this.keep(head.host);
    if (head.userAgent !== undefined) fact.userAgent = this.keep(head.userAgent);
  }

  learnDns(view: DataView, at: Offset, end: Offset): void {
    if (end - at < DNS_HEADER_LEN) return;
    let reading = this.readings.find(view, at, end);
    if (reading === undefined) {
      reading = this.readDns(view, at, end);
      if (reading === undefined) return;
      this.readings.keep(view, at, end, reading);
    } else {
      for (const { answer, ttlSeconds } of reading.taught) {
        answer.count++;
        answer.last = this.now;
        answer.ttlSeconds = ttlSeconds;
      }
    }
    this.keepDns(reading, view.getUint16(at));
  }

  private readDns(view: DataView, at: Offset, end: Offset): DnsReading | undefined {
    const message = readDnsMessage(view, at, end);
    if (message === undefined) return undefined;
    const question = message.questions[0];
    return {
      isReply: message.isReply,
      query: question && this.keep(question.name === '' ? '.' : question.name),
      queryType: question && showDnsType(question.type),
      rcode: showDnsRcode(message.rcode),
      answers: this.keepAll(answersOf(message)),
      taught: message.isReply ? this.learnAnswers(message) : [],
    };
  }

  /** The first question of the flow, and the answer to it. */
  private keepDns(reading: DnsReading, id: number): void {
    const fact = this.entry();
    if (fact === undefined || (fact.protocol !== undefined && fact.protocol !== 'dns')) return;
    fact.protocol = 'dns';
    if (fact.query === undefined && reading.query !== undefined) {
      fact.asker = reading.isReply ? (this.direction === 0 ? 1 : 0) : this.direction;
      fact.dnsId = id;
      fact.query = reading.query;
      fact.queryType = reading.queryType;
    }
    if (!reading.isReply || fact.rcode !== undefined || id !== fact.dnsId) return;
    if (reading.query !== undefined && reading.queryType !== fact.queryType) return;
    fact.rcode = reading.rcode;
    fact.answers = reading.answers;
  }

  /** Names and what they stand for, for the topology. */
  private learnAnswers(message: DnsMessage): { answer: DnsAnswer; ttlSeconds: number }[] {
    const question = message.questions[0]; // multicast DNS answers without repeating the question
    const taught: { answer: DnsAnswer; ttlSeconds: number }[] = [];
    for (const record of message.records) {
      if (!TAUGHT_TYPES.has(record.type) || record.section === 'authority') continue;
      const type = showDnsType(record.type);
      const owner = this.keep(record.name.toLowerCase());
      const isAsked = record.section === 'answer' && question !== undefined;
      const name = isAsked ? this.keep(question.name.toLowerCase()) : owner;
      const data = this.keep(record.text);
      const ttlSeconds = record.ttl;
      const answer = this.answers.note(
        name,
        this.now,
        (other) => other.type === type && other.data === data && other.owner === owner,
        () => ({
          name,
          owner,
          type,
          data,
          ttlSeconds,
          first: this.now,
          last: this.now,
          count: 1,
          flow: this.flow,
        }),
      );
      if (answer === undefined) continue;
      answer.ttlSeconds = ttlSeconds;
      taught.push({ answer, ttlSeconds });
    }
    return taught;
  }

  learnBgp(view: DataView, at: Offset, end: Offset): void {
    const fact = this.entry();
    if (fact === undefined) return;
    fact.protocol ??= 'bgp';
    fact.opens ??= [undefined, undefined];
    const open = readBgpOpen(view, at, end);
    if (open !== undefined) fact.opens[this.direction] = open;
    const from = fact.opens[this.direction];
    const addPath = agreedAddPath(from, fact.opens[1 - this.direction]);
    const update = readBgpUpdate(view, at, end, addPath);
    if (update === undefined) return;
    fact.prefixes ??= [];
    fact.withdrawn ??= [];
    for (const route of update.announced) {
      this.noteRoute(route.prefix, route.nextHop, false, fact.prefixes);
      fact.nextHop = commonOf(fact.nextHop, route.nextHop);
    }
    for (const route of update.withdrawn) {
      this.noteRoute(route.prefix, undefined, true, fact.withdrawn);
    }
  }

  private noteRoute(
    prefix: string,
    nextHop: string | undefined,
    withdrawn: boolean,
    ofFlow: string[],
  ): void {
    if (ofFlow.length < PREFIXES_OF_FLOW_MAX && !ofFlow.includes(prefix)) ofFlow.push(prefix);
    const { flow } = this;
    const fromSource = this.direction === 0;
    this.routes.note(
      prefix,
      this.now,
      (other) =>
        other.withdrawn === withdrawn &&
        other.nextHop === nextHop &&
        other.flow === flow &&
        other.fromSource === fromSource,
      () => ({
        prefix,
        nextHop,
        withdrawn,
        first: this.now,
        last: this.now,
        count: 1,
        flow,
        fromSource,
      }),
    );
  }

  /** Flows have new numbers; what those said that have none is forgotten, but for what DNS answered. */
  retain(newRow: Int32Array): void {
    const kept = [...this.facts].filter(([f]) => newRow[f]! >= 0);
    this.facts.clear();
    for (const [f, fact] of kept) this.facts.set(newRow[f]!, fact);
    this.answers.retain(newRow);
    this.routes.retain(newRow);
  }

  /** The entry of the flow, made when it has none; undefined when there is no room. */
  private entry(): ApplicationFact | undefined {
    const known = this.facts.get(this.flow);
    if (known !== undefined || this.facts.size >= FACTS_MAX) return known;
    const fact = emptyFact();
    this.facts.set(this.flow, fact);
    return fact;
  }

  /** The text bounded, as a string that is shared with the other flows that say the same. */
  private keep(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const own = bounded(text);
    own.charCodeAt(0); // joins the pieces it was made of, each of which would take 32 bytes
    if (this.texts.size < TEXTS_MAX) this.texts.set(own, own);
    return own;
  }

  private keepAll(texts: readonly string[]): string[] {
    return texts.slice(0, TEXTS_OF_FLOW_MAX).map((text) => this.keep(text));
  }
}

/** A and AAAA, CNAME, PTR, TXT (ExternalDNS's heritage among them), SRV. */
const TAUGHT_TYPES: ReadonlySet<number> = new Set([1, 5, 12, 16, 28, 33]);

/** What both say, where the first said something at all; null once they differ. */
function commonOf(
  before: string | null | undefined,
  now: string | undefined,
): string | null | undefined {
  if (before === undefined || before === now) return now;
  return null;
}
