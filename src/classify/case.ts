/**
 * One conversation laid out for the rules: its hops in order, the tuples it had on the way, the
 * translations between them, its real ends and who owns each address.
 */
import { ipProtocolName } from '../base/ip-protocols.ts';
import { protocolOf } from '../flow/addresses.ts';
import { type Hop, type Journey, journeyOf } from '../flow/journey.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stitching } from '../flow/stitch.ts';
import type { Owner, ServiceMatch } from '../topology/model.ts';
import type { Topology } from '../topology/topology.ts';
import type { IcmpErrors } from './icmp-errors.ts';
import type { Nat, NatTables } from './nat-tables.ts';
import type { ProxyRecord, TranslationRecord, TupleRecord } from './record.ts';
import type { Vantages } from './vantage.ts';

/** The most nodes' NAT followed before and after what was seen. */
const NAT_MAX = 4;
const ICMP_NUMBER = 1;
const ICMPV6_NUMBER = 58;

/** What the rules may look at of the whole run. */
export interface Run {
  readonly stage: FlowStage;
  readonly stitching: Stitching;
  readonly topology: Topology;
  readonly vantages: Vantages;
  readonly icmpErrors: IcmpErrors;
  readonly nat: NatTables;
  /** `address port` of servers that some conversation sends PROXY headers to. */
  readonly proxyListeners: ReadonlySet<string>;
}

/** One end as the conversation has it, and whose address that is. */
export interface End {
  readonly ip: string;
  readonly port: number;
  readonly owner: Owner;
}

export interface Case {
  readonly run: Run;
  /** Number of the conversation, 0-based. */
  readonly conversation: number;
  readonly journey: Journey;
  readonly hops: readonly Hop[];
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

export function caseOf(run: Run, conversation: number, proxy: ProxyRecord | null): Case {
  const { stage, topology } = run;
  const journey = journeyOf(stage, run.stitching, conversation);
  const { hops } = journey;
  const protocol = protocolOf(stage.flows, hops[0]!.flow);
  const protocolName = ipProtocolName(protocol);
  const atSeconds = stage.epochSeconds + stage.flows.first(hops[0]!.flow) / 1e9;
  const seen = tuplesOf(hops);
  const { tuples, told } = withNat(run, protocolName, seen);
  const first = tuples[0]!;
  const last = tuples[tuples.length - 1]!;
  const end = (ip: string, port: number): End => ({
    ip,
    port,
    owner: topology.ownerOf(ip, atSeconds),
  });
  const client = end(first.src, first.sport);
  const named = proxy === null ? null : originOf(proxy);
  return {
    run,
    conversation,
    journey,
    hops,
    protocol,
    protocolName,
    atSeconds,
    tuples,
    translations: translationsOf(run, hops, tuples, told),
    told,
    client: named === null ? client : end(named.ip, named.port),
    // ICMP's identifier is the client's, whatever NAT made of it later
    server: besideClient(end(last.dst, isIcmp(protocol) ? first.dport : last.dport), client),
    dialled: end(first.dst, first.dport),
    service: serviceOf(topology, tuples, protocolName),
    unresolved: topology.serviceAt(last.dst, last.dport, protocolName),
    proxy,
  };
}

function tuplesOf(hops: readonly Hop[]): TupleRecord[] {
  const tuples: TupleRecord[] = [];
  for (const hop of hops) {
    if (tuples.some((t) => isSame(t, hop))) continue;
    tuples.push({ src: hop.src, sport: hop.sport, dst: hop.dst, dport: hop.dport });
  }
  return tuples;
}

/** The tuples seen, and before and after them those that the nodes' connection tables tell. */
function withNat(
  run: Run,
  protocol: string,
  seen: readonly TupleRecord[],
): { tuples: TupleRecord[]; told: Nat[] } {
  const tuples = [...seen];
  const told: Nat[] = [];
  for (let nat = run.nat.behind(protocol, tuples[0]!); nat !== undefined; ) {
    if (told.length === NAT_MAX || tuples.some((t) => isSame(t, nat!.before))) break;
    told.push(nat);
    tuples.unshift(nat.before);
    nat = run.nat.behind(protocol, nat.before);
  }
  for (let nat = run.nat.leading(protocol, tuples.at(-1)!); nat !== undefined; ) {
    if (told.length === NAT_MAX || tuples.some((t) => isSame(t, nat!.after))) break;
    told.push(nat);
    tuples.push(nat.after);
    nat = run.nat.leading(protocol, nat.after);
  }
  return { tuples, told };
}

function isSame(a: TupleRecord, b: TupleRecord): boolean {
  return a.src === b.src && a.sport === b.sport && a.dst === b.dst && a.dport === b.dport;
}

/**
 * Between two tuples the destination is rewritten first and the source last, as netfilter does
 * (PREROUTING before POSTROUTING).
 */
function translationsOf(
  run: Run,
  hops: readonly Hop[],
  tuples: readonly TupleRecord[],
  told: readonly Nat[],
): TranslationRecord[] {
  const records: TranslationRecord[] = [];
  const hasIdentifier = isIcmp(protocolOf(run.stage.flows, hops[0]!.flow));
  for (let i = 1; i < tuples.length; i++) {
    const before = tuples[i - 1]!;
    const after = tuples[i]!;
    const nat = told.find((n) => isSame(n.before, before) && isSame(n.after, after));
    const node =
      nat === undefined ? translatorOf(run, hops, before, after) : (nat.table.node ?? null);
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

/** The node between the last hop with the tuple before and the first with the one after. */
function translatorOf(
  run: Run,
  hops: readonly Hop[],
  before: TupleRecord,
  after: TupleRecord,
): string | null {
  const from = hops.findLast((hop) => isSame(hop, before));
  const to = hops.find((hop) => isSame(hop, after));
  if (from === undefined || to === undefined) return null;
  const flows = run.stage.flows;
  const nodeFrom = run.vantages.at(flows.place(from.flow))?.node;
  const nodeTo = run.vantages.at(flows.place(to.flow))?.node;
  if (nodeFrom !== undefined && nodeTo !== undefined) return nodeFrom === nodeTo ? nodeFrom : null;
  return nodeFrom ?? nodeTo ?? null;
}

/** The first tuple on the way whose destination is a Service's address or node port. */
function serviceOf(
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
function besideClient(server: End, client: End): End {
  const { owner } = server;
  if (owner.kind !== 'node' || owner.node !== undefined) return server;
  const { node } = client.owner;
  return node === undefined ? server : { ...server, owner: { ...owner, node, name: node } };
}

/** The client that a PROXY header names; of stacked ones the last, which the first proxy on the way wrote. */
function originOf(proxy: ProxyRecord): ProxyRecord['source'] {
  return [proxy, ...proxy.stacked].findLast((header) => header.source !== null)?.source ?? null;
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP_NUMBER || protocol === ICMPV6_NUMBER;
}
