/**
 * What the first payloads of a flow say: PROXY headers, TLS names, HTTP requests, DNS questions and
 * answers, BGP routes. Sparse: only flows that say something have an entry, and most packets cost one
 * look at a byte.
 *
 * How the flow stage calls it, for a packet of row f in direction d (0 = from the row's source) that
 * carries TCP or UDP payload:
 *
 *     if (packet.application >= 0 || facts.wants(f, d)) facts.observe(f, d, packet, seq, now, firstSeq);
 *
 * `wants` is true for the first payload of a direction, whatever it is, and while the start of a message
 * waits for its rest. `seq` is the segment's sequence number as in its header (0 for UDP);
 * `firstSeq` is that of the direction's first byte where its SYN was seen (the SYN's plus one), else
 * `seq` again: it lets segments that come in the wrong order wait for the first, and keeps a PROXY header
 * from being believed anywhere but at the start. At the end, once: `facts.finish()`.
 */
import { BGP, DNS, NONE, TCP, UDP } from '../base/protocol-numbers.ts';
import type { FlowIndex, Nanoseconds, Offset } from '../base/units.ts';
import { byTcpPort } from '../decode/next.ts';
import type { Packet } from '../decode/packet.ts';
import {
  type AddPath,
  agreedAddPath,
  BGP_HEADER_LEN,
  type BgpOpen,
  bgpLengthAt,
  findBgpMessage,
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
import { type HttpHead, isHttpPrefix, readHttpHead } from '../decode/protocols/http.ts';
import { isHttp2Prefix, readHttp2Start } from '../decode/protocols/http2.ts';
import {
  isProxyPrefix,
  type ProxyHeader,
  type ProxyTlv,
  readProxyHeader,
} from '../decode/protocols/proxy.ts';
import {
  isTlsPrefix,
  readClientHello,
  readServerHello,
  showTlsVersion,
  startsTls,
} from '../decode/protocols/tls.ts';
import { type DnsReading, DnsReadings } from './dns-readings.ts';
import { BgpRoutes, type DnsAnswer, DnsAnswers } from './learned.ts';
import { type Framing, HEAD_LEN_MAX, MessageStream, StreamHead } from './stream-head.ts';

/** Flows that may have an entry. */
export const FACTS_MAX = 200_000;
/** Directions whose first bytes wait for more at one time; the one that waited longest makes room. */
export const HEADS_MAX = 8192;
/** Directions followed message by message (BGP, DNS over TCP) at one time. */
export const STREAMS_MAX = 4096;
/** Bytes that heads, and that streams, may hold together; the oldest make room. */
export const WAITING_BYTES_MAX = 32 << 20;
/** Different answers and routes remembered over the whole run. */
export const ANSWERS_MAX = 100_000;
export const ROUTES_MAX = 100_000;

/** Kept of one flow: stacked headers, TLVs of a header, answers, prefixes; characters of a text. */
const STACKED_MAX = 8;
const TLVS_MAX = 32;
const TEXTS_OF_FLOW_MAX = 32;
const PREFIXES_OF_FLOW_MAX = 1024;
const TEXT_LEN_MAX = 1024;
/** Different texts that are shared between flows. */
const TEXTS_MAX = 50_000;

/** State of a direction, DIRECTION_BITS of it. */
const SEEN = 1; // its first payload was looked at
const WAITING = 2; // its head waits for more
const FOLLOWED = 4; // every segment goes to its message stream
const DONE = 8; // there is nothing more to learn
const DIRECTION_BITS = 4;
/** State of a flow, above its directions' bits: it was counted as refused. */
const REFUSED = 1 << 8;

/** What a look at the start of a direction came to. */
const NOTHING = 0;
const MORE = 1;
const LEARNED = 2;
const FOLLOW_BGP = 3;
const FOLLOW_DNS = 4;
/** All that came so far was read to its end; more of it may follow. */
const MORE_MAY_COME = 5;

const TCP_FLAGS = 13;
const DNS_HEADER_LEN = 12;
const SYN = 0x02;
const BGP_PORT = 179;

/** A PROXY header as it was sent; a ProxyRecord of the schema, and how far it can be trusted. */
export interface ProxyFact {
  version: 1 | 2;
  command: 'LOCAL' | 'PROXY' | 'UNKNOWN';
  source: { ip: string; port: number } | null;
  destination: { ip: string; port: number } | null;
  tlvs: { type: number; name: string; value: ProxyTlv['value'] }[];
  checksum: ProxyHeader['checksum'];
  /** All of the header was captured. */
  complete: boolean;
  /** What the specification forbids, in words. */
  faults: readonly string[];
}

/** What one flow said. Absent where it did not, or not yet. */
export interface ApplicationFact {
  /** Undefined while only a PROXY header was seen. */
  protocol: 'dns' | 'http' | 'http2' | 'tls' | 'bgp' | undefined;
  /** 0 = the side that asks (the client) sends from the row's source; 1 = the other one; -1 = not told. */
  asker: 0 | 1 | -1;
  /** The first header, which the nearest proxy wrote, and those stacked behind it. */
  proxy: ProxyFact | undefined;
  stacked: readonly ProxyFact[];
  /** TLS: server name; HTTP: Host. */
  host: string | undefined;
  /** HTTP, of the first request and the first final response. */
  method: string | undefined;
  path: string | undefined;
  userAgent: string | undefined;
  status: number | undefined;
  /** TLS: protocols offered, or the one chosen once the server has. */
  alpn: string[] | undefined;
  /** TLS: the version chosen, else the best offered. */
  version: string | undefined;
  /** TLS: the server's answer was seen. */
  isChosen: boolean;
  /** DNS: the first question, and the answer to it. */
  dnsId: number;
  query: string | undefined;
  queryType: string | undefined;
  rcode: string | undefined;
  answers: string[] | undefined;
  /** BGP: prefixes announced and withdrawn, first ones first, and the next hop of the first. */
  prefixes: string[] | undefined;
  withdrawn: string[] | undefined;
  nextHop: string | undefined;
  /** BGP: the OPEN sent from the row's source, and the one sent back. */
  opens: (BgpOpen | undefined)[] | undefined;
}

const BGP_FRAMING: Framing = { lengthAt: bgpLengthAt, resync: findBgpMessage };
const DNS_FRAMING: Framing = {
  lengthAt: dnsLengthAt,
  resync: (view, at, end, isSegmentStart) =>
    isSegmentStart && dnsLengthAt(view, at, end) > 0 ? at : -1,
};

interface Stream {
  readonly isBgp: boolean;
  readonly messages: MessageStream;
}

export class ApplicationFacts {
  readonly answers = new DnsAnswers(ANSWERS_MAX);
  readonly routes = new BgpRoutes(ROUTES_MAX);
  /** Flows that said something and found no room. */
  refusedFlows = 0;
  /** Heads that were read without their rest: pushed out, with a gap, too long, or at the end of the run. */
  unfinishedHeads = 0;
  /** Directions that were followed no longer, for want of room. */
  droppedStreams = 0;
  /** Gaps in the streams that were followed, with the messages in them; final after `finish`. */
  streamGaps = 0;

  private readonly facts = new Map<FlowIndex, ApplicationFact>();
  /** By 2 * flow + direction. */
  private readonly heads = new Map<number, StreamHead>();
  private readonly streams = new Map<number, Stream>();
  /** Bytes that the heads and the streams hold. */
  private headBytes = 0;
  private streamBytes = 0;
  /** DIRECTION_BITS a direction, then REFUSED. */
  private state = new Uint16Array(4096);

  private readonly readings = new DnsReadings();
  /** Names, paths and agents come again and again: one string each. */
  private readonly texts = new Map<string, string>();

  /** The flow that is being looked at, and when. */
  private flow = 0;
  private direction: 0 | 1 = 0;
  private now: Nanoseconds = 0;

  /** What flow f said, or undefined. */
  of(f: FlowIndex): ApplicationFact | undefined {
    return this.facts.get(f);
  }

  get size(): number {
    return this.facts.size;
  }

  /** Every flow that said something. */
  entries(): IterableIterator<[FlowIndex, ApplicationFact]> {
    return this.facts.entries();
  }

  /** Must `observe` see this direction's next payload even when no application layer was found in it? */
  wants(f: FlowIndex, d: number): boolean {
    if (f >= this.state.length) return true;
    const bits = (this.state[f]! >> (d * DIRECTION_BITS)) & 15;
    return (bits & DONE) === 0 && (bits & (SEEN | WAITING | FOLLOWED)) !== SEEN;
  }

  /** Take in one packet with payload; see the head of this file. */
  observe(
    f: FlowIndex,
    d: 0 | 1,
    packet: Packet,
    seq: number,
    now: Nanoseconds,
    firstSeq: number,
  ): void {
    if (f >= this.state.length) this.grow(f);
    const bits = (this.state[f]! >> (d * DIRECTION_BITS)) & 15;
    if ((bits & DONE) !== 0 || packet.transport < 0) return;
    const protocol = packet.protocol[packet.transport]!;
    this.flow = f;
    this.direction = d;
    this.now = now;
    if (this.facts.size >= FACTS_MAX && !this.facts.has(f) && this.refuses(packet)) return;
    if (protocol === TCP) this.observeSegment(packet, seq, firstSeq, bits);
    else {
      if (protocol === UDP) this.observeDatagram(packet, (bits & SEEN) === 0);
      this.mark(SEEN);
    }
  }

  /** Without room for the flow, only what teaches of the network as a whole is still read. */
  private refuses(packet: Packet): boolean {
    const protocol = packet.application < 0 ? NONE : packet.protocol[packet.application]!;
    if (protocol === DNS || protocol === BGP) return false;
    if (protocol !== NONE && (this.state[this.flow]! & REFUSED) === 0) {
      this.refusedFlows++;
      this.state[this.flow]! |= REFUSED;
    }
    this.mark(SEEN);
    return true;
  }

  /** No more packets come: what waits is read as far as it goes. */
  finish(): void {
    for (const key of [...this.heads.keys()]) this.giveUp(key);
    for (const key of [...this.streams.keys()]) this.endStream(key);
  }

  private observeDatagram(packet: Packet, atStart: boolean): void {
    const at = packet.payloadAt[packet.transport]!;
    const end = packet.end[packet.transport]!;
    const pos = atStart ? this.learnProxies(packet.view, at, end, true) : at;
    const row = packet.application;
    if (pos < 0 || row < 0 || packet.protocol[row] !== DNS) return;
    this.learnDns(packet.view, packet.at[row]!, packet.end[row]!);
  }

  private observeSegment(packet: Packet, headerSeq: number, firstSeq: number, bits: number): void {
    const row = packet.transport;
    const isSyn = (packet.view.getUint8(packet.at[row]! + TCP_FLAGS) & SYN) !== 0;
    let seq = isSyn ? (headerSeq + 1) | 0 : headerSeq; // a SYN may carry data (RFC 7413)
    let at = packet.payloadAt[row]!;
    const end = packet.end[row]!;
    const wireEnd = Math.max(packet.wireEnd, end);
    const key = 2 * this.flow + this.direction;
    if ((bits & FOLLOWED) !== 0) {
      this.follow(key, packet.view, at, end, wireEnd - at, seq);
      return;
    }
    const isCut = wireEnd > end;
    if ((bits & WAITING) !== 0) {
      this.addToHead(key, packet, seq, isCut);
      return;
    }
    const ahead = isSyn ? 0 : (seq - firstSeq) | 0;
    if (ahead < 0) {
      at -= ahead; // before the first byte: a keep-alive's
      seq = firstSeq;
      if (at >= wireEnd) return;
    }
    this.mark(SEEN);
    if (at >= end) return;
    const isFirst = (bits & SEEN) === 0;
    if (isFirst && ahead > 0 && ahead < HEAD_LEN_MAX) {
      this.startHead(key, firstSeq, true);
      this.addToHead(key, packet, seq, isCut);
      return;
    }
    const outcome = this.look(packet.view, at, end, isFirst && ahead <= 0, isCut, packet);
    if (outcome === MORE || outcome === MORE_MAY_COME) {
      const head = this.startHead(key, seq, isFirst);
      this.headBytes -= head.size;
      head.add(packet.view, at, end, seq);
      this.headBytes += head.size;
      head.isRead = outcome === MORE_MAY_COME;
    } else this.settle(key, outcome, packet.view, at, end, wireEnd - at, seq);
  }

  /** `learn`, and when no more can come (`isOver`) what can be read without it. */
  private look(
    view: DataView,
    at: Offset,
    end: Offset,
    atStart: boolean,
    isOver: boolean,
    packet: Packet,
  ): number {
    const outcome = this.learn(view, at, end, atStart, false, packet);
    if (!isOver || (outcome !== MORE && outcome !== MORE_MAY_COME)) return outcome;
    if (outcome === MORE_MAY_COME) return NOTHING;
    this.unfinishedHeads++;
    return this.learn(view, at, end, atStart, true, packet);
  }

  /** Note what a look came to, and start to follow where that is what it came to. */
  private settle(
    key: number,
    outcome: number,
    view: DataView,
    at: Offset,
    end: Offset,
    wireLen: number,
    seq: number,
  ): void {
    if (outcome === LEARNED) this.mark(DONE);
    if (outcome !== FOLLOW_BGP && outcome !== FOLLOW_DNS) return;
    const from = this.followFrom;
    if (this.streams.size >= STREAMS_MAX) this.dropStream(oldestOf(this.streams));
    const isBgp = outcome === FOLLOW_BGP;
    const framing = isBgp ? BGP_FRAMING : DNS_FRAMING;
    const start = (seq + from - at) | 0;
    const messages = new MessageStream(framing, start);
    this.streamBytes += messages.size;
    this.streams.set(key, { isBgp, messages });
    this.mark(FOLLOWED);
    this.follow(key, view, from, end, wireLen - (from - at), start);
  }

  private follow(
    key: number,
    view: DataView,
    at: Offset,
    end: Offset,
    wireLen: number,
    seq: number,
  ): void {
    const stream = this.streams.get(key);
    if (stream === undefined) return;
    const before = stream.messages.size;
    stream.messages.add(view, at, end, wireLen, seq, (bytes, from, to) =>
      this.learnMessage(stream.isBgp, bytes, from, to),
    );
    this.streamBytes += stream.messages.size - before;
    while (this.streamBytes > WAITING_BYTES_MAX) this.dropStream(oldestOf(this.streams));
  }

  private learnMessage(isBgp: boolean, view: DataView, at: Offset, end: Offset): void {
    if (isBgp) this.learnBgp(view, at, end);
    else this.learnDns(view, at + 2, end); // the length before it was checked
  }

  /** Make room: this direction is no longer followed, until a message starts with a segment of it. */
  private dropStream(key: number): void {
    const { flow, direction } = this;
    this.droppedStreams++;
    this.endStream(key);
    this.flow = flow;
    this.direction = direction;
  }

  private endStream(key: number): void {
    const stream = this.streams.get(key)!;
    this.select(key);
    this.streamBytes -= stream.messages.size;
    stream.messages.finish((view, at, end) => this.learnMessage(stream.isBgp, view, at, end));
    this.streamGaps += stream.messages.gaps;
    this.streams.delete(key);
    this.unmark(FOLLOWED);
  }

  private startHead(key: number, base: number, atStart: boolean): StreamHead {
    while (this.heads.size >= HEADS_MAX || this.headBytes > WAITING_BYTES_MAX) {
      const { flow, direction } = this;
      this.giveUp(oldestOf(this.heads));
      this.flow = flow;
      this.direction = direction;
    }
    const head = new StreamHead(base, atStart);
    this.headBytes += head.size;
    this.heads.set(key, head);
    this.mark(WAITING);
    return head;
  }

  private addToHead(key: number, packet: Packet, seq: number, isCut: boolean): void {
    const head = this.heads.get(key);
    if (head === undefined) return;
    const row = packet.transport;
    const at = packet.payloadAt[row]!;
    const end = packet.end[row]!;
    const before = head.size;
    const grew = head.add(packet.view, at, end, seq);
    this.headBytes += head.size - before;
    const ahead = (seq - head.base) | 0;
    // What comes after cannot be joined: the capture cut this segment, or the sender is far beyond.
    const isOver = head.full || (isCut && ahead <= head.length) || ahead >= HEAD_LEN_MAX;
    if (!grew && !isOver) return;
    const outcome = this.look(head.view, 0, head.length, head.atStart, isOver, packet);
    head.isRead = outcome === MORE_MAY_COME;
    if (outcome === MORE || outcome === MORE_MAY_COME) return;
    this.removeHead(key, head);
    this.settle(key, outcome, head.view, 0, head.length, head.length, head.base);
    if (outcome === FOLLOW_BGP || outcome === FOLLOW_DNS) {
      for (const [from, to] of head.pieces()) {
        this.follow(key, head.view, from, to, to - from, (head.base + from) | 0);
      }
    } else if (outcome === NOTHING) this.learnLater(key, head, packet, seq);
  }

  /** The start of the direction says nothing, or never came: what lies behind it may. */
  private learnLater(key: number, head: StreamHead, packet: Packet, seq: number): void {
    if (this.learnPiece(head)) return;
    if (packet.application < 0 || packet.protocol[packet.transport] !== TCP) return;
    const at = packet.payloadAt[packet.transport]!;
    const end = packet.end[packet.transport]!;
    const outcome = this.look(packet.view, at, end, false, true, packet);
    this.settle(key, outcome, packet.view, at, end, Math.max(packet.wireEnd, end) - at, seq);
  }

  /** Read the first piece behind a gap. Returns whether it said something. */
  private learnPiece(head: StreamHead): boolean {
    for (const [from, to] of head.pieces()) {
      if (this.learn(head.view, from, to, false, true, undefined) !== LEARNED) continue;
      this.mark(DONE);
      return true;
    }
    return false;
  }

  private removeHead(key: number, head: StreamHead): void {
    this.heads.delete(key);
    this.headBytes -= head.size;
    this.unmark(WAITING);
  }

  /** Read the head without its rest, and wait no longer. */
  private giveUp(key: number): void {
    const head = this.heads.get(key)!;
    this.select(key);
    if (!head.isRead) this.unfinishedHeads++;
    this.removeHead(key, head);
    const outcome = this.learn(head.view, 0, head.length, head.atStart, true, undefined);
    if (outcome === LEARNED) this.mark(DONE);
    else this.learnPiece(head);
  }

  /** Where the messages to follow start in the bytes that `learn` was given last. */
  private followFrom: Offset = 0;

  /**
   * What the start of a direction says, as far as [at, end) holds it; `isLast` = there will be no more.
   * Saying the same again changes nothing, so it may be asked again when more bytes have come.
   */
  private learn(
    view: DataView,
    at: Offset,
    end: Offset,
    atStart: boolean,
    isLast: boolean,
    packet: Packet | undefined,
  ): number {
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
  private learnProxies(view: DataView, at: Offset, end: Offset, isLast: boolean): Offset {
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
      const fact = this.factOf(this.flow);
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
      const fact = this.factOf(this.flow);
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
      const fact = this.factOf(this.flow);
      if (fact === undefined) return LEARNED;
      fact.protocol = 'tls';
      fact.asker = this.direction === 0 ? 1 : 0;
      fact.isChosen = true;
      fact.version = showTlsVersion(answer.version);
      if (answer.alpn.length > 0) fact.alpn = this.keepAll(answer.alpn);
      return answer.complete || isLast ? LEARNED : MORE;
    }
    if (!startsTls(view, at, end) || isTlsPrefix(view, at, end)) return NOTHING;
    const fact = this.factOf(this.flow);
    if (fact !== undefined) fact.protocol ??= 'tls'; // seen from its middle on: no names
    return LEARNED;
  }

  private learnHttp(view: DataView, at: Offset, end: Offset, isLast: boolean): number {
    const side = readHttp2Start(view, at, end);
    if (side !== undefined) {
      const fact = this.factOf(this.flow);
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
    const fact = this.factOf(this.flow);
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

  private learnDns(view: DataView, at: Offset, end: Offset): void {
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
    const fact = this.factOf(this.flow);
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
      const owner = record.name.toLowerCase();
      const isAsked = record.section === 'answer' && question !== undefined;
      const name = isAsked ? question.name.toLowerCase() : owner;
      const data = bounded(record.text);
      const ttlSeconds = record.ttl;
      const answer = this.answers.note(`${type} ${name} ${owner} ${data}`, this.now, () => ({
        name,
        owner,
        type,
        data,
        ttlSeconds,
        first: this.now,
        last: this.now,
        count: 1,
        flow: this.flow,
      }));
      if (answer === undefined) continue;
      answer.ttlSeconds = ttlSeconds;
      taught.push({ answer, ttlSeconds });
    }
    return taught;
  }

  private learnBgp(view: DataView, at: Offset, end: Offset): void {
    const fact = this.factOf(this.flow);
    if (fact === undefined) return;
    fact.protocol ??= 'bgp';
    fact.opens ??= [undefined, undefined];
    const open = readBgpOpen(view, at, end);
    if (open !== undefined) fact.opens[this.direction] = open;
    const from = fact.opens[this.direction];
    const addPath: AddPath = agreedAddPath(from, fact.opens[1 - this.direction]);
    const update = readBgpUpdate(view, at, end, addPath);
    if (update === undefined) return;
    fact.prefixes ??= [];
    fact.withdrawn ??= [];
    for (const route of update.announced) {
      this.noteRoute(route.prefix, route.nextHop, false, fact.prefixes);
      fact.nextHop ??= route.nextHop;
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
    const key = `${withdrawn ? '-' : '+'} ${prefix} ${nextHop ?? ''} ${this.flow} ${this.direction}`;
    this.routes.note(key, this.now, () => ({
      prefix,
      nextHop,
      withdrawn,
      first: this.now,
      last: this.now,
      count: 1,
      flow: this.flow,
      fromSource: this.direction === 0,
    }));
  }

  /** The entry of a flow, made when it has none; undefined when there is no room. */
  private factOf(f: FlowIndex): ApplicationFact | undefined {
    const known = this.facts.get(f);
    if (known !== undefined) return known;
    if (this.facts.size >= FACTS_MAX) {
      if ((this.state[f]! & REFUSED) === 0) this.refusedFlows++;
      this.state[f]! |= REFUSED;
      return undefined;
    }
    const fact = emptyFact();
    this.facts.set(f, fact);
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

  private select(key: number): void {
    this.flow = key >> 1;
    this.direction = (key & 1) as 0 | 1;
  }

  private mark(bit: number): void {
    this.state[this.flow]! |= bit << (this.direction * DIRECTION_BITS);
  }

  private unmark(bit: number): void {
    this.state[this.flow]! &= ~(bit << (this.direction * DIRECTION_BITS));
  }

  private grow(f: FlowIndex): void {
    const state = new Uint16Array(Math.max(2 * this.state.length, f + 1));
    state.set(this.state);
    this.state = state;
  }
}

/** A and AAAA, CNAME, PTR, TXT (ExternalDNS's heritage among them), SRV. */
const TAUGHT_TYPES: ReadonlySet<number> = new Set([1, 5, 12, 16, 28, 33]);

const NO_HEADERS: readonly ProxyFact[] = [];

function emptyFact(): ApplicationFact {
  return {
    protocol: undefined,
    asker: -1,
    proxy: undefined,
    stacked: NO_HEADERS,
    host: undefined,
    method: undefined,
    path: undefined,
    userAgent: undefined,
    status: undefined,
    alpn: undefined,
    version: undefined,
    isChosen: false,
    dnsId: -1,
    query: undefined,
    queryType: undefined,
    rcode: undefined,
    answers: undefined,
    prefixes: undefined,
    withdrawn: undefined,
    nextHop: undefined,
    opens: undefined,
  };
}

/** The key that was set first; the map is not empty. */
function oldestOf(map: ReadonlyMap<number, unknown>): number {
  return map.keys().next().value!;
}

function proxyFactOf(header: ProxyHeader): ProxyFact {
  return {
    version: header.version,
    command: header.command,
    source: header.source,
    destination: header.destination,
    tlvs: header.tlvs.slice(0, TLVS_MAX).map(({ type, name, value }) => ({
      type,
      name,
      value: boundedValue(value),
    })),
    checksum: header.checksum,
    complete: header.complete,
    faults: header.faults,
  };
}

function boundedValue(value: ProxyTlv['value']): ProxyTlv['value'] {
  if (typeof value === 'string') return bounded(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).slice(0, TLVS_MAX);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, typeof inner === 'string' ? bounded(inner) : inner]),
  );
}

function bounded(text: string): string {
  return text.length <= TEXT_LEN_MAX ? text : `${text.slice(0, TEXT_LEN_MAX)}…`;
}

/** What the answer section says: addresses, names and texts, in order. */
function answersOf(message: DnsMessage): string[] {
  return message.records
    .filter((record) => record.section === 'answer')
    .map((record) => record.text);
}
