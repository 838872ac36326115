/** The conversations that flow logs tell of, each as a record when asked for: as those of captured frames. */
import { ipProtocolName } from '../base/ip-protocols.ts';
import { showTime } from '../base/time.ts';
import { ACK, RST, SYN, tcpStateOf } from '../flow/tcp-tracking.ts';
import { buildTopology } from '../topology/build.ts';
import type { Topology } from '../topology/topology.ts';
import { english } from '../words/say.ts';
import type { AnalyseOptions } from './analyse.ts';
import type { ConversationList, SortKey } from './conversations.ts';
import { endRecord } from './end-record.ts';
import { type LogCase, type LogRun, logCaseOf, tupleOf } from './flow-log-case.ts';
import {
  flagsOf,
  logEvidenceOf,
  logTroublesOf,
  logUnseenOf,
  mayHidePod,
} from './flow-log-evidence.ts';
import {
  joinFlowLogs,
  type LogConnection,
  type LogHop,
  type LogJoin,
  startOf,
} from './flow-log-join.ts';
import { flowLogFacts, nodeOfInstance } from './flow-log-owners.ts';
import type { FlowLogTable } from './flow-log-table.ts';
import { NatTables } from './nat-tables.ts';
import type { BothWays, ConversationRecord, HopRecord, Ledger, TcpRecord } from './record.ts';
import { isOutside, type Verdict, weakest } from './rule.ts';
import { frameFreeRules, judge } from './rules/index.ts';
import { serviceRecord } from './service.ts';

const TCP_NUMBER = 6;

export class FlowLogConversations implements ConversationList {
  private readonly run: LogRun;
  private readonly join: LogJoin;
  private readonly rows: number;

  constructor(table: FlowLogTable, files: readonly string[], options: AnalyseOptions = {}) {
    const given = options.facts ?? [];
    const known = buildTopology(...given);
    const topology = buildTopology(...given, flowLogFacts(table, known));
    const nodes = new Map<string, string | undefined>();
    this.run = {
      topology,
      nat: new NatTables(options.conntrackTables ?? []),
      files,
      nodeOf: (hop) => {
        const { interfaceId } = hop.flow;
        if (interfaceId === undefined) return undefined;
        if (!nodes.has(interfaceId)) {
          const { instanceId, primary } = table.interfaces.get(interfaceId) ?? {};
          const named = instanceId && nodeOfInstance(topology, instanceId);
          const owner = primary === undefined ? undefined : topology.ownerOf(primary);
          nodes.set(interfaceId, named || (owner?.kind === 'node' ? owner.node : undefined));
        }
        return nodes.get(interfaceId);
      },
    };
    this.join = joinFlowLogs(table, topology);
    this.rows = table.flows.length;
  }

  get topology(): Topology {
    return this.run.topology;
  }

  get count(): number {
    return this.join.connections.length;
  }

  order(key: SortKey, descending: boolean): Int32Array {
    const values = this.join.connections.map((one) => sortValue(one, key));
    const sign = descending ? -1 : 1;
    return Int32Array.from(values.keys()).sort((a, b) => sign * (values[a]! - values[b]!) || a - b);
  }

  /** Conversation c, 0-based. A fresh object, the caller's to keep. */
  record(c: number): ConversationRecord {
    const connection = this.join.connections[c]!;
    const one = logCaseOf(this.run, connection);
    const { topology } = this.run;
    const { hops } = one;
    const verdict = verdictOf(one);
    const whole = hops.filter(({ flow }) => flow !== connection.nat?.after);
    const end = Math.max(...hops.map(({ flow }) => (Number.isNaN(flow.last) ? 0 : flow.last)));
    return {
      schema: 'netlens.conversation/1',
      source: 'flow-log',
      id: c + 1,
      label: verdict.label,
      confidence: verdict.confidence,
      direction: verdict.direction,
      protocol: one.protocolName,
      client: endRecord(one.client, topology),
      server: endRecord(one.server, topology),
      service: serviceRecord(one),
      encapsulation: [],
      translations: [...one.translations],
      proxyProtocol: null,
      hops: hops.map((hop) => this.hopRecord(one, hop)),
      packets: mostLogged(whole, 'packets'),
      bytes: mostLogged(whole, 'bytes'),
      payloadBytes: { toServer: 0, toClient: 0 },
      related: [],
      start: showTime(startOf(connection), 0),
      end: showTime(end, 0),
      tcp: one.protocol === TCP_NUMBER ? tcpOf(one) : null,
      application: null,
      troubles: logTroublesOf(one),
      evidence: [
        { rule: verdict.rule, confidence: verdict.confidence, sentence: verdict.sentence },
        ...logEvidenceOf(one),
      ],
      unseen: logUnseenOf(one),
    };
  }

  private hopRecord(one: LogCase, hop: LogHop): HopRecord {
    const { flow } = hop;
    const [a, b] = flow.sent;
    const start = startOf(one.connection);
    const first = Number.isNaN(flow.first) ? start : flow.first;
    return {
      node: this.run.nodeOf(hop) ?? null,
      interface: flow.interfaceId ?? null,
      file: this.run.files[flow.fileIndex] ?? null,
      direction: hop.local === undefined ? null : hop.local === 'client' ? 'out' : 'in',
      tuple: {
        ...tupleOf(hop),
        protocol: flow.protocol < 0 ? 'unknown' : ipProtocolName(flow.protocol),
      },
      encapsulation: null,
      packets: a.packets + b.packets,
      bytes: a.bytes + b.bytes,
      frame: flow.line,
      ttl: null,
      first: showTime(first, 0),
      last: showTime(Number.isNaN(flow.last) ? first : flow.last, 0),
      offsetUs: (first - start) * 1e6,
    };
  }

  /** How rows were put together, for the ledger. */
  joins(): Pick<Ledger, 'flows' | 'joinedFlows' | 'aloneFlows' | 'ties' | 'clocks' | 'conflicts'> {
    const { connections, ties } = this.join;
    const alone = connections.filter(({ hops }) => hops.length === 1).length;
    const { conflicts, problems } = this.run.topology;
    return {
      flows: this.rows,
      joinedFlows: this.rows - alone,
      aloneFlows: alone,
      ties,
      clocks: [],
      conflicts: [
        ...conflicts.map((conflict) => english({ code: 'conflict', ...conflict })),
        ...problems,
      ],
    };
  }
}

/** The label rules' verdict; a guess where the log may show a node in place of its pod. */
function verdictOf(one: LogCase): Verdict {
  const judged = judge(one, frameFreeRules);
  const verdict = one.connection.unmasked
    ? { ...judged, confidence: weakest(judged.confidence, 'likely') }
    : judged;
  const masked = mayHidePod(one);
  if (masked === undefined || verdict.label === 'unknown') return verdict;
  const local = one.hops.find((hop) => hop.local !== undefined)!.local!;
  const { owner } = one[local];
  const far = one[local === 'client' ? 'server' : 'client'].owner;
  if (isOutside(far)) return verdict; // whoever it was, it was with the outside
  if (owner.kind === 'node') {
    return {
      ...verdict,
      confidence: 'guess',
      sentence: { code: 'log-or-a-pod', verdict: verdict.sentence },
    };
  }
  if (owner.role === 'public') return verdict;
  const rule = 'flow-log-masked';
  return { label: 'unknown', direction: 'unknown', confidence: 'guess', rule, sentence: masked };
}

function sortValue(connection: LogConnection, key: SortKey): number {
  const { hops } = connection;
  const start = startOf(connection);
  if (key === 'start') return start;
  if (key === 'duration') return Math.max(...hops.map(({ flow }) => flow.last || start)) - start;
  if (key === 'bytes' || key === 'packets') {
    return Math.max(...hops.map(({ flow }) => flow.sent[0][key] + flow.sent[1][key]));
  }
  return 0; // retransmissions and round trips are in no flow log
}

/** Each packet once: by the interface that logged most. */
function mostLogged(hops: readonly LogHop[], what: 'packets' | 'bytes'): BothWays {
  let toServer = 0;
  let toClient = 0;
  for (const { flow, client } of hops) {
    toServer = Math.max(toServer, flow.sent[client]![what]);
    toClient = Math.max(toClient, flow.sent[1 - client]![what]);
  }
  return { toServer, toClient };
}

/** State by the flags told; the log has no ACK of its own, so more than a SYN from the client stands for one. */
function tcpOf(one: LogCase): TcpRecord {
  const { there, back, told } = flagsOf(one);
  const packets = mostLogged(one.hops, 'packets');
  const isAnswered = packets.toServer > 1 && (back & (SYN | ACK)) === (SYN | ACK);
  const state =
    !told && packets.toClient === 0 ? 'unknown' : tcpStateOf(there | (isAnswered ? ACK : 0), back);
  const resets = one.hops.some(({ flow }) =>
    flow.sent.some(({ flags }) => flags > 0 && (flags & RST) !== 0),
  );
  return { state, handshakeRttUs: null, retransmissions: 0, resets: resets ? 1 : 0 };
}
