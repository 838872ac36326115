/** Disjoint sets of flows, each flow with its orientation relative to the others of its set. */
import type { FlowIndex } from '../base/units.ts';

export class FlowSets {
  private readonly parent: Int32Array;
  /** 1 = the flow runs the other way round than its parent. */
  private readonly turned: Uint8Array;
  private readonly size: Int32Array;

  constructor(count: number) {
    this.parent = new Int32Array(count);
    for (let f = 0; f < count; f++) this.parent[f] = f;
    this.turned = new Uint8Array(count);
    this.size = new Int32Array(count).fill(1);
  }

  /** The set's representative as 2 * flow + (1 when f runs the other way round than it). */
  find(f: FlowIndex): number {
    let root = f;
    let turned = 0;
    while (this.parent[root] !== root) {
      turned ^= this.turned[root]!;
      root = this.parent[root]!;
    }
    let at = f;
    let rest = turned;
    while (this.parent[at] !== root && at !== root) {
      const next = this.parent[at]!;
      const own = this.turned[at]!;
      this.parent[at] = root;
      this.turned[at] = rest;
      rest ^= own;
      at = next;
    }
    return 2 * root + turned;
  }

  /**
   * Put two flows into one set; `turned` 1 = they run opposite ways. False, and nothing is done, when
   * they are in one set already with the opposite orientation.
   */
  join(a: FlowIndex, b: FlowIndex, turned: number): boolean {
    const rootA = this.find(a);
    const rootB = this.find(b);
    const between = (rootA & 1) ^ (rootB & 1) ^ turned;
    const x = rootA >> 1;
    const y = rootB >> 1;
    if (x === y) return between === 0;
    const isSmaller = this.size[x]! < this.size[y]!;
    const child = isSmaller ? x : y;
    const root = isSmaller ? y : x;
    this.parent[child] = root;
    this.turned[child] = between;
    this.size[root]! += this.size[child]!;
    return true;
  }

  areJoined(a: FlowIndex, b: FlowIndex): boolean {
    return this.find(a) >> 1 === this.find(b) >> 1;
  }
}
