/** What the flows show of the cluster, as inference takes it: each distinct thing once, not once a flow. */
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import { ipProtocolName } from '../base/ip-protocols.ts';
import { addressOf, portOf, protocolOf } from '../flow/addresses.ts';
import { journeyOf } from '../flow/journey.ts';
import { type FlowStage, IS_ICMP_ERROR } from '../flow/observe.ts';
import type { Stitching } from '../flow/stitch.ts';
import type {
  FlowObservation,
  NameObservation,
  SeenAt,
  TrafficObservation,
  TunnelObservation,
} from '../topology/observation.ts';
import { DirectionSet } from './direction-set.ts';

/** Distinct flow directions handed to inference; more do not tell more. */
const OBSERVATIONS_MAX = 50_000;
const ICMP_NUMBER = 1;
const ICMPV6_NUMBER = 58;

export function* observationsOf(
  stage: FlowStage,
  stitching: Stitching,
  names: readonly NameObservation[],
): Generator<TrafficObservation> {
  yield* names;
  yield* vantageObservations(stage);
  yield* flowObservations(stage);
  yield* translationObservations(stage, stitching);
  yield* heardObservations(stage);
  for (const arp of stage.events.arps) {
    yield {
      kind: 'arp',
      ...seenAt(stage, arp.place, 0),
      asker: arp.senderIp,
      askerMac: arp.senderMac,
      target: arp.targetIp,
    };
  }
}

/** Nodes that the captures name. */
function* vantageObservations(stage: FlowStage): Generator<TrafficObservation> {
  const nodes = new Set(stage.places.list.map(({ capture }) => capture.node));
  for (const node of nodes) if (node !== undefined) yield { kind: 'vantage', vantage: node, node };
}

/** What DNS, BGP and HTTP said. */
function* heardObservations(stage: FlowStage): Generator<TrafficObservation> {
  const { flows, facts } = stage;
  for (const answer of facts.answers.values()) {
    const said = { kind: 'dns', question: answer.name, owner: answer.owner } as const;
    if (answer.type === 'A' || answer.type === 'AAAA') yield { ...said, address: answer.data };
    else if (answer.type === 'TXT') yield { ...said, text: answer.data };
  }
  for (const route of facts.routes.values()) {
    if (route.withdrawn || route.nextHop === undefined) continue;
    const side = route.fromSource ? 0 : 1;
    yield {
      kind: 'bgp',
      prefix: route.prefix,
      nextHop: route.nextHop,
      speaker: addressOf(flows, route.flow, side),
      peer: addressOf(flows, route.flow, 1 - side),
    };
  }
  for (const [f, fact] of facts.entries()) {
    if (fact.userAgent === undefined || !fact.userAgent.startsWith('kube-probe/')) continue;
    const side = fact.asker === 1 ? 1 : 0;
    yield {
      kind: 'probe',
      ...seenAt(stage, flows.place(f), flows.directionBy(2 * f + side)),
      src: addressOf(flows, f, side),
      dst: addressOf(flows, f, 1 - side),
    };
  }
}

function* flowObservations(stage: FlowStage): Generator<TrafficObservation> {
  const { flows } = stage;
  const seen = new DirectionSet(flows, OBSERVATIONS_MAX);
  const packets = new Float64Array(OBSERVATIONS_MAX);
  for (let f = 0; f < flows.count && seen.size < OBSERVATIONS_MAX - 1; f++) {
    if ((flows.notes(f) & IS_ICMP_ERROR) !== 0) continue;
    for (let fd = 2 * f; fd <= 2 * f + 1; fd++) {
      const count = flows.packetsBy(fd);
      if (count > 0) packets[seen.add(fd)]! += count;
    }
  }
  for (const [n, fd] of seen.members.entries()) {
    const isPlain = flows.encapsulation(fd >> 1) === 0;
    yield (isPlain ? plain : inTunnel)(stage, fd >> 1, fd & 1, packets[n]!);
  }
}

function plain(stage: FlowStage, f: number, side: number, packets: number): FlowObservation {
  const { flows } = stage;
  return {
    kind: 'flow',
    ...seenAt(stage, flows.place(f), flows.directionBy(2 * f + side)),
    src: addressOf(flows, f, side),
    dst: addressOf(flows, f, 1 - side),
    protocol: ipProtocolName(protocolOf(flows, f)),
    sport: portOf(flows, f, side),
    dport: portOf(flows, f, 1 - side),
    ttl: flows.ttlBy(2 * f + side),
    srcMac: macOf(flows, f, side),
    dstMac: macOf(flows, f, 1 - side),
    packets,
  };
}

function inTunnel(stage: FlowStage, f: number, side: number, packets: number): TunnelObservation {
  const { flows } = stage;
  const tunnel = stage.encapsulations.list[flows.encapsulation(f)]!;
  const isForward = flows.tunnelForwardIs(f, side);
  const id = flows.tunnelIdBy(2 * f + side);
  return {
    kind: 'tunnel',
    ...seenAt(stage, flows.place(f), flows.directionBy(2 * f + side)),
    type: tunnel.type,
    outerSrc: isForward ? tunnel.a : tunnel.b,
    outerDst: isForward ? tunnel.b : tunnel.a,
    outerPort: tunnel.port,
    id: id < 0 ? undefined : id,
    innerSrc: addressOf(flows, f, side),
    innerDst: addressOf(flows, f, 1 - side),
    innerSrcMac: macOf(flows, f, side),
    innerDstMac: macOf(flows, f, 1 - side),
    innerTtl: flows.ttlBy(2 * f + side),
    optionClasses: tunnel.optionClasses,
    packets,
  };
}

/** One a distinct rewrite of addresses, on captures of one machine. */
function* translationObservations(
  stage: FlowStage,
  stitching: Stitching,
): Generator<TrafficObservation> {
  const seen = new Set<string>();
  for (let c = 0; c < stitching.count && seen.size < OBSERVATIONS_MAX; c++) {
    if (stitching.start[c + 1]! - stitching.start[c]! < 2) continue;
    const { hops } = journeyOf(stage, stitching, c);
    for (let i = 1; i < hops.length; i++) {
      const before = hops[i - 1]!;
      const after = hops[i]!;
      const { vantage } = seenAt(stage, stage.flows.place(after.flow), 0);
      if (seenAt(stage, stage.flows.place(before.flow), 0).vantage !== vantage) continue;
      const number = protocolOf(stage.flows, after.flow);
      const hasPorts = number !== ICMP_NUMBER && number !== ICMPV6_NUMBER; // theirs is an identifier
      const isDnat = before.dst !== after.dst || (hasPorts && before.dport !== after.dport);
      const isSnat = before.src !== after.src;
      if (!isDnat && !isSnat) continue;
      const protocol = ipProtocolName(protocolOf(stage.flows, after.flow));
      const key = [
        vantage,
        protocol,
        before.src,
        before.dst,
        before.dport,
        after.src,
        after.dst,
      ].join(' ');
      if (seen.has(key)) continue;
      seen.add(key);
      const rewrite = { kind: 'translation', vantage, protocol, before, after } as const;
      if (isDnat) yield { ...rewrite, type: 'dnat' };
      if (isSnat) yield { ...rewrite, type: 'snat' };
    }
  }
}

/** One file is one machine's, with one clock, unless the capture names its nodes. */
function seenAt(stage: FlowStage, place: number, direction: number): SeenAt {
  const { capture } = stage.places.list[place]!;
  const told = direction & DIRECTION_MASK;
  return {
    vantage: capture.node ?? capture.file,
    interface: stage.places.nameOf(place),
    direction: told === DIRECTION_IN ? 'in' : told === DIRECTION_OUT ? 'out' : undefined,
  };
}

/** MAC address of one end as the flow's first packet had it. */
function macOf(flows: FlowStage['flows'], f: number, side: number): string | undefined {
  const value = flows.mac(f, side);
  if (value < 0) return undefined;
  const hex = value.toString(16).padStart(12, '0');
  let text = hex.slice(0, 2);
  for (let at = 2; at < 12; at += 2) text += `:${hex.slice(at, at + 2)}`;
  return text;
}
