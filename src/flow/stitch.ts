/**
 * Which flows are sightings of one connection. Flows that share a packet's fingerprint are joined:
 * across interfaces, files and nodes, through tunnels and through NAT. Where several joins are
 * possible and nothing decides, none is made, and the tie is counted.
 *
 * The rules, in order:
 * 1. Alike packets of one 5-tuple at different places are one packet.
 * 2. Alike packets of different 5-tuples are one packet before and after NAT, when they cannot be
 *    packets of two connections side by side: no other flow at the same place, with the same TTL,
 *    shows the packet too; and chance is excluded (strong fingerprints, or an end that both share).
 * 3. Where 2 leaves several candidates, those that share an end are matched, if that is one to one.
 *    What chance may still explain is joined when it happens twice to the same two flows.
 * 4. Flows of one 5-tuple without a packet in common (the captures began at different times) are
 *    joined when their sequence numbers or their times overlap.
 * 5. Of flows with packets one way only, one holds the answers to another (halves.ts).
 */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import type { FlowIndex } from '../base/units.ts';
import { protocolOf } from './addresses.ts';
import { type ClockEstimate, estimateClocks } from './clocks.ts';
import { FlowSets } from './flow-sets.ts';
import { type FlowTable, NO_FLOW } from './flow-table.ts';
import type { Grouping } from './grouping.ts';
import { findHalves, isHalf } from './halves.ts';
import { type FlowStage, IS_ICMP_ERROR } from './observe.ts';
import { PrintGroups } from './print-groups.ts';
import { repeatedRows } from './repeats.ts';
import { isSameEnd, isSameTuple } from './tuples.ts';

/** A packet's sightings lie within this of each other, once clocks are corrected. */
const JOURNEY_NS = 2e9;
/** Flows of one tuple that do not overlap in time by this much are different uses of it. */
const OVERLAP_NS = 1e9;
/** Flows looked at for others of one flow's tuple. */
const TUPLES_MAX = 64;
/** Pairs of packets under suspicion at one time; how many of them make a join. */
const SUSPECTS_MAX = 100_000;
const SUSPECTED_MIN = 2;
const TCP_NUMBER = 6;

/** How a flow came into its conversation. */
export const JOINED_BY_NOTHING = 0;
export const JOINED_BY_PACKETS = 1;
export const JOINED_BY_TUPLE = 2;
export const JOINED_BY_CONNTRACK = 3;
export const JOINED_BY_HALVES = 4;

/** Row f of every column is flow f of the flow table. */
export interface Stitching extends Grouping {
  readonly conversationOf: Int32Array;
  /** JOINED_BY_*. */
  readonly how: Uint8Array;
  /** Packets that the flow shares with others of its conversation. */
  readonly shared: Int32Array;
  /** The first of them: its fingerprint here, and at the flow it was joined to; -1 = none. */
  readonly print: Int32Array;
  readonly otherPrint: Int32Array;
  /** Joins not made because several were possible. */
  readonly ties: Int32Array;
  readonly clocks: readonly ClockEstimate[];
  /** Sightings not compared, a group of alike packets being too large. */
  readonly overflow: number;
}

export interface StitchOptions {
  /** Nanoseconds to add to the times of a file, by file index; estimated where not given. */
  readonly corrections?: ReadonlyMap<number, number>;
  /** Pairs of flows that conntrack says are one connection: flow, flow, 1 when they run opposite ways. */
  readonly conntrack?: Int32Array;
}

export function stitch(stage: FlowStage, options: StitchOptions = {}): Stitching {
  return new Stitcher(stage, options).run(options);
}

class Stitcher {
  private readonly stage: FlowStage;
  private readonly flows: FlowTable;
  private readonly sets: FlowSets;
  private readonly groups: PrintGroups;
  private readonly clocks: readonly ClockEstimate[];
  /** Correction by place. */
  private readonly corrections: Float64Array;
  private readonly how: Uint8Array;
  private readonly shared: Int32Array;
  private readonly print: Int32Array;
  private readonly otherPrint: Int32Array;
  private readonly ties: Int32Array;
  /** Fingerprints that are alike, though by chance perhaps. */
  private readonly suspects: [number, number][] = [];

  constructor(stage: FlowStage, options: StitchOptions) {
    this.stage = stage;
    this.flows = stage.flows;
    const count = stage.flows.count;
    this.sets = new FlowSets(count);
    this.groups = new PrintGroups(stage.prints);
    this.clocks = estimateClocks(stage, this.groups, options.corrections ?? new Map());
    this.corrections = Float64Array.from(
      stage.places.list,
      (place) => this.clocks[place.capture.fileIndex]!.correction,
    );
    this.how = new Uint8Array(count);
    this.shared = new Int32Array(count);
    this.print = new Int32Array(count).fill(-1);
    this.otherPrint = new Int32Array(count).fill(-1);
    this.ties = new Int32Array(count);
  }

  run(options: StitchOptions): Stitching {
    this.groups.forEach((group) => {
      this.joinGroup(group);
    });
    this.joinSameTuples();
    this.joinSuspects();
    this.joinConntrack(options.conntrack);
    this.joinHalves();
    return this.result();
  }

  /** One group of alike packets, which may be several packets' journeys, one after the other in time. */
  private joinGroup(group: readonly number[]): void {
    const sorted = [...group].sort((p, q) => this.timeOf(p) - this.timeOf(q));
    let from = 0;
    for (let i = 1; i <= sorted.length; i++) {
      const isSame =
        i < sorted.length && this.timeOf(sorted[i]!) - this.timeOf(sorted[i - 1]!) < JOURNEY_NS;
      if (isSame) continue;
      if (i - from > 1) this.joinJourney(oneAFlow(this.stage.prints.flowBy, sorted.slice(from, i)));
      from = i;
    }
  }

  /** Alike packets close in time, one a flow: classes of one tuple each, then the classes. */
  private joinJourney(prints: readonly number[]): void {
    const classes: number[][] = [];
    for (const p of prints) {
      const own = classes.find((members) => this.isOneTuple(members[0]!, p));
      if (own === undefined) {
        classes.push([p]);
        continue;
      }
      this.join(own[own.length - 1]!, p);
      own.push(p);
    }
    if (classes.length === 1) return;
    const ways = this.waysOf(classes);
    for (const way of [0, 1]) this.joinClasses(classes.filter((_, i) => ways[i] === way));
  }

  /** 1 for packets that go back to the very end that an earlier one came from: echoes of it, not itself on its way. */
  private waysOf(classes: readonly (readonly number[])[]): number[] {
    const ways: number[] = [];
    for (const [p] of classes) {
      const j = ways.findIndex((_, i) => this.turnsBack(classes[i]![0]!, p!));
      ways.push(j < 0 ? 0 : 1 - ways[j]!);
    }
    return ways;
  }

  /** Sightings of one packet under several tuples. */
  private joinClasses(classes: readonly (readonly number[])[]): void {
    if (classes.length < 2) return;
    if (this.areSideBySideAnywhere(classes)) {
      this.joinByEnds(classes);
      return;
    }
    if (this.isOneJourney(classes)) {
      for (let i = 1; i < classes.length; i++) this.join(classes[i - 1]!.at(-1)!, classes[i]![0]!);
      return;
    }
    for (let i = 1; i < classes.length; i++) this.suspect(classes[i - 1]!.at(-1)!, classes[i]![0]!);
  }

  /** One packet alike is too little; see `joinSuspects`. */
  private suspect(p: number, q: number): void {
    if (this.isTranslation([p], [q])) {
      this.join(p, q);
      return;
    }
    if (this.suspects.length < SUSPECTS_MAX) this.suspects.push([p, q]);
  }

  /** Conversations whose packets are alike again and again, each like one other only, are one. */
  private joinSuspects(): void {
    const { flowBy } = this.stage.prints;
    const byPair = new Map<string, [number, number][]>();
    for (const [p, q] of this.suspects) {
      const roots = [this.sets.find(flowBy[p]! >> 1) >> 1, this.sets.find(flowBy[q]! >> 1) >> 1];
      const key = roots.sort((a, b) => a - b).join(' ');
      const pairs = byPair.get(key);
      if (pairs === undefined) byPair.set(key, [[p, q]]);
      else pairs.push([p, q]);
    }
    const partners = new Map<string, number>();
    for (const key of byPair.keys()) {
      for (const root of key.split(' ')) partners.set(root, (partners.get(root) ?? 0) + 1);
    }
    for (const [key, pairs] of byPair) {
      const isAlone = key.split(' ').every((root) => partners.get(root) === 1);
      if (!isAlone || pairs.length < SUSPECTED_MIN) continue;
      for (const [p, q] of pairs) this.join(p, q);
    }
  }

  /** Some two tuples can be connections side by side. */
  private areSideBySideAnywhere(classes: readonly (readonly number[])[]): boolean {
    return classes.some((a, i) => classes.some((b, j) => i < j && this.areSideBySide(a, b)));
  }

  /** Chance does not explain that they are alike. */
  private isOneJourney(classes: readonly (readonly number[])[]): boolean {
    for (let i = 1; i < classes.length; i++) {
      if (!this.isTranslation(classes[i - 1]!, classes[i]!)) return false;
    }
    return true;
  }

  /**
   * Both show the packet with one TTL, though forwarding would have taken one off: at one place where no
   * bridge passed it on, or, for packets that chance may make alike, anywhere. (Cilium rewrites addresses
   * without touching the TTL.)
   */
  private areSideBySide(a: readonly number[], b: readonly number[]): boolean {
    const { prints } = this.stage;
    return a.some((p) =>
      b.some((q) => {
        if (prints.ttl[p] !== prints.ttl[q]) return false;
        if (prints.strong[p] === 0 || prints.strong[q] === 0) return true;
        return this.areAtOnePlace(p, q) && !this.wentOn(p, q);
      }),
    );
  }

  private turnsBack(p: number, q: number): boolean {
    const { flowBy } = this.stage.prints;
    const [a, b] = [flowBy[p]!, flowBy[q]!];
    return isSameEnd(this.flows, a >> 1, a & 1, b >> 1, 1 - (b & 1));
  }

  /**
   * A bridge sent the packet on, with its TTL as it was, out of where it came in or between two of its
   * ports: one way in and one out, or between other machines.
   */
  private wentOn(p: number, q: number): boolean {
    const { flowBy } = this.stage.prints;
    const [a, b] = [flowBy[p]!, flowBy[q]!];
    const ways = this.flows.directionBy(a) | this.flows.directionBy(b);
    if ((ways & DIRECTION_MASK) === (DIRECTION_IN | DIRECTION_OUT)) return true;
    return this.haveOtherMacs(a, b, 0) || this.haveOtherMacs(a, b, 1);
  }

  /** Two flow directions between other machines: at the sender (`end` 0) or the receiver (1). */
  private haveOtherMacs(a: number, b: number, end: number): boolean {
    const one = this.flows.mac(a >> 1, (a & 1) ^ end);
    const other = this.flows.mac(b >> 1, (b & 1) ^ end);
    return one >= 0 && other >= 0 && one !== other;
  }

  private areAtOnePlace(p: number, q: number): boolean {
    const { flowBy } = this.stage.prints;
    const f = flowBy[p]! >> 1;
    const g = flowBy[q]! >> 1;
    return (
      this.flows.place(f) === this.flows.place(g) &&
      this.flows.encapsulation(f) === this.flows.encapsulation(g)
    );
  }

  /** NAT made one of the other: strong fingerprints agree, or one end is the same. */
  private isTranslation(a: readonly number[], b: readonly number[]): boolean {
    const { strong } = this.stage.prints;
    const isStrong = a.some((p) => strong[p] === 1) && b.some((q) => strong[q] === 1);
    return isStrong || this.shareAnEnd(a[0]!, b[0]!);
  }

  /** Rule 3: classes that share an end with exactly one other, which shares one with them alone. */
  private joinByEnds(classes: readonly (readonly number[])[]): void {
    const partners = classes.map((a, i) =>
      classes.flatMap((b, j) =>
        i !== j && !this.areSideBySide(a, b) && this.shareAnEnd(a[0]!, b[0]!) ? [j] : [],
      ),
    );
    for (let i = 0; i < classes.length; i++) {
      const [j] = partners[i]!;
      if (partners[i]!.length === 1 && partners[j!]!.length === 1) {
        if (i < j!) this.join(classes[i]![0]!, classes[j!]![0]!);
        continue;
      }
      for (const p of classes[i]!) this.ties[this.stage.prints.flowBy[p]! >> 1]!++;
    }
  }

  private shareAnEnd(p: number, q: number): boolean {
    const a = this.stage.prints.flowBy[p]!;
    const b = this.stage.prints.flowBy[q]!;
    const turned = (a ^ b) & 1;
    return (
      isSameEnd(this.flows, a >> 1, 0, b >> 1, turned) ||
      isSameEnd(this.flows, a >> 1, 1, b >> 1, 1 - turned)
    );
  }

  private isOneTuple(p: number, q: number): boolean {
    const a = this.stage.prints.flowBy[p]!;
    const b = this.stage.prints.flowBy[q]!;
    return isSameTuple(this.flows, a >> 1, b >> 1, (a ^ b) & 1);
  }

  /** The flows of two sightings of one packet are one conversation. */
  private join(p: number, q: number): void {
    const a = this.stage.prints.flowBy[p]!;
    const b = this.stage.prints.flowBy[q]!;
    if (!this.sets.join(a >> 1, b >> 1, (a ^ b) & 1)) return;
    this.noteJoin(a >> 1, p, q);
    this.noteJoin(b >> 1, q, p);
  }

  private noteJoin(f: FlowIndex, own: number, other: number): void {
    this.shared[f]!++;
    const { time } = this.stage.prints;
    const isEarlier = this.print[f]! < 0 || time[own]! < time[this.print[f]!]!;
    this.how[f] = JOINED_BY_PACKETS;
    if (!isEarlier) return;
    this.print[f] = own;
    this.otherPrint[f] = other;
  }

  /** Rule 4, over all flows by tuple. Pointless when there is one place and no tunnel. */
  private joinSameTuples(): void {
    if (this.stage.places.list.length < 2 && this.stage.encapsulations.list.length < 2) return;
    const { count } = this.flows;
    const hashes = new Int32Array(count);
    for (let f = 0; f < count; f++) hashes[f] = this.flows.tupleHash(f);
    const rows = repeatedRows(hashes, count);
    let size = 1024;
    while (size < 2 * rows.length) size *= 2;
    const head = new Int32Array(size).fill(NO_FLOW);
    const next = new Int32Array(count).fill(NO_FLOW);
    for (let k = rows.length - 1; k >= 0; k--) {
      const f = rows[k]!;
      const s = hashes[f]! & (size - 1);
      next[f] = head[s]!;
      head[s] = f;
    }
    for (const f of rows) if (next[f]! !== NO_FLOW) this.joinTuple(f, next, hashes);
  }

  /** Flow f with the next flow of its tuple at another place that may be the same connection. */
  private joinTuple(f: FlowIndex, next: Int32Array, hashes: Int32Array): void {
    const flows = this.flows;
    let looked = 0;
    for (let g = next[f]!; g !== NO_FLOW && looked < TUPLES_MAX; g = next[g]!, looked++) {
      if (hashes[f] !== hashes[g]) continue;
      if ((flows.notes(f) & IS_ICMP_ERROR) !== 0) return;
      if (flows.place(f) === flows.place(g) && flows.encapsulation(f) === flows.encapsulation(g))
        continue;
      const turned = isSameTuple(flows, f, g, 0) ? 0 : isSameTuple(flows, f, g, 1) ? 1 : -1;
      if (turned < 0 || this.sets.areJoined(f, g) || !this.mayBeOne(f, g, turned)) continue;
      if (!this.sets.join(f, g, turned)) continue;
      if (this.how[f] === JOINED_BY_NOTHING) this.how[f] = JOINED_BY_TUPLE;
      if (this.how[g] === JOINED_BY_NOTHING) this.how[g] = JOINED_BY_TUPLE;
    }
  }

  /** Two flows of one tuple overlap in time, and for TCP in sequence numbers. */
  private mayBeOne(f: FlowIndex, g: FlowIndex, turned: number): boolean {
    const flows = this.flows;
    const shiftF = this.corrections[flows.place(f)]!;
    const shiftG = this.corrections[flows.place(g)]!;
    if (flows.first(f) + shiftF > flows.last(g) + shiftG + OVERLAP_NS) return false;
    if (flows.first(g) + shiftG > flows.last(f) + shiftF + OVERLAP_NS) return false;
    if (protocolOf(flows, f) !== TCP_NUMBER) return true;
    let compared = false;
    for (let d = 0; d < 2; d++) {
      const a = 2 * f + d;
      const b = 2 * g + (d ^ turned);
      if (flows.tcpFlagsBy(a) === 0 || flows.tcpFlagsBy(b) === 0) continue;
      compared = true;
      if (!this.sequencesOverlap(a, b)) return false;
    }
    return (
      compared || this.hasNoSequence(f) || this.hasNoSequence(g) || this.areOpposite(f, g, turned)
    );
  }

  /** Each shows one way only, and not the same: a tunnel one way and none back, two devices of a bond. */
  private areOpposite(f: FlowIndex, g: FlowIndex, turned: number): boolean {
    return turned === 1 && isHalf(this.flows, f) && isHalf(this.flows, g);
  }

  /** The snaplen cut every TCP header of the flow. */
  private hasNoSequence(f: FlowIndex): boolean {
    return this.flows.tcpFlagsBy(2 * f) === 0 && this.flows.tcpFlagsBy(2 * f + 1) === 0;
  }

  private sequencesOverlap(a: number, b: number): boolean {
    const { flows } = this;
    const firstA = flows.firstSeqBy(a);
    const firstB = flows.firstSeqBy(b);
    return (
      (firstB - firstA) >>> 0 <= (flows.nextSeqBy(a) - firstA) >>> 0 ||
      (firstA - firstB) >>> 0 <= (flows.nextSeqBy(b) - firstB) >>> 0
    );
  }

  private joinConntrack(pairs: Int32Array | undefined): void {
    if (pairs === undefined) return;
    for (let i = 0; i + 2 < pairs.length; i += 3) {
      const f = pairs[i]!;
      const g = pairs[i + 1]!;
      if (this.sets.areJoined(f, g) || !this.sets.join(f, g, pairs[i + 2]!)) continue;
      if (this.how[f] === JOINED_BY_NOTHING) this.how[f] = JOINED_BY_CONNTRACK;
      if (this.how[g] === JOINED_BY_NOTHING) this.how[g] = JOINED_BY_CONNTRACK;
    }
  }

  private joinHalves(): void {
    for (const { requests, answers } of findHalves(this.flows)) {
      if (this.sets.areJoined(requests, answers)) continue;
      if (!this.sets.join(requests, answers, 1)) continue;
      for (const half of [requests, answers]) {
        if (this.how[half] === JOINED_BY_NOTHING) this.how[half] = JOINED_BY_HALVES;
      }
    }
  }

  private timeOf(p: number): number {
    const { prints } = this.stage;
    return prints.time[p]! + this.corrections[this.flows.place(prints.flowBy[p]! >> 1)]!;
  }

  /** Number the sets in order of their first flow; members by counting sort. */
  private result(): Stitching {
    const count = this.flows.count;
    const conversationOf = new Int32Array(count);
    const ofRoot = new Int32Array(count).fill(-1);
    const turnOfFirst = new Uint8Array(count);
    let conversations = 0;
    for (let f = 0; f < count; f++) {
      const found = this.sets.find(f);
      if (ofRoot[found >> 1] === -1) {
        turnOfFirst[conversations] = found & 1;
        ofRoot[found >> 1] = conversations++;
      }
      conversationOf[f] = ofRoot[found >> 1]!;
    }
    const start = new Int32Array(conversations + 1);
    for (let f = 0; f < count; f++) start[conversationOf[f]! + 1]!++;
    for (let c = 0; c < conversations; c++) start[c + 1]! += start[c]!;
    const fill = start.slice(0, conversations);
    const members = new Int32Array(count);
    for (let f = 0; f < count; f++) {
      const c = conversationOf[f]!;
      members[fill[c]!++] = 2 * f + ((this.sets.find(f) & 1) ^ turnOfFirst[c]!);
    }
    const { how, shared, print, otherPrint, ties, clocks } = this;
    const overflow = this.groups.overflow + this.stage.prints.overflow;
    return {
      count: conversations,
      start,
      members,
      conversationOf,
      how,
      shared,
      print,
      otherPrint,
      ties,
      clocks,
      overflow,
    };
  }
}

/** The first row of each flow, in order. */
function oneAFlow(flowBy: Int32Array, prints: readonly number[]): number[] {
  const seen = new Set<number>();
  return prints.filter((p) => {
    const flow = flowBy[p]! >> 1;
    if (seen.has(flow)) return false;
    seen.add(flow);
    return true;
  });
}
