/**
 * Halves: flows with packets one way only, of which two make one connection. A device may show a
 * connection's packets under one tuple and its answers under another: on a bridge whose frames pass
 * netfilter, what comes from a pod is seen behind DNAT, and the answers once DNAT is undone. No packet
 * is common to both, but one end is (the client's, or the server's where SNAT is undone too early), and
 * they pass between the same two machines.
 */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import type { FlowIndex } from '../base/units.ts';
import { protocolOf } from './addresses.ts';
import { FAMILY_V6, type FlowTable, NO_FLOW } from './flow-table.ts';
import { IS_ICMP_ERROR } from './observe.ts';
import { OPENER_ASSUMED, openerOf } from './orientation.ts';
import { endHash, isSameAddress, isSameEnd } from './tuples.ts';

/** A datagram is answered within this. */
const ANSWER_NS = 1e9;
/** Answers to one client's end, or from one server's, that are looked at. */
const ANSWERS_MAX = 64;
const TCP_NUMBER = 6;
const UDP_NUMBER = 17;
const NO_MAC = -1;
/** First byte of IPv4 multicast and all above, and of IPv6 multicast. */
const MULTICAST_FIRST = 224;
const MULTICAST_V6 = 0xff;

/** Two halves of one connection at one place. */
export interface Halves {
  readonly requests: FlowIndex;
  readonly answers: FlowIndex;
}

/** Packets went one way only. */
export function isHalf(flows: FlowTable, f: FlowIndex): boolean {
  return flows.packetsBy(2 * f + 1) === 0 && flows.packetsBy(2 * f) > 0;
}

/** Pairs of halves where each fits no other. Linear: where there are no answers alone, flows cost one look. */
export function findHalves(flows: FlowTable): Halves[] {
  const answers = new Map<number, FlowIndex[]>();
  for (let f = 0; f < flows.count; f++) {
    if (wayOf(flows, f) !== ANSWERS) continue;
    file(answers, endHash(flows, f, 1), f);
    file(answers, ~endHash(flows, f, 0), f);
  }
  if (answers.size === 0) return [];
  const requests: FlowIndex[] = [];
  for (let f = 0; f < flows.count; f++) {
    if (wayOf(flows, f) === REQUESTS && !isToMany(flows, f)) requests.push(f);
  }
  return matched(flows, requests, answers);
}

const NEITHER = 0;
const REQUESTS = 1;
const ANSWERS = 2;

/** Which half of a connection the flow is, where that is sure. */
function wayOf(flows: FlowTable, f: FlowIndex): number {
  if (!isHalf(flows, f) || !isCandidate(flows, f)) return NEITHER;
  const opener = openerOf(flows, f);
  if (opener >> 1 === OPENER_ASSUMED) return NEITHER;
  return (opener & 1) === 0 ? REQUESTS : ANSWERS;
}

function file(answers: Map<number, FlowIndex[]>, key: number, f: FlowIndex): void {
  const there = answers.get(key);
  if (there === undefined) answers.set(key, [f]);
  else if (there.length < ANSWERS_MAX) there.push(f);
}

function isCandidate(flows: FlowTable, f: FlowIndex): boolean {
  const protocol = protocolOf(flows, f);
  if (protocol !== TCP_NUMBER && protocol !== UDP_NUMBER) return false;
  return (flows.notes(f) & IS_ICMP_ERROR) === 0;
}

/** To a multicast or broadcast address: others answer, and it is nobody's DNAT. */
function isToMany(flows: FlowTable, f: FlowIndex): boolean {
  const isSix = (flows.kind(f) & FAMILY_V6) === FAMILY_V6;
  const first = flows.addressWord(f, 1, isSix ? 0 : 3) >>> 24;
  return isSix ? first === MULTICAST_V6 : first >= MULTICAST_FIRST;
}

function matched(
  flows: FlowTable,
  requests: readonly FlowIndex[],
  answers: ReadonlyMap<number, readonly FlowIndex[]>,
): Halves[] {
  const fits: Halves[] = [];
  const count = new Map<FlowIndex, number>();
  for (const f of requests) {
    const toClient = answers.get(endHash(flows, f, 0)) ?? [];
    const fromServer = answers.get(~endHash(flows, f, 1)) ?? [];
    for (const g of [...toClient, ...fromServer]) {
      if (!areHalves(flows, f, g)) continue;
      fits.push({ requests: f, answers: g });
      for (const one of [f, g]) count.set(one, (count.get(one) ?? 0) + 1);
    }
  }
  return fits.filter((fit) => count.get(fit.requests) === 1 && count.get(fit.answers) === 1);
}

/** `g` may be the answers to `f`: at one place, at that time, of one end and between the same machines. */
function areHalves(flows: FlowTable, f: FlowIndex, g: FlowIndex): boolean {
  return (
    flows.place(f) === flows.place(g) &&
    flows.encapsulation(f) === flows.encapsulation(g) &&
    flows.kind(f) === flows.kind(g) &&
    flows.earlier(f) === NO_FLOW &&
    flows.earlier(g) === NO_FLOW &&
    haveOneEnd(flows, f, g) &&
    areOfOneTime(flows, f, g) &&
    areBetweenTheSame(flows, f, g)
  );
}

/** The client's end is the same and the server's address is not, or the server's is and the client's is not. */
function haveOneEnd(flows: FlowTable, f: FlowIndex, g: FlowIndex): boolean {
  const isClient = isSameEnd(flows, f, 0, g, 1);
  if (isClient) return !isSameAddress(flows, f, 1, g, 0);
  return protocolOf(flows, f) === TCP_NUMBER && isSameEnd(flows, f, 1, g, 0);
}

/** TCP's two ways overlap, the client's last ACK being behind the server's first packet. */
function areOfOneTime(flows: FlowTable, f: FlowIndex, g: FlowIndex): boolean {
  const slack = protocolOf(flows, f) === TCP_NUMBER ? 0 : ANSWER_NS;
  return flows.first(g) <= flows.last(f) + slack && flows.first(f) <= flows.last(g);
}

/** Each goes to where the other came from, by its MAC addresses; where they are not told, in by one way and out by the other. */
function areBetweenTheSame(flows: FlowTable, f: FlowIndex, g: FlowIndex): boolean {
  const [from, to] = [flows.mac(f, 0), flows.mac(f, 1)];
  const [back, there] = [flows.mac(g, 0), flows.mac(g, 1)];
  if (from !== NO_MAC && to !== NO_MAC && back !== NO_MAC && there !== NO_MAC) {
    return from === there && to === back;
  }
  const ways = flows.directionBy(2 * f) | flows.directionBy(2 * g);
  return (ways & DIRECTION_MASK) === (DIRECTION_IN | DIRECTION_OUT);
}
