/**
 * TCP sequence numbers told from the start of the connection, as tcpdump does: the first segment with
 * ACK sets both origins, so does a SYN. One row per pair of endpoints, either way round.
 *
 * Where the first segment was not a SYN, its copies on other interfaces are told as it was: absolute.
 */

/** Rows kept; one more and all are forgotten: numbers then count from the next segment seen. */
const ROWS_MAX = 1 << 20;
const ROWS_FIRST = 1 << 10;
/** Ints of a row's key: two addresses of four words (IPv4: one word, then zeros) and both ports. */
const WORDS = 9;
/** Of `setAt`: no segment has been told yet. */
const UNSET = -2;
/** Of `setAt`: no copy needs telling, as copies of a SYN set the origins again. */
const SYN_SET = -1;

export class Sequences {
  /** Origins that hold since `tell`, of the segment's sender and of the other end. */
  ownOrigin = 0;
  peerOrigin = 0;
  /** How often all rows were forgotten: what `find` yielded holds as long as this does. */
  generation = 0;
  private count = 0;
  private capacity = ROWS_FIRST;
  private slots = new Int32Array(2 * ROWS_FIRST);
  private keys = new Int32Array(WORDS * ROWS_FIRST);
  private lows = new Int32Array(ROWS_FIRST);
  private highs = new Int32Array(ROWS_FIRST);
  /** Interface of the segment that set the origins, or one of the values above. */
  private setAt = new Int32Array(ROWS_FIRST);
  private readonly key = new Int32Array(WORDS);

  /** The scratch that holds the key to look for: fill words 0..8, lower endpoint first. */
  get scratch(): Int32Array {
    return this.key;
  }

  /** The row of `scratch`, perhaps a new one, and which of the ends sends: for `tell`. */
  find(isFromLow: boolean): number {
    return 2 * this.rowOfKey() + (isFromLow ? 1 : 0);
  }

  /**
   * The origins of a segment that `find` placed: where there are none yet, and on `restart` (a SYN), they are
   * `ours`, the first number of its sender, and `theirs`. True when its numbers are to be told from them.
   */
  tell(found: number, restart: boolean, ours: number, theirs: number, iface: number): boolean {
    const row = found >> 1;
    const isFromLow = (found & 1) === 1;
    const low = isFromLow ? ours : theirs;
    const high = isFromLow ? theirs : ours;
    const isFirst = this.setAt[row] === UNSET;
    if (restart || isFirst) {
      this.lows[row] = low;
      this.highs[row] = high;
      this.setAt[row] = restart ? SYN_SET : iface;
    }
    this.ownOrigin = isFromLow ? this.lows[row]! : this.highs[row]!;
    this.peerOrigin = isFromLow ? this.highs[row]! : this.lows[row]!;
    return !restart && !isFirst && !this.isCopy(row, low, high, iface);
  }

  private rowOfKey(): number {
    let slot = this.hash() & (this.slots.length - 1);
    for (let row = this.slots[slot]! - 1; row >= 0; row = this.slots[slot]! - 1) {
      if (this.isKey(row)) return row;
      slot = (slot + 1) & (this.slots.length - 1); // ends: at most half of the slots are taken
    }
    return this.insert(slot);
  }

  private hash(): number {
    const key = this.key;
    // words 1..3 and 5..7 are those of IPv6; their sum is enough to spread them
    const more = key[1]! + key[2]! + key[3]! + key[5]! + key[6]! + key[7]!;
    let h = Math.imul(key[0]! ^ more, 0x9e3779b1);
    h = Math.imul(h ^ key[4]!, 0x85ebca6b) ^ (h >>> 15);
    h = Math.imul(h ^ key[8]!, 0x9e3779b1) ^ (h >>> 13);
    h ^= h >>> 16;
    h = Math.imul(h, 0x2c1b3c6d);
    return h ^ (h >>> 13);
  }

  private isKey(row: number): boolean {
    const keys = this.keys;
    const key = this.key;
    const at = WORDS * row;
    for (let i = 0; i < WORDS; i++) if (keys[at + i] !== key[i]) return false;
    return true;
  }

  /** Is this the segment that set the origins, seen on another interface? */
  private isCopy(row: number, lowOrigin: number, highOrigin: number, iface: number): boolean {
    const setAt = this.setAt[row]!;
    if (setAt === SYN_SET || setAt === iface) return false;
    return this.lows[row] === lowOrigin && this.highs[row] === highOrigin;
  }

  private insert(slot: number): number {
    if (this.count === this.capacity) {
      if (this.capacity === ROWS_MAX) this.forget();
      else this.grow();
      slot = this.freeSlot();
    }
    const row = this.count++;
    this.keys.set(this.key, WORDS * row);
    this.setAt[row] = UNSET;
    this.slots[slot] = row + 1;
    return row;
  }

  private freeSlot(): number {
    let slot = this.hash() & (this.slots.length - 1);
    while (this.slots[slot] !== 0) slot = (slot + 1) & (this.slots.length - 1);
    return slot;
  }

  private forget(): void {
    this.count = 0;
    this.generation++;
    this.slots.fill(0);
  }

  private grow(): void {
    const wanted = this.key.slice();
    this.capacity *= 2;
    this.keys = enlarged(this.keys);
    this.lows = enlarged(this.lows);
    this.highs = enlarged(this.highs);
    this.setAt = enlarged(this.setAt);
    this.slots = new Int32Array(2 * this.capacity);
    for (let row = 0; row < this.count; row++) {
      for (let i = 0; i < WORDS; i++) this.key[i] = this.keys[WORDS * row + i]!;
      this.slots[this.freeSlot()] = row + 1;
    }
    this.key.set(wanted);
  }
}

function enlarged(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * column.length);
  larger.set(column);
  return larger;
}
