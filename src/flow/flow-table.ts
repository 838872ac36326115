/**
 * The flows, as columns: row f of every column is one flow, the frames of one (place, encapsulation,
 * 5-tuple) in both directions. Columns named `…By` hold two entries a flow: [2f] for packets from
 * source to destination, [2f + 1] for those back. Rows are in order of their first frame and are
 * never moved. Open addressing over int32; no object per flow.
 */
import type { FlowIndex } from '../base/units.ts';

/** No flow; also an empty slot. */
export const NO_FLOW = -1;

/** Address family in the high byte of `kind`; the IP protocol number is its low byte. */
export const FAMILY_V4 = 4 << 8;
export const FAMILY_V6 = 6 << 8;

const CAPACITY_MIN = 4096;

type Column = Int32Array | Float64Array | Uint16Array | Uint8Array | Int8Array;

/** What a row is found by: filled by the caller, then passed to `find` and `add`. IPv4 uses word 3. */
export class FlowKey {
  /** Place and encapsulation. */
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
  srcPort = 0;
  dstPort = 0;

  /** Fill the addresses from an IP header's 16 or 4 byte addresses. */
  readAddresses(view: DataView, isV6: boolean, srcAt: number, dstAt: number): void {
    if (isV6) {
      this.src0 = view.getInt32(srcAt);
      this.src1 = view.getInt32(srcAt + 4);
      this.src2 = view.getInt32(srcAt + 8);
      this.src3 = view.getInt32(srcAt + 12);
      this.dst0 = view.getInt32(dstAt);
      this.dst1 = view.getInt32(dstAt + 4);
      this.dst2 = view.getInt32(dstAt + 8);
      this.dst3 = view.getInt32(dstAt + 12);
      return;
    }
    this.src0 = 0;
    this.src1 = 0;
    this.src2 = 0;
    this.src3 = view.getInt32(srcAt);
    this.dst0 = 0;
    this.dst1 = 0;
    this.dst2 = 0;
    this.dst3 = view.getInt32(dstAt);
  }
}

export class FlowTable {
  count = 0;
  /** Most rows ever; beyond it `add` returns NO_FLOW. */
  readonly limit: number;
  capacity = CAPACITY_MIN;

  place = new Int32Array(CAPACITY_MIN);
  encapsulation = new Int32Array(CAPACITY_MIN);
  kind = new Int32Array(CAPACITY_MIN);
  src0 = new Int32Array(CAPACITY_MIN);
  src1 = new Int32Array(CAPACITY_MIN);
  src2 = new Int32Array(CAPACITY_MIN);
  src3 = new Int32Array(CAPACITY_MIN);
  dst0 = new Int32Array(CAPACITY_MIN);
  dst1 = new Int32Array(CAPACITY_MIN);
  dst2 = new Int32Array(CAPACITY_MIN);
  dst3 = new Int32Array(CAPACITY_MIN);
  /** Source port << 16 | destination port. */
  ports = new Int32Array(CAPACITY_MIN);
  /** Row that had this key before (a 5-tuple used again), NO_FLOW = none. */
  earlier = new Int32Array(CAPACITY_MIN);

  /** Time of the first and last packet, nanoseconds since the stage's epoch. */
  first = new Float64Array(CAPACITY_MIN);
  last = new Float64Array(CAPACITY_MIN);
  /** Number of the first frame in its own file. */
  frame = new Float64Array(CAPACITY_MIN);
  packetsBy = new Float64Array(2 * CAPACITY_MIN);
  /** Frame bytes on the wire. */
  wireBytesBy = new Float64Array(2 * CAPACITY_MIN);
  /** Bytes of the innermost packet from its IP header on. */
  bytesBy = new Float64Array(2 * CAPACITY_MIN);
  /** Bytes above the transport header (above IP where there is none). */
  payloadBy = new Float64Array(2 * CAPACITY_MIN);

  /** TTL or hop limit of the first packet in a direction, 0 = none seen. */
  ttlBy = new Uint8Array(2 * CAPACITY_MIN);
  /** IPv4 identification of the latest packet. */
  idBy = new Uint16Array(2 * CAPACITY_MIN);
  /** Direction bits as the capture told of the first packet: 0 = not told. */
  directionBy = new Uint8Array(2 * CAPACITY_MIN);
  /** VNI, key or other identifier of the innermost encapsulation; -1 = none. */
  tunnelIdBy = new Int32Array(2 * CAPACITY_MIN);
  /** 1 = packets from source to destination travel from end a to end b of their encapsulation. */
  tunnelFromA = new Uint8Array(CAPACITY_MIN);
  /** Fingerprints kept. */
  printsBy = new Uint8Array(2 * CAPACITY_MIN);
  /** MAC addresses of the first packet, nearest its IP header; -1 = none. */
  sourceMac = new Float64Array(CAPACITY_MIN);
  destinationMac = new Float64Array(CAPACITY_MIN);
  /** FLOW_* bits. */
  notes = new Uint16Array(CAPACITY_MIN);
  /** Protocol number of the innermost layer of the first packet. */
  deepest = new Uint8Array(CAPACITY_MIN);
  /** Packets seen again at this very place with a lower TTL; not in the counts above. */
  repeats = new Int32Array(CAPACITY_MIN);

  /** TCP. All flags ever seen, ORed, low 8 bits. */
  tcpFlagsBy = new Uint8Array(2 * CAPACITY_MIN);
  /** First sequence number seen, and the one after the last byte seen. */
  firstSeqBy = new Int32Array(2 * CAPACITY_MIN);
  nextSeqBy = new Int32Array(2 * CAPACITY_MIN);
  retransmissions = new Int32Array(CAPACITY_MIN);
  resets = new Int32Array(CAPACITY_MIN);
  /** Time of the latest SYN, and of the latest jump over a gap in the sequence. */
  synAt = new Float64Array(CAPACITY_MIN);
  gapAt = new Float64Array(CAPACITY_MIN);
  /** SYN to the handshake's last ACK, nanoseconds, -1 = not seen. */
  rtt = new Float64Array(CAPACITY_MIN);

  private slots = new Int32Array(4 * CAPACITY_MIN).fill(NO_FLOW);
  private mask = 4 * CAPACITY_MIN - 1;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * The row with this key in either direction, or NO_FLOW. Direction: `isReverse(row, key)`.
   */
  find(key: FlowKey): FlowIndex {
    const slots = this.slots;
    const mask = this.mask;
    let s = hash(key) & mask;
    for (let f = slots[s]!; f !== NO_FLOW; f = slots[s]!) {
      if (this.matches(f, key)) return f;
      s = (s + 1) & mask; // ends: at most half of the slots are taken
    }
    return NO_FLOW;
  }

  /** Whether the key runs from the row's destination to its source. Equal ends count as forward. */
  isReverse(f: FlowIndex, key: FlowKey): boolean {
    return (
      this.ports[f] !== ((key.srcPort << 16) | key.dstPort) ||
      this.src3[f] !== key.src3 ||
      this.dst3[f] !== key.dst3 ||
      this.src2[f] !== key.src2 ||
      this.src1[f] !== key.src1 ||
      this.src0[f] !== key.src0
    );
  }

  /** A new row for the key, which takes the place of an earlier one in look-ups; NO_FLOW when full. */
  add(key: FlowKey): FlowIndex {
    if (this.count === this.limit) return NO_FLOW;
    if (this.count === this.capacity) this.grow();
    const f = this.count++;
    this.place[f] = key.place;
    this.encapsulation[f] = key.encapsulation;
    this.kind[f] = key.kind;
    this.src3[f] = key.src3;
    this.dst3[f] = key.dst3;
    if ((key.kind & FAMILY_V6) === FAMILY_V6) {
      this.src0[f] = key.src0;
      this.src1[f] = key.src1;
      this.src2[f] = key.src2;
      this.dst0[f] = key.dst0;
      this.dst1[f] = key.dst1;
      this.dst2[f] = key.dst2;
    }
    this.ports[f] = (key.srcPort << 16) | key.dstPort;
    this.earlier[f] = this.link(key, f);
    return f;
  }

  /** Put row f into the slot of its key; the row that was there, or NO_FLOW. */
  private link(key: FlowKey, f: FlowIndex): FlowIndex {
    let s = hash(key) & this.mask;
    for (let g = this.slots[s]!; g !== NO_FLOW; g = this.slots[s]!) {
      if (this.matches(g, key)) {
        this.slots[s] = f;
        return g;
      }
      s = (s + 1) & this.mask;
    }
    this.slots[s] = f;
    return NO_FLOW;
  }

  private matches(f: FlowIndex, key: FlowKey): boolean {
    if (this.place[f] !== key.place || this.kind[f] !== key.kind) return false;
    if (this.encapsulation[f] !== key.encapsulation) return false;
    const ports = this.ports[f];
    const src3 = this.src3[f];
    const dst3 = this.dst3[f];
    if (
      ports === ((key.srcPort << 16) | key.dstPort) &&
      src3 === key.src3 &&
      dst3 === key.dst3 &&
      this.src2[f] === key.src2 &&
      this.src1[f] === key.src1 &&
      this.src0[f] === key.src0 &&
      this.dst2[f] === key.dst2 &&
      this.dst1[f] === key.dst1 &&
      this.dst0[f] === key.dst0
    ) {
      return true;
    }
    return (
      ports === ((key.dstPort << 16) | key.srcPort) &&
      src3 === key.dst3 &&
      dst3 === key.src3 &&
      this.src2[f] === key.dst2 &&
      this.src1[f] === key.dst1 &&
      this.src0[f] === key.dst0 &&
      this.dst2[f] === key.src2 &&
      this.dst1[f] === key.src1 &&
      this.dst0[f] === key.src0
    );
  }

  private grow(): void {
    const capacity = Math.min(2 * this.capacity, this.limit);
    const table = this as unknown as Record<string, Column>;
    for (const name of Object.keys(this)) {
      const column = table[name];
      if (name === 'slots' || !ArrayBuffer.isView(column)) continue;
      const rowLen = column.length / this.capacity;
      const wider = new (column.constructor as new (length: number) => Column)(rowLen * capacity);
      wider.set(column);
      table[name] = wider;
    }
    this.capacity = capacity;
    this.rehash();
  }

  /** Slots for the new capacity, a quarter full at most when just grown. */
  private rehash(): void {
    let size = this.slots.length;
    while (size < 2 * this.capacity) size *= 2;
    const old = this.slots;
    this.slots = new Int32Array(size).fill(NO_FLOW);
    this.mask = size - 1;
    const key = new FlowKey();
    for (const f of old) {
      if (f === NO_FLOW) continue;
      this.keyOf(f, key);
      let s = hash(key) & this.mask;
      while (this.slots[s] !== NO_FLOW) s = (s + 1) & this.mask;
      this.slots[s] = f;
    }
  }

  /** Whether packets towards the server run from end a to end b of the row's encapsulation. */
  tunnelForwardIs(f: FlowIndex, toServer: number): boolean {
    return (this.tunnelFromA[f] === 1) === (toServer === 0);
  }

  /** Fill `key` with the key of row f. */
  keyOf(f: FlowIndex, key: FlowKey): void {
    key.place = this.place[f]!;
    key.encapsulation = this.encapsulation[f]!;
    key.kind = this.kind[f]!;
    key.src0 = this.src0[f]!;
    key.src1 = this.src1[f]!;
    key.src2 = this.src2[f]!;
    key.src3 = this.src3[f]!;
    key.dst0 = this.dst0[f]!;
    key.dst1 = this.dst1[f]!;
    key.dst2 = this.dst2[f]!;
    key.dst3 = this.dst3[f]!;
    key.srcPort = this.ports[f]! >>> 16;
    key.dstPort = this.ports[f]! & 0xffff;
  }
}

/** The same for both directions: ends are combined by symmetric operations before mixing. */
function hash(key: FlowKey): number {
  let h = Math.imul(key.src3 ^ key.dst3, 0x9e3779b1);
  h = Math.imul(h ^ (key.src3 + key.dst3), 0x85ebca6b);
  h ^= Math.imul(
    ((key.srcPort ^ key.dstPort) << 16) | ((key.srcPort + key.dstPort) & 0xffff),
    0xc2b2ae35,
  );
  if ((key.kind & FAMILY_V6) === FAMILY_V6) {
    h ^= Math.imul((key.src0 ^ key.dst0) + Math.imul(key.src1 ^ key.dst1, 31), 0x27d4eb2f);
    h ^= Math.imul(key.src2 ^ key.dst2, 0x165667b1);
  }
  h ^= Math.imul(key.place + Math.imul(key.encapsulation, 0x61c88647) + key.kind, 0x2545f491);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
