/**
 * Which rows of flow logs are one connection: the client's interface and the server's saw the same
 * addresses and ports at the same time; at a NAT gateway's one row comes in and another goes out.
 */
import { ACK, SYN } from '../flow/tcp-tracking.ts';
import type { Topology } from '../topology/topology.ts';
import { type Standing, standingOf } from './flow-log-owners.ts';
import type { FlowLogTable, LogFlow } from './flow-log-table.ts';

/** How it is known which end is the client, the surest first. */
export type Opener = 'syn' | 'service' | 'port' | 'first';

/** One row of a connection, and which of its ends is the client. */
export interface LogHop {
  readonly flow: LogFlow;
  readonly client: 0 | 1;
  /** How the client's and the server's address relate to the interface. */
  readonly standing: { readonly client: Standing; readonly server: Standing };
  /** The end that the interface belongs to; undefined when nothing tells, or it is neither's. */
  readonly local: 'client' | 'server' | undefined;
}

/** What a gateway made of the connection's source address. */
export interface GatewayNat {
  readonly hop: LogHop;
  /** The gateway's own address. */
  readonly address: string;
  /** The row behind the gateway, where exactly one fits. */
  readonly after: LogFlow | undefined;
  /** Rows that fit alike. */
  readonly candidates: number;
}

export interface LogConnection {
  readonly hops: readonly LogHop[];
  readonly opener: Opener;
  readonly nat: GatewayNat | undefined;
  /** Addresses that the log hides were taken from each other's records. */
  readonly unmasked: boolean;
}

export interface LogJoin {
  /** In order of their first packet. */
  readonly connections: readonly LogConnection[];
  /** Rows for which several others fitted alike, and none was taken. */
  readonly ties: number;
}

/** Windows of two interfaces that are this near are of one connection, seconds. */
const NEAR_SECONDS = 60;
/** Rows of one connection at most: more interfaces than that are on no path. */
const HOPS_MAX = 16;
/** Rows compared with one row at most; where more fit, none is taken. */
const COMPARED_MAX = 64;
const TCP_NUMBER = 6;
/** Linux gives clients ports from here on; Kubernetes' node ports (30000 to 32767) end just before. */
const EPHEMERAL_FIRST = 32_768;

export function joinFlowLogs(table: FlowLogTable, topology: Topology): LogJoin {
  const unmasked = unmask(table, topology);
  const groups = groupAlike(table.flows);
  const gateways = new Gateways(table, topology);
  const connections: LogConnection[] = [];
  const taken = new Set<LogFlow>();
  let ties = 0;
  const opened = groups.map((group) => ({ group, ...openerOf(group, topology) }));
  const nats = new Map<readonly LogFlow[], GatewayNat>();
  /** Rows that another is told with: none of them is told with a third. */
  const heads = new Set<LogFlow>();
  for (const { group, client } of opened) {
    if (group.every((flow) => taken.has(flow))) continue;
    const nat = gateways.natOf(group, client, heads);
    if (nat === undefined) continue;
    nats.set(group, nat);
    if (nat.after !== undefined) {
      taken.add(nat.after);
      for (const flow of group) heads.add(flow);
    } else if (nat.candidates > 1) ties++;
  }
  for (const { group, client, opener } of opened) {
    if (group.every((flow) => taken.has(flow))) continue; // told with the connection before the gateway
    const nat = nats.get(group);
    const hops = group.map((flow) => hopOf(flow, client, group[0]!, table, topology));
    hops.sort((a, b) => orderOf(a) - orderOf(b) || a.flow.first - b.flow.first);
    if (nat?.after !== undefined) hops.push(hopAfter(nat, topology));
    connections.push({ hops, opener, nat, unmasked: group.some((flow) => unmasked.has(flow)) });
  }
  connections.sort((a, b) => startOf(a) - startOf(b));
  return { connections, ties };
}

export function startOf(connection: LogConnection): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { flow } of connection.hops) if (flow.first < first) first = flow.first;
  return Number.isFinite(first) ? first : 0;
}

/** The same whichever end is which. */
function keyOf(flow: LogFlow): string {
  const [a, b] = flow.ends;
  const one = `${a.ip} ${a.port}`;
  const other = `${b.ip} ${b.port}`;
  return one <= other ? `${flow.protocol} ${one} ${other}` : `${flow.protocol} ${other} ${one}`;
}

/** Rows with the same addresses and ports at the same time, of different interfaces. */
function groupAlike(flows: readonly LogFlow[]): LogFlow[][] {
  const byKey = new Map<string, LogFlow[]>();
  for (const flow of flows) {
    const key = keyOf(flow);
    const there = byKey.get(key);
    if (there === undefined) byKey.set(key, [flow]);
    else there.push(flow);
  }
  const groups: LogFlow[][] = [];
  for (const alike of byKey.values()) {
    if (alike.length === 1) groups.push(alike);
    else groups.push(...byTime(alike));
  }
  return groups;
}

function byTime(alike: readonly LogFlow[]): LogFlow[][] {
  const sorted = [...alike].sort((a, b) => a.first - b.first);
  const groups: LogFlow[][] = [];
  for (const flow of sorted) {
    const last = groups.at(-1);
    const isSame =
      last !== undefined &&
      last.length < HOPS_MAX &&
      last.some((other) => isNear(other, flow)) &&
      last.every((other) => whereOf(other) !== whereOf(flow));
    if (isSame) last.push(flow);
    else groups.push([flow]);
  }
  return groups;
}

function whereOf(flow: LogFlow): string {
  return flow.interfaceId ?? `file ${flow.fileIndex}`;
}

function isNear(a: LogFlow, b: LogFlow): boolean {
  if (Number.isNaN(a.first) || Number.isNaN(b.first)) return true;
  return a.first <= b.last + NEAR_SECONDS && b.first <= a.last + NEAR_SECONDS;
}

/** Which end of the group's first row opened the connection, by the row that is surest of it. */
function openerOf(
  group: readonly LogFlow[],
  topology: Topology,
): { client: 0 | 1; opener: Opener } {
  const [first] = group;
  for (const told of [bySyn, byService, byPort]) {
    for (const flow of group) {
      const client = told(flow, topology);
      if (client === undefined) continue;
      return { client: turned(flow, first!, client), opener: NAMES.get(told)! };
    }
  }
  return { client: 0, opener: 'first' };
}

/** The same end, as end of another row of the group. */
function turned(from: LogFlow, to: LogFlow, end: 0 | 1): 0 | 1 {
  const one = from.ends[end]!;
  const same = to.ends[0].ip === one.ip && to.ends[0].port === one.port;
  return same ? 0 : 1;
}

type Told = (flow: LogFlow, topology: Topology) => 0 | 1 | undefined;

/** A SYN of its own opens; SYN and ACK answer. An ACK alone is not in the log. */
const bySyn: Told = ({ protocol, sent }) => {
  if (protocol !== TCP_NUMBER) return undefined;
  const roles = sent.map(({ flags }) =>
    flags <= 0 || (flags & SYN) === 0 ? 0 : flags & ACK ? 2 : 1,
  );
  if (roles[0] === roles[1]) return undefined;
  if (roles[0] === 1 || roles[1] === 2) return 0;
  return roles[1] === 1 || roles[0] === 2 ? 1 : undefined;
};

const byService: Told = ({ ends, protocol }, topology) => {
  const name = protocol === TCP_NUMBER ? 'tcp' : protocol === 17 ? 'udp' : 'sctp';
  const serves = ends.map(
    ({ ip, port }) =>
      topology.serviceAt(ip, port, name) !== undefined ||
      topology.servicesBehind(ip, port, name).length > 0,
  );
  if (serves[0] === serves[1]) return undefined;
  return serves[0] ? 1 : 0;
};

const byPort: Told = ({ ends }) => {
  const [a, b] = ends.map(({ port }) => servesAt(port)) as [number, number];
  if (a === b) return undefined;
  return a > b ? 1 : 0;
};

const NAMES: ReadonlyMap<Told, Opener> = new Map([
  [bySyn, 'syn'],
  [byService, 'service'],
  [byPort, 'port'],
]);

/** How much a port looks like a server's: 2 = well known, 1 = registered, or a node port, 0 = ephemeral. */
function servesAt(port: number): number {
  if (port === 0) return 0;
  if (port < 1024) return 2;
  return port < EPHEMERAL_FIRST ? 1 : 0;
}

function hopOf(
  flow: LogFlow,
  client: 0 | 1,
  first: LogFlow,
  table: FlowLogTable,
  topology: Topology,
): LogHop {
  const own = turned(first, flow, client);
  const standing = {
    client: standingOf(flow.ends[own]!, flow, topology),
    server: standingOf(flow.ends[1 - own]!, flow, topology),
  };
  const local = localEnd(flow, table);
  const isPassing = standing.client === 'passing' || standing.server === 'passing';
  return {
    flow,
    client: own,
    standing,
    local: local === undefined || isPassing ? undefined : local === own ? 'client' : 'server',
  };
}

/** The end that the interface belongs to: its way, or its primary address, tells. */
export function localEnd(flow: LogFlow, table: FlowLogTable): 0 | 1 | undefined {
  for (const side of [0, 1] as const) {
    const { direction } = flow.sent[side]!;
    if (direction !== undefined) return direction === 'egress' ? side : ((1 - side) as 0 | 1);
  }
  if (!flow.hasPacketAddresses) {
    const unmasked = flow.ends.findIndex(({ shown }) => shown !== undefined);
    if (unmasked >= 0) return unmasked as 0 | 1;
  }
  const primary =
    flow.interfaceId === undefined ? undefined : table.interfaces.get(flow.interfaceId)?.primary;
  if (primary === undefined) return undefined;
  const found = flow.ends.findIndex(({ ip, shown }) => (shown ?? ip) === primary);
  return found < 0 ? undefined : (found as 0 | 1);
}

/** The client's interface first, the server's last. */
function orderOf(hop: LogHop): number {
  if (hop.local === 'client') return 0;
  return hop.local === 'server' ? 2 : 1;
}

function hopAfter(nat: GatewayNat, topology: Topology): LogHop {
  const flow = nat.after!;
  const client = flow.ends[0].ip === nat.address ? 0 : 1;
  const standing = {
    client: standingOf(flow.ends[client]!, flow, topology),
    server: standingOf(flow.ends[1 - client]!, flow, topology),
  };
  return { flow, client, standing, local: 'client' };
}

/** Rows whose interface stands between the ends, and what goes out of it with its own address. */
class Gateways {
  private readonly topology: Topology;
  private readonly table: FlowLogTable;
  /** Rows by interface, protocol and far end, in which the interface's own address is the near end. */
  private readonly own = new Map<string, LogFlow[]>();

  constructor(table: FlowLogTable, topology: Topology) {
    this.table = table;
    this.topology = topology;
    for (const flow of table.flows) {
      const { primary } = table.interfaces.get(flow.interfaceId ?? '') ?? {};
      if (primary === undefined) continue;
      for (const near of [0, 1] as const) {
        if (flow.ends[near].ip !== primary) continue;
        const key = farKey(flow, near);
        const there = this.own.get(key);
        if (there === undefined) this.own.set(key, [flow]);
        else there.push(flow);
      }
    }
  }

  /**
   * The rewrite of the source at a gateway that one of these rows was logged at; `client` is an end of the first.
   * Neither these rows nor `heads` can be what went out of it.
   */
  natOf(
    group: readonly LogFlow[],
    client: 0 | 1,
    heads: ReadonlySet<LogFlow>,
  ): GatewayNat | undefined {
    for (const flow of group) {
      const near = turned(group[0]!, flow, client);
      const hop = hopOf(flow, near, flow, this.table, this.topology);
      if (hop.standing.server !== 'passing') continue;
      const address = flow.ends[1 - near]!.shown!;
      const all = (this.own.get(farKey(flow, near)) ?? []).filter(
        (one) => !heads.has(one) && !group.includes(one),
      );
      if (all.length > COMPARED_MAX) {
        return { hop, address, after: undefined, candidates: all.length };
      }
      const fits = all.filter((one) => isNear(one, flow));
      if (fits.length === 0) continue;
      const exact = fits.filter((one) => isSameTraffic(flow, near, one, address));
      const after = exact.length === 1 ? exact[0] : fits.length === 1 ? fits[0] : undefined;
      return { hop, address, after, candidates: fits.length };
    }
    return undefined;
  }
}

function farKey(flow: LogFlow, near: 0 | 1): string {
  const far = flow.ends[1 - near]!;
  return `${flow.interfaceId} ${flow.protocol} ${far.ip} ${far.port}`;
}

/** As many packets each way: what comes into a NAT gateway goes out of it. */
function isSameTraffic(before: LogFlow, near: 0 | 1, after: LogFlow, address: string): boolean {
  const out = after.ends[0].ip === address ? 0 : 1;
  return (
    before.sent[near]!.packets === after.sent[out]!.packets &&
    before.sent[1 - near]!.packets === after.sent[1 - out]!.packets
  );
}

/**
 * Logs without pkt-srcaddr and pkt-dstaddr show on their own side the interface's primary address for
 * every address of it. Two interfaces that logged one connection between pods name each other's pod:
 * where the ports fit and each pod lives behind the other's address, the pods take its place.
 */
function unmask(table: FlowLogTable, topology: Topology): ReadonlySet<LogFlow> {
  const unmasked = new Set<LogFlow>();
  const byPorts = new Map<string, LogFlow[]>();
  for (const flow of table.flows) {
    if (flow.hasPacketAddresses || (flow.ends[0].port === 0 && flow.ends[1].port === 0)) continue;
    const ports = flow.ends.map(({ port }) => port).sort((a, b) => a - b);
    const key = `${flow.protocol} ${ports.join(' ')}`;
    const there = byPorts.get(key);
    if (there === undefined) byPorts.set(key, [flow]);
    else there.push(flow);
  }
  for (const alike of byPorts.values()) {
    if (alike.length > COMPARED_MAX) continue;
    for (const flow of alike) {
      if (unmasked.has(flow)) continue;
      const others = alike.filter(
        (o) => !unmasked.has(o) && isCounterpart(flow, o, table, topology),
      );
      if (others.length !== 1) continue;
      const other = others[0]!;
      const mine = maskedEnd(flow, table, topology)!;
      const theirs = maskedEnd(other, table, topology)!;
      swapIn(flow, mine, other.ends[1 - theirs]!.ip);
      swapIn(other, theirs, flow.ends[1 - mine]!.ip);
      unmasked.add(flow).add(other);
    }
  }
  return unmasked;
}

/** The interface's own end; where its records do not tell, the one that is no pod, facing a pod. */
function maskedEnd(flow: LogFlow, table: FlowLogTable, topology: Topology): 0 | 1 | undefined {
  const local = localEnd(flow, table);
  if (local !== undefined) return local;
  const isPod = flow.ends.map(({ ip }) => topology.ownerOf(ip).kind === 'pod');
  if (isPod[0] === isPod[1]) return undefined;
  return isPod[0] ? 1 : 0;
}

function swapIn(flow: LogFlow, side: 0 | 1, ip: string): void {
  const end = flow.ends[side]!;
  if (end.ip === ip) return;
  end.shown = end.ip;
  end.ip = ip;
}

/** Whether each logs the other's pod, by the nodes of both. */
function isCounterpart(
  flow: LogFlow,
  other: LogFlow,
  table: FlowLogTable,
  topology: Topology,
): boolean {
  if (other === flow || whereOf(other) === whereOf(flow) || !isNear(flow, other)) return false;
  const mine = maskedEnd(flow, table, topology);
  const theirs = maskedEnd(other, table, topology);
  if (mine === undefined || theirs === undefined) return false;
  const near = flow.ends[mine];
  const far = flow.ends[1 - mine]!;
  if (near.port !== other.ends[1 - theirs]!.port || far.port !== other.ends[theirs].port)
    return false;
  const one = livesBehind(other.ends[1 - theirs]!.ip, near.ip, topology);
  const two = livesBehind(far.ip, other.ends[theirs].ip, topology);
  if (one === false || two === false) return false;
  if (one && two) return true;
  // whose an interface is no source tells: then the traffic must be the same as well
  return (
    flow.sent[mine].packets === other.sent[1 - theirs]!.packets &&
    flow.sent[1 - mine]!.packets === other.sent[theirs].packets
  );
}

/** The address is the interface's own, or of a pod on its node; undefined when nothing tells whose the interface is. */
function livesBehind(address: string, primary: string, topology: Topology): boolean | undefined {
  if (address === primary) return true;
  const pod = topology.ownerOf(address);
  const shown = topology.ownerOf(primary);
  if (pod.kind !== 'pod') return false;
  if (shown.kind === 'node') return pod.node !== undefined && pod.node === shown.node;
  return shown.listed || shown.role === 'public' ? false : undefined;
}
