/**
 * On which node each capture was made. A file seldom says so; its traffic does: the pod behind a
 * hashed interface name, the pod whose packets still have their first TTL, the node that is one end of
 * all that passes a NIC. Every clue is a vote for a node, by file; a place's own clue wins over its file's.
 * Where none is clear, it is asked which node is an end of all that passes: a NIC or a tunnel device shows two
 * nodes' addresses alike.
 */
import { DIRECTION_IN, DIRECTION_OUT } from '../base/frames.ts';
import { LINKTYPE_RAW } from '../base/hardware-types.ts';
import { addressOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';
import { interfaceKind } from '../topology/infer-interfaces.ts';
import type { Topology } from '../topology/topology.ts';

/** Flows looked at per file. */
const FLOWS_MAX = 20_000;
/** Weights of votes: a clue that cannot mislead, one that seldom does, one that helps to decide. */
const SURE = 1000;
const STRONG = 10;
const WEAK = 1;

export interface Vantage {
  readonly node: string;
}

/** By file, the votes for each node. */
type Votes = Map<number, Map<string, number>>;

export class Vantages {
  private readonly ofPlace: (Vantage | undefined)[];

  constructor(stage: FlowStage, topology: Topology) {
    const votes: Votes = new Map();
    const own: (Vantage | undefined)[] = stage.places.list.map((place, index) => {
      const { capture } = place;
      if (capture.node !== undefined) return { node: capture.node };
      const name = stage.places.nameOf(index);
      const pod = name === undefined ? undefined : topology.podOfInterface(name);
      if (pod?.node === undefined) return undefined;
      vote(votes, capture.fileIndex, pod.node, SURE);
      return { node: pod.node };
    });
    voteByName(stage, topology, votes);
    const ends: Votes = new Map();
    voteByFlows(stage, topology, votes, ends);
    const ofFile = new Map<number, Vantage | undefined>();
    for (const [file, byNode] of [...ends, ...votes]) ofFile.set(file, winner(byNode));
    this.ofPlace = stage.places.list.map(
      (place, index) => own[index] ?? ofFile.get(place.capture.fileIndex),
    );
  }

  /** The node of a place, undefined when nothing tells. */
  at(place: number): Vantage | undefined {
    return this.ofPlace[place];
  }
}

function vote(votes: Votes, file: number, node: string, weight: number): void {
  let byNode = votes.get(file);
  if (byNode === undefined) {
    byNode = new Map();
    votes.set(file, byNode);
  }
  byNode.set(node, (byNode.get(node) ?? 0) + weight);
}

/** The node with most votes, unless another comes near. */
function winner(byNode: ReadonlyMap<string, number>): Vantage | undefined {
  const sorted = [...byNode].sort((a, b) => b[1] - a[1]);
  const [first, second] = sorted;
  if (first === undefined) return undefined;
  if (second !== undefined && second[1] * 1.2 > first[1]) return undefined;
  return { node: first[0] };
}

/** A file named after a node (`k8s-w1.eth0.pcap`) was most likely made there. */
function voteByName(stage: FlowStage, topology: Topology, votes: Votes): void {
  const seen = new Set<number>();
  for (const { capture } of stage.places.list) {
    if (seen.has(capture.fileIndex)) continue;
    seen.add(capture.fileIndex);
    for (const node of topology.nodes) {
      if (!node.named || !isNamedIn(capture.file, node.name)) continue;
      vote(votes, capture.fileIndex, node.name, 5 * STRONG);
    }
  }
}

/** Whether a path has the name in it, whole. */
export function isNamedIn(path: string, name: string): boolean {
  const words = `/${path}/`;
  const at = words.indexOf(name);
  return at > 0 && !/[a-z0-9]/i.test(words[at - 1]!) && !/[a-z0-9]/i.test(words[at + name.length]!);
}

/** `ends`: votes for the nodes of both ends of all that passes, asked where a file has no clearer ones. */
function voteByFlows(stage: FlowStage, topology: Topology, votes: Votes, ends: Votes): void {
  const { flows, places, encapsulations } = stage;
  const onTunnel = places.list.map((_, place) => isTunnelDevice(stage, place));
  const looked = new Map<number, number>();
  for (let f = 0; f < flows.count; f++) {
    const place = flows.place(f);
    const file = places.list[place]!.capture.fileIndex;
    const count = looked.get(file) ?? 0;
    if (count >= FLOWS_MAX) continue;
    looked.set(file, count + 1);
    const tunnel = encapsulations.list[flows.encapsulation(f)];
    if (tunnel !== undefined) {
      for (const end of [tunnel.a, tunnel.b]) voteForNode(topology, ends, file, end);
      continue;
    }
    for (let side = 0; side < 2; side++) {
      const clue = clueOfEnd(stage, topology, f, side);
      if (clue === undefined) continue;
      const { kind, node, weight } = clue;
      // Some tunnel devices keep the first TTL of another node's pods.
      const isWeak = weight === WEAK || (onTunnel[place] && kind === 'pod');
      vote(isWeak ? ends : votes, file, node, isWeak ? WEAK : weight);
    }
  }
}

/** By its name, or as it has no link layer. */
function isTunnelDevice({ places }: FlowStage, place: number): boolean {
  const name = places.nameOf(place);
  if (name !== undefined && interfaceKind(name) !== 'other')
    return interfaceKind(name) === 'tunnel';
  return places.list[place]!.capture.linktype === LINKTYPE_RAW;
}

interface Clue {
  readonly kind: 'node' | 'pod';
  readonly node: string;
  readonly weight: number;
}

/** What one end of an unencapsulated flow tells: `side` 0 its source, 1 its destination. */
function clueOfEnd(
  stage: FlowStage,
  topology: Topology,
  f: number,
  side: number,
): Clue | undefined {
  const { flows } = stage;
  const { kind, node } = topology.ownerOf(addressOf(flows, f, side));
  if (node === undefined) return undefined;
  const direction = flows.directionBy(2 * f + side);
  if (kind === 'pod') {
    const ttl = flows.ttlBy(2 * f + side); // of packets that this end sent
    const isFirst = ttl === 64 || ttl === 128 || ttl === 255;
    return { kind, node, weight: isFirst && direction !== DIRECTION_OUT ? STRONG : WEAK };
  }
  if (kind !== 'node') return undefined;
  const isOwnPacket = direction === DIRECTION_OUT;
  const isForMe = flows.directionBy(2 * f + 1 - side) === DIRECTION_IN;
  return { kind, node, weight: isOwnPacket || isForMe ? STRONG : WEAK };
}

function voteForNode(topology: Topology, votes: Votes, file: number, address: string): void {
  const owner = topology.ownerOf(address);
  if (owner.kind === 'node' && owner.node !== undefined) vote(votes, file, owner.node, WEAK);
}
