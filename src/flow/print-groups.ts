/**
 * Fingerprints that are alike, group by group: rows of `Fingerprints` with one hash and no checks that
 * contradict. Linear in their number; a group that is larger than any packet's journey is cut short
 * and counted.
 */
import type { Fingerprints } from './fingerprints.ts';
import { repeatedRows } from './repeats.ts';

/** The most sightings of one packet looked at together. */
const GROUP_MAX = 256;
/** Rows looked at for one group: packets may be made to have one hash and differ in all else. */
const LOOKED_MAX = 1024;

export class PrintGroups {
  private readonly prints: Fingerprints;
  /** Rows that may be alike with others, in order; places k of this array are what the others hold. */
  private readonly rows: Int32Array;
  /** The next place with the same slot, -1 = none. */
  private readonly next: Int32Array;
  private readonly taken: Uint8Array;
  /** Fingerprints left out of a group that was too large, and groups not looked for to their end. */
  overflow = 0;

  constructor(prints: Fingerprints) {
    this.prints = prints;
    this.rows = repeatedRows(prints.hash, prints.count);
    const count = this.rows.length;
    let size = 1024;
    while (size < 2 * count) size *= 2;
    const head = new Int32Array(size).fill(-1);
    this.next = new Int32Array(count);
    this.taken = new Uint8Array(count);
    for (let k = count - 1; k >= 0; k--) {
      const s = prints.hash[this.rows[k]!]! & (size - 1);
      this.next[k] = head[s]!;
      head[s] = k;
    }
  }

  /** Call `visit` with each group of two or more, rows in order of capture; the array is reused. */
  forEach(visit: (group: number[]) => void): void {
    const { next, taken } = this;
    const group: number[] = [];
    for (let k = 0; k < next.length; k++) {
      if (next[k]! < 0 || taken[k] === 1) continue;
      this.collect(k, group);
      if (group.length > 1 && !this.isOneFlow(group)) visit(group);
    }
    taken.fill(0);
  }

  /** All not yet taken rows alike with the one at place k, that one first. */
  private collect(k: number, group: number[]): void {
    const { prints, rows, next, taken } = this;
    const hash = prints.hash[rows[k]!]!;
    let check = 0;
    let looked = 0;
    group.length = 0;
    for (let j = k; j >= 0; j = next[j]!, looked++) {
      if (looked === LOOKED_MAX) {
        this.overflow++;
        return;
      }
      const q = rows[j]!;
      if (prints.hash[q] !== hash || taken[j] === 1) continue;
      const own = prints.check[q]!;
      if (own !== 0 && check !== 0 && own !== check) continue;
      if (own !== 0) check = own;
      taken[j] = 1;
      if (group.length < GROUP_MAX) group.push(q);
      else this.overflow++;
    }
  }

  private isOneFlow(group: readonly number[]): boolean {
    const flow = this.prints.flowBy[group[0]!]! >> 1;
    return group.every((p) => this.prints.flowBy[p]! >> 1 === flow);
  }
}
