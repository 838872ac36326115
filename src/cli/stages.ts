/** Stages of `netlens read` that need no conversations: counting, lines of text, JSON. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Stage } from '../pipeline.ts';
import { frameRecord } from '../view/frames/json.ts';
import type { FrameLines } from '../view/frames/line.ts';
import type { Names } from '../view/names.ts';
import type { Output } from '../view/output.ts';
import { TextBuffer } from '../view/text-buffer.ts';

/** Text beyond this is handed on before the batch is at its end. */
const PIECE = 1 << 19;

/** Only counted; the tally does that. */
export class CountStage implements Stage {
  readonly wantsAll = false;

  take(): void {}

  canWait(): boolean {
    return true;
  }

  async flush(): Promise<boolean> {
    return true;
  }
}

/** A line each, out when there is a piece of them or no more frames are at hand. */
export class FrameLinesStage implements Stage {
  readonly wantsAll = false;
  private readonly lines: FrameLines;
  private readonly output: Output;
  private readonly names: Names | undefined;

  constructor(lines: FrameLines, output: Output, names: Names | undefined) {
    this.lines = lines;
    this.output = output;
    this.names = names;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.lines.add(packet, frames, i);
  }

  canWait(): boolean {
    this.names?.update(); // what a batch brings is known from the next on, written or not
    return this.lines.context.out.at < PIECE;
  }

  async flush(): Promise<boolean> {
    this.names?.update();
    await this.output.write(this.lines.context.out.take());
    return !this.output.closed;
  }
}

/** A JSON object each. */
export class FrameJsonStage implements Stage {
  readonly wantsAll = false;
  private readonly output: Output;
  private readonly text = new TextBuffer(PIECE);

  constructor(output: Output) {
    this.output = output;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.text.json(frameRecord(packet, frames, i));
  }

  canWait(): boolean {
    return this.text.at < PIECE;
  }

  async flush(): Promise<boolean> {
    await this.output.write(this.text.take());
    return !this.output.closed;
  }
}
