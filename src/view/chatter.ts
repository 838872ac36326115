/**
 * What hosts say to their own link all day: neighbour discovery, router solicitations, group
 * memberships. A table of conversations tells how many there were in one line, below the others.
 */
import type { ConversationRecord } from '../classify/record.ts';

const PROTOCOLS = new Set(['icmpv6', 'igmp']);
/** fe80::/10, ff01::/16, ff02::/16, 224.0.0.0/24 (RFC 4291 sections 2.5.6 and 2.7, RFC 5771 section 4). */
const ON_LINK = /^(fe[89ab][0-9a-f]:|ff0[12]:|224\.0\.0\.)/;

/** Neither a Pod nor a node is known to talk here, only a link with itself. */
export function isChatter(record: ConversationRecord): boolean {
  return (
    record.label === 'unknown' &&
    PROTOCOLS.has(record.protocol) &&
    record.encapsulation.length === 0 &&
    ON_LINK.test(record.server.ip)
  );
}

/** How many of each protocol were left out of a table. */
export class Chatter {
  private readonly counts = new Map<string, number>();

  count(record: ConversationRecord): void {
    this.counts.set(record.protocol, (this.counts.get(record.protocol) ?? 0) + 1);
  }

  /** The line below the table, with its newline; empty when nothing was left out. */
  line(): string {
    if (this.counts.size === 0) return '';
    const parts = [...this.counts].sort().map(([protocol, count]) => `${count} of ${protocol}`);
    return `And ${parts.join(', ')} that hosts send to their own link; --all shows them.\n`;
  }
}
