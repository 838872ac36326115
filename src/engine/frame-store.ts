/** Frames to look at again: of plain files where they stand, of all others as copies. */
import type { FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex } from '../base/units.ts';
import type { Source } from '../source/source.ts';
import type { Sentence } from '../words/sentence.ts';
import { FrameBlocks, type FrameBlocksOptions } from './frame-blocks.ts';

export class FrameStore {
  private readonly source: Source;
  private readonly blocks: FrameBlocks;
  /** By interface: its frames are copies. */
  private readonly copied: boolean[] = [];

  constructor(source: Source, options: FrameBlocksOptions) {
    this.source = source;
    this.blocks = new FrameBlocks(options);
  }

  /** Copies before this position are gone. */
  get firstPosition(): number {
    return this.blocks.firstPosition;
  }

  /** Why no more frames are copied; undefined = they are. */
  get full(): Sentence | undefined {
    return this.blocks.full;
  }

  /** Position of frame i of the batch for `load`, copying it where it must be; -1 = it cannot be kept. */
  keep(frames: FrameBatch, i: number): number {
    const position = frames.position === undefined ? -1 : frames.position[i]!;
    if (position >= 0) return position;
    this.copied[frames.iface[i]!] = true;
    return this.blocks.keep(frames, i);
  }

  /** The frame as the one row of `batch`, but for its number; why it cannot be, else undefined. Borrowed until the next call. */
  load(position: number, iface: InterfaceIndex, batch: FrameBatch): Sentence | undefined {
    batch.interfaces = this.source.interfaces;
    if (this.copied[iface] === true) return this.blocks.load(position, batch);
    return this.source.again?.(position, iface, batch) ?? undefined;
  }

  close(): void {
    this.blocks.close();
  }
}
