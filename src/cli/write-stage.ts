/** The frames that match into a capture file: `-w`. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import type { FrameWriter } from '../view/capture-writer-contents.ts';

export interface WriteHooks {
  /** Add to the comments of frame i of the batch, before it is written. */
  readonly annotate?: ((frames: FrameBatch, i: number) => void) | undefined;
  /** Once a batch, before what it holds is handed on. */
  readonly beforeFlush: () => void;
}

export class WriteStage implements Stage {
  readonly wantsAll = false;
  private readonly writer: FrameWriter;
  private readonly hooks: WriteHooks;

  constructor(writer: FrameWriter, hooks: WriteHooks) {
    this.writer = writer;
    this.hooks = hooks;
  }

  take(_packet: Packet, frames: FrameBatch, i: number): void {
    this.hooks.annotate?.(frames, i);
    this.writer.write(frames, i);
  }

  async flush(): Promise<boolean> {
    this.hooks.beforeFlush();
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
