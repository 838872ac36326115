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

/** What may be said of one name or prefix. */
const OF_ONE_MAX = 256;

/** Entries by the name or prefix that they are about; at most `limit`, the rest are counted. */
class Said<T extends { last: Nanoseconds; count: number }> {
  readonly limit: number;
  /** Times that something new found no room. */
  refused = 0;
  private readonly all: T[] = [];
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
}

export class DnsAnswers extends Said<DnsAnswer> {}
export class BgpRoutes extends Said<BgpRouteSeen> {}
