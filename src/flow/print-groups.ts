/**
 * Fingerprints that are alike, group by group: rows of `Fingerprints` with one hash and no checks that
 * contradict. Linear in their number; a group that is larger than any packet's journey is cut short
 * and counted.
 */
import type { Fingerprints } from './fingerprints.ts';

/** The most sightings of one packet looked at together. */
const GROUP_MAX = 256;
/** Rows looked at for one group: packets may be made to have one hash and differ in all else. */
const LOOKED_MAX = 1024;

export class PrintGroups {
  private readonly prints: Fingerprints;
  private readonly next: Int32Array;
  private readonly taken: Uint8Array;
  /** Fingerprints left out of a group that was too large, and groups not looked for to their end. */
  overflow = 0;

  constructor(prints: Fingerprints) {
    this.prints = prints;
    let size = 1024;
    while (size < 2 * prints.count) size *= 2;
    const head = new Int32Array(size).fill(-1);
    this.next = new Int32Array(prints.count);
    this.taken = new Uint8Array(prints.count);
    for (let p = prints.count - 1; p >= 0; p--) {
      const s = prints.hash[p]! & (size - 1);
      this.next[p] = head[s]!;
      head[s] = p;
    }
  }

  /** Call `visit` with each group of two or more, rows in order of capture; the array is reused. */
  forEach(visit: (group: number[]) => void): void {
    const { next, taken } = this;
    const group: number[] = [];
    for (let p = 0; p < next.length; p++) {
      if (next[p]! < 0 || taken[p] === 1 || !this.hasAnother(p)) continue;
      this.collect(p, group);
      if (group.length > 1 && !this.isOneFlow(group)) visit(group);
    }
    taken.fill(0);
  }

  /** Some later row has the hash of row p. */
  private hasAnother(p: number): boolean {
    const { next } = this;
    const { hash } = this.prints;
    let looked = 0;
    for (let q = next[p]!; q >= 0 && looked < LOOKED_MAX; q = next[q]!, looked++) {
      if (hash[q] === hash[p]) return true;
    }
    return false;
  }

  /** All not yet taken rows alike with row p, p first. */
  private collect(p: number, group: number[]): void {
    const { prints, next, taken } = this;
    const hash = prints.hash[p]!;
    let check = 0;
    let looked = 0;
    group.length = 0;
    for (let q = p; q >= 0; q = next[q]!, looked++) {
      if (looked === LOOKED_MAX) {
        this.overflow++;
        return;
      }
      if (prints.hash[q] !== hash || taken[q] === 1) continue;
      const own = prints.check[q]!;
      if (own !== 0 && check !== 0 && own !== check) continue;
      if (own !== 0) check = own;
      taken[q] = 1;
      if (group.length < GROUP_MAX) group.push(q);
      else this.overflow++;
    }
  }

  private isOneFlow(group: readonly number[]): boolean {
    const flow = this.prints.flowBy[group[0]!]! >> 1;
    return group.every((p) => this.prints.flowBy[p]! >> 1 === flow);
  }
}
