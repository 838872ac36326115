/**
 * One conversation laid out for the rules: its hops in order, the tuples it had on the way, the
 * translations between them, its real ends and who owns each address.
 */
import { ipProtocolName } from '../base/ip-protocols.ts';
import { protocolOf } from '../flow/addresses.ts';
import { type Hop, type Journey, journeyOf } from '../flow/journey.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stitching } from '../flow/stitch.ts';
import type { ServiceMatch } from '../topology/model.ts';
import type { Topology } from '../topology/topology.ts';
import type { IcmpErrors } from './icmp-errors.ts';
import type { Nat, NatTables } from './nat-tables.ts';
import type { ProxyRecord, TranslationRecord, TupleRecord } from './record.ts';
import {
  besideClient,
  isSameTuple,
  serviceDialled,
  translationsBetween,
  withNat,
} from './rewrites.ts';
import type { SourceTtls } from './source-ttls.ts';
import type { End } from './subject.ts';
import type { Vantages } from './vantage.ts';

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
  readonly sourceTtls: SourceTtls;
  /** `address port` of servers that some conversation sends PROXY headers to. */
  readonly proxyListeners: ReadonlySet<string>;
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
  const found = journeyOf(stage, run.stitching, conversation);
  const protocol = protocolOf(stage.flows, found.hops[0]!.flow);
  const protocolName = ipProtocolName(protocol);
  const hops = serviceFirst(topology, found.hops, protocolName);
  const journey = { ...found, hops };
  const atSeconds = stage.epochSeconds + stage.flows.first(hops[0]!.flow) / 1e9;
  const seen = tuplesOf(hops);
  const { tuples, told } = withNat(run.nat, protocolName, seen);
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
    translations: translationsBetween(tuples, told, isIcmp(protocol), (before, after) =>
      translatorOf(run, hops, before, after),
    ),
    told,
    client: named === null ? client : end(named.ip, named.port),
    // ICMP's identifier is the client's, whatever NAT made of it later
    server: silent(
      run,
      hops,
      besideClient(end(last.dst, isIcmp(protocol) ? first.dport : last.dport), client),
    ),
    dialled: end(first.dst, first.dport),
    service: serviceDialled(topology, tuples, protocolName),
    unresolved: topology.serviceAt(last.dst, last.dport, protocolName),
    proxy,
  };
}

/**
 * Of hops with one TTL, as on a bridge, those that still dial a ClusterIP come first, whatever the clocks of their
 * captures say: behind DNAT no packet dials it again.
 */
function serviceFirst(topology: Topology, hops: readonly Hop[], protocol: string): readonly Hop[] {
  if (hops.length < 2) return hops;
  const dials = hops.map((h) => topology.serviceAt(h.dst, h.dport, protocol)?.via === 'ClusterIP');
  if (!dials.includes(true) || !dials.includes(false)) return hops;
  const order = hops.map((_, i) => i);
  const rank = (i: number): number => (dials[i] === true ? 0 : 1);
  order.sort((a, b) => hops[b]!.ttl - hops[a]!.ttl || rank(a) - rank(b) || a - b);
  return order.map((i) => hops[i]!);
}

function tuplesOf(hops: readonly Hop[]): TupleRecord[] {
  const tuples: TupleRecord[] = [];
  for (const hop of hops) {
    if (tuples.some((t) => isSameTuple(t, hop))) continue;
    tuples.push({ src: hop.src, sport: hop.sport, dst: hop.dst, dport: hop.dport });
  }
  return tuples;
}

/** The node between the last hop with the tuple before and the first with the one after. */
function translatorOf(
  run: Run,
  hops: readonly Hop[],
  before: TupleRecord,
  after: TupleRecord,
): string | null {
  const from = hops.findLast((hop) => isSameTuple(hop, before));
  const to = hops.find((hop) => isSameTuple(hop, after));
  if (from === undefined || to === undefined) return null;
  const flows = run.stage.flows;
  const nodeFrom = run.vantages.at(flows.place(from.flow))?.node;
  const nodeTo = run.vantages.at(flows.place(to.flow))?.node;
  if (nodeFrom !== undefined && nodeTo !== undefined) return nodeFrom === nodeTo ? nodeFrom : null;
  return nodeFrom ?? nodeTo ?? null;
}

/**
 * An address that only packets to it show, while every pod is listed and none has it, is nobody's: what
 * the traffic suggests of it is what the sender believed.
 */
function silent(run: Run, hops: readonly Hop[], server: End): End {
  const { owner } = server;
  const isGuessed = owner.kind === 'pod' && owner.source?.kind === 'traffic';
  if (!isGuessed || !run.topology.complete.has('pods')) return server;
  const { flows } = run.stage;
  if (hops.some((hop) => flows.packetsBy(2 * hop.flow + 1 - hop.toServer) > 0)) return server;
  const why = { code: 'unlisted-and-silent', why: owner.why } as const;
  return { ...server, owner: { ...owner, role: 'unlisted', why } };
}

/** The client that a PROXY header names; of stacked ones the last, which the first proxy on the way wrote. */
function originOf(proxy: ProxyRecord): ProxyRecord['source'] {
  return [proxy, ...proxy.stacked].findLast((header) => header.source !== null)?.source ?? null;
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP_NUMBER || protocol === ICMPV6_NUMBER;
}
