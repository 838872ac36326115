/** Some of the packets of a run, in order: one bit each, and sums that find the n-th of them at once. */
import type { PacketIndex } from '../view/model.ts';

const WORDS_A_SUM = 64;
const PACKETS_A_SUM = 32 * WORDS_A_SUM;
const WORDS_FIRST = 1024;

export class PacketSet {
  /** Packets in the set. */
  count = 0;
  /** Packets that were looked at: [0, done). */
  done: PacketIndex = 0;
  private words = new Uint32Array(WORDS_FIRST);
  /** Packets of the set before each PACKETS_A_SUM packets. */
  private sums = new Uint32Array(WORDS_FIRST / WORDS_A_SUM + 1);

  /** Look at packet `done`: is it in the set? */
  add(isIn: boolean): void {
    const word = this.done >>> 5;
    if (word >= this.words.length) this.grow();
    if (this.done % PACKETS_A_SUM === 0) this.sums[this.done / PACKETS_A_SUM] = this.count;
    if (isIn) {
      this.words[word]! |= 1 << (this.done & 31);
      this.count++;
    }
    this.done++;
  }

  private grow(): void {
    const words = new Uint32Array(2 * this.words.length);
    words.set(this.words);
    const sums = new Uint32Array(words.length / WORDS_A_SUM + 1);
    sums.set(this.sums);
    this.words = words;
    this.sums = sums;
  }

  has(packet: PacketIndex): boolean {
    return packet < this.done && ((this.words[packet >>> 5]! >>> (packet & 31)) & 1) === 1;
  }

  /** Packets of the set before this one. */
  rank(packet: PacketIndex): number {
    const end = Math.min(packet, this.done);
    const sum = Math.floor(end / PACKETS_A_SUM);
    if (sum * PACKETS_A_SUM >= this.done) return this.count;
    let count = this.sums[sum]!;
    for (let word = sum * WORDS_A_SUM; word < end >>> 5; word++) {
      count += bitsIn(this.words[word]!);
    }
    const rest = end & 31;
    return rest === 0 ? count : count + bitsIn(this.words[end >>> 5]! & ((1 << rest) - 1));
  }

  /** The n-th packet of the set, from 0 on; -1 when there are not so many. */
  select(n: number): PacketIndex {
    if (n < 0 || n >= this.count) return -1;
    let low = 0;
    let high = Math.floor((this.done - 1) / PACKETS_A_SUM);
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.sums[middle]! <= n) low = middle;
      else high = middle - 1;
    }
    let left = n - this.sums[low]!;
    let word = low * WORDS_A_SUM;
    for (let bits = bitsIn(this.words[word]!); left >= bits; bits = bitsIn(this.words[word]!)) {
      left -= bits;
      word++;
    }
    let rest = this.words[word]!;
    for (; left > 0; left--) rest &= rest - 1; // takes the lowest bit away
    return word * 32 + (31 - Math.clz32(rest & -rest));
  }
}

function bitsIn(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
