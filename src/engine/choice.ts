/** The conversations of one analysis that a filter chooses, decided in the background one after the other. */
import type { Conversations } from '../classify/conversations.ts';
import type { Filter } from '../filter/filter.ts';
import type { Job } from './background.ts';
import type { FramePass } from './frame-pass.ts';

export class Choice implements Job {
  /** Row c: conversation c is chosen. */
  readonly chosen: Uint8Array;
  /** Conversations decided: [0, done). */
  done = 0;
  readonly conversations: Conversations;
  private readonly filter: Filter;
  /** Undefined where the records alone decide. */
  private readonly pass: FramePass | undefined;

  constructor(filter: Filter, conversations: Conversations, pass: FramePass | undefined) {
    this.filter = filter;
    this.conversations = conversations;
    this.pass = pass;
    this.chosen = new Uint8Array(conversations.count);
  }

  get progress(): number {
    return this.chosen.length === 0 ? 1 : this.done / this.chosen.length;
  }

  step(deadline: number): boolean {
    while (this.done < this.chosen.length) {
      if (this.decide(this.done)) this.chosen[this.done] = 1;
      this.done++;
      if (performance.now() >= deadline) break;
    }
    return this.done < this.chosen.length;
  }

  private decide(c: number): boolean {
    const { filter, pass, conversations } = this;
    if (pass === undefined) return filter.conversation(conversations.record(c));
    const { start, members } = conversations.run.stitching;
    let marks = 0;
    for (let m = start[c]!; m < start[c + 1]!; m++) marks |= pass.markOf(members[m]! >> 1);
    if (!filter.prefersConversation) return marks !== 0;
    return filter.conversation(conversations.record(c), marks);
  }
}
