/**
 * All conversations of one analysis gone over once, in the background, for what is said of the whole:
 * counts by label, the busiest ends, who talks to whom.
 */
import type { Conversations } from '../classify/conversations.ts';
import type { ConversationRecord, EndRecord, Label } from '../classify/record.ts';
import type { Count, Talker } from '../view/model.ts';
import type { TopologyEdge, TopologyEnd } from '../view/topology-view.ts';
import type { Job } from './background.ts';

/** Different ends, and pairs of them, that are told apart; what is beyond is counted as left out. */
const TALKERS_MAX = 100_000;
const EDGES_MAX = 20_000;
const NAMES_MAX = 1000;

type Tally = { -readonly [K in keyof Count]: number };
type TalkerTally = { -readonly [K in keyof Talker]: Talker[K] };

interface EdgeTally {
  readonly client: TopologyEnd;
  readonly server: TopologyEnd;
  readonly label: Label;
  readonly service: string | null;
  readonly tunnel: string | null;
  conversations: number;
  packets: number;
  bytes: number;
  first: number;
  last: number;
}

const newTally = (): Tally => ({ conversations: 0, packets: 0, bytes: 0 });

export class Survey implements Job {
  /** Conversations gone over: [0, done). */
  done = 0;
  readonly conversations: Conversations;
  readonly labels: Record<Label, Tally> = {
    'same-node': newTally(),
    'cross-node': newTally(),
    external: newTally(),
    host: newTally(),
    unknown: newTally(),
  };
  readonly protocols = new Map<string, Tally>();
  readonly tunnels = new Map<string, Tally>();
  readonly talkers = new Map<string, TalkerTally>();
  talkersLeftOut = 0;
  edgesLeftOut = 0;
  retransmissions = 0;
  resets = 0;
  translated = 0;
  troubled = 0;
  private readonly edges = new Map<string, EdgeTally>();

  constructor(conversations: Conversations) {
    this.conversations = conversations;
  }

  get progress(): number {
    const { count } = this.conversations;
    return count === 0 ? 1 : this.done / count;
  }

  step(deadline: number): boolean {
    const { count } = this.conversations;
    while (this.done < count) {
      this.add(this.conversations.record(this.done++));
      if (performance.now() >= deadline) break;
    }
    return this.done < count;
  }

  /** The busiest edges first. */
  edgeList(): TopologyEdge[] {
    return [...this.edges.values()]
      .sort((a, b) => b.bytes - a.bytes)
      .map(({ first, last, ...edge }) => ({
        ...edge,
        bitRate: last > first ? (8000 * edge.bytes) / (last - first) : 0,
      }));
  }

  private add(record: ConversationRecord): void {
    const packets = record.packets.toServer + record.packets.toClient;
    const bytes = record.bytes.toServer + record.bytes.toClient;
    count(this.labels[record.label], packets, bytes);
    countNamed(this.protocols, record.protocol, packets, bytes);
    for (const type of new Set(record.encapsulation.map((one) => one.type))) {
      countNamed(this.tunnels, type, packets, bytes);
    }
    this.addTalker(record.client, packets, bytes);
    if (record.server.ip !== record.client.ip) this.addTalker(record.server, packets, bytes);
    this.retransmissions += record.tcp?.retransmissions ?? 0;
    this.resets += record.tcp?.resets ?? 0;
    if (record.translations.length > 0) this.translated++;
    if (record.troubles.length > 0) this.troubled++;
    this.addEdge(record, packets, bytes);
  }

  private addTalker(end: EndRecord, packets: number, bytes: number): void {
    let talker = this.talkers.get(end.ip);
    if (talker === undefined) {
      if (this.talkers.size >= TALKERS_MAX) {
        this.talkersLeftOut++;
        return;
      }
      talker = { address: end.ip, name: nameOf(end), kind: end.kind, ...newTally() };
      this.talkers.set(end.ip, talker);
    }
    count(talker, packets, bytes);
  }

  private addEdge(record: ConversationRecord, packets: number, bytes: number): void {
    const client = topologyEnd(record.client);
    const server = topologyEnd(record.server);
    const service = serviceOf(record);
    const tunnel = record.encapsulation[0]?.type ?? null;
    const key = [record.label, service, tunnel, ...Object.values(client), ...Object.values(server)];
    let edge = this.edges.get(key.join('\0'));
    if (edge === undefined) {
      if (this.edges.size >= EDGES_MAX) {
        this.edgesLeftOut++;
        return;
      }
      const times = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
      const { label } = record;
      edge = { client, server, label, service, tunnel, ...newTally(), ...times };
      this.edges.set(key.join('\0'), edge);
    }
    count(edge, packets, bytes);
    edge.first = Math.min(edge.first, Date.parse(record.start));
    edge.last = Math.max(edge.last, Date.parse(record.end));
  }
}

function count(tally: Tally, packets: number, bytes: number): void {
  tally.conversations++;
  tally.packets += packets;
  tally.bytes += bytes;
}

function countNamed(
  tallies: Map<string, Tally>,
  name: string,
  packets: number,
  bytes: number,
): void {
  let tally = tallies.get(name);
  if (tally === undefined) {
    if (tallies.size >= NAMES_MAX) return;
    tally = newTally();
    tallies.set(name, tally);
  }
  count(tally, packets, bytes);
}

function nameOf(end: EndRecord): string | null {
  if (end.name === null) return null;
  return end.namespace === null ? end.name : `${end.namespace}/${end.name}`;
}

function topologyEnd(end: EndRecord): TopologyEnd {
  return { kind: end.kind, name: nameOf(end) ?? end.ip, node: end.node };
}

function serviceOf({ service }: ConversationRecord): string | null {
  if (service === null) return null;
  const name = service.name ?? `${service.ip}:${service.port}`;
  return `${service.type} ${service.namespace === null ? name : `${service.namespace}/${name}`}`;
}
