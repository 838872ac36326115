/** Names of addresses, as the capture files or the topology tell them, ready for a lookup per packet. */
import { parseIpv4, showIpv6 } from '../base/address.ts';
import type { Ipv4, Offset } from '../base/units.ts';

/** A name of an address, as its source tells it. */
export interface NameRecord {
  readonly address: string;
  readonly name: string;
}

export class Names {
  private readonly from: readonly NameRecord[];
  private taken = 0;
  private readonly byText = new Map<string, string>();
  private readonly byIpv4 = new Map<Ipv4, string>();

  /** `from` may grow: what was added is taken over by the next `update`. */
  constructor(from: readonly NameRecord[] = []) {
    this.from = from;
    this.update();
  }

  get size(): number {
    return this.byText.size;
  }

  /** Take over the names that were met since. */
  update(): void {
    for (; this.taken < this.from.length; this.taken++) {
      const { address, name } = this.from[this.taken]!;
      this.add(address, name);
    }
  }

  /** The first name that an address got stays. */
  add(address: string, name: string): void {
    if (name === '' || name === address || this.byText.has(address)) return;
    this.byText.set(address, name);
    const ipv4 = parseIpv4(address);
    if (ipv4 !== undefined) this.byIpv4.set(ipv4, name);
  }

  of(address: string): string | undefined {
    return this.byText.get(address);
  }

  ofIpv4(address: Ipv4): string | undefined {
    return this.byIpv4.get(address);
  }

  ofIpv6(view: DataView, at: Offset): string | undefined {
    return this.byText.get(showIpv6(view, at));
  }
}
