/** Conversations by what no column of the flow table holds: client, server, label, protocol. */
import type { Conversations } from '../classify/conversations.ts';
import { sortableEnd } from '../view/sort-text.ts';
import type { Job } from './background.ts';

/** What conversations are put in order by, as far as it is known. */
export interface SortKeys extends Job {
  /** Conversations whose key is known: [0, done). */
  readonly done: number;
  readonly progress: number;
  /** By conversation, a number that sorts as its key does; Infinity of those not known yet. */
  ranks(): Float64Array;
}

export type SortedBy = 'client' | 'server' | 'label' | 'protocol';

export function sortKeysOf(conversations: Conversations, by: SortedBy): SortKeys {
  if (by === 'client' || by === 'server') {
    return new EndKeys(conversations.count, (c) => conversations.case(c)[by]);
  }
  const text =
    by === 'label'
      ? (c: number): string => conversations.label(c)
      : (c: number): string => conversations.case(c).protocolName;
  return new TextKeys(conversations.count, text);
}

/** Conversations between two looks at the clock. */
const CLOCK_EVERY = 16;

/** The keys one after the other; a subclass notes each. */
abstract class Keys implements SortKeys {
  done = 0;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  get progress(): number {
    return this.count === 0 ? 1 : this.done / this.count;
  }

  step(deadline: number): boolean {
    while (this.done < this.count) {
      const end = Math.min(this.count, this.done + CLOCK_EVERY);
      for (; this.done < end; this.done++) this.note(this.done);
      if (performance.now() >= deadline) break;
    }
    return this.done < this.count;
  }

  protected abstract note(c: number): void;
  abstract ranks(): Float64Array;
}

/** Each different text is kept once. */
class TextKeys extends Keys {
  private readonly text: (c: number) => string;
  private readonly texts = new Texts();
  private readonly ids: Int32Array;

  constructor(count: number, text: (c: number) => string) {
    super(count);
    this.text = text;
    this.ids = new Int32Array(count);
  }

  protected note(c: number): void {
    this.ids[c] = this.texts.idOf(this.text(c));
  }

  ranks(): Float64Array {
    const rankOf = this.texts.ranks();
    const ranks = new Float64Array(this.count).fill(Number.POSITIVE_INFINITY);
    for (let c = 0; c < this.done; c++) ranks[c] = rankOf[this.ids[c]!]!;
    return ranks;
  }
}

interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

const PORTS = 65536;
/** IPv6 addresses, by their rank, follow all of IPv4. */
const SIX = 2 ** 32;

/** Addresses as numbers, IPv4 before IPv6, then ports: a million texts take seconds to compare. */
export class EndKeys extends Keys {
  private readonly endOf: (c: number) => Endpoint;
  /** IPv4 addresses; of IPv6 the number of its text, and -1 less. */
  private readonly addresses: Float64Array;
  private readonly ports: Uint16Array;
  private readonly sixes = new Texts((ip) => sortableEnd({ ip, port: 0 }));

  constructor(count: number, endOf: (c: number) => Endpoint) {
    super(count);
    this.endOf = endOf;
    this.addresses = new Float64Array(count);
    this.ports = new Uint16Array(count);
  }

  protected note(c: number): void {
    const { ip, port } = this.endOf(c);
    this.ports[c] = port;
    this.addresses[c] = ip.includes(':') ? -1 - this.sixes.idOf(ip) : numberOf(ip);
  }

  ranks(): Float64Array {
    const rankOf = this.sixes.ranks();
    const ranks = new Float64Array(this.count).fill(Number.POSITIVE_INFINITY);
    for (let c = 0; c < this.done; c++) {
      const address = this.addresses[c]!;
      const rank = address >= 0 ? address : SIX + rankOf[-1 - address]!;
      ranks[c] = rank * PORTS + this.ports[c]!;
    }
    return ranks;
  }
}

/** An IPv4 address as written in records. */
function numberOf(ip: string): number {
  let address = 0;
  let byte = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code === DOT) {
      address = address * 256 + byte;
      byte = 0;
    } else byte = byte * 10 + code - ZERO;
  }
  return address * 256 + byte;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Texts by number, in order of their coming. */
class Texts {
  private readonly ids = new Map<string, number>();
  /** What each sorts by. */
  private readonly sorted: string[] = [];
  private readonly sortable: (text: string) => string;

  constructor(sortable: (text: string) => string = (text) => text) {
    this.sortable = sortable;
  }

  idOf(text: string): number {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(text, id);
      this.sorted.push(this.sortable(text));
    }
    return id;
  }

  /** By number, the text's place among all. */
  ranks(): Float64Array {
    const { sorted } = this;
    const ranks = new Float64Array(sorted.length);
    [...sorted.keys()]
      .sort((a, b) => (sorted[a]! < sorted[b]! ? -1 : 1))
      .forEach((id, rank) => {
        ranks[id] = rank;
      });
    return ranks;
  }
}
