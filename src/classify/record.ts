/**
 * A conversation as every output shows it: the shape of schema netlens.conversation/1.
 * Built on demand, one at a time, from the columns of the flow stage and the classifier's verdict.
 */

import type { TcpState } from '../flow/tcp-tracking.ts';
import type { Sentence } from '../words/sentence.ts';

export type Label = 'same-node' | 'cross-node' | 'external' | 'host' | 'unknown';
export type Confidence = 'certain' | 'likely' | 'guess';
export type Direction = 'internal' | 'egress' | 'ingress' | 'unknown';
export type EndKind = 'pod' | 'node' | 'service' | 'external' | 'loadbalancer' | 'unknown';

export interface EndRecord {
  ip: string;
  /** Identifier for ICMP echo, 0 where the protocol has no ports. */
  port: number;
  kind: EndKind;
  namespace: string | null;
  /** Name of the pod, node or service; or the host name that DNS or the capture file gave the address. */
  name: string | null;
  node: string | null;
}

export interface TupleRecord {
  src: string;
  sport: number;
  dst: string;
  dport: number;
}

export interface ServiceRecord {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName' | 'unknown';
  namespace: string | null;
  name: string | null;
  ip: string;
  port: number;
  /** How a load balancer reaches the pod, where that is known. */
  mode: 'instance+Cluster' | 'instance+Local' | 'ip' | 'ip+PPv2' | null;
}

/** One encapsulation, client to server; `id` is the VNI, key or SPI where the type has one. */
export interface EncapsulationRecord {
  type: string;
  outer: { src: string; dst: string };
  id: number | null;
}

export interface TranslationRecord {
  type: 'snat' | 'dnat';
  node: string | null;
  before: TupleRecord;
  after: TupleRecord;
}

export interface ProxyTlvRecord {
  /** 0..255. */
  type: number;
  name: string;
  value: string | number | boolean | Record<string, unknown> | null;
}

export interface ProxyRecord {
  version: 1 | 2;
  command: 'LOCAL' | 'PROXY' | 'UNKNOWN';
  source: { ip: string; port: number } | null;
  destination: { ip: string; port: number } | null;
  /** Whether the CRC32C TLV agrees with the header; unverified = not all of it was captured. */
  checksum: 'absent' | 'valid' | 'invalid' | 'unverified';
  tlvs: ProxyTlvRecord[];
  /** Headers that stood behind this one: an earlier proxy's, which names the client still further away. */
  stacked: ProxyRecord[];
}

export interface HopRecord {
  node: string | null;
  interface: string | null;
  file: string | null;
  /** As the capture tells it of the client's packets: into or out of the interface's owner; null = it does not. */
  direction: 'in' | 'out' | null;
  tuple: TupleRecord & { protocol: string };
  encapsulation: EncapsulationRecord | null;
  packets: number;
  /** Frame bytes on the wire at this interface. */
  bytes: number;
  /** Number of the first frame in its file, as Wireshark counts; of a flow log its first line or row. */
  frame: number;
  /** TTL or hop limit of the first packet, client to server; null when only replies were seen. */
  ttl: number | null;
  first: string;
  last: string;
  /** First packet here after the first packet at the first hop, clocks corrected, microseconds. */
  offsetUs: number;
}

export interface BothWays {
  toServer: number;
  toClient: number;
}

/** `unknown`: a flow log that tells no flags. */
export type ConnectionState = TcpState | 'unknown';

export interface TcpRecord {
  state: ConnectionState;
  handshakeRttUs: number | null;
  retransmissions: number;
  resets: number;
}

export interface ApplicationRecord {
  protocol: 'dns' | 'http' | 'http2' | 'tls' | 'bgp';
  /** HTTP Host, TLS SNI. */
  host?: string;
  method?: string;
  path?: string;
  status?: number;
  /** TLS: ALPN protocols offered; version name. */
  alpn?: string[];
  version?: string;
  /** DNS: the first question and its answers' addresses or targets. */
  query?: string;
  queryType?: string;
  answers?: string[];
  rcode?: string;
  /** BGP: prefixes announced, and the next hop where all have the same. */
  prefixes?: string[];
  nextHop?: string;
}

/** Something that is said of a conversation; outputs for programs have its words as `text`. */
export interface EvidenceRecord {
  rule: string;
  confidence: Confidence;
  sentence: Sentence;
}

/**
 * How it stands with a conversation of a live capture: it goes on and will be told again; it is over; it was
 * let go of for want of room; it went on when the capture ended.
 */
export type Lifecycle = 'running' | 'ended' | 'evicted' | 'unfinished';

export interface ConversationRecord {
  schema: 'netlens.conversation/1';
  /** Of a live capture alone. */
  lifecycle?: Lifecycle;
  /** Where it was read, where that was not captured frames: what frames alone show is then null or 0. */
  source?: 'flow-log';
  /** 1-based, in order of the first frame. */
  id: number;
  label: Label;
  confidence: Confidence;
  direction: Direction;
  protocol: string;
  client: EndRecord;
  server: EndRecord;
  service: ServiceRecord | null;
  encapsulation: EncapsulationRecord[];
  translations: TranslationRecord[];
  proxyProtocol: ProxyRecord | null;
  hops: HopRecord[];
  /** Packets of the connection, each counted once however often it was seen. */
  packets: BothWays;
  /** Bytes of those packets from the (innermost) IP header on. */
  bytes: BothWays;
  /** Bytes above the transport header. */
  payloadBytes: BothWays;
  related: number[];
  start: string;
  end: string;
  tcp: TcpRecord | null;
  application: ApplicationRecord | null;
  /** Troubles worth a line: SYN without answer, reset, unreachable, fragmentation needed, … */
  troubles: EvidenceRecord[];
  evidence: EvidenceRecord[];
  /** What no capture shows of it: "w2 was not captured", "no reply was seen". */
  unseen: Sentence[];
}

/** What was read, what was lost, what was left alone: every output ends with it. */
export interface Ledger {
  files: number;
  frames: number;
  /** Frames that the filter let through, of which all below is said. */
  matched: number;
  /** Frame bytes on the wire. */
  bytes: number;
  /** Frames captured shorter than they were. */
  truncated: number;
  /** Frames with a MALFORMED note; too deep; of a link type nobody decodes, by linktype number. */
  malformed: number;
  tooDeep: number;
  unknownLinktypes: Record<string, number>;
  /** Frames without an IP layer (ARP, LLC, …). */
  nonIp: number;
  /** Later fragments whose first fragment was not seen. */
  orphanFragments: number;
  /** Lost before the file was written, as the file says; -1 = no file says. */
  captureDrops: number;
  flows: number;
  conversations: number;
  /** Conversations that the filter chose; absent without a filter. */
  chosen?: number;
  /** Flows that --max-flows pushed out early, and their frames; frames not tracked at all. */
  evictedFlows: number;
  untrackedFrames: number;
  /** Flows that were joined with others into one conversation, and those that stayed alone. */
  joinedFlows: number;
  aloneFlows: number;
  /** Packets that could have joined several flows alike, and joined none. */
  ties: number;
  /** Files whose clock was corrected: by how much, from how many connections (0 = as the user said). */
  clocks: { file: string; correctionUs: number; connections: number }[];
  /** Facts of the topology that contradict each other, and sources that could not be used: one line each. */
  conflicts: string[];
  /** Of flow logs, whose records take the place of frames. */
  flowLogs?: {
    /** Lines or rows of traffic; windows without any; windows that the log's writer left out. */
    records: number;
    noData: number;
    skipData: number;
    /** Lines that could not be understood. */
    damagedLines: number;
    /** Records that --max-flows left no room for. */
    untracked: number;
  };
  /** Of a live capture, whose kernel drops are `captureDrops`. */
  live?: {
    seconds: number;
    /** Devices that frames came from. */
    devices: number;
    /** Devices that were up when the capture ended and were listened to. */
    listening?: number;
    /** Frames that the kernel's filter let through, dropped ones included; -1 = not known. */
    received: number;
    /** Times that the ring was full. */
    ringFull: number;
    /** Frames that the ring held and that made no sense. */
    damaged: number;
    /** Frames that came faster than -w could write, and lines faster than they were read. */
    unwritten: number;
    unshown: number;
    /** Files that were to get comments, and have none. */
    uncommented?: number;
  };
  /** One line for each file that ended before its end, and for each flow log with damaged lines. */
  damage: string[];
}
