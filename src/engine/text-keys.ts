/** Conversations by a text of their records (client, server, label, protocol): each different text is kept once. */
import type { Conversations } from '../classify/conversations.ts';
import { sortText } from '../view/sort-text.ts';
import type { Job } from './background.ts';

export class TextKeys implements Job {
  /** Conversations whose text is known: [0, done). */
  done = 0;
  readonly conversations: Conversations;
  private readonly key: string;
  private readonly idOf = new Map<string, number>();
  private readonly ids: Int32Array;

  constructor(conversations: Conversations, key: string) {
    this.conversations = conversations;
    this.key = key;
    this.ids = new Int32Array(conversations.count);
  }

  get progress(): number {
    return this.ids.length === 0 ? 1 : this.done / this.ids.length;
  }

  step(deadline: number): boolean {
    while (this.done < this.ids.length) {
      const text = sortText(this.conversations.record(this.done), this.key);
      let id = this.idOf.get(text);
      if (id === undefined) {
        id = this.idOf.size;
        this.idOf.set(text, id);
      }
      this.ids[this.done++] = id;
      if (performance.now() >= deadline) break;
    }
    return this.done < this.ids.length;
  }

  /** By conversation, the place of its text among all texts; Infinity of those not known yet. */
  ranks(): Float64Array {
    const texts = [...this.idOf.keys()];
    const rankOf = new Float64Array(texts.length);
    [...texts.keys()]
      .sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1))
      .forEach((id, rank) => {
        rankOf[id] = rank;
      });
    const ranks = new Float64Array(this.ids.length).fill(Number.POSITIVE_INFINITY);
    for (let c = 0; c < this.done; c++) ranks[c] = rankOf[this.ids[c]!]!;
    return ranks;
  }
}
