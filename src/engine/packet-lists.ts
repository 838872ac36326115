/** Lists of packets as views ask for them: all, those of a filter, those of a conversation. */
import type { PacketFilter, PacketIndex } from '../view/model.ts';
import type { Job } from './background.ts';
import type { Choice } from './choice.ts';
import type { Filtering, Workshop } from './filtering.ts';
import { PacketSet } from './packet-set.ts';

/** Packets between two looks at the clock where nothing is decoded. */
const CLOCK_EVERY = 4096;

export interface PacketList {
  readonly total: number;
  /** 0..1: how many of the packets there are by now were asked. */
  readonly progress: number;
  /** The n-th packet; -1 = there are not so many. */
  at(n: number): PacketIndex;
  /** Where the packet stands, or the one after it. */
  rank(packet: PacketIndex): number;
}

/** Packets that pass tests of what the index holds, and perhaps of another set. */
class IndexPass implements Job {
  readonly set = new PacketSet();
  private readonly shop: Workshop;
  private readonly test: (packet: PacketIndex) => boolean;
  private readonly until: () => number;

  constructor(shop: Workshop, test: (packet: PacketIndex) => boolean, until: () => number) {
    this.shop = shop;
    this.test = test;
    this.until = until;
  }

  get progress(): number {
    const { count } = this.shop.packets;
    return this.set.done >= count ? 1 : this.set.done / count;
  }

  step(deadline: number): boolean {
    const { set, test } = this;
    const { packets } = this.shop;
    const end = Math.min(this.until(), packets.count);
    while (set.done < end) {
      const stop = Math.min(end, set.done + CLOCK_EVERY);
      while (set.done < stop) set.add(set.done >= packets.first && test(set.done));
      if (performance.now() >= deadline) break;
    }
    return set.done < packets.count;
  }
}

export class PacketLists {
  private readonly shop: Workshop;
  private readonly filterings: (text: string) => Filtering;
  /** The list asked for last that takes a pass of its own, and what it was made of. */
  private pass: IndexPass | undefined = undefined;
  private passKey = '';

  /** `filterings`: the filter of a text that can be understood. */
  constructor(shop: Workshop, filterings: (text: string) => Filtering) {
    this.shop = shop;
    this.filterings = filterings;
  }

  /** Flows have new rows: whatever was made of the old ones is of no use. */
  forget(): void {
    if (this.pass !== undefined) this.shop.background.drop(this.pass);
    this.pass = undefined;
    this.passKey = '';
  }

  /** The list as far as it is known; work on the rest goes on. */
  list({ filter, conversation, once = false }: PacketFilter): PacketList {
    const filtering = filter.trim() === '' ? undefined : this.filterings(filter);
    if (filtering === undefined && conversation === undefined && !once) return this.all();
    if (
      filtering !== undefined &&
      !filtering.filter.needsConversation &&
      conversation === undefined &&
      !once
    ) {
      const pass = filtering.frames();
      return listOf(pass.set, pass.progress);
    }
    return this.passed(filtering, conversation, once);
  }

  private all(): PacketList {
    const { packets } = this.shop;
    const { first, count } = packets;
    return {
      total: count - first,
      progress: 1,
      at: (n) => (n >= 0 && n < count - first ? first + n : -1),
      rank: (packet) => Math.max(0, Math.min(packet, count) - first),
    };
  }

  /** Packets by their conversations. */
  private passed(
    filtering: Filtering | undefined,
    conversation: number | undefined,
    once: boolean,
  ): PacketList {
    const { analysis, background } = this.shop;
    const needs = filtering?.filter.needsConversation === true;
    const choice = needs ? filtering.chosen() : undefined;
    if (needs && (choice === undefined || choice.progress < 1)) {
      return listOf(new PacketSet(), filtering.progress / 2);
    }
    const { generation } = analysis;
    const key = [generation, conversation ?? '', once, filtering?.filter.text ?? ''].join('\0');
    if (this.pass === undefined || this.passKey !== key) {
      if (this.pass !== undefined) background.drop(this.pass);
      this.pass = this.newPass(filtering, choice, conversation, once);
      this.passKey = key;
    }
    const { pass } = this;
    if (pass.step(performance.now() + FIRST_MS)) background.start(pass);
    const asked = needs || filtering === undefined ? 1 : filtering.frames().progress;
    return listOf(pass.set, Math.min(asked, pass.progress));
  }

  private newPass(
    filtering: Filtering | undefined,
    choice: Choice | undefined,
    conversation: number | undefined,
    once: boolean,
  ): IndexPass {
    const { packets, analysis } = this.shop;
    const leads = once ? analysis.leadingFlows() : undefined;
    const isOf = (packet: PacketIndex): boolean => {
      const flow = packets.flow(packet);
      const c = analysis.conversationOf(flow);
      if (conversation !== undefined && c !== conversation - 1) return false;
      if (c >= 0 && leads !== undefined && leads[flow] === 0) return false;
      return choice === undefined || (c >= 0 && choice.chosen[c] === 1);
    };
    if (filtering === undefined || choice !== undefined) {
      return new IndexPass(this.shop, isOf, () => packets.count);
    }
    const { set } = filtering.frames();
    return new IndexPass(
      this.shop,
      (packet) => set.has(packet) && isOf(packet),
      () => set.done,
    );
  }
}

/** Small lists are made at once, ms. */
const FIRST_MS = 4;

function listOf(set: PacketSet, progress: number): PacketList {
  return {
    total: set.count,
    progress,
    at: (n) => set.select(n),
    rank: (packet) => set.rank(packet),
  };
}
