/**
 * Fingerprints that are alike, group by group: rows of `Fingerprints` with one hash and no checks that
 * contradict. Linear in their number; a group that is larger than any packet's journey is cut short
 * and counted.
 */
import type { Fingerprints } from './fingerprints.ts';

/** The most sightings of one packet looked at together. */
const GROUP_MAX = 256;

export class PrintGroups {
  private readonly prints: Fingerprints;
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private readonly taken: Uint8Array;
  /** Fingerprints left out of a group that was too large. */
  overflow = 0;

  constructor(prints: Fingerprints) {
    this.prints = prints;
    let size = 1024;
    while (size < 2 * prints.count) size *= 2;
    this.head = new Int32Array(size).fill(-1);
    this.next = new Int32Array(prints.count);
    this.taken = new Uint8Array(prints.count);
    for (let p = prints.count - 1; p >= 0; p--) {
      const s = prints.hash[p]! & (size - 1);
      this.next[p] = this.head[s]!;
      this.head[s] = p;
    }
  }

  /** Call `visit` with each group of two or more, rows in order of capture; the array is reused. */
  forEach(visit: (group: number[]) => void): void {
    const { head, next, taken } = this;
    const group: number[] = [];
    for (let s = 0; s < head.length; s++) {
      const first = head[s]!;
      if (first < 0 || next[first]! < 0) continue;
      for (let p = first; p >= 0; p = next[p]!) {
        if (taken[p] === 1) continue;
        this.collect(p, group);
        if (group.length > 1 && !this.isOneFlow(group)) visit(group);
      }
    }
    taken.fill(0);
  }

  /** All not yet taken rows alike with row p, p first. */
  private collect(p: number, group: number[]): void {
    const { prints, next, taken } = this;
    const hash = prints.hash[p]!;
    let check = 0;
    group.length = 0;
    for (let q = p; q >= 0; q = next[q]!) {
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
