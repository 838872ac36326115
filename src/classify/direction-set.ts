/**
 * Directions of flows, one of those that tell the same of the cluster: flows alike but for the client's port. Ports
 * below the ephemeral ones tell services.
 */
import { DIRECTION_MASK } from '../base/frames.ts';
import { portOf } from '../flow/addresses.ts';
import { mix } from '../flow/fingerprints.ts';
import type { FlowTable } from '../flow/flow-table.ts';
import { isSameAddress } from '../flow/tuples.ts';

const EPHEMERAL_FIRST = 32_768;

export class DirectionSet {
  private readonly flows: FlowTable;
  /** The first of each, as 2 * flow + direction, in the order they were added. */
  readonly members: number[] = [];
  /** Number of a member and one, 0 = free; at most half of the slots are taken. */
  private readonly slots: Int32Array;

  /** Of at most `limit` directions. */
  constructor(flows: FlowTable, limit: number) {
    this.flows = flows;
    let size = 1024;
    while (size < 2 * limit) size *= 2;
    this.slots = new Int32Array(size);
  }

  get size(): number {
    return this.members.length;
  }

  /** The number of the member that tells what direction fd tells; `size` before the call when fd is the first and was added. */
  add(fd: number): number {
    const mask = this.slots.length - 1;
    let s = this.hash(fd) & mask;
    for (let slot = this.slots[s]!; slot !== 0; slot = this.slots[s]!) {
      if (this.isAlike(this.members[slot - 1]!, fd)) return slot - 1;
      s = (s + 1) & mask;
    }
    this.slots[s] = this.members.push(fd);
    return this.members.length - 1;
  }

  private hash(fd: number): number {
    const { flows } = this;
    const f = fd >> 1;
    const side = fd & 1;
    let h = mix(flows.place(f) ^ (flows.encapsulation(f) << 12), flows.kind(f));
    for (let word = 0; word < 4; word++) {
      h = mix(h, mix(flows.addressWord(f, side, word), flows.addressWord(f, 1 - side, word)));
    }
    return mix(h, mix(this.port(f, side), this.port(f, 1 - side)) ^ flows.ttlBy(fd));
  }

  private isAlike(a: number, b: number): boolean {
    const { flows } = this;
    const f = a >> 1;
    const g = b >> 1;
    return (
      flows.place(f) === flows.place(g) &&
      flows.encapsulation(f) === flows.encapsulation(g) &&
      flows.kind(f) === flows.kind(g) &&
      flows.ttlBy(a) === flows.ttlBy(b) &&
      ((flows.directionBy(a) ^ flows.directionBy(b)) & DIRECTION_MASK) === 0 &&
      this.port(f, a & 1) === this.port(g, b & 1) &&
      this.port(f, 1 - (a & 1)) === this.port(g, 1 - (b & 1)) &&
      isSameAddress(flows, f, a & 1, g, b & 1) &&
      isSameAddress(flows, f, 1 - (a & 1), g, 1 - (b & 1))
    );
  }

  /** The port as far as it tells something. */
  private port(f: number, side: number): number {
    const port = portOf(this.flows, f, side);
    return port < EPHEMERAL_FIRST ? port : 0;
  }
}
