/** What conversations say of who talks with whom in a cluster, summed up: node to node, node to outside. */
import type { ConversationRecord, EndRecord } from '../../classify/record.ts';
import { parseTime } from '../amounts.ts';

/** Addresses outside that are kept apart; the rest are one. */
const OUTSIDE_MAX = 4096;

export interface Amount {
  conversations: number;
  /** IP bytes, both ways, each packet once. */
  bytes: number;
}

export interface Party {
  readonly kind: 'node' | 'external' | 'loadbalancer' | 'unplaced';
  /** Node name, address, or '' for those without a node. */
  readonly id: string;
  readonly name: string | undefined;
}

export interface Link {
  readonly from: Party;
  readonly to: Party;
  /** Tunnel types, '' = none was seen. */
  readonly tunnel: string;
  readonly amount: Amount;
}

export interface PodSeen {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly ip: string;
  readonly node: string | null;
}

export class ClusterTraffic {
  conversations = 0;
  /** Without a place in the picture: an end is unknown. */
  unplaced = 0;
  readonly links = new Map<string, Link>();
  readonly within = new Map<string, Amount>();
  readonly pods = new Map<string, PodSeen>();
  /** `namespace/name`, or `address:port` of those without a name, of services dialled. */
  readonly services = new Map<string, NonNullable<ConversationRecord['service']>>();
  private readonly outsiders = new Set<string>();
  private firstNs = Number.POSITIVE_INFINITY;
  private lastNs = Number.NEGATIVE_INFINITY;

  /** Seconds from the first frame to the last. */
  get seconds(): number {
    return this.conversations === 0 ? 0 : (this.lastNs - this.firstNs) / 1e9;
  }

  add(record: ConversationRecord): void {
    this.conversations++;
    this.firstNs = Math.min(this.firstNs, nanoseconds(record.start));
    this.lastNs = Math.max(this.lastNs, nanoseconds(record.end));
    for (const end of [record.client, record.server]) this.addPod(end);
    const { service } = record;
    if (service !== null) this.services.set(serviceKey(service), service);
    const way = this.wayOf(record);
    if (way.some((party) => party === undefined)) {
      this.unplaced++;
      return;
    }
    const bytes = record.bytes.toServer + record.bytes.toClient;
    const tunnel = [...new Set(record.encapsulation.map(({ type }) => type))].sort().join('+');
    for (let i = 1; i < way.length; i++) {
      const from = way[i - 1]!;
      const to = way[i]!;
      const isBetweenNodes = from.kind === 'node' && to.kind === 'node';
      this.addLink(from, to, isBetweenNodes ? tunnel : '', bytes);
    }
  }

  /** Client, load balancer where a proxy stands between, the nodes that saw it, server. */
  private wayOf(record: ConversationRecord): (Party | undefined)[] {
    const client = this.partyOf(record.client, record);
    const server = this.partyOf(record.server, record);
    const first = record.hops[0]?.tuple.src;
    const way = [client];
    if (record.proxyProtocol?.source != null && first !== undefined && first !== record.client.ip) {
      way.push({ kind: 'loadbalancer', id: this.outsider(first), name: undefined });
    }
    const nodes = new Set(record.hops.flatMap(({ node }) => node ?? []));
    for (const node of nodes) {
      if (node !== client?.id && node !== server?.id)
        way.push({ kind: 'node', id: node, name: node });
    }
    return [...way, server];
  }

  private partyOf(end: EndRecord, record: ConversationRecord): Party | undefined {
    switch (end.kind) {
      case 'pod':
      case 'node': {
        const node = end.node ?? (end.kind === 'node' ? nodeNameOf(end, record) : null);
        return node === null
          ? { kind: 'unplaced', id: '', name: undefined }
          : { kind: 'node', id: node, name: node };
      }
      case 'external':
      case 'loadbalancer': {
        const name = end.name === null || end.name === end.ip ? undefined : end.name;
        return { kind: end.kind, id: this.outsider(end.ip), name };
      }
      case 'service':
      case 'unknown':
        return undefined;
    }
  }

  /** The address, or '' when there are too many to keep apart. */
  private outsider(ip: string): string {
    if (!this.outsiders.has(ip)) {
      if (this.outsiders.size >= OUTSIDE_MAX) return '';
      this.outsiders.add(ip);
    }
    return ip;
  }

  private addPod(end: EndRecord): void {
    if (end.kind !== 'pod') return;
    const { namespace, name, ip, node } = end;
    this.pods.set(name === null ? ip : `${namespace}/${name}`, { namespace, name, ip, node });
  }

  private addLink(from: Party, to: Party, tunnel: string, bytes: number): void {
    if (from.kind === to.kind && from.id === to.id) {
      if (from.kind === 'node') addTo(amountIn(this.within, from.id), bytes);
      return;
    }
    const [a, b] = isBefore(from, to) ? [from, to] : [to, from];
    const key = JSON.stringify([a.kind, a.id, b.kind, b.id, tunnel]);
    let link = this.links.get(key);
    if (link === undefined) {
      link = { from: a, to: b, tunnel, amount: { conversations: 0, bytes: 0 } };
      this.links.set(key, link);
    }
    addTo(link.amount, bytes);
  }
}

/** Every node may have the same link-local address: it is the node that saw it. null = several did, or none is known. */
function nodeNameOf({ ip, name }: EndRecord, { hops }: ConversationRecord): string | null {
  if (name !== null || !/^(fe[89ab]|169\.254\.)/i.test(ip)) return name ?? ip;
  const nodes = new Set(hops.map(({ node }) => node));
  return nodes.size === 1 ? [...nodes][0]! : null;
}

/** The outside stands before the nodes; of two alike, the lesser name. */
function isBefore(a: Party, b: Party): boolean {
  const rank = { external: 0, loadbalancer: 1, node: 2, unplaced: 3 };
  const difference = rank[a.kind] - rank[b.kind];
  return difference === 0 ? a.id < b.id : difference < 0;
}

export function serviceKey(service: NonNullable<ConversationRecord['service']>): string {
  return service.name === null
    ? `${service.ip}:${service.port}`
    : `${service.namespace}/${service.name}`;
}

function amountIn(amounts: Map<string, Amount>, key: string): Amount {
  let amount = amounts.get(key);
  if (amount === undefined) {
    amount = { conversations: 0, bytes: 0 };
    amounts.set(key, amount);
  }
  return amount;
}

function addTo(amount: Amount, bytes: number): void {
  amount.conversations++;
  amount.bytes += bytes;
}

function nanoseconds(time: string): number {
  const { seconds, nanoseconds: rest } = parseTime(time);
  return seconds * 1e9 + rest;
}
