/** Names of addresses, as the capture files or the topology tell them, ready for a lookup per packet. */
import { parseIpv4, showIpv4, showIpv6 } from '../base/address.ts';
import type { Ipv4, Offset } from '../base/units.ts';
import type { Topology } from '../topology/topology.ts';

/** A name of an address, as its source tells it. */
export interface NameRecord {
  readonly address: string;
  readonly name: string;
}

/** Who has an address beyond the list; undefined = nobody known. */
export type Lookup = (address: string) => string | undefined;

/** The names that a topology has: `namespace/pod`, a node, a service, what DNS calls it. */
export function namesIn(topology: Topology): Lookup {
  return (address) => {
    const { name, namespace } = topology.ownerOf(address);
    if (name === undefined || name === address) return topology.namesOf(address)[0]?.name;
    return namespace === undefined ? name : `${namespace}/${name}`;
  };
}

/** Answers of `lookup` that are remembered. */
const ANSWERS_MAX = 1 << 16;
/** An address that nobody has a name for. */
const NAMELESS = '';

export class Names {
  private readonly from: readonly NameRecord[];
  private readonly lookup: Lookup | undefined;
  private taken = 0;
  private readonly byText = new Map<string, string>();
  private readonly byIpv4 = new Map<Ipv4, string>();
  private readonly answers = new Map<string, string>();
  private readonly ipv4Answers = new Map<Ipv4, string>();

  /** `from` may grow: what was added is taken over by the next `update`. What it does not name, `lookup` may. */
  constructor(from: readonly NameRecord[] = [], lookup?: Lookup) {
    this.from = from;
    this.lookup = lookup;
    this.update();
  }

  /** No address has a name: there is nothing to look up. */
  get isEmpty(): boolean {
    return this.byText.size === 0 && this.lookup === undefined;
  }

  /** What was said of an address holds as long as this does. */
  get generation(): number {
    return this.byText.size; // names are added, never changed
  }

  /** Take over the names that were met since. */
  update(): void {
    for (; this.taken < this.from.length; this.taken++) {
      const { address, name } = this.from[this.taken]!;
      this.add(address, name);
    }
  }

  /** The first name that an address got stays. */
  private add(address: string, name: string): void {
    if (name === '' || name === address || this.byText.has(address)) return;
    this.byText.set(address, name);
    const ipv4 = parseIpv4(address);
    if (ipv4 !== undefined) this.byIpv4.set(ipv4, name);
  }

  of(address: string): string | undefined {
    const listed = this.byText.get(address);
    if (listed !== undefined || this.lookup === undefined) return listed;
    let answer = this.answers.get(address);
    if (answer === undefined) {
      answer = this.lookup(address) ?? NAMELESS;
      if (this.answers.size === ANSWERS_MAX) this.answers.clear();
      this.answers.set(address, answer);
    }
    return answer === NAMELESS ? undefined : answer;
  }

  ofIpv4(address: Ipv4): string | undefined {
    if (this.lookup === undefined) return this.byIpv4.get(address);
    let answer = this.ipv4Answers.get(address);
    if (answer === undefined) {
      answer = this.of(showIpv4(address)) ?? NAMELESS;
      if (this.ipv4Answers.size === ANSWERS_MAX) this.ipv4Answers.clear();
      this.ipv4Answers.set(address, answer);
    }
    return answer === NAMELESS ? undefined : answer;
  }

  ofIpv6(view: DataView, at: Offset): string | undefined {
    return this.of(showIpv6(view, at));
  }
}
