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
import type { Packet } from '../decode/packet.ts';
import { bgpLengthAt, findBgpMessage } from '../decode/protocols/bgp.ts';
import { dnsLengthAt } from '../decode/protocols/dns.ts';
import type { ApplicationFact } from './application-fact.ts';
import {
  FACTS_MAX,
  FactBook,
  FOLLOW_BGP,
  FOLLOW_DNS,
  LEARNED,
  MORE,
  MORE_MAY_COME,
  NOTHING,
  saysNothing,
} from './fact-book.ts';
import type { BgpRoutes, DnsAnswers } from './learned.ts';
import { type Framing, HEAD_LEN_MAX, MessageStream, StreamHead } from './stream-head.ts';

/** Directions whose first bytes wait for more at one time; the one that waited longest makes room. */
export const HEADS_MAX = 8192;
/** Directions followed message by message (BGP, DNS over TCP) at one time. */
export const STREAMS_MAX = 4096;
/** Bytes that heads, and that streams, may hold together; the oldest make room. */
export const WAITING_BYTES_MAX = 32 << 20;

/** State of a direction, DIRECTION_BITS of it. */
const SEEN = 1; // its first payload was looked at
const WAITING = 2; // its head waits for more
const FOLLOWED = 4; // every segment goes to its message stream
const DONE = 8; // there is nothing more to learn
const DIRECTION_BITS = 4;
/** State of a flow, above its directions' bits: it was counted as refused. */
const REFUSED = 1 << 8;

const TCP_FLAGS = 13;
const SYN = 0x02;

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
  /** Flows that said something and found no room. */
  refusedFlows = 0;
  /** Heads that were read without their rest: pushed out, with a gap, too long, or at the end of the run. */
  unfinishedHeads = 0;
  /** Directions that were followed no longer, for want of room, in the middle of a message. */
  droppedStreams = 0;
  /** Gaps in the streams that were followed, with the messages in them; final after `finish`. */
  streamGaps = 0;

  private readonly book = new FactBook();
  /** By 2 * flow + direction. */
  private readonly heads = new Map<number, StreamHead>();
  private readonly streams = new Map<number, Stream>();
  /** Bytes that the heads and the streams hold. */
  private headBytes = 0;
  private streamBytes = 0;
  /** DIRECTION_BITS a direction, then REFUSED. */
  private state = new Uint16Array(4096);

  /** What flow f said, or undefined. */
  of(f: FlowIndex): ApplicationFact | undefined {
    return this.book.facts.get(f);
  }

  /** Flows that said something. */
  get size(): number {
    return this.book.facts.size;
  }

  /** Every flow that said something. */
  entries(): IterableIterator<[FlowIndex, ApplicationFact]> {
    return this.book.facts.entries();
  }

  /** What DNS answered, over all flows. */
  get answers(): DnsAnswers {
    return this.book.answers;
  }

  /** What BGP announced and withdrew, over all flows. */
  get routes(): BgpRoutes {
    return this.book.routes;
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
    const { book } = this;
    book.flow = f;
    book.direction = d;
    book.now = now;
    if (book.facts.size >= FACTS_MAX && !book.facts.has(f) && this.refuses(packet)) return;
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
    const f = this.book.flow;
    if (protocol !== NONE && (this.state[f]! & REFUSED) === 0) {
      this.refusedFlows++;
      this.state[f]! |= REFUSED;
    }
    this.mark(DONE);
    return true;
  }

  /** No more packets come: what waits is read as far as it goes. */
  finish(): void {
    for (const key of [...this.heads.keys()]) this.giveUp(key);
    for (const key of [...this.streams.keys()]) this.endStream(key);
  }

  /** No more packets come of flow f: as `finish`, for it alone. */
  finishFlow(f: FlowIndex): void {
    for (let key = 2 * f; key <= 2 * f + 1; key++) {
      if (this.heads.has(key)) this.giveUp(key);
      if (this.streams.has(key)) this.endStream(key);
    }
  }

  /** Flows have new numbers. Those that have none were finished before. */
  retain(newRow: Int32Array): void {
    this.book.retain(newRow);
    rekey(this.heads, newRow);
    rekey(this.streams, newRow);
    let kept = 0;
    for (let f = 0; f < newRow.length && f < this.state.length; f++) {
      if (newRow[f]! >= 0) this.state[kept++] = this.state[f]!;
    }
    this.state.fill(0, kept, newRow.length);
  }

  private observeDatagram(packet: Packet, atStart: boolean): void {
    const at = packet.payloadAt[packet.transport]!;
    const end = packet.end[packet.transport]!;
    const pos = atStart ? this.book.learnProxies(packet.view, at, end, true) : at;
    const row = packet.application;
    if (pos < 0 || row < 0 || packet.protocol[row] !== DNS) return;
    this.book.learnDns(packet.view, packet.at[row]!, packet.end[row]!);
  }

  private observeSegment(packet: Packet, headerSeq: number, firstSeq: number, bits: number): void {
    const row = packet.transport;
    const isSyn = (packet.view.getUint8(packet.at[row]! + TCP_FLAGS) & SYN) !== 0;
    let seq = isSyn ? (headerSeq + 1) | 0 : headerSeq; // a SYN may carry data (RFC 7413)
    let at = packet.payloadAt[row]!;
    const end = packet.end[row]!;
    const wireEnd = Math.max(packet.wireEnd, end);
    const key = 2 * this.book.flow + this.book.direction;
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
    if (ahead === 0 && at < end && saysNothing(packet, packet.view.getUint8(at))) {
      this.mark(SEEN);
      return;
    }
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
    const outcome = this.book.learn(view, at, end, atStart, false, packet);
    if (!isOver || (outcome !== MORE && outcome !== MORE_MAY_COME)) return outcome;
    if (outcome === MORE_MAY_COME) return NOTHING;
    this.unfinishedHeads++;
    return this.book.learn(view, at, end, atStart, true, packet);
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
    const from = this.book.followFrom;
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
    if (isBgp) this.book.learnBgp(view, at, end);
    else this.book.learnDns(view, at + 2, end); // the length before it was checked
  }

  /** Make room: this direction is no longer followed, until a message starts with a segment of it. */
  private dropStream(key: number): void {
    const own = 2 * this.book.flow + this.book.direction;
    if (!this.streams.get(key)!.messages.idle) this.droppedStreams++;
    this.endStream(key);
    this.select(own);
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
      this.giveUp(oldestOf(this.heads));
      this.select(key);
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
      if (this.book.learn(head.view, from, to, false, true, undefined) !== LEARNED) continue;
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
    const outcome = this.book.learn(head.view, 0, head.length, head.atStart, true, undefined);
    if (outcome === LEARNED) this.mark(DONE);
    else this.learnPiece(head);
  }

  /** Turn to another flow and direction. */
  private select(key: number): void {
    this.book.flow = key >> 1;
    this.book.direction = (key & 1) as 0 | 1;
  }

  private mark(bit: number): void {
    this.state[this.book.flow]! |= bit << (this.book.direction * DIRECTION_BITS);
  }

  private unmark(bit: number): void {
    this.state[this.book.flow]! &= ~(bit << (this.book.direction * DIRECTION_BITS));
  }

  private grow(f: FlowIndex): void {
    const state = new Uint16Array(Math.max(2 * this.state.length, f + 1));
    state.set(this.state);
    this.state = state;
  }
}

/** The key that was set first; the map is not empty. */
function oldestOf(map: ReadonlyMap<number, unknown>): number {
  return map.keys().next().value!;
}

/** The entries of flows that have a number in `newRow`, in their order, under that number. */
function rekey<T>(map: Map<number, T>, newRow: Int32Array): void {
  const kept = [...map].filter(([key]) => newRow[key >> 1]! >= 0);
  map.clear();
  for (const [key, value] of kept) map.set(2 * newRow[key >> 1]! + (key & 1), value);
}
