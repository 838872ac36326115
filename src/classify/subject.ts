/**
 * Who talks to whom, whatever tells it: captured frames (a Case has this and its sightings beside) or
 * flow logs. Rules that need no more than this are asked of both.
 */
import type { Owner, ServiceMatch } from '../topology/model.ts';
import type { Topology } from '../topology/topology.ts';
import type { Nat } from './nat-tables.ts';
import type { ProxyRecord, TranslationRecord, TupleRecord } from './record.ts';

/** One end as the conversation has it, and whose address that is. */
export interface End {
  readonly ip: string;
  readonly port: number;
  readonly owner: Owner;
}

export interface Subject {
  readonly run: { readonly topology: Topology };
  /** IP protocol number and its name. */
  readonly protocol: number;
  readonly protocolName: string;
  /** Time of the first frame, seconds since 1970 UTC. */
  readonly atSeconds: number;
  /** The different tuples on the way, client to server; at least one. */
  readonly tuples: readonly TupleRecord[];
  readonly translations: readonly TranslationRecord[];
  /** Of them, those that only a connection table tells, not two sightings. */
  readonly told: readonly Nat[];
  /** The real ends: before SNAT, after DNAT, and as a PROXY header names the client. */
  readonly client: End;
  readonly server: End;
  /** What the client dialled, as far as seen. */
  readonly dialled: End;
  /** The Service dialled, by the tuple that names it. */
  readonly service: ServiceMatch | undefined;
  /** The Service that the last tuple still names: the packet after DNAT was not seen. */
  readonly unresolved: ServiceMatch | undefined;
  readonly proxy: ProxyRecord | null;
}
