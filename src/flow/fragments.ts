/**
 * Fragments after the first carry no ports: this remembers which flow a datagram's first fragment
 * went to, and holds the counts of those that came before it. Fixed size; a new datagram takes the
 * place of an older one.
 */
import { NO_FLOW } from './flow-table.ts';

const ENTRIES = 1 << 12;
/** A datagram's fragments arrive within this; Linux gives up reassembly after 30 s (ipfrag_time). */
const LIFE_NS = 30e9;
const IS_OUTER = 2;

export class Fragments {
  private readonly keyA = new Int32Array(ENTRIES);
  private readonly keyB = new Int32Array(ENTRIES);
  private readonly place = new Int32Array(ENTRIES).fill(-1);
  private readonly time = new Float64Array(ENTRIES);
  private readonly flow = new Int32Array(ENTRIES);
  /** 1 = towards the source; 2 = an outer packet was fragmented, its inner one is counted whole. */
  private readonly how = new Uint8Array(ENTRIES);
  private readonly packets = new Int32Array(ENTRIES);
  private readonly wireBytes = new Float64Array(ENTRIES);
  private readonly bytes = new Float64Array(ENTRIES);
  /** Fragments whose first part was never seen. */
  orphans = 0;

  /** Waiting counts that `first` handed over. */
  heldPackets = 0;
  heldWireBytes = 0;
  heldBytes = 0;
  /** Of the fragment that `later` found the flow of: it is part of an outer packet. */
  ofOuter = false;

  private slotOf(place: number, src: number, dst: number, id: number): number {
    let h =
      Math.imul(src, 0x9e3779b1) ^ Math.imul(dst, 0x85ebca6b) ^ Math.imul(id + place, 0xc2b2ae35);
    h ^= h >>> 15;
    return h & (ENTRIES - 1);
  }

  /** A first fragment went to direction `fd`; what waited for it is in `held…` after this. */
  first(
    place: number,
    src: number,
    dst: number,
    id: number,
    now: number,
    fd: number,
    isOuter: boolean,
  ): void {
    const s = this.slotOf(place, src, dst, id);
    const waited = this.isSame(s, place, src, dst, id, now) && this.flow[s] === NO_FLOW;
    this.heldPackets = waited ? this.packets[s]! : 0;
    this.heldWireBytes = waited ? this.wireBytes[s]! : 0;
    this.heldBytes = waited ? this.bytes[s]! : 0;
    if (!waited) this.giveUp(s);
    this.take(s, place, src, dst, id, now);
    this.flow[s] = fd >> 1;
    this.how[s] = (fd & 1) | (isOuter ? IS_OUTER : 0);
  }

  /** The flow of a later fragment as 2 * row + direction, or NO_FLOW: then its counts wait here. */
  later(
    place: number,
    src: number,
    dst: number,
    id: number,
    now: number,
    wireLen: number,
    len: number,
  ): number {
    const s = this.slotOf(place, src, dst, id);
    if (!this.isSame(s, place, src, dst, id, now)) {
      this.giveUp(s);
      this.take(s, place, src, dst, id, now);
      this.flow[s] = NO_FLOW;
    } else if (this.flow[s] !== NO_FLOW) {
      this.ofOuter = (this.how[s]! & IS_OUTER) !== 0;
      return 2 * this.flow[s]! + (this.how[s]! & 1);
    }
    this.packets[s]!++;
    this.wireBytes[s]! += wireLen;
    this.bytes[s]! += len;
    return NO_FLOW;
  }

  /** All that still waits is orphaned: no more frames come. */
  finish(): void {
    for (let s = 0; s < ENTRIES; s++) {
      this.giveUp(s);
      this.place[s] = -1;
    }
  }

  /** Flows have new numbers; datagrams of those that have none are forgotten. */
  retain(newRow: Int32Array): void {
    for (let s = 0; s < ENTRIES; s++) {
      const f = this.flow[s]!;
      if (this.place[s] === -1 || f === NO_FLOW) continue;
      this.flow[s] = newRow[f]!;
      if (newRow[f] === NO_FLOW) this.place[s] = -1;
    }
  }

  private isSame(
    s: number,
    place: number,
    src: number,
    dst: number,
    id: number,
    now: number,
  ): boolean {
    return (
      this.place[s] === place &&
      this.keyA[s] === (src ^ Math.imul(id, 0x10001)) &&
      this.keyB[s] === dst &&
      Math.abs(now - this.time[s]!) < LIFE_NS
    );
  }

  private giveUp(s: number): void {
    if (this.place[s] !== -1 && this.flow[s] === NO_FLOW) this.orphans += this.packets[s]!;
    this.packets[s] = 0;
  }

  private take(s: number, place: number, src: number, dst: number, id: number, now: number): void {
    this.place[s] = place;
    this.keyA[s] = src ^ Math.imul(id, 0x10001);
    this.keyB[s] = dst;
    this.time[s] = now;
    this.packets[s] = 0;
    this.wireBytes[s] = 0;
    this.bytes[s] = 0;
  }
}
