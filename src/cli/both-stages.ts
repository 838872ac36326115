/** Frames into a capture file, and to what shows them. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import type { LiveWriteStage } from './live-write.ts';

/** Every frame into the file, then to what shows it. */
export class Both implements Stage {
  readonly wantsAll: boolean;
  private readonly writing: LiveWriteStage;
  private readonly shown: Stage;

  constructor(writing: LiveWriteStage, shown: Stage) {
    this.wantsAll = shown.wantsAll;
    this.writing = writing;
    this.shown = shown;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    const taken = this.shown.takePlain?.(frames, from, to) ?? from;
    return this.writing.takePlain(frames, from, taken);
  }

  take(packet: Packet, frames: FrameBatch, i: number, matches: boolean): void {
    if (matches) this.writing.take(packet, frames, i);
    this.shown.take(packet, frames, i, matches);
  }

  async flush(): Promise<boolean> {
    const [written, shown] = await Promise.all([this.writing.flush(), this.shown.flush()]);
    return written && shown;
  }
}
