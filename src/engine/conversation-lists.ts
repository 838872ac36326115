/** Lists of conversations as views ask for them: filtered and sorted. */

import { orderOf } from '../base/order.ts';
import { type Conversations, SORT_KEYS, type SortKey } from '../classify/conversations.ts';
import type { ConversationQuery, ConversationSort } from '../view/model.ts';
import type { Filtering, Workshop } from './filtering.ts';
import { type SortedBy, type SortKeys, sortKeysOf } from './sort-keys.ts';

export interface ConversationList {
  /** Conversations in order, 0-based. */
  readonly order: Int32Array;
  readonly progress: number;
}

const NOTHING: ConversationList = { order: new Int32Array(0), progress: 0 };

export class ConversationLists {
  private readonly shop: Workshop;
  private readonly filterings: (text: string) => Filtering;
  /** The list made last, and all that it was made of. */
  private last: ConversationList = NOTHING;
  private lastKey = '';
  /** The order made last, of all conversations. */
  private order: Int32Array = new Int32Array(0);
  private orderKey = '';
  private keys: SortKeys | undefined = undefined;
  private keysOf = '';

  constructor(shop: Workshop, filterings: (text: string) => Filtering) {
    this.shop = shop;
    this.filterings = filterings;
  }

  /** Conversations have new numbers: whatever was made of the old ones is of no use. */
  forget(): void {
    if (this.keys !== undefined) this.shop.background.drop(this.keys);
    this.keys = undefined;
    this.orderKey = '';
    this.lastKey = '';
  }

  /** The list as far as it is known; work on the rest goes on. */
  list({ filter, sort, descending }: ConversationQuery): ConversationList {
    const { conversations } = this.shop.analysis;
    if (conversations === undefined) return NOTHING;
    const sorted = this.sorted(conversations, sort, descending);
    const filtering = filter.trim() === '' ? undefined : this.filterings(filter);
    if (filtering === undefined) return { order: this.order, progress: sorted };
    const choice = filtering.chosen();
    if (choice === undefined) return { ...NOTHING, progress: filtering.progress / 2 };
    const key = [this.orderKey, choice.done, filter].join('\0');
    if (key !== this.lastKey) {
      const { chosen } = choice;
      const isWhole = choice.progress === 1 && filtering.progress === 1;
      this.last = { order: this.order.filter((c) => chosen[c] === 1), progress: 1 };
      this.lastKey = isWhole ? key : ''; // more frames may choose more of the same conversations
    }
    return { order: this.last.order, progress: Math.min(sorted, filtering.progress) };
  }

  /** See to it that `order` is that of the key, as far as it is known; yields how far, 0..1. */
  private sorted(
    conversations: Conversations,
    sort: ConversationSort,
    descending: boolean,
  ): number {
    const { generation } = this.shop.analysis;
    if (!isColumn(sort)) return this.sortedByKeys(conversations, sort, descending);
    const key = `${generation} ${sort} ${descending}`;
    if (key === this.orderKey) return 1;
    this.order =
      sort === 'id'
        ? numbers(conversations.count, descending)
        : conversations.order(sort, descending);
    this.orderKey = key;
    return 1;
  }

  private sortedByKeys(conversations: Conversations, sort: SortedBy, descending: boolean): number {
    const { analysis, background } = this.shop;
    const keysOf = `${analysis.generation} ${sort}`;
    if (this.keys === undefined || this.keysOf !== keysOf) {
      if (this.keys !== undefined) background.drop(this.keys);
      this.keys = sortKeysOf(conversations, sort);
      this.keysOf = keysOf;
    }
    const { keys } = this;
    if (keys.progress < 1 && keys.step(performance.now() + FIRST_MS)) background.start(keys);
    const step = 31 - Math.clz32(keys.done); // while more become known: not anew each time
    const key = `${keysOf} ${descending} ${keys.progress < 1 ? step : 'all'}`;
    if (key !== this.orderKey) {
      this.order = orderOf(keys.ranks(), descending);
      this.orderKey = key;
    }
    return keys.progress;
  }
}

/** Small lists are sorted at once, ms. */
const FIRST_MS = 4;

function isColumn(sort: ConversationSort): sort is SortKey | 'id' {
  return sort === 'id' || (SORT_KEYS as readonly string[]).includes(sort);
}

function numbers(count: number, descending: boolean): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = descending ? count - 1 - i : i;
  return order;
}
