/**
 * What the traffic itself teaches of the network: addresses of names (DNS answers) and the routes of
 * prefixes (BGP). Each thing once, with when it was said first and last; bounded, and counted when full.
 */
import type { FlowIndex, Nanoseconds } from '../base/units.ts';

export interface DnsAnswer {
  /** The name asked for, lower case, without the final dot. */
  readonly name: string;
  /** The name that has the record: another one behind a CNAME. */
  readonly owner: string;
  /** A, AAAA, CNAME, PTR, SRV, TXT. */
  readonly type: string;
  /** The data as zone files write it: an address, a name, `priority weight port target`, text. */
  readonly data: string;
  /** As said last; the answer holds until `last` plus this. */
  ttlSeconds: number;
  readonly first: Nanoseconds;
  last: Nanoseconds;
  count: number;
  /** Where it was seen first; NO_FLOW when that flow is no longer known. */
  flow: FlowIndex;
}

export interface BgpRouteSeen {
  /** CIDR. */
  readonly prefix: string;
  /** Undefined for a withdrawal, and when the announcement names none that can be read. */
  readonly nextHop: string | undefined;
  readonly withdrawn: boolean;
  readonly first: Nanoseconds;
  last: Nanoseconds;
  count: number;
  /** Where it was seen first, and whether it was sent from the row's source. */
  flow: FlowIndex;
  readonly fromSource: boolean;
}

/** What may be said of one name or prefix. */
const OF_ONE_MAX = 256;

/** Entries by the name or prefix that they are about; at most `limit`, the rest are counted. */
abstract class Said<T extends { last: Nanoseconds; count: number; flow: FlowIndex }> {
  readonly limit: number;
  /** Times that something new found no room. */
  refused = 0;
  private all: T[] = [];
  private readonly about = new Map<string, T[]>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.all.length;
  }

  /** In the order in which they were said first. */
  values(): IterableIterator<T> {
    return this.all.values();
  }

  /** The entry about `subject` that `isSame`, made by `make` when it is new; undefined without room. */
  note(
    subject: string,
    now: Nanoseconds,
    isSame: (entry: T) => boolean,
    make: () => T,
  ): T | undefined {
    const known = this.about.get(subject);
    const entry = known?.find(isSame);
    if (entry !== undefined) {
      entry.count++;
      entry.last = now;
      return entry;
    }
    if (this.all.length >= this.limit || (known !== undefined && known.length >= OF_ONE_MAX)) {
      this.refused++;
      return undefined;
    }
    const made = make();
    this.all.push(made);
    if (known === undefined) this.about.set(subject, [made]);
    else known.push(made);
    return made;
  }

  /** What the entry is about. */
  protected abstract subjectOf(entry: T): string;

  protected keep(isKept: (entry: T) => boolean): void {
    if (this.all.every(isKept)) return;
    this.all = this.all.filter(isKept);
    this.about.clear();
    for (const entry of this.all) {
      const subject = this.subjectOf(entry);
      const known = this.about.get(subject);
      if (known === undefined) this.about.set(subject, [entry]);
      else known.push(entry);
    }
  }
}

export class DnsAnswers extends Said<DnsAnswer> {
  protected override subjectOf({ name }: DnsAnswer): string {
    return name;
  }

  /** Flows have new numbers. When most room is taken, what was said longest ago makes room. */
  retain(newRow: Int32Array): void {
    for (const answer of this.values()) {
      if (answer.flow >= 0) answer.flow = newRow[answer.flow]!;
    }
    if (4 * this.size <= 3 * this.limit) return;
    const times = Float64Array.from(this.values(), ({ last }) => last).sort();
    const middle = times[times.length >> 1]!;
    this.keep(({ last }) => last > middle);
  }
}

export class BgpRoutes extends Said<BgpRouteSeen> {
  protected override subjectOf({ prefix }: BgpRouteSeen): string {
    return prefix;
  }

  /** Flows have new numbers; what those said that have none is forgotten. */
  retain(newRow: Int32Array): void {
    for (const route of this.values()) route.flow = newRow[route.flow]!;
    this.keep(({ flow }) => flow >= 0);
  }
}
