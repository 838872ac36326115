/** The frames that match into a capture file: `-w`. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import type { FrameWriter } from '../view/capture-writer-contents.ts';

export class WriteStage implements Stage {
  readonly wantsAll = false;
  private readonly writer: FrameWriter;
  private readonly beforeFlush: () => void;

  /** `beforeFlush`: once a batch, before what it holds is handed on. */
  constructor(writer: FrameWriter, beforeFlush: () => void) {
    this.writer = writer;
    this.beforeFlush = beforeFlush;
  }

  take(_packet: Packet, frames: FrameBatch, i: number): void {
    this.writer.write(frames, i);
  }

  async flush(): Promise<boolean> {
    this.beforeFlush();
    await this.whileRead(this.writer.flush());
    return !this.writer.readerGone && !this.writer.isFull;
  }

  async close(): Promise<void> {
    await this.whileRead(this.writer.close());
  }

  /** Whoever reads a pipe may leave: that is no fault. */
  private async whileRead(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      if (!this.writer.readerGone) throw error;
    }
  }
}
