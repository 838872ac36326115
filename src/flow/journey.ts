/**
 * The hops of one conversation in the order a packet from client to server passes them, each with its
 * tuple that way round. Built on demand from the rows of the flow table.
 */
import type { FlowIndex } from '../base/units.ts';
import { addressOf, portOf } from './addresses.ts';
import type { FlowTable } from './flow-table.ts';
import type { Grouping } from './grouping.ts';
import { isHalf } from './halves.ts';
import type { FlowStage } from './observe.ts';
import { OPENER_ASSUMED, openerOf } from './orientation.ts';

export interface Hop {
  readonly flow: FlowIndex;
  /** 1 when the row's source is the conversation's server: index of its client-to-server columns. */
  readonly toServer: 0 | 1;
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  /** TTL of the client's first packet here; where only replies were seen, what it must have been; 0 = unknown. */
  readonly ttl: number;
}

export interface Journey {
  readonly hops: readonly Hop[];
  /** OPENER_*: how sure it is which end is the client. */
  readonly opener: number;
}

/** Hops of conversation c, client to server. */
export function journeyOf(stage: FlowStage, grouping: Grouping, c: number): Journey {
  const flows = stage.flows;
  const from = grouping.start[c]!;
  const to = grouping.start[c + 1]!;
  const { turned, opener } = orient(flows, grouping, from, to);
  if (to - from === 1) {
    const f = grouping.members[from]! >> 1;
    const toServer = turned as 0 | 1;
    return { hops: [hopOf(flows, f, toServer, flows.ttlBy(2 * f + toServer))], opener };
  }
  const ttls = clientTtls(flows, grouping, from, to, turned);
  const order: number[] = [];
  for (let m = from; m < to; m++) order.push(m);
  order.sort((a, b) => {
    const [one, other] = [grouping.members[a]!, grouping.members[b]!];
    const byTtl = ttls[b - from]! - ttls[a - from]!;
    return byTtl || answersFirst(flows, one, other, turned) || byTime(flows, one, other, turned);
  });
  const hops = order.map((m) => {
    const member = grouping.members[m]!;
    return hopOf(flows, member >> 1, ((member & 1) ^ turned) as 0 | 1, ttls[m - from]!);
  });
  return { hops, opener };
}

/** Whether the first member's source is the server (1), by the member that is surest of it. */
function orient(
  flows: FlowTable,
  grouping: Grouping,
  from: number,
  to: number,
): { turned: number; opener: number } {
  let turned = 0;
  let opener = OPENER_ASSUMED - 1;
  for (let m = from; m < to; m++) {
    const member = grouping.members[m]!;
    const told = openerOf(flows, member >> 1);
    if (told >> 1 <= opener) continue;
    opener = told >> 1;
    turned = (told & 1) ^ (member & 1);
  }
  return { turned, opener };
}

/**
 * TTL of the client's packets at each member. A router takes one off in either direction, so the sum
 * of both directions' TTLs is the same all along a path: what one member lacks, another tells.
 */
function clientTtls(
  flows: FlowTable,
  grouping: Grouping,
  from: number,
  to: number,
  turned: number,
): number[] {
  let sum = 0;
  for (let m = from; m < to && sum === 0; m++) {
    const f = grouping.members[m]! >> 1;
    if (flows.ttlBy(2 * f) > 0 && flows.ttlBy(2 * f + 1) > 0) {
      sum = flows.ttlBy(2 * f) + flows.ttlBy(2 * f + 1);
    }
  }
  const ttls: number[] = [];
  for (let m = from; m < to; m++) {
    const member = grouping.members[m]!;
    const toServer = (member & 1) ^ turned;
    const ttl = flows.ttlBy((member & ~1) + toServer);
    const back = flows.ttlBy((member & ~1) + 1 - toServer);
    if (ttl > 0) ttls.push(ttl);
    else if (sum > back) ttls.push(sum - back);
    else ttls.push(otherHalfTtl(flows, grouping, from, to, member));
  }
  return ttls;
}

/** TTL of the requests at the place of these answers, of a connection seen in halves; 0 = none. */
function otherHalfTtl(
  flows: FlowTable,
  grouping: Grouping,
  from: number,
  to: number,
  answers: number,
): number {
  for (let m = from; m < to; m++) {
    const member = grouping.members[m]!;
    if (areHalvesOfOne(flows, member, answers)) return flows.ttlBy(member & ~1);
  }
  return 0;
}

/** Two members at one place that show one way each, and not the same. */
function areHalvesOfOne(flows: FlowTable, a: number, b: number): boolean {
  const [f, g] = [a >> 1, b >> 1];
  return (
    ((a ^ b) & 1) === 1 &&
    flows.place(f) === flows.place(g) &&
    flows.encapsulation(f) === flows.encapsulation(g) &&
    isHalf(flows, f) &&
    isHalf(flows, g)
  );
}

/**
 * Of two halves of one connection at one place, that of the answers has the tuple that the client knows,
 * so it comes first. 0 = they are not such halves.
 */
function answersFirst(flows: FlowTable, a: number, b: number, turned: number): number {
  if (!areHalvesOfOne(flows, a, b)) return 0;
  return ((a & 1) ^ turned) === 1 ? -1 : 1;
}

/** Of hops with one TTL (a tunnel device and the NIC below): a packet's time tells, a reply's the other way round. */
function byTime(flows: FlowTable, a: number, b: number, turned: number): number {
  const isReply = ((a & 1) ^ turned) === 1;
  const later = flows.first(a >> 1) - flows.first(b >> 1);
  return isReply ? -later : later;
}

function hopOf(flows: FlowTable, f: FlowIndex, toServer: 0 | 1, ttl: number): Hop {
  return {
    flow: f,
    toServer,
    src: addressOf(flows, f, toServer),
    sport: portOf(flows, f, toServer),
    dst: addressOf(flows, f, 1 - toServer),
    dport: portOf(flows, f, 1 - toServer),
    ttl,
  };
}
