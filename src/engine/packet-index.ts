/**
 * What is kept of every packet: where to find it again, and its flow. 16 bytes a packet, in chunks, so that
 * growing copies nothing and a live capture can let go of what is too old.
 */
import type { FlowIndex, InterfaceIndex } from '../base/units.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { PacketIndex } from '../view/model.ts';

const CHUNK_BITS = 16;
const CHUNK_LEN = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_LEN - 1;
const TWO_32 = 4_294_967_296;
/** Positions have 40 bits: a file beyond that is kept as far as they reach. */
const POSITION_MAX = 256 * TWO_32;
const INTERFACES_MAX = 1 << 24;

/** The most packets kept: 1 GiB of index. */
export const PACKETS_MAX = 1 << 26;
/** Memory of one packet. */
export const BYTES_A_PACKET = 16;

/** Row i of every column is one packet. */
class Chunk {
  readonly positionLow = new Uint32Array(CHUNK_LEN);
  readonly positionHigh = new Uint8Array(CHUNK_LEN);
  readonly ifaceHigh = new Uint8Array(CHUNK_LEN);
  readonly ifaceLow = new Uint16Array(CHUNK_LEN);
  readonly number = new Uint32Array(CHUNK_LEN);
  readonly flow = new Int32Array(CHUNK_LEN);
}

export class Packets {
  /** Packets so far, those let go of with them. */
  count = 0;
  /** The first that is still there; the others are [first, count). */
  first: PacketIndex = 0;
  private readonly chunks: (Chunk | undefined)[] = [];
  private readonly limit: number;

  constructor(limit = PACKETS_MAX) {
    this.limit = limit;
  }

  /** Bytes of memory that the index takes. */
  get bytes(): number {
    let chunks = 0;
    for (const chunk of this.chunks) if (chunk !== undefined) chunks++;
    return chunks * CHUNK_LEN * BYTES_A_PACKET;
  }

  /** Add a packet; false when there is no room for it. */
  add(position: number, iface: InterfaceIndex, number: number, flow: FlowIndex): boolean {
    if (this.count - this.first >= this.limit) return false;
    if (position >= POSITION_MAX || iface >= INTERFACES_MAX) return false;
    const i = this.count & CHUNK_MASK;
    const at = this.count >>> CHUNK_BITS;
    if (i === 0) this.chunks[at] = new Chunk();
    const chunk = this.chunks[at]!;
    chunk.positionLow[i] = position;
    chunk.positionHigh[i] = position / TWO_32;
    chunk.ifaceLow[i] = iface;
    chunk.ifaceHigh[i] = iface >>> 16;
    chunk.number[i] = number;
    chunk.flow[i] = flow;
    this.count++;
    return true;
  }

  /** Let go of the packets before this one. */
  dropBefore(packet: PacketIndex): void {
    const end = Math.min(packet, this.count);
    for (let c = this.first >>> CHUNK_BITS; (c + 1) << CHUNK_BITS <= end; c++) {
      this.chunks[c] = undefined;
    }
    this.first = Math.max(this.first, end);
  }

  /** Flows have new rows: `newRow` by the row there was. */
  renumber(newRow: Int32Array): void {
    for (let packet = this.first; packet < this.count; packet++) {
      const { flow } = this.chunks[packet >>> CHUNK_BITS]!;
      const i = packet & CHUNK_MASK;
      const row = flow[i]!;
      if (row !== NO_FLOW) flow[i] = newRow[row]!;
    }
  }

  has(packet: PacketIndex): boolean {
    return Number.isInteger(packet) && packet >= this.first && packet < this.count;
  }

  position(packet: PacketIndex): number {
    const chunk = this.chunks[packet >>> CHUNK_BITS]!;
    const i = packet & CHUNK_MASK;
    return chunk.positionHigh[i]! * TWO_32 + chunk.positionLow[i]!;
  }

  iface(packet: PacketIndex): InterfaceIndex {
    const chunk = this.chunks[packet >>> CHUNK_BITS]!;
    const i = packet & CHUNK_MASK;
    return (chunk.ifaceHigh[i]! << 16) | chunk.ifaceLow[i]!;
  }

  /** Of the frame in its own file, as Wireshark counts. */
  number(packet: PacketIndex): number {
    return this.chunks[packet >>> CHUNK_BITS]!.number[packet & CHUNK_MASK]!;
  }

  /** NO_FLOW = in none. */
  flow(packet: PacketIndex): FlowIndex {
    return this.chunks[packet >>> CHUNK_BITS]!.flow[packet & CHUNK_MASK]!;
  }
}
