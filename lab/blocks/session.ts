/** One run of a lab: makes conversations one by one and learns from sockets and conntrack what became of each. */
import type { Cluster, ClusterNode } from './cluster.ts';
import { LabError } from './command.ts';
import { dumpConntrack, parseConntrack, sameTuple, type Tracked, type Tuple } from './conntrack.ts';
import type { Network } from './network.ts';
import { type Agent, ask, type Command, type Report, startAgent } from './traffic.ts';
import {
  isoTime,
  type TruthApplication,
  type TruthConversation,
  type TruthEnd,
  type TruthService,
  type TruthTranslation,
} from './truth.ts';

const TRANSLATIONS_MAX = 4;

/** Who has an address. A place outside the cluster is external, or the load balancer. */
export interface Outsider {
  place: string;
  name: string;
  ips: readonly string[];
  kind: 'external' | 'loadbalancer' | 'unknown';
}

export interface Session {
  readonly network: Network;
  readonly cluster: Cluster;
  readonly outsiders: readonly Outsider[];
  readonly agents: Map<string, Agent>;
  readonly conversations: TruthConversation[];
  /** Places whose connection tables are read beside the nodes': name in the truth, and place. */
  readonly translators: readonly Translator[];
}

/** Something that rewrites addresses and is not a node. */
export interface Translator {
  name: string;
  place: string;
}

/** Starts a traffic process in every place that has an owner. */
export function openSession(
  network: Network,
  cluster: Cluster,
  outsiders: readonly Outsider[],
  translators: readonly Translator[] = [],
): Session {
  const places = [
    ...cluster.nodes.map(({ place }) => place),
    ...cluster.pods.flatMap(({ place }) => (place === undefined ? [] : [place])),
    ...outsiders.map(({ place }) => place),
  ];
  const agents = new Map([...new Set(places)].map((place) => [place, startAgent(network, place)]));
  return { network, cluster, outsiders, agents, conversations: [], translators };
}

/** The traffic process of a place. */
export function agentOf(session: Session, place: string): Agent {
  const agent = session.agents.get(place);
  if (agent === undefined) throw new LabError(`nobody is at ${place}`);
  return agent;
}

/** What one conversation is to be; what it became is learned. */
export interface Talk {
  id: string;
  /** The place that calls. */
  from: string;
  command: Command;
  words: readonly string[];
  /** Set when the call is meant to fail, to say how: the truth then carries it. */
  trouble?: string;
  protocol?: TruthConversation['protocol'];
}

/** Makes one conversation and records its truth. Throws LabError when it fails and was not meant to. */
export async function talk(session: Session, wanted: Talk): Promise<TruthConversation> {
  const agent = agentOf(session, wanted.from);
  const report = await ask(agent, { ...wanted.command, id: wanted.id });
  const fault = faultOf(report);
  if ((fault !== undefined) !== (wanted.trouble !== undefined)) {
    throw new LabError(`${wanted.id}: ${fault ?? 'succeeded, and was meant to fail'}`);
  }
  const conversation = conversationOf(session, wanted, report);
  session.conversations.push(conversation);
  return conversation;
}

/** As `talk`, all of them at once. */
export async function talkAtOnce(session: Session, wanted: readonly Talk[]): Promise<void> {
  await Promise.all(wanted.map((one) => talk(session, one)));
}

/** What went wrong with a call: a socket error, an HTTP refusal, no HTTP answer at all. */
function faultOf({ error, status }: Report): string | undefined {
  if (error !== undefined) return error;
  if (status === null) return 'no answer';
  return status !== undefined && !/^HTTP\/1\.1 [23]/.test(status) ? status : undefined;
}

/** The truth of a call that was made, from its report and the nodes' connection tables as they are now. */
export function conversationOf(session: Session, wanted: Talk, report: Report): TruthConversation {
  const protocol = wanted.protocol ?? protocolOf(wanted.command, report.remote.ip);
  const dialled: Tuple = {
    src: report.local.ip,
    sport: report.local.port,
    dst: report.remote.ip,
    dport: report.remote.port,
  };
  const { translations: all, first } = followTranslations(session, protocol, dialled);
  const arrived = all.at(-1)?.after ?? dialled;
  const onNode = ({ node }: TruthTranslation): boolean =>
    session.cluster.nodes.some(({ name }) => name === node);
  const client = endOf(session, report.local.ip, report.local.port);
  const port = protocol.startsWith('icmp') ? dialled.dport : arrived.dport;
  const server = endOf(session, arrived.dst, port, client.node);
  return {
    id: wanted.id,
    protocol,
    ...labelOf(client, server),
    client,
    server,
    dialled,
    service: serviceOf(session.cluster, dialled, protocol),
    encapsulation: [],
    translations: all.filter((one) => onNode(one)),
    beyond: all.filter((one) => !onNode(one)),
    proxyProtocol: null,
    application: applicationOf(wanted.command, report.remote.ip),
    payloadBytes: { toServer: report.sent, toClient: report.received },
    packets: first?.packets ?? null,
    start: isoTime(BigInt(report.startNs)),
    end: isoTime(BigInt(report.endNs)),
    captures: {},
    related: [],
    trouble: wanted.trouble ?? null,
    words: [...wanted.words],
  };
}

function protocolOf(command: Command, ip: string): TruthConversation['protocol'] {
  if (command.do === 'ping') return ip.includes(':') ? 'icmpv6' : 'icmp';
  if (command.do === 'udp' || (command.do === 'dns' && command.tcp !== true)) return 'udp';
  return 'tcp';
}

function applicationOf(command: Command, ip: string): TruthApplication | null {
  const text = (value: unknown, otherwise: string): string =>
    typeof value === 'string' ? value : otherwise;
  if (command.do === 'dns') return { protocol: 'dns', name: text(command.name, '') };
  if (command.do !== 'http') return null;
  if (command.tls === true) return { protocol: 'tls', name: text(command.sni, '') };
  const method = text(command.method, 'GET');
  return { protocol: 'http', name: text(command.host, ip), method, path: text(command.path, '/') };
}

/** Entries of every node's table, newest state, with the node's name. */
function tables(session: Session, family: string): { node: string; entries: Tracked[] }[] {
  return [...session.cluster.nodes, ...session.translators].map(({ name, place }) => ({
    node: name,
    entries: parseConntrack(dumpConntrack(session.network, place, family)),
  }));
}

/** Follows a tuple from table to table: where its entry's reply is not its inverse, that node rewrote it. */
function followTranslations(
  session: Session,
  protocol: string,
  dialled: Tuple,
): { translations: TruthTranslation[]; first: Tracked | undefined } {
  const all = tables(session, dialled.src.includes(':') ? 'ipv6' : 'ipv4');
  const translations: TruthTranslation[] = [];
  let first: Tracked | undefined;
  let now = dialled;
  for (let step = 0; step < TRANSLATIONS_MAX; step++) {
    let moved = false;
    for (const { node, entries } of all) {
      const entry = entries.find((e) => e.protocol === protocol && sameTuple(e.original, now));
      if (entry === undefined) continue;
      first ??= entry;
      const made = translationsOf(node, entry);
      if (made.length === 0) continue;
      translations.push(...made);
      now = made.at(-1)?.after ?? now;
      moved = true;
      break;
    }
    if (!moved) break;
  }
  return { translations, first };
}

/** What one table entry rewrites: the destination first, then the source, as the kernel's hooks do. */
function translationsOf(node: string, { original, protocol, reply }: Tracked): TruthTranslation[] {
  const after = { src: reply.dst, sport: reply.dport, dst: reply.src, dport: reply.sport };
  // an echo's identifier belongs to the client: a new one is the source's rewrite alone
  const dport = protocol.startsWith('icmp') ? original.dport : after.dport;
  const middle = { ...original, dst: after.dst, dport };
  const made: TruthTranslation[] = [];
  if (!sameTuple(original, middle)) {
    made.push({ type: 'dnat', node, before: original, after: middle, visible: false });
  }
  if (!sameTuple(middle, after)) {
    made.push({ type: 'snat', node, before: middle, after, visible: false });
  }
  return made;
}

/**
 * Who an address belongs to: a pod with its own network, else a node, else someone outside. An address that
 * every node has for itself is that of the node `near`.
 */
export function endOf(
  session: Session,
  ip: string,
  port: number,
  near: string | null = null,
): TruthEnd {
  const { cluster } = session;
  const pod = cluster.pods.find((p) => p.place !== undefined && (p.ip === ip || p.ip6 === ip));
  if (pod !== undefined) {
    const { name, namespace, node } = pod;
    return { ip, port, kind: 'pod', namespace, name, node };
  }
  const node = cluster.nodes.find(
    (candidate) =>
      addressesOf(candidate).includes(ip) ||
      (candidate.name === near && candidate.localAddresses?.includes(ip) === true),
  );
  if (node !== undefined) {
    return { ip, port, kind: 'node', namespace: null, name: node.name, node: node.name };
  }
  const outsider = session.outsiders.find(({ ips }) => ips.includes(ip));
  const service = cluster.services.find((one) => one.clusterIp === ip || one.clusterIp6 === ip);
  if (service !== undefined) {
    const { name, namespace } = service;
    return { ip, port, kind: 'service', namespace, name, node: null };
  }
  if (outsider === undefined) throw new LabError(`nobody has the address ${ip}`);
  return { ip, port, kind: outsider.kind, namespace: null, name: outsider.name, node: null };
}

export function addressesOf(node: ClusterNode): string[] {
  const all = [node.ip, ...(node.otherAddresses ?? [])];
  if (node.ip6 !== undefined) all.push(node.ip6);
  return all;
}

/** Label and direction by who the real ends are: design of the labels, not of any tool. */
export function labelOf(
  client: TruthEnd,
  server: TruthEnd,
): Pick<TruthConversation, 'label' | 'direction'> {
  const outside = (end: TruthEnd): boolean =>
    end.kind === 'external' || end.kind === 'loadbalancer';
  const nobody = (end: TruthEnd): boolean => end.kind === 'service' || end.kind === 'unknown';
  if (outside(client)) return { label: 'external', direction: 'ingress' };
  if (nobody(server)) return { label: 'unknown', direction: 'internal' };
  if (outside(server)) return { label: 'external', direction: 'egress' };
  if (client.kind === 'node' || server.kind === 'node') {
    return { label: 'host', direction: 'internal' };
  }
  const label = client.node === server.node ? 'same-node' : 'cross-node';
  return { label, direction: 'internal' };
}

/** The service an address and port dialled belongs to, by cluster IP or by a node's port. */
function serviceOf(cluster: Cluster, dialled: Tuple, protocol: string): TruthService | null {
  for (const service of cluster.services) {
    for (const port of service.ports) {
      if (port.protocol.toLowerCase() !== protocol) continue;
      const named = { namespace: service.namespace, name: service.name };
      const clusterIp = service.clusterIp === dialled.dst || service.clusterIp6 === dialled.dst;
      if (clusterIp && port.port === dialled.dport) {
        return { type: 'ClusterIP', ...named, ip: dialled.dst, port: port.port };
      }
      const onNode = cluster.nodes.some((node) => addressesOf(node).includes(dialled.dst));
      if (onNode && port.nodePort === dialled.dport) {
        return { type: 'NodePort', ...named, ip: dialled.dst, port: port.nodePort };
      }
    }
  }
  return null;
}

/**
 * Conversations that daemons made by themselves and that are still in the nodes' tables: those to `port`.
 * Each is recorded once, however many nodes know of it; their payload is not counted.
 */
export function adoptTracked(
  session: Session,
  id: string,
  port: number,
  startNs: bigint,
  words: readonly string[],
  wanted: 'tcp' | 'udp' = 'tcp',
): void {
  const known = new Set<string>();
  for (const { entries } of tables(session, 'ipv4')) {
    for (const { original, packets, protocol } of entries) {
      const key = `${original.src}:${original.sport}-${original.dst}`;
      if (protocol !== wanted || original.dport !== port || known.has(key)) continue;
      known.add(key);
      const client = endOf(session, original.src, original.sport);
      const server = endOf(session, original.dst, original.dport);
      session.conversations.push({
        id: `${id}-${known.size}`,
        protocol: wanted,
        ...labelOf(client, server),
        client,
        server,
        dialled: original,
        service: null,
        encapsulation: [],
        translations: [],
        beyond: [],
        proxyProtocol: null,
        application: port === 179 ? { protocol: 'bgp', name: null } : null,
        payloadBytes: null,
        packets,
        start: isoTime(startNs),
        end: isoTime(BigInt(Date.now()) * 1_000_000n),
        captures: {},
        related: [],
        trouble: null,
        words: [...words],
      });
    }
  }
}
