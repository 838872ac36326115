/** The tuples that a connection has on its way, and the translations that lead from one to the next. */

import type { ServiceMatch } from '../topology/model.ts';
import type { Topology } from '../topology/topology.ts';
import type { Nat, NatTables } from './nat-tables.ts';
import type { TranslationRecord, TupleRecord } from './record.ts';
import type { End } from './subject.ts';

/** The most nodes' NAT followed before and after what was seen. */
const NAT_MAX = 4;

/** The tuples seen, and before and after them those that the nodes' connection tables tell. */
export function withNat(
  tables: NatTables,
  protocol: string,
  seen: readonly TupleRecord[],
): { tuples: TupleRecord[]; told: Nat[] } {
  const tuples = [...seen];
  const told: Nat[] = [];
  for (let nat = tables.behind(protocol, tuples[0]!); nat !== undefined; ) {
    if (told.length === NAT_MAX || tuples.some((t) => isSameTuple(t, nat!.before))) break;
    told.push(nat);
    tuples.unshift(nat.before);
    nat = tables.behind(protocol, nat.before);
  }
  for (let nat = tables.leading(protocol, tuples.at(-1)!); nat !== undefined; ) {
    if (told.length === NAT_MAX || tuples.some((t) => isSameTuple(t, nat!.after))) break;
    told.push(nat);
    tuples.push(nat.after);
    nat = tables.leading(protocol, nat.after);
  }
  return { tuples, told };
}

export function isSameTuple(a: TupleRecord, b: TupleRecord): boolean {
  return a.src === b.src && a.sport === b.sport && a.dst === b.dst && a.dport === b.dport;
}

/**
 * What turns each tuple into the next. Between two of them the destination is rewritten first and the
 * source last, as netfilter does (PREROUTING before POSTROUTING). `hasIdentifier`: the ports are ICMP's
 * identifier. `nodeOf` tells where a rewrite happened that no connection table tells.
 */
export function translationsBetween(
  tuples: readonly TupleRecord[],
  told: readonly Nat[],
  hasIdentifier: boolean,
  nodeOf: (before: TupleRecord, after: TupleRecord) => string | null,
): TranslationRecord[] {
  const records: TranslationRecord[] = [];
  for (let i = 1; i < tuples.length; i++) {
    const before = tuples[i - 1]!;
    const after = tuples[i]!;
    const nat = told.find((n) => isSameTuple(n.before, before) && isSameTuple(n.after, after));
    const node = nat === undefined ? nodeOf(before, after) : (nat.table.node ?? null);
    let now = before;
    if (now.dst !== after.dst || now.dport !== after.dport) {
      const rewritten = { src: now.src, sport: now.sport, dst: after.dst, dport: after.dport };
      // ICMP's identifier stands for both ports: rewriting it is one translation, of the source
      const isIdentifier = now.dst === after.dst && hasIdentifier;
      if (!isIdentifier) {
        records.push({ type: 'dnat', node, before: now, after: rewritten });
        now = rewritten;
      }
    }
    if (now.src !== after.src || now.sport !== after.sport) {
      records.push({ type: 'snat', node, before: now, after });
    }
  }
  return records;
}

/** The first tuple on the way whose destination is a Service's address or node port. */
export function serviceDialled(
  topology: Topology,
  tuples: readonly TupleRecord[],
  protocol: string,
): ServiceMatch | undefined {
  for (const tuple of tuples) {
    const match = topology.serviceAt(tuple.dst, tuple.dport, protocol);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** A link-local agent (169.254.170.23) answers on every node: on the client's own. */
export function besideClient(server: End, client: End): End {
  const { owner } = server;
  if (owner.kind !== 'node' || owner.node !== undefined) return server;
  const { node } = client.owner;
  return node === undefined ? server : { ...server, owner: { ...owner, node, name: node } };
}
