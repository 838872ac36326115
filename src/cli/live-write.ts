/** `-w` of a capture: frames into a file, without ever holding up the capture. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import type { FrameWriter } from '../view/capture-writer-contents.ts';
import type { LiveNotes } from './live-notes.ts';

/** Bytes of frames that may wait for the disk. */
const WAITING_MAX = 128 << 20;

export class LiveWriteStage implements Stage {
  readonly wantsAll = false;
  /** Frames that found no room on their way to the disk, or came when it took no more. */
  private refused = 0;
  private readonly writer: FrameWriter;
  private readonly notes: LiveNotes;
  private waiting = 0;
  private busy: Promise<void> | undefined = undefined;
  private failure: unknown = undefined;

  constructor(writer: FrameWriter, notes: LiveNotes) {
    this.writer = writer;
    this.notes = notes;
  }

  /** Frames that are not in the file. */
  get unwritten(): number {
    return this.refused + this.writer.lost;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    for (let i = from; i < to; i++) this.keep(frames, i);
    return to;
  }

  take(_packet: Packet, frames: FrameBatch, i: number): void {
    this.keep(frames, i);
  }

  private keep(frames: FrameBatch, i: number): void {
    if (this.waiting > WAITING_MAX) this.refused++;
    else if (this.failure === undefined) {
      this.waiting += frames.caplen[i]!;
      this.writer.write(frames, i);
    } else if (!this.writer.readerGone) this.refused++;
  }

  /** Hand over what waits, unless the disk is still busy with what came before. False when no more can be written. */
  async flush(): Promise<boolean> {
    if (this.busy === undefined && this.failure === undefined) {
      this.waiting = 0;
      this.notes.update();
      this.busy = this.writer.flush().then(
        () => {
          this.busy = undefined;
        },
        (error: unknown) => {
          this.failure = error;
        },
      );
    }
    return this.failure === undefined && !this.writer.isFull;
  }

  /** Write the rest. Rejects with what went wrong, but for a reader of a pipe that has left. */
  async close(): Promise<void> {
    await this.busy;
    this.notes.finish();
    try {
      await this.writer.close();
    } catch (error) {
      this.failure ??= error;
    }
    if (this.failure !== undefined && !this.writer.readerGone) throw this.failure;
  }
}
