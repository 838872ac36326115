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
  /** Where it was seen first. */
  readonly flow: FlowIndex;
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
  readonly flow: FlowIndex;
  readonly fromSource: boolean;
}

/** Entries by what they say; at most `limit`, the rest are counted. */
class Said<T extends { last: Nanoseconds; count: number }> {
  readonly limit: number;
  /** Times that something new found no room. */
  refused = 0;
  private readonly byKey = new Map<string, T>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.byKey.size;
  }

  /** In the order in which they were said first. */
  values(): IterableIterator<T> {
    return this.byKey.values();
  }

  /** The entry, made by `make` when it is new; undefined when there is no room. */
  note(key: string, now: Nanoseconds, make: () => T): T | undefined {
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = now;
      return known;
    }
    if (this.byKey.size >= this.limit) {
      this.refused++;
      return undefined;
    }
    const entry = make();
    this.byKey.set(key, entry);
    return entry;
  }
}

export class DnsAnswers extends Said<DnsAnswer> {}
export class BgpRoutes extends Said<BgpRouteSeen> {}
