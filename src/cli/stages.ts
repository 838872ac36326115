/** What `netlens read` does with the frames that match: one stage a run. */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stage } from '../pipeline.ts';
import type { FrameLines } from '../view/frames/line.ts';
import type { Output } from '../view/output.ts';

/** Only counted; the tally does that. */
export class CountStage implements Stage {
  take(): void {}

  async flush(): Promise<boolean> {
    return true;
  }
}

/** Into the flow table. */
export class FlowsStage implements Stage {
  private readonly flows: FlowStage;

  constructor(flows: FlowStage) {
    this.flows = flows;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.flows.observe(packet, frames, i);
  }

  async flush(): Promise<boolean> {
    return true;
  }
}

/** A line each, out when the batch ends. */
export class FrameLinesStage implements Stage {
  private readonly lines: FrameLines;
  private readonly output: Output;

  constructor(lines: FrameLines, output: Output) {
    this.lines = lines;
    this.output = output;
  }

  take(packet: Packet, frames: FrameBatch, i: number): void {
    this.lines.add(packet, frames, i);
  }

  async flush(): Promise<boolean> {
    await this.output.write(this.lines.context.out.take());
    return !this.output.closed;
  }
}
