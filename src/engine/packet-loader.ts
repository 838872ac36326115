/** One packet at a time, read again and decoded. */
import { FrameBatch } from '../base/frames.ts';
import { decode } from '../decode/decode.ts';
import { Packet } from '../decode/packet.ts';
import type { PacketIndex } from '../view/model.ts';
import type { Sentence } from '../words/sentence.ts';
import type { FrameStore } from './frame-store.ts';
import type { Packets } from './packet-index.ts';

export class PacketLoader {
  /** The frame loaded last, its one row, and its layers; borrowed until the next `load`. */
  readonly frames = new FrameBatch(new Uint8Array(0), 1);
  readonly packet = new Packet();
  private readonly packets: Packets;
  private readonly store: FrameStore;

  constructor(packets: Packets, store: FrameStore) {
    this.packets = packets;
    this.store = store;
  }

  /** Load a packet that the index has; yields why it cannot be, undefined when it was. */
  load(packet: PacketIndex): Sentence | undefined {
    const { packets, frames } = this;
    const why = this.store.load(packets.position(packet), packets.iface(packet), frames);
    if (why !== undefined) return why;
    frames.number[0] = packets.number(packet);
    decode(frames, 0, this.packet);
    return undefined;
  }
}
