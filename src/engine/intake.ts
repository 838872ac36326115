/** Where frames come in: into flows, into the index of packets, and into what is counted of interfaces and time. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import { Express } from '../flow/express.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stage } from '../pipeline.ts';
import type { FrameStore } from './frame-store.ts';
import type { Packets } from './packet-index.ts';
import { Rates } from './rates.ts';

const INTERFACES_FIRST = 16;

export class Intake implements Stage {
  readonly wantsAll: boolean;
  readonly rates = new Rates();
  /** Frames and bytes by interface. */
  frames = new Float64Array(INTERFACES_FIRST);
  bytes = new Float64Array(INTERFACES_FIRST);
  /** Frames that no view can show: the index was full, or they could not be kept. */
  notKept = 0;
  /** The first of them; -1 = there is none. */
  keptUntil = -1;
  /** Time of the latest frame. */
  lastSeconds = 0;
  lastNanoseconds = 0;
  firstSeconds = 0;
  firstNanoseconds = 0;
  count = 0;
  private readonly flows: FlowStage;
  private readonly express: Express;
  private readonly packets: Packets;
  private readonly store: FrameStore;
  private readonly onFlush: () => void;

  /** `wantsAll`: also frames that the filter does not match; `onFlush` is called after each batch. */
  constructor(
    {
      flows,
      packets,
      store,
    }: { readonly flows: FlowStage; readonly packets: Packets; readonly store: FrameStore },
    wantsAll: boolean,
    onFlush: () => void,
  ) {
    this.wantsAll = wantsAll;
    this.flows = flows;
    this.express = new Express(flows);
    this.packets = packets;
    this.store = store;
    this.onFlush = onFlush;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    let i = from;
    for (; i < to && this.express.take(frames, i, i + 1) > i; i++) this.note(frames, i);
    return i;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.flows.observe(packet, frames, i);
    this.note(frames, i);
  }

  private note(frames: FrameBatch, i: number): void {
    const iface = frames.iface[i]!;
    const len = Math.max(frames.len[i]!, frames.caplen[i]!);
    const seconds = frames.seconds[i]!;
    const nanoseconds = frames.nanoseconds[i]!;
    if (iface >= this.frames.length) this.grow(iface);
    this.frames[iface]!++;
    this.bytes[iface]! += len;
    this.rates.add(seconds, nanoseconds, len);
    if (this.count++ === 0) {
      this.firstSeconds = seconds;
      this.firstNanoseconds = nanoseconds;
    }
    this.lastSeconds = seconds;
    this.lastNanoseconds = nanoseconds;
    if (this.keptUntil >= 0) {
      this.notKept++; // an index with holes would show the packets around them as neighbours
      return;
    }
    const position = this.store.keep(frames, i);
    if (position >= 0 && this.packets.add(position, iface, frames.number[i]!, this.flows.row)) {
      return;
    }
    this.keptUntil = this.packets.count;
    this.notKept++;
  }

  private grow(iface: number): void {
    const length = Math.max(2 * this.frames.length, iface + 1);
    const frames = new Float64Array(length);
    const bytes = new Float64Array(length);
    frames.set(this.frames);
    bytes.set(this.bytes);
    this.frames = frames;
    this.bytes = bytes;
  }

  async flush(): Promise<boolean> {
    this.onFlush();
    return true;
  }
}
