/** Longest-prefix match over IPv4 and IPv6: one binary tree per family, its nodes in int32 columns. */
import { type Prefix, parseIp, parsePrefix, type Words } from './ip.ts';

const NODES_AT_FIRST = 256;

/** Row n of both columns is one tree node; node 0 is the root and so never a child. */
class Tree {
  /** Rows of the children for bit 0 and bit 1, at 2n and 2n+1; 0 = none. */
  children = new Int32Array(2 * NODES_AT_FIRST);
  /** Row of the values for the prefix that ends here; -1 = none. */
  value = new Int32Array(NODES_AT_FIRST).fill(-1);
  count = 1;

  /** The node of the prefix, made when missing. */
  reach(prefix: Prefix): number {
    let node = 0;
    for (let bit = 0; bit < prefix.length; bit++) {
      const side = 2 * node + bitAt(prefix.words, bit);
      if (this.children[side] === 0) {
        const child = this.add(); // first, since it may replace the column that is written to
        this.children[side] = child;
      }
      node = this.children[side]!;
    }
    return node;
  }

  private add(): number {
    if (this.count === this.value.length) {
      const children = new Int32Array(4 * this.count);
      children.set(this.children);
      const value = new Int32Array(2 * this.count).fill(-1);
      value.set(this.value);
      this.children = children;
      this.value = value;
    }
    return this.count++;
  }
}

function bitAt(words: Words, bit: number): number {
  return (words[bit >>> 5]! >>> (31 - (bit & 31))) & 1;
}

/** Values by prefix. A prefix set twice keeps the later value. */
export class CidrIndex<T> {
  private readonly four = new Tree();
  private readonly six = new Tree();
  private readonly values: T[] = [];

  /** Set the value of a prefix; false, and nothing changes, when the text is no prefix. */
  set(cidr: string, value: T): boolean {
    const prefix = parsePrefix(cidr);
    if (prefix === undefined) return false;
    const tree = prefix.words.length === 1 ? this.four : this.six;
    const node = tree.reach(prefix);
    if (tree.value[node] === -1) tree.value[node] = this.values.push(value) - 1;
    else this.values[tree.value[node]!] = value;
    return true;
  }

  /** The value set for exactly this prefix. */
  get(cidr: string): T | undefined {
    const prefix = parsePrefix(cidr);
    if (prefix === undefined) return undefined;
    const tree = prefix.words.length === 1 ? this.four : this.six;
    let node = 0;
    for (let bit = 0; bit < prefix.length; bit++) {
      node = tree.children[2 * node + bitAt(prefix.words, bit)]!;
      if (node === 0) return undefined;
    }
    const row = tree.value[node]!;
    return row === -1 ? undefined : this.values[row];
  }

  /** The value of the longest prefix that holds the address; undefined when none does or the text is no address. */
  longest(address: string): T | undefined {
    const words = parseIp(address);
    return words === undefined ? undefined : this.longestOf(words);
  }

  longestOf(words: Words): T | undefined {
    const tree = words.length === 1 ? this.four : this.six;
    const bits = 32 * words.length;
    let best = tree.value[0]!;
    let node = 0;
    for (let bit = 0; bit < bits; bit++) {
      node = tree.children[2 * node + bitAt(words, bit)]!;
      if (node === 0) break;
      if (tree.value[node] !== -1) best = tree.value[node]!;
    }
    return best === -1 ? undefined : this.values[best];
  }

  /** The values of every prefix that holds the address, longest first. */
  all(address: string): T[] {
    const words = parseIp(address);
    return words === undefined ? [] : this.allOf(words);
  }

  allOf(words: Words): T[] {
    const tree = words.length === 1 ? this.four : this.six;
    const bits = 32 * words.length;
    const found: T[] = [];
    let node = 0;
    for (let bit = 0; ; bit++) {
      const row = tree.value[node]!;
      if (row !== -1) found.push(this.values[row]!);
      if (bit === bits) break;
      node = tree.children[2 * node + bitAt(words, bit)]!;
      if (node === 0) break;
    }
    return found.reverse();
  }
}
