/**
 * What of a packet survives forwarding, NAT and encapsulation, hashed: row p of every column is one
 * packet remembered of one flow. Two flows with the same fingerprint are candidates for being two
 * sightings of one connection; `stitch.ts` decides.
 *
 * TCP: sequence, acknowledgment, SYN/RST/ACK, timestamps (not the length: GSO cuts differently per
 * interface, but segments begin at the same bytes). UDP: length, IP identification, payload. ICMP
 * echo: type, sequence, IP identification, payload (the identifier may be rewritten). SCTP: tag, TSN.
 */
import { ICMP, ICMPV6, IPV4, SCTP, TCP, UDP } from '../base/protocol-numbers.ts';
import { CUT, type Packet } from '../decode/packet.ts';

/** Every packet is remembered up to this many per flow and direction; later ones by sampling. */
export const PRINTS_FIRST = 3;
/** The most remembered per flow and direction. */
export const PRINTS_MAX = 14;
/** Room for so many times as many at each step: memory that is not used costs nothing, copying does. */
const GROWTH = 16;
/** Payload bytes that take part in a hash. */
const PAYLOAD_HASHED = 16;

export class Fingerprints {
  count = 0;
  readonly limit: number;
  /** Fingerprints not kept, the table being full. */
  overflow = 0;
  private capacity = 4096;
  /** Equal for sightings of one packet. */
  hash = new Int32Array(this.capacity);
  /** More bits of the same; 0 = the capture holds too few bytes to say. */
  check = new Int32Array(this.capacity);
  /** 2 * flow + direction. */
  flowBy = new Int32Array(this.capacity);
  ttl = new Uint8Array(this.capacity);
  /** 1 = chance alone does not make two packets alike in this; 0 = small numbers, little payload. */
  strong = new Uint8Array(this.capacity);
  /** Nanoseconds since the stage's epoch. */
  time = new Float64Array(this.capacity);
  /** Frame number in its file. */
  frame = new Float64Array(this.capacity);

  /** Result of `print`. */
  private lastHash = 0;
  private lastCheck = 0;
  private lastIsStrong = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Remember the packet for direction fd; nothing when it has nothing to be known again by. */
  add(packet: Packet, fd: number, ttl: number, time: number, frame: number): boolean {
    if (!this.print(packet)) return false;
    if (this.count === this.capacity && !this.grow()) {
      this.overflow++;
      return false;
    }
    const p = this.count++;
    this.hash[p] = this.lastHash;
    this.check[p] = this.lastCheck;
    this.flowBy[p] = fd;
    this.ttl[p] = ttl;
    this.strong[p] = this.lastIsStrong ? 1 : 0;
    this.time[p] = time;
    this.frame[p] = frame;
    return true;
  }

  private print(packet: Packet): boolean {
    const row = packet.transport;
    if (row < 0) return this.printCut(packet);
    const view = packet.view;
    const at = packet.at[row]!;
    const ipAt = packet.at[packet.ip]!;
    const id = packet.protocol[packet.ip] === IPV4 ? view.getUint16(ipAt + 4) : 0;
    switch (packet.protocol[row]!) {
      case TCP:
        return this.printTcp(packet, at, packet.payloadAt[row]!);
      case UDP:
        return this.printDatagram(packet, view.getUint16(at + 4), id, 0x11, packet.payloadAt[row]!);
      case ICMP:
      case ICMPV6: {
        const type = view.getUint16(at);
        if (packet.payloadAt[row]! - at < 8) return false;
        const key = (type << 16) | view.getUint16(at + 6);
        return this.printDatagram(packet, key, id, 0x01, packet.payloadAt[row]!);
      }
      case SCTP:
        this.lastHash = mix(view.getInt32(at + 4), packet.wireEnd - at);
        this.lastCheck =
          packet.end[row]! - at >= 20 ? mix(view.getInt32(at + 16), view.getInt32(at + 4)) | 1 : 0;
        this.lastIsStrong = true;
        return true;
    }
    return false;
  }

  /** A TCP header that the snaplen cut behind its sequence number: that alone, so never strong. */
  private printCut(packet: Packet): boolean {
    if (packet.ipProtocol !== 6 || packet.captureEnd - packet.nextAt < 8) return false;
    if ((packet.notes & CUT) === 0) return false;
    this.lastHash = mix(packet.view.getInt32(packet.nextAt + 4), packet.captureEnd - packet.nextAt);
    this.lastCheck = 0;
    this.lastIsStrong = false;
    return true;
  }

  /** The timestamps only check: a short snaplen may cut them off in one capture and not in another. */
  private printTcp(packet: Packet, at: number, optionsEnd: number): boolean {
    const view = packet.view;
    const flags = view.getUint8(at + 13) & 0x16;
    const seq = view.getInt32(at + 4);
    const ack = (flags & 0x10) !== 0 ? view.getInt32(at + 8) : 0;
    const headerEnd = at + ((view.getUint8(at + 12) >> 4) << 2);
    const stamps = timestampsAt(view, at + 20, optionsEnd);
    this.lastHash = mix(mix(seq, ack), flags);
    if (stamps >= 0) this.lastCheck = mix(view.getInt32(stamps), view.getInt32(stamps + 4)) | 1;
    else this.lastCheck = headerEnd > optionsEnd ? 0 : 1;
    this.lastIsStrong = stamps >= 0 || seq >>> 16 !== 0;
    return true;
  }

  /** By identification where there is one, else by payload; the payload checks where both are there. */
  private printDatagram(
    packet: Packet,
    key: number,
    id: number,
    salt: number,
    payloadAt: number,
  ): boolean {
    const payloadLen = packet.wireEnd - payloadAt;
    const hashed = Math.min(payloadLen, PAYLOAD_HASHED);
    let payload = 0;
    if (payloadAt + hashed <= packet.captureEnd) {
      payload = hashBytes(packet.view, payloadAt, hashed, salt) | 1;
    } else if (id === 0) {
      // cut, and no number to go by: what there is, alike only where as much was captured
      const captured = packet.captureEnd - payloadAt;
      if (captured < 2) return false;
      this.lastHash = mix(key, hashBytes(packet.view, payloadAt, captured, captured));
      this.lastCheck = 0;
      this.lastIsStrong = false;
      return true;
    }
    this.lastHash = mix(key, id !== 0 ? id | (salt << 16) : payload);
    this.lastCheck = payload;
    this.lastIsStrong = payload !== 0 && id !== 0 && payloadLen >= 4;
    return true;
  }

  /** Keep those of flows that have a number in `newRow`, under that number. */
  retain(newRow: Int32Array): void {
    let kept = 0;
    for (let p = 0; p < this.count; p++) {
      const fd = this.flowBy[p]!;
      const f = newRow[fd >> 1]!;
      if (f < 0) continue;
      this.hash[kept] = this.hash[p]!;
      this.check[kept] = this.check[p]!;
      this.flowBy[kept] = 2 * f + (fd & 1);
      this.ttl[kept] = this.ttl[p]!;
      this.strong[kept] = this.strong[p]!;
      this.time[kept] = this.time[p]!;
      this.frame[kept] = this.frame[p]!;
      kept++;
    }
    this.count = kept;
  }

  private grow(): boolean {
    if (this.capacity >= this.limit) return false;
    this.capacity = Math.min(GROWTH * this.capacity, this.limit);
    this.hash = wider(this.hash, new Int32Array(this.capacity));
    this.check = wider(this.check, new Int32Array(this.capacity));
    this.flowBy = wider(this.flowBy, new Int32Array(this.capacity));
    this.ttl = wider(this.ttl, new Uint8Array(this.capacity));
    this.strong = wider(this.strong, new Uint8Array(this.capacity));
    this.time = wider(this.time, new Float64Array(this.capacity));
    this.frame = wider(this.frame, new Float64Array(this.capacity));
    return true;
  }
}

function wider<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function hashBytes(view: DataView, at: number, length: number, seed: number): number {
  let hash = seed;
  let i = 0;
  for (; i + 4 <= length; i += 4) hash = mix(hash, view.getInt32(at + i));
  for (; i < length; i++) hash = mix(hash, view.getUint8(at + i));
  return hash;
}

/** Where the timestamp option's two values stand among the options [at, end), -1 = there is none. */
function timestampsAt(view: DataView, at: number, end: number): number {
  if (end - at >= 12 && view.getInt32(at) === 0x0101080a) return at + 4; // NOP NOP TS: nearly always
  for (let o = at; o < end; ) {
    const kind = view.getUint8(o);
    if (kind === 0) return -1;
    if (kind === 1) {
      o++;
      continue;
    }
    if (o + 2 > end) return -1;
    const len = view.getUint8(o + 1);
    if (len < 2 || o + len > end) return -1;
    if (kind === 8 && len === 10) return o + 2;
    o += len;
  }
  return -1;
}

/** Mixes two ints into one, well enough for hash tables and for telling packets apart. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x7feb352d, 0x9e3779b1) ^ Math.imul(b ^ 0x2c1b3c6d, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return h ^ (h >>> 13);
}

/** Whether a packet past the first few is remembered: by its sequence number, so alike at every place. */
export function isSampled(seq: number, kept: number): boolean {
  const h = Math.imul(seq, 0x9e3779b1);
  // One in 64 at first, halving with every second one kept: a subset of what a place that saw less keeps.
  return h >>> (26 - ((kept - PRINTS_FIRST) >> 1)) === 0;
}
