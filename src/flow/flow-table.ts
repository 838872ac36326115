/**
 * The flows: row f is the frames of one (place, encapsulation, 5-tuple) in both directions. Rows are in
 * order of their first frame. They are never moved, but where a live capture lets go of those that are over.
 *
 * A row is 32 int32 and 20 float64 in three arrays, laid out so that a packet of a known flow touches two
 * cache lines; a column for each value touched thirty (measured: docs/decisions/flow-rows.md). The arrays
 * are for few rows at first and have their full length after that; the system gives memory only for rows
 * that are used, but V8 collects garbage when it hears of so much.
 *
 * Values that a direction has are read by `fd` = 2 * f + d: d 0 is packets from the row's source to its
 * destination, 1 those back.
 */
import type { FlowIndex, Offset } from '../base/units.ts';

/** Slots of the first look-up table, as a power of 2. */
const SLOTS_BITS_MIN = 13;
/** A larger one has so many times the slots of the one before, as a power of 2. */
const SLOTS_BITS_STEP = 4;

/** Rows that there is room for at first. */
const ROWS_FIRST = 4096;

/** No flow. */
export const NO_FLOW = -1;
/** A slot that no row has. */
const FREE = 0;

/** Address family in the high byte of `kind`; the IP protocol number is its low byte. */
export const FAMILY_V4 = 4 << 8;
export const FAMILY_V6 = 6 << 8;

/**
 * Ints of a row: row f begins at f << INTS_SHIFT. The first 16 are all that a packet of a known IPv4
 * flow touches, one cache line. Of a direction's three, direction 1's follow direction 0's.
 */
export const INTS_SHIFT = 5;
export const PLACE = 0;
export const ENCAPSULATION = 1;
export const KIND = 2;
export const PORTS = 3; // source << 16 | destination
export const SRC = 4; // the last 4 bytes of the address: all of IPv4
export const DST = 5;
export const STATE_BY = 6;
export const IP_ID_BY = 7;
export const NEXT_SEQ_BY = 8;
export const BY_LEN = 3; // ints of one direction
export const RETRANSMISSIONS = 12;
export const NOTES = 13;
export const EARLIER = 14;
export const WIRE_FIRST = 15; // lengths of the row's first packet, as long as it is its direction's only one
export const SRC_UPPER = 16; // IPv6: the first 12 bytes
export const DST_UPPER = 19;
export const REPEATS = 22;
export const RESETS = 23;
export const DEEPEST = 24;
export const TUNNEL_FROM_A = 25;
export const FIRST_SEQ_BY = 26; // these two: direction 1 at + 1
export const TUNNEL_ID_BY = 28;
export const BYTES_FIRST = 30;
export const PAYLOAD_FIRST = 31;

/** Bits of NOTES, direction 1's one higher: its floats are in use. Direction 0's are from its second packet on. */
const HAS_FLOATS = 1 << 8;

/** A direction's state: TTL in bits 0-7, capture direction 8-9, fingerprints kept 12-15, TCP flags 16-23. */
export const STATE_DIRECTION = 8;
export const STATE_PRINTS = 12;
export const STATE_FLAGS = 16;

/** Floats of a direction, one cache line, where `floatsOf` tells; all 0 until `startFloats`. */
const FLOATS_SHIFT = 3;
export const FLOATS_LEN = 1 << FLOATS_SHIFT;
export const LAST = 0; // time of its latest packet
export const PACKETS = 1;
export const WIRE_BYTES = 2;
export const BYTES = 3;
export const PAYLOAD = 4;
export const SYN_AT = 5; // time of its latest SYN without ACK, -1 = none
export const RTT = 6; // from that to its first ACK after the SYN+ACK, -1 = not seen
export const GAP_AT = 7; // time of its latest jump over a gap in the sequence

/** Floats of a row that only its first packet sets: row f begins at f << COLD_SHIFT. */
export const COLD_SHIFT = 2;
export const FIRST = 0;
export const FRAME = 1;
export const MAC_BY = 2;

/** The most hashes that `bringNear` takes. */
export const NEAR_MAX = 32;

/** What a row is found by: filled by the caller, then passed to `find` and `add`. IPv4 uses `src3`, `dst3`. */
export class FlowKey {
  place = 0;
  encapsulation = 0;
  /** Family | protocol. */
  kind = 0;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  /** Source << 16 | destination. */
  ports = 0;
  /** Fill in the 16-byte addresses of an IPv6 header. */
  readIpv6(view: DataView, srcAt: number, dstAt: number): void {
    this.src0 = view.getInt32(srcAt);
    this.src1 = view.getInt32(srcAt + 4);
    this.src2 = view.getInt32(srcAt + 8);
    this.src3 = view.getInt32(srcAt + 12);
    this.dst0 = view.getInt32(dstAt);
    this.dst1 = view.getInt32(dstAt + 4);
    this.dst2 = view.getInt32(dstAt + 8);
    this.dst3 = view.getInt32(dstAt + 12);
  }
}

/**
 * Large buffers come from the system 16 bytes into a page (glibc's malloc): 48 more put rows on cache
 * lines. Elsewhere the offset does no harm.
 */
const PADDING = 48;

function intsOf(rows: number): Int32Array {
  const length = rows << INTS_SHIFT;
  return new Int32Array(new ArrayBuffer(4 * length + PADDING), PADDING, length);
}

function floatsOf(rows: number): Float64Array {
  const length = (2 * rows) << FLOATS_SHIFT;
  return new Float64Array(new ArrayBuffer(8 * length + PADDING), PADDING, length);
}

export class FlowTable {
  count = 0;
  /** Most rows ever; beyond it `add` returns NO_FLOW. */
  readonly limit: number;
  /** The rows, borrowed until the next `add`. */
  ints: Int32Array;
  /** A half of it for each direction: of flows seen in one direction alone the other's memory is never touched. */
  floats: Float64Array;
  cold: Float64Array;
  /** Rows that the arrays have room for. */
  private room: number;
  /** An int a slot: a row's number plus 1, and above it as many high bits of its hash as there is room for. */
  private slots = new Int32Array(1 << SLOTS_BITS_MIN);
  private mask = (1 << SLOTS_BITS_MIN) - 1;
  /** The bits of a slot that are its row's hash. */
  private readonly tagMask: number;
  /** What `bringNear` works on, and what it read: a result, lest the reads pass for useless. */
  private readonly near = new Int32Array(NEAR_MAX);
  nearSum = 0;
  /** The slot where the last `find` ended: of its row, or the free one that a new row takes. */
  private slot = 0;
  /** Hash of the key that the last `find` looked for. */
  private hash = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.tagMask = limit < 0x4000_0000 ? -1 << (32 - Math.clz32(limit)) : 0;
    this.room = Math.min(limit, ROWS_FIRST);
    this.ints = intsOf(this.room);
    this.floats = floatsOf(this.room);
    this.cold = new Float64Array(this.room << COLD_SHIFT);
  }

  /** Room for as many rows as there may ever be. */
  private makeRoom(): void {
    const { ints, floats, cold, limit, room } = this;
    const half = room << FLOATS_SHIFT;
    this.room = limit;
    this.ints = intsOf(limit);
    this.floats = floatsOf(limit);
    this.cold = new Float64Array(limit << COLD_SHIFT);
    this.ints.set(ints);
    this.floats.set(floats.subarray(0, half));
    this.floats.set(floats.subarray(half), limit << FLOATS_SHIFT);
    this.cold.set(cold);
  }

  /** Where the floats of direction fd begin. */
  floatsOf(fd: number): Offset {
    return ((fd >> 1) + (fd & 1) * this.room) << FLOATS_SHIFT;
  }

  /** Whether the floats of direction fd are in use; else it has no packet, or the row's first alone. */
  hasFloats(fd: number): boolean {
    return (this.ints[((fd >> 1) << INTS_SHIFT) + NOTES]! & (HAS_FLOATS << (fd & 1))) !== 0;
  }

  /** Use the floats of direction fd from now on: a packet of it is to be counted that is not its row's first. */
  startFloats(fd: number): void {
    const { ints, floats, cold } = this;
    const i = (fd >> 1) << INTS_SHIFT;
    const x = this.floatsOf(fd);
    ints[i + NOTES]! |= HAS_FLOATS << (fd & 1);
    floats[x + SYN_AT] = -1;
    floats[x + RTT] = -1;
    floats[x + GAP_AT] = Number.NEGATIVE_INFINITY;
    if ((fd & 1) === 1) return;
    const first = cold[((fd >> 1) << COLD_SHIFT) + FIRST]!;
    floats[x + LAST] = first;
    floats[x + PACKETS] = 1;
    floats[x + WIRE_BYTES] = ints[i + WIRE_FIRST]!;
    floats[x + BYTES] = ints[i + BYTES_FIRST]!;
    floats[x + PAYLOAD] = ints[i + PAYLOAD_FIRST]!;
  }

  /** The row with this key as 2 * f + (1 when the key runs from its destination to its source), or NO_FLOW. */
  find(key: FlowKey): number {
    const { place, encapsulation, kind, src3, dst3, ports } = key;
    return (kind & FAMILY_V6) === FAMILY_V6
      ? this.findIpv6(key)
      : this.findIpv4(place, encapsulation, kind, src3, dst3, ports);
  }

  /** `find` of an IPv4 flow by its values. */
  findIpv4(
    place: number,
    encapsulation: number,
    kind: number,
    src: number,
    dst: number,
    ports: number,
  ): number {
    const { slots, mask, tagMask, ints } = this;
    const h = hashOf(place, encapsulation, kind, src, dst, ports);
    this.hash = h;
    let s = h & mask;
    for (let taken = slots[s]!; taken !== FREE; taken = slots[s]!) {
      const f = (taken & ~tagMask) - 1;
      const i = f << INTS_SHIFT;
      if (
        ((taken ^ h) & tagMask) === 0 &&
        ints[i + PLACE] === place &&
        ints[i + ENCAPSULATION] === encapsulation &&
        ints[i + KIND] === kind
      ) {
        const there = ints[i + PORTS]!;
        const from = ints[i + SRC];
        const to = ints[i + DST];
        this.slot = s;
        if (there === ports && from === src && to === dst) return 2 * f;
        if (from === dst && to === src && there === turned(ports)) return 2 * f + 1;
      }
      s = (s + 1) & mask; // ends: at most half of the slots are taken
    }
    this.slot = s;
    return NO_FLOW;
  }

  private findIpv6(key: FlowKey): number {
    const { slots, mask, tagMask, ints } = this;
    const h = hashIpv6(key);
    const back = turned(key.ports);
    this.hash = h;
    let s = h & mask;
    for (let taken = slots[s]!; taken !== FREE; taken = slots[s]!) {
      const f = (taken & ~tagMask) - 1;
      const i = f << INTS_SHIFT;
      if (
        ((taken ^ h) & tagMask) === 0 &&
        ints[i + PLACE] === key.place &&
        ints[i + ENCAPSULATION] === key.encapsulation &&
        ints[i + KIND] === key.kind
      ) {
        const ports = ints[i + PORTS];
        const src = ints[i + SRC];
        const dst = ints[i + DST];
        this.slot = s;
        if (ports === key.ports && src === key.src3 && dst === key.dst3) {
          if (this.isSameUpper(i, key)) return 2 * f;
        }
        if (ports === back && src === key.dst3 && dst === key.src3) {
          if (this.isTurnedUpper(i, key)) return 2 * f + 1;
        }
      }
      s = (s + 1) & mask; // ends: at most half of the slots are taken
    }
    this.slot = s;
    return NO_FLOW;
  }

  /** The hash that `find` looks this key up by. */
  hashOf(key: FlowKey): number {
    const { place, encapsulation, kind, src3, dst3, ports } = key;
    return (kind & FAMILY_V6) === FAMILY_V6
      ? hashIpv6(key)
      : hashOf(place, encapsulation, kind, src3, dst3, ports);
  }

  /**
   * Read what looking up keys with these hashes, at most NEAR_MAX, will read: their slots, then their rows,
   * then the floats of directions that were seen. Each loop's reads wait for memory together.
   */
  bringNear(hashes: Int32Array, count: number): void {
    const { slots, mask, tagMask, ints, floats, near } = this;
    for (let k = 0; k < count; k++) near[k] = slots[hashes[k]! & mask]!;
    let rows = 0;
    for (let k = 0; k < count; k++) {
      const taken = near[k]!;
      if (taken === FREE || ((taken ^ hashes[k]!) & tagMask) !== 0) continue;
      near[rows++] = (taken & ~tagMask) - 1;
    }
    let sum = 0;
    for (let k = 0; k < rows; k++) sum += ints[(near[k]! << INTS_SHIFT) + NOTES]!;
    for (let k = 0; k < rows; k++) {
      const f = near[k]!;
      if (this.hasFloats(2 * f)) sum += floats[this.floatsOf(2 * f)]!;
      if (this.hasFloats(2 * f + 1)) sum += floats[this.floatsOf(2 * f + 1)]!;
    }
    this.nearSum = sum;
  }

  /**
   * A new row for the key that `find` was just asked for; `earlier` is the row that it found, whose place
   * in look-ups the new one takes, or NO_FLOW. Yields NO_FLOW when the table is full.
   */
  add(key: FlowKey, earlier: FlowIndex): FlowIndex {
    if (this.count === this.limit) return NO_FLOW;
    if (this.count === this.room) this.makeRoom();
    const f = this.count++;
    const i = f << INTS_SHIFT;
    const { ints } = this;
    ints[i + PLACE] = key.place;
    ints[i + ENCAPSULATION] = key.encapsulation;
    ints[i + KIND] = key.kind;
    ints[i + PORTS] = key.ports;
    ints[i + SRC] = key.src3;
    ints[i + DST] = key.dst3;
    ints[i + EARLIER] = earlier;
    if ((key.kind & FAMILY_V6) === FAMILY_V6) {
      ints[i + SRC_UPPER] = key.src0;
      ints[i + SRC_UPPER + 1] = key.src1;
      ints[i + SRC_UPPER + 2] = key.src2;
      ints[i + DST_UPPER] = key.dst0;
      ints[i + DST_UPPER + 1] = key.dst1;
      ints[i + DST_UPPER + 2] = key.dst2;
    }
    this.slots[this.slot] = (this.hash & this.tagMask) | (f + 1);
    if (2 * this.count > this.mask + 1) this.grow();
    return f;
  }

  /**
   * Keep the rows that have a number in `newRow`, under that number, and forget those with NO_FLOW. The
   * numbers run from 0 in the order of the rows.
   */
  retain(newRow: Int32Array): void {
    const { ints, cold } = this;
    let kept = 0;
    for (let f = 0; f < this.count; f++) {
      if (newRow[f] === NO_FLOW) continue;
      const to = kept++;
      const earlier = ints[(f << INTS_SHIFT) + EARLIER]!;
      if (to !== f) {
        ints.copyWithin(to << INTS_SHIFT, f << INTS_SHIFT, (f + 1) << INTS_SHIFT);
        this.moveFloats(2 * to, 2 * f);
        this.moveFloats(2 * to + 1, 2 * f + 1);
        cold.copyWithin(to << COLD_SHIFT, f << COLD_SHIFT, (f + 1) << COLD_SHIFT);
      }
      ints[(to << INTS_SHIFT) + EARLIER] = earlier === NO_FLOW ? NO_FLOW : newRow[earlier]!;
    }
    this.clearFrom(kept);
    this.reseat(newRow);
  }

  private moveFloats(to: number, from: number): void {
    const x = this.floatsOf(from);
    this.floats.copyWithin(this.floatsOf(to), x, x + (1 << FLOATS_SHIFT));
  }

  /** Rows from f on are as if they had never been. */
  private clearFrom(f: FlowIndex): void {
    const { count } = this;
    this.ints.fill(0, f << INTS_SHIFT, count << INTS_SHIFT);
    this.floats.fill(0, this.floatsOf(2 * f), this.floatsOf(2 * count));
    this.floats.fill(0, this.floatsOf(2 * f + 1), this.floatsOf(2 * count + 1));
    this.cold.fill(0, f << COLD_SHIFT, count << COLD_SHIFT);
    this.count = f;
  }

  /** The slots of rows that have new numbers, in a table that fits them. */
  private reseat(newRow: Int32Array): void {
    const { slots, tagMask } = this;
    let bits = SLOTS_BITS_MIN;
    while (2 * this.count > 1 << bits) bits += SLOTS_BITS_STEP;
    this.makeSlots(bits);
    for (const taken of slots) {
      const f = taken === FREE ? NO_FLOW : newRow[(taken & ~tagMask) - 1]!;
      if (f !== NO_FLOW) this.seat(f);
    }
  }

  /** More slots: never more than twice those that rows fill at the limit. */
  private grow(): void {
    const { slots, tagMask } = this;
    const bits = 32 - Math.clz32(this.mask);
    this.makeSlots(
      Math.max(bits + 1, Math.min(bits + SLOTS_BITS_STEP, 33 - Math.clz32(this.limit - 1))),
    );
    for (const taken of slots) if (taken !== FREE) this.seat((taken & ~tagMask) - 1);
  }

  private makeSlots(bits: number): void {
    this.slots = new Int32Array(2 ** bits);
    this.mask = 2 ** bits - 1;
  }

  /** Put row f into the first free slot. */
  private seat(f: FlowIndex): void {
    const { slots, mask } = this;
    const h = this.hashOfRow(f);
    let s = h & mask;
    while (slots[s] !== FREE) s = (s + 1) & mask;
    slots[s] = (h & this.tagMask) | (f + 1);
  }

  hashOfRow(f: FlowIndex): number {
    return this.hashAt(f, this.place(f), this.encapsulation(f));
  }

  /** The same for a tuple and its reverse; alike for flows that differ in place or encapsulation only. */
  tupleHash(f: FlowIndex): number {
    return this.hashAt(f, 0, 0);
  }

  /** The hash that row f would have at this place and in this encapsulation. */
  private hashAt(f: FlowIndex, place: number, encapsulation: number): number {
    const { ints } = this;
    const i = f << INTS_SHIFT;
    const kind = ints[i + KIND]!;
    const isV6 = (kind & FAMILY_V6) === FAMILY_V6;
    const src = ints[i + SRC]!;
    const dst = ints[i + DST]!;
    const u = i + SRC_UPPER;
    const w = i + DST_UPPER;
    return hashOf(
      place,
      encapsulation,
      kind,
      isV6 ? folded(ints[u]!, ints[u + 1]!, ints[u + 2]!, src) : src,
      isV6 ? folded(ints[w]!, ints[w + 1]!, ints[w + 2]!, dst) : dst,
      ints[i + PORTS]!,
    );
  }

  private isSameUpper(i: number, key: FlowKey): boolean {
    const { ints } = this;
    return (
      ints[i + SRC_UPPER] === key.src0 &&
      ints[i + SRC_UPPER + 1] === key.src1 &&
      ints[i + SRC_UPPER + 2] === key.src2 &&
      ints[i + DST_UPPER] === key.dst0 &&
      ints[i + DST_UPPER + 1] === key.dst1 &&
      ints[i + DST_UPPER + 2] === key.dst2
    );
  }

  private isTurnedUpper(i: number, key: FlowKey): boolean {
    const { ints } = this;
    return (
      ints[i + SRC_UPPER] === key.dst0 &&
      ints[i + SRC_UPPER + 1] === key.dst1 &&
      ints[i + SRC_UPPER + 2] === key.dst2 &&
      ints[i + DST_UPPER] === key.src0 &&
      ints[i + DST_UPPER + 1] === key.src1 &&
      ints[i + DST_UPPER + 2] === key.src2
    );
  }

  place(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + PLACE]!;
  }

  encapsulation(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + ENCAPSULATION]!;
  }

  /** Family | protocol. */
  kind(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + KIND]!;
  }

  /** Source port << 16 | destination port. */
  ports(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + PORTS]!;
  }

  /** Word 0..3 of the address of the source (`side` 0) or destination (1); IPv4 has word 3 only. */
  addressWord(f: FlowIndex, side: number, word: number): number {
    const i = f << INTS_SHIFT;
    if (word === 3) return this.ints[i + (side === 0 ? SRC : DST)]!;
    return this.ints[i + (side === 0 ? SRC_UPPER : DST_UPPER) + word]!;
  }

  /** The row that had this key before (a 5-tuple used again), NO_FLOW = none. */
  earlier(f: FlowIndex): FlowIndex {
    return this.ints[(f << INTS_SHIFT) + EARLIER]!;
  }

  /** FLOW_* bits of observe.ts: what packets of the row have shown. */
  notes(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + NOTES]!;
  }

  /** Packets seen again at this very place with a lower TTL; in no other count. */
  repeats(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + REPEATS]!;
  }

  /** TTL or hop limit of the first packet, 0 = none seen. */
  ttlBy(fd: number): number {
    return this.state(fd) & 0xff;
  }

  /** Direction bits as the capture told of the first packet: 0 = not told. */
  directionBy(fd: number): number {
    return (this.state(fd) >> STATE_DIRECTION) & 3;
  }

  /** All TCP flags seen, ORed, low 8 bits. */
  tcpFlagsBy(fd: number): number {
    return (this.state(fd) >> STATE_FLAGS) & 0xff;
  }

  /** First TCP sequence number seen, int32. */
  firstSeqBy(fd: number): number {
    return this.ints[((fd >> 1) << INTS_SHIFT) + FIRST_SEQ_BY + (fd & 1)]!;
  }

  /** The one after the last byte seen, int32. */
  nextSeqBy(fd: number): number {
    return this.ints[((fd >> 1) << INTS_SHIFT) + NEXT_SEQ_BY + (fd & 1) * BY_LEN]!;
  }

  /** VNI, key or other identifier of the innermost encapsulation; -1 = none. */
  tunnelIdBy(fd: number): number {
    return this.ints[((fd >> 1) << INTS_SHIFT) + TUNNEL_ID_BY + (fd & 1)]!;
  }

  retransmissions(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + RETRANSMISSIONS]!;
  }

  resets(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + RESETS]!;
  }

  /** Protocol number of the innermost layer of the first packet. */
  deepest(f: FlowIndex): number {
    return this.ints[(f << INTS_SHIFT) + DEEPEST]!;
  }

  /** Whether packets towards the server run from end a to end b of the row's encapsulation. */
  tunnelForwardIs(f: FlowIndex, toServer: number): boolean {
    return (this.ints[(f << INTS_SHIFT) + TUNNEL_FROM_A] === 1) === (toServer === 0);
  }

  /** Time of the first packet, nanoseconds since the stage's epoch. */
  first(f: FlowIndex): number {
    return this.cold[(f << COLD_SHIFT) + FIRST]!;
  }

  /** Time of the latest packet, nanoseconds since the stage's epoch; never before the first one's. */
  last(f: FlowIndex): number {
    return Math.max(this.lastBy(2 * f), this.lastBy(2 * f + 1), this.first(f));
  }

  private lastBy(fd: number): number {
    return this.hasFloats(fd) ? this.floats[this.floatsOf(fd) + LAST]! : this.first(fd >> 1);
  }

  /** Number of the first frame in its own file. */
  frame(f: FlowIndex): number {
    return this.cold[(f << COLD_SHIFT) + FRAME]!;
  }

  /** TCP: SYN to the handshake's last ACK, nanoseconds, -1 = not seen. */
  rtt(f: FlowIndex): number {
    return Math.max(this.rttBy(2 * f), this.rttBy(2 * f + 1));
  }

  private rttBy(fd: number): number {
    return this.hasFloats(fd) ? this.floats[this.floatsOf(fd) + RTT]! : -1;
  }

  packetsBy(fd: number): number {
    if (this.hasFloats(fd)) return this.floats[this.floatsOf(fd) + PACKETS]!;
    return 1 - (fd & 1);
  }

  /** Frame bytes on the wire. */
  wireBytesBy(fd: number): number {
    return this.bytesOf(fd, WIRE_BYTES, WIRE_FIRST);
  }

  /** Bytes of the innermost packet from its IP header on. */
  bytesBy(fd: number): number {
    return this.bytesOf(fd, BYTES, BYTES_FIRST);
  }

  /** Bytes above the transport header (above IP where there is none). */
  payloadBy(fd: number): number {
    return this.bytesOf(fd, PAYLOAD, PAYLOAD_FIRST);
  }

  private bytesOf(fd: number, all: number, ofFirst: number): number {
    if (this.hasFloats(fd)) return this.floats[this.floatsOf(fd) + all]!;
    return (fd & 1) === 0 ? this.ints[((fd >> 1) << INTS_SHIFT) + ofFirst]! : 0;
  }

  /** MAC address of the source (`side` 0) or destination (1), nearest the first packet's IP header; -1 = none. */
  mac(f: FlowIndex, side: number): number {
    return this.cold[(f << COLD_SHIFT) + MAC_BY + side]!;
  }

  private state(fd: number): number {
    return this.ints[((fd >> 1) << INTS_SHIFT) + STATE_BY + (fd & 1) * BY_LEN]!;
  }
}

/** Source and destination port interchanged. */
function turned(ports: number): number {
  return (ports << 16) | (ports >>> 16);
}

/** The same for both directions: each end is hashed by itself, and the sum of both with where they were seen. */
function hashOf(
  place: number,
  encapsulation: number,
  kind: number,
  src: number,
  dst: number,
  ports: number,
): number {
  const where = kind + (place << 12) + Math.imul(encapsulation, 0x61c88647);
  const ends = hashOfEnd(src, ports >>> 16) + hashOfEnd(dst, ports & 0xffff);
  const h = Math.imul(ends ^ (ends >>> 15) ^ where, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

function hashOfEnd(address: number, port: number): number {
  const h = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
  return Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
}

function hashIpv6(key: FlowKey): number {
  return hashOf(
    key.place,
    key.encapsulation,
    key.kind,
    folded(key.src0, key.src1, key.src2, key.src3),
    folded(key.dst0, key.dst1, key.dst2, key.dst3),
    key.ports,
  );
}

/** An IPv6 address as one int. */
function folded(word0: number, word1: number, word2: number, word3: number): number {
  return word3 ^ Math.imul(word0 ^ Math.imul(word1, 31), 0x27d4eb2f) ^ Math.imul(word2, 0x165667b1);
}
