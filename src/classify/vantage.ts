/**
 * On which node each capture was made. A file seldom says so; its traffic does: the pod behind a
 * hashed interface name, the pod whose packets still have their first TTL, the node that is one end of
 * all that passes a NIC. Every clue is a vote for a node, by file; a place's own clue wins over its file's.
 */
import { DIRECTION_IN, DIRECTION_OUT } from '../base/frames.ts';
import { addressOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';
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

export class Vantages {
  private readonly ofPlace: (Vantage | undefined)[];

  constructor(stage: FlowStage, topology: Topology) {
    const votes = new Map<number, Map<string, number>>();
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
    voteByFlows(stage, topology, votes);
    const ofFile = new Map<number, Vantage | undefined>();
    for (const [file, byNode] of votes) ofFile.set(file, winner(byNode));
    this.ofPlace = stage.places.list.map(
      (place, index) => own[index] ?? ofFile.get(place.capture.fileIndex),
    );
  }

  /** The node of a place, undefined when nothing tells. */
  at(place: number): Vantage | undefined {
    return this.ofPlace[place];
  }
}

function vote(
  votes: Map<number, Map<string, number>>,
  file: number,
  node: string,
  weight: number,
): void {
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
function voteByName(
  stage: FlowStage,
  topology: Topology,
  votes: Map<number, Map<string, number>>,
): void {
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

function voteByFlows(
  stage: FlowStage,
  topology: Topology,
  votes: Map<number, Map<string, number>>,
): void {
  const { flows, places, encapsulations } = stage;
  const looked = new Map<number, number>();
  for (let f = 0; f < flows.count; f++) {
    const file = places.list[flows.place(f)]!.capture.fileIndex;
    const count = looked.get(file) ?? 0;
    if (count >= FLOWS_MAX) continue;
    looked.set(file, count + 1);
    const tunnel = encapsulations.list[flows.encapsulation(f)];
    if (tunnel !== undefined) {
      for (const end of [tunnel.a, tunnel.b]) voteForNode(topology, votes, file, end);
      continue;
    }
    for (let side = 0; side < 2; side++) {
      voteBySide(stage, topology, votes, file, f, side);
    }
  }
}

/** What one end of an unencapsulated flow tells: `side` 0 its source, 1 its destination. */
function voteBySide(
  stage: FlowStage,
  topology: Topology,
  votes: Map<number, Map<string, number>>,
  file: number,
  f: number,
  side: number,
): void {
  const { flows } = stage;
  const address = addressOf(flows, f, side);
  const owner = topology.ownerOf(address);
  const ttl = flows.ttlBy(2 * f + side); // of packets that this end sent
  const direction = flows.directionBy(2 * f + side);
  if (owner.kind === 'pod' && owner.node !== undefined) {
    const isFirst = ttl === 64 || ttl === 128 || ttl === 255;
    if (isFirst && direction !== DIRECTION_OUT) vote(votes, file, owner.node, STRONG);
    return;
  }
  if (owner.kind !== 'node' || owner.node === undefined) return;
  const isOwnPacket = direction === DIRECTION_OUT;
  const isForMe = flows.directionBy(2 * f + 1 - side) === DIRECTION_IN;
  const weight = isOwnPacket || isForMe ? STRONG : WEAK;
  vote(votes, file, owner.node, weight);
}

function voteForNode(
  topology: Topology,
  votes: Map<number, Map<string, number>>,
  file: number,
  address: string,
): void {
  const owner = topology.ownerOf(address);
  if (owner.kind === 'node' && owner.node !== undefined) vote(votes, file, owner.node, WEAK);
}
