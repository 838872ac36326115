/**
 * Translations that nodes' connection tables tell: the tuple after NAT by the one before it, and the
 * other way round. Of two entries that disagree about a tuple neither is believed.
 */
import { ipProtocolName } from '../base/ip-protocols.ts';
import { addressOf, portOf, protocolOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { ConntrackEntry } from '../topology/conntrack.ts';
import type { TupleRecord } from './record.ts';

/** One node's table. */
export interface NatTable {
  /** Where it was read, for people. */
  readonly name: string;
  /** The node it was read on, where that is known. */
  readonly node: string | undefined;
  readonly entries: readonly ConntrackEntry[];
}

export interface Nat {
  readonly table: NatTable;
  readonly line: number;
  /** Client to server, before and after this node's NAT. */
  readonly before: TupleRecord;
  readonly after: TupleRecord;
}

export class NatTables {
  private readonly byBefore = new Map<string, Nat | undefined>();
  private readonly byAfter = new Map<string, Nat | undefined>();

  constructor(tables: readonly NatTable[]) {
    for (const table of tables) {
      for (const entry of table.entries) {
        if (entry.dnat === undefined && entry.snat === undefined) continue;
        const { original, reply } = entry;
        const before = { ...original };
        const after = { src: reply.dst, sport: reply.dport, dst: reply.src, dport: reply.sport };
        const nat: Nat = { table, line: entry.line, before, after };
        add(this.byBefore, keyOf(entry.protocol, before), nat);
        add(this.byAfter, keyOf(entry.protocol, after), nat);
      }
    }
  }

  get empty(): boolean {
    return this.byBefore.size === 0;
  }

  /** What NAT makes of this tuple, client to server. */
  leading(protocol: string, tuple: TupleRecord): Nat | undefined {
    return this.empty ? undefined : this.byBefore.get(keyOf(protocol, tuple));
  }

  /** What NAT made this tuple of, client to server. */
  behind(protocol: string, tuple: TupleRecord): Nat | undefined {
    return this.empty ? undefined : this.byAfter.get(keyOf(protocol, tuple));
  }

  /** Pairs of flows that are one connection before and after NAT: flow, flow, 1 when they run opposite ways. */
  pairs(stage: FlowStage): Int32Array {
    if (this.empty) return new Int32Array(0);
    const { flows } = stage;
    const found = new Map<Nat, { before: number[]; after: number[] }>();
    for (let f = 0; f < flows.count; f++) {
      const protocol = ipProtocolName(protocolOf(flows, f));
      for (let side = 0; side < 2; side++) {
        const tuple = {
          src: addressOf(flows, f, side),
          sport: portOf(flows, f, side),
          dst: addressOf(flows, f, 1 - side),
          dport: portOf(flows, f, 1 - side),
        };
        note(found, this.leading(protocol, tuple), 'before', 2 * f + side);
        note(found, this.behind(protocol, tuple), 'after', 2 * f + side);
      }
    }
    const pairs: number[] = [];
    for (const { before, after } of found.values()) {
      // a tuple met by several flows at one place was used more than once: which use, nothing tells
      if (before.length !== 1 || after.length !== 1) continue;
      pairs.push(before[0]! >> 1, after[0]! >> 1, (before[0]! ^ after[0]!) & 1);
    }
    return Int32Array.from(pairs);
  }
}

function note(
  found: Map<Nat, { before: number[]; after: number[] }>,
  nat: Nat | undefined,
  which: 'before' | 'after',
  fd: number,
): void {
  if (nat === undefined) return;
  const there = found.get(nat) ?? { before: [], after: [] };
  there[which].push(fd);
  found.set(nat, there);
}

function add(map: Map<string, Nat | undefined>, key: string, nat: Nat): void {
  const there = map.get(key);
  if (!map.has(key)) map.set(key, nat);
  else if (there === undefined || !isAlike(there, nat)) map.set(key, undefined);
}

function isAlike(a: Nat, b: Nat): boolean {
  return keyOf('', a.before) === keyOf('', b.before) && keyOf('', a.after) === keyOf('', b.after);
}

function keyOf(protocol: string, t: TupleRecord): string {
  return `${protocol} ${t.src} ${t.sport} ${t.dst} ${t.dport}`;
}
