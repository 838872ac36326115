/** The conversations of a run: how many, in which order, and each as a record when asked for. */

import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import { ipProtocolName } from '../base/ip-protocols.ts';
import { showTimeSince } from '../base/time.ts';
import { protocolOf } from '../flow/addresses.ts';
import type { Grouping } from '../flow/grouping.ts';
import { type Hop, type Journey, journeyOf } from '../flow/journey.ts';
import type { FlowStage } from '../flow/observe.ts';
import { tcpStateOf } from '../flow/tcp-tracking.ts';
import type {
  BothWays,
  ConversationRecord,
  EncapsulationRecord,
  EndRecord,
  HopRecord,
  TcpRecord,
} from './record.ts';

/** What conversations can be sorted by without building their records. */
export const SORT_KEYS = [
  'start',
  'bytes',
  'packets',
  'duration',
  'retransmissions',
  'rtt',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

const TCP_NUMBER = 6;

export class Conversations {
  private readonly stage: FlowStage;
  private readonly grouping: Grouping;

  constructor(stage: FlowStage, grouping: Grouping) {
    this.stage = stage;
    this.grouping = grouping;
  }

  get count(): number {
    return this.grouping.count;
  }

  /** Numbers of all conversations, sorted; equal ones in order of their first frame. */
  order(key: SortKey, descending: boolean): Int32Array {
    const values = new Float64Array(this.count);
    for (let c = 0; c < this.count; c++) values[c] = this.value(key, c);
    const order = new Int32Array(this.count);
    for (let c = 0; c < this.count; c++) order[c] = c;
    const sign = descending ? -1 : 1;
    return order.sort((a, b) => sign * (values[a]! - values[b]!) || a - b);
  }

  /** Conversation c, 0-based. A fresh object, the caller's to keep. */
  record(c: number): ConversationRecord {
    const journey = journeyOf(this.stage, this.grouping, c);
    const { hops } = journey;
    const flows = this.stage.flows;
    const firstHop = hops[0]!;
    const lastHop = hops[hops.length - 1]!;
    const protocol = protocolOf(flows, firstHop.flow);
    return {
      schema: 'netlens.conversation/1',
      id: c + 1,
      label: 'unknown',
      confidence: 'guess',
      direction: 'unknown',
      protocol: ipProtocolName(protocol),
      client: plainEnd(firstHop.src, firstHop.sport),
      server: plainEnd(lastHop.dst, lastHop.dport),
      service: null,
      encapsulation: this.encapsulationsOf(journey),
      translations: [],
      proxyProtocol: null,
      hops: hops.map((hop) => this.hopRecord(hop)),
      packets: mostSeen(hops, flows.packetsBy),
      bytes: mostSeen(hops, flows.bytesBy),
      payloadBytes: mostSeen(hops, flows.payloadBy),
      related: [],
      start: showTimeSince(this.stage.epochSeconds, this.startOf(c)),
      end: showTimeSince(this.stage.epochSeconds, this.endOf(c)),
      tcp: protocol === TCP_NUMBER ? this.tcpOf(hops) : null,
      application: null,
      troubles: [],
      evidence: [],
    };
  }

  private value(key: SortKey, c: number): number {
    const { members, start } = this.grouping;
    const flows = this.stage.flows;
    if (key === 'start') return this.startOf(c);
    if (key === 'duration') return this.endOf(c) - this.startOf(c);
    let most = 0;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      const f = members[m]! >> 1;
      let value: number;
      if (key === 'bytes') value = flows.bytesBy[2 * f]! + flows.bytesBy[2 * f + 1]!;
      else if (key === 'packets') value = flows.packetsBy[2 * f]! + flows.packetsBy[2 * f + 1]!;
      else if (key === 'rtt') value = flows.rtt[f]!;
      else value = flows.retransmissions[f]!;
      if (value > most) most = value;
    }
    return most;
  }

  private startOf(c: number): number {
    const { members, start } = this.grouping;
    let first = Number.POSITIVE_INFINITY;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      first = Math.min(first, this.stage.flows.first[members[m]! >> 1]!);
    }
    return first;
  }

  private endOf(c: number): number {
    const { members, start } = this.grouping;
    let last = Number.NEGATIVE_INFINITY;
    for (let m = start[c]!; m < start[c + 1]!; m++) {
      last = Math.max(last, this.stage.flows.last[members[m]! >> 1]!);
    }
    return last;
  }

  /** Every tunnel that some hop was in, each once, client to server. */
  private encapsulationsOf(journey: Journey): EncapsulationRecord[] {
    const records: EncapsulationRecord[] = [];
    for (const hop of journey.hops) {
      const record = this.encapsulationOf(hop);
      const isKnown = records.some(
        (r) =>
          r.type === record?.type &&
          r.outer.src === record.outer.src &&
          r.outer.dst === record.outer.dst,
      );
      if (record !== null && !isKnown) records.push(record);
    }
    return records;
  }

  /** The tunnel right around the hop's packets, as the client's packets travel in it. */
  private encapsulationOf(hop: Hop): EncapsulationRecord | null {
    const flows = this.stage.flows;
    const tunnel = this.stage.encapsulations.list[flows.encapsulation[hop.flow]!];
    if (tunnel === undefined) return null;
    const isForward = flows.tunnelForwardIs(hop.flow, hop.toServer);
    const id = flows.tunnelIdBy[2 * hop.flow + hop.toServer]!;
    const back = flows.tunnelIdBy[2 * hop.flow + 1 - hop.toServer]!;
    return {
      type: tunnel.type,
      outer: isForward ? { src: tunnel.a, dst: tunnel.b } : { src: tunnel.b, dst: tunnel.a },
      id: id >= 0 ? id : back >= 0 ? back : null,
    };
  }

  private hopRecord(hop: Hop): HopRecord {
    const flows = this.stage.flows;
    const f = hop.flow;
    const place = this.stage.places.list[flows.place[f]!]!;
    const name = place.capture.name ?? null;
    const direction = flows.directionBy[2 * f + hop.toServer]! & DIRECTION_MASK;
    return {
      node: place.capture.node ?? null,
      interface: place.ifindex === 0 ? name : `${name ?? 'any'}#${place.ifindex}`,
      file: place.capture.file,
      direction: direction === DIRECTION_IN ? 'in' : direction === DIRECTION_OUT ? 'out' : null,
      tuple: {
        src: hop.src,
        sport: hop.sport,
        dst: hop.dst,
        dport: hop.dport,
        protocol: ipProtocolName(protocolOf(flows, f)),
      },
      encapsulation: this.encapsulationOf(hop),
      packets: flows.packetsBy[2 * f]! + flows.packetsBy[2 * f + 1]!,
      bytes: flows.wireBytesBy[2 * f]! + flows.wireBytesBy[2 * f + 1]!,
      frame: flows.frame[f]!,
      ttl: hop.ttl === 0 ? null : hop.ttl,
      first: showTimeSince(this.stage.epochSeconds, flows.first[f]!),
      last: showTimeSince(this.stage.epochSeconds, flows.last[f]!),
    };
  }

  /** TCP of the connection: each figure from the place that saw most of it. */
  private tcpOf(hops: readonly Hop[]): TcpRecord {
    const flows = this.stage.flows;
    let toServer = 0;
    let toClient = 0;
    let rtt = -1;
    let retransmissions = 0;
    let resets = 0;
    for (const { flow, toServer: side } of hops) {
      toServer |= flows.tcpFlagsBy[2 * flow + side]!;
      toClient |= flows.tcpFlagsBy[2 * flow + 1 - side]!;
      if (rtt < 0) rtt = flows.rtt[flow]!; // the hop nearest the client: the whole way there and back
      retransmissions = Math.max(retransmissions, flows.retransmissions[flow]!);
      resets = Math.max(resets, flows.resets[flow]!);
    }
    return {
      state: tcpStateOf(toServer, toClient),
      handshakeRttUs: rtt < 0 ? null : Math.round(rtt / 1000),
      retransmissions,
      resets,
    };
  }
}

/** A column's figure per direction at the hop that saw most: each packet once, however many hops saw it. */
function mostSeen(hops: readonly Hop[], column: Float64Array): BothWays {
  let toServer = 0;
  let toClient = 0;
  for (const hop of hops) {
    toServer = Math.max(toServer, column[2 * hop.flow + hop.toServer]!);
    toClient = Math.max(toClient, column[2 * hop.flow + 1 - hop.toServer]!);
  }
  return { toServer, toClient };
}

function plainEnd(ip: string, port: number): EndRecord {
  return { ip, port, kind: 'unknown', namespace: null, name: null, node: null };
}
