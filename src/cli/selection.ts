/**
 * Which conversations a filter chooses. Frames are what flows are made of, so all of them are observed;
 * a conversation is chosen when one of its frames matches, or, where the filter has words of whole
 * conversations, when its record does.
 */
import type { FrameBatch } from '../base/frames.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { ConversationRecord } from '../classify/record.ts';
import type { Packet } from '../decode/packet.ts';
import type { Filter } from '../filter/filter.ts';
import { Express } from '../flow/express.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { FrameFilter, Stage } from '../pipeline.ts';

const ROWS_FIRST = 1024;

/** Into the flow table, and for each flow what its frames say to the filter. */
export class FlowsStage implements Stage {
  readonly wantsAll = true;
  readonly flows: FlowStage;
  private readonly express: Express;
  private readonly filter: Filter | undefined;
  /** The filter asks words of frames beside words of conversations. */
  private readonly witnesses: boolean;
  /** Row f: 1 when a frame of flow f matches, or the bits that its frames bear witness to. */
  private marks = new Int32Array(ROWS_FIRST);

  constructor(flows: FlowStage, filter: Filter | undefined) {
    this.flows = flows;
    this.express = new Express(flows);
    this.filter = filter;
    this.witnesses = filter?.prefersConversation === true && filter.witnesses.length > 0;
  }

  /** There is a filter: conversations are chosen. */
  get isChoosing(): boolean {
    return this.filter !== undefined;
  }

  /** The frames that match, where single frames can; undefined = the ledger counts all. */
  get frameFilter(): FrameFilter | undefined {
    return this.filter === undefined || this.filter.prefersConversation
      ? undefined
      : this.filter.frame;
  }

  takePlain(frames: FrameBatch, from: number, to: number): number {
    return this.filter === undefined ? this.express.take(frames, from, to) : from;
  }

  take(packet: Packet, frames: FrameBatch, i: number, matches: boolean): void {
    this.flows.observe(packet, frames, i);
    if (this.filter === undefined || this.flows.row === NO_FLOW) return;
    if (this.witnesses) this.mark(this.flows.row, this.filter.witness(packet, frames, i));
    else if (matches) this.mark(this.flows.row, 1);
  }

  canWait(): boolean {
    return true;
  }

  async flush(): Promise<boolean> {
    return true;
  }

  /** Flows have new numbers; see FlowStage.retain. */
  retain(newRow: Int32Array): void {
    let kept = 0;
    const count = Math.min(newRow.length, this.marks.length);
    for (let f = 0; f < count; f++) if (newRow[f] !== NO_FLOW) this.marks[kept++] = this.marks[f]!;
    this.marks.fill(0, kept, count);
  }

  private mark(row: number, bits: number): void {
    if (row >= this.marks.length) {
      const larger = new Int32Array(Math.max(2 * this.marks.length, row + 1));
      larger.set(this.marks);
      this.marks = larger;
    }
    this.marks[row]! |= bits;
  }

  /** Marks of all flows of conversation c. */
  private marksOf(conversations: Conversations, c: number): number {
    const { start, members } = conversations.run.stitching;
    let bits = 0;
    for (let m = start[c]!; m < start[c + 1]!; m++) bits |= this.marks[members[m]! >> 1] ?? 0;
    return bits;
  }

  /** Does the filter choose conversation c? */
  chooses(
    conversations: Conversations,
    c: number,
    recordOf: (c: number) => ConversationRecord,
  ): boolean {
    if (this.filter === undefined) return true;
    const marks = this.marksOf(conversations, c);
    if (!this.filter.prefersConversation) return marks !== 0;
    return this.filter.conversation(recordOf(c), this.witnesses ? marks : undefined);
  }
}
