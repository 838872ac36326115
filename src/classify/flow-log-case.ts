/** One connection of flow logs laid out for the rules: its tuples, translations, real ends and their owners. */
import { ipProtocolName } from '../base/ip-protocols.ts';
import type { Topology } from '../topology/topology.ts';
import { type LogConnection, type LogHop, startOf } from './flow-log-join.ts';
import type { NatTables } from './nat-tables.ts';
import type { TranslationRecord, TupleRecord } from './record.ts';
import { besideClient, serviceDialled, translationsBetween, withNat } from './rewrites.ts';
import type { End, Subject } from './subject.ts';

const ICMP_NUMBER = 1;
const ICMPV6_NUMBER = 58;

export interface LogRun {
  readonly topology: Topology;
  readonly nat: NatTables;
  readonly files: readonly string[];
  /** Name of the node that the interface belongs to. */
  readonly nodeOf: (hop: LogHop) => string | undefined;
}

export interface LogCase extends Subject {
  readonly run: LogRun;
  readonly connection: LogConnection;
  readonly hops: readonly LogHop[];
  /** Of the translations, that of a gateway between. */
  readonly gateway: TranslationRecord | undefined;
}

export function logCaseOf(run: LogRun, connection: LogConnection): LogCase {
  const { topology } = run;
  const { hops, nat } = connection;
  const { protocol } = hops[0]!.flow;
  const protocolName = protocol < 0 ? 'unknown' : ipProtocolName(protocol);
  const atSeconds = startOf(connection);
  const dialled = tupleOf(hops[0]!);
  const seen = [dialled];
  const rewritten = nat === undefined ? undefined : afterGateway(connection, dialled);
  if (rewritten !== undefined) seen.push(rewritten);
  const { tuples, told } = withNat(run.nat, protocolName, seen);
  const isIcmp = protocol === ICMP_NUMBER || protocol === ICMPV6_NUMBER;
  const translations = translationsBetween(tuples, told, isIcmp, () => null);
  const first = tuples[0]!;
  const last = tuples.at(-1)!;
  const end = (ip: string, port: number): End => ({
    ip,
    port,
    owner: topology.ownerOf(ip, atSeconds),
  });
  const client = end(first.src, first.sport);
  return {
    run,
    connection,
    hops,
    protocol,
    protocolName,
    atSeconds,
    tuples,
    translations,
    gateway: translations.find((t) => t.after === rewritten),
    told,
    client,
    server: besideClient(end(last.dst, last.dport), client),
    dialled: end(first.dst, first.dport),
    service: serviceDialled(topology, tuples, protocolName),
    unresolved: topology.serviceAt(last.dst, last.dport, protocolName),
    proxy: null,
  };
}

/** Client to server, as the packets bore it at this interface. */
export function tupleOf({ flow, client }: LogHop): TupleRecord {
  const from = flow.ends[client]!;
  const to = flow.ends[1 - client]!;
  return { src: from.ip, sport: from.port, dst: to.ip, dport: to.port };
}

/** Behind the gateway; port 0 where several rows fit, and which of them is this connection's is not told. */
function afterGateway({ nat }: LogConnection, before: TupleRecord): TupleRecord {
  const after = nat!.after?.ends.find(({ ip }) => ip === nat!.address);
  return { ...before, src: nat!.address, sport: after?.port ?? 0 };
}
