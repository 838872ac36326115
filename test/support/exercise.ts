/** One frame through every stage that takes frames: whatever its bytes, none may throw. */
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { reload } from './frames.ts';
import { assertNested, enumerate } from './invariants.ts';

export class Exercise {
  readonly packet = new Packet();
  readonly frames = new FrameBatch(new Uint8Array(0));
  /** Small, so that its limits are met. */
  private stage = new FlowStage(256);
  private time = 1_700_000_000;
  private count = 0;

  /** Decode the frame alone in its buffer, check what holds of every frame, show it, observe it. */
  frame(frame: { bytes: Uint8Array; linktype: number; len: number }): void {
    const { packet, frames } = this;
    reload(frames, frame.bytes, { ...frame, seconds: this.time });
    if (this.count++ % 16 === 0) this.time++;
    decode(frames, 0, packet);
    assertNested(packet);
    enumerate(packet);
    this.stage.observe(packet, frames, 0);
  }

  /** What comes at the end of a capture; then another begins. */
  finish(): void {
    this.stage.finish();
    this.stage = new FlowStage(256);
  }
}
