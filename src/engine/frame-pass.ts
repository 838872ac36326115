/** A filter asked of every packet, in the background and in order: which packets match, and what that says of their flows. */
import type { Filter } from '../filter/filter.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { Job } from './background.ts';
import type { Packets } from './packet-index.ts';
import type { PacketLoader } from './packet-loader.ts';
import { PacketSet } from './packet-set.ts';

/** Packets between two looks at the clock. */
const CLOCK_EVERY = 64;
const MARKS_FIRST = 1024;

export class FramePass implements Job {
  readonly set = new PacketSet();
  /** Packets that could not be read again: they match nothing. */
  unread = 0;
  private readonly filter: Filter;
  private readonly witnesses: boolean;
  private readonly packets: Packets;
  private readonly loader: PacketLoader;
  /** Row f: 1 when a packet of flow f matches, or the bits of what its packets bear witness to. */
  private marks = new Int32Array(MARKS_FIRST);

  constructor(filter: Filter, packets: Packets, loader: PacketLoader) {
    this.filter = filter;
    this.witnesses = filter.prefersConversation && filter.witnesses.length > 0;
    this.packets = packets;
    this.loader = loader;
  }

  /** Packets that it has not been asked of. */
  get left(): number {
    return this.packets.count - this.set.done;
  }

  get progress(): number {
    return this.left === 0 ? 1 : this.set.done / this.packets.count;
  }

  markOf(flow: number): number {
    return this.marks[flow] ?? 0;
  }

  step(deadline: number): boolean {
    const { set, packets } = this;
    while (set.done < packets.count) {
      const end = Math.min(packets.count, set.done + CLOCK_EVERY);
      while (set.done < end) this.ask(set.done);
      if (performance.now() >= deadline) break;
    }
    return set.done < packets.count;
  }

  private ask(packet: number): void {
    const { set, packets, loader, filter } = this;
    if (packet < packets.first || loader.load(packet) !== undefined) {
      this.unread++;
      set.add(false);
      return;
    }
    const matches = filter.frame(loader.packet, loader.frames, 0);
    set.add(matches);
    const flow = packets.flow(packet);
    if (flow === NO_FLOW) return;
    if (this.witnesses) this.mark(flow, filter.witness(loader.packet, loader.frames, 0));
    else if (matches) this.mark(flow, 1);
  }

  /** Flows have new rows: `newRow` by the row there was. */
  renumber(newRow: Int32Array): void {
    const { marks } = this;
    const end = Math.min(newRow.length, marks.length);
    let kept = 0;
    for (let f = 0; f < end; f++) if (newRow[f] !== NO_FLOW) marks[kept++] = marks[f]!;
    marks.fill(0, kept, end);
  }

  private mark(flow: number, bits: number): void {
    if (flow >= this.marks.length) {
      const larger = new Int32Array(Math.max(2 * this.marks.length, flow + 1));
      larger.set(this.marks);
      this.marks = larger;
    }
    this.marks[flow]! |= bits;
  }
}
