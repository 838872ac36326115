/** truth.json: what a lab did on purpose, each conversation with its real ends and every rewrite on its way. */
import type { Tuple } from './conntrack.ts';
import type { Endpoint } from './traffic.ts';

export const TRUTH_SCHEMA = 'netlens.truth/1';

/** A real end of a conversation: before SNAT, after DNAT. `name` of an external end is the lab's word for it. */
export interface TruthEnd extends Endpoint {
  /** `service`: nobody answers for it; `unknown`: nobody has the address. */
  kind: 'pod' | 'node' | 'service' | 'external' | 'loadbalancer' | 'unknown';
  namespace: string | null;
  name: string | null;
  /** The node it is on; null outside the cluster. */
  node: string | null;
}

export interface TruthService {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  namespace: string;
  name: string;
  ip: string;
  port: number;
  /** Set when the traffic came through a Network Load Balancer. */
  mode?: 'instance+Cluster' | 'instance+Local' | 'ip' | 'ip+PPv2';
}

export interface TruthTranslation {
  type: 'snat' | 'dnat';
  node: string;
  before: Tuple;
  after: Tuple;
  /**
   * Whether captures hold frames from before and from after what this node did. False where a host rewrites its
   * own packets: only the result is ever on a device, and only conntrack knows better.
   */
  visible: boolean;
}

export interface TruthEncapsulation {
  type: 'ipip' | 'vxlan' | 'geneve' | 'gre';
  /** VNI; the key of GRE. */
  vni?: number;
  outer: { src: string; dst: string };
}

export interface TruthProxy {
  version: 1 | 2;
  command: 'PROXY' | 'LOCAL';
  source: Endpoint | null;
  destination: Endpoint | null;
  /** In their order; text where the value is text, numbers and hex where it is not. */
  tlvs: { type: number; name: string; value: unknown }[];
  /** Headers that stood behind this one, of proxies further away. */
  stacked: TruthProxy[];
  /** The header's bytes as captured. */
  hex?: string;
}

/** What the caller spoke, as far as a reader of the packets can tell. */
export interface TruthApplication {
  protocol: 'dns' | 'http' | 'tls' | 'bgp';
  /** HTTP Host, DNS question or TLS server name. */
  name: string | null;
  method?: string;
  path?: string;
}

export interface TruthConversation {
  id: string;
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  label: 'same-node' | 'cross-node' | 'external' | 'host' | 'unknown';
  direction: 'internal' | 'egress' | 'ingress';
  client: TruthEnd;
  server: TruthEnd;
  /** As the client dialled it; `dst` is a service's address when it dialled a service. */
  dialled: Tuple;
  service: TruthService | null;
  encapsulation: TruthEncapsulation[];
  translations: TruthTranslation[];
  /** Translations outside of the nodes (a forwarding load balancer's), where nobody can capture. */
  beyond: TruthTranslation[];
  proxyProtocol: TruthProxy | null;
  application: TruthApplication | null;
  /** Bytes of TCP, UDP or ICMP payload each way, as the client counted them; null when it cannot know. */
  payloadBytes: { toServer: number; toClient: number } | null;
  /** IP packets each way as conntrack counted them at the first node on the way; null without an entry. */
  packets: { toServer: number; toClient: number } | null;
  /** ISO times with nanoseconds around the conversation, on the lab's one clock. */
  start: string;
  end: string;
  /** Capture file (as in captures/) to the number of its frames that carry this conversation. */
  captures: Record<string, number>;
  /** Ids of conversations a proxy joined to this one. */
  related: string[];
  /** How it ended when it did not succeed: the client's error, or the server's refusal. */
  trouble: string | null;
  /** Words a score is broken down by. */
  words: string[];
}

export interface Truth {
  schema: typeof TRUTH_SCHEMA;
  lab: string;
  summary: string;
  nodes: {
    name: string;
    ip: string;
    /** All addresses that are the node itself. */
    addresses: string[];
    captures: string[];
    /** What was added to the timestamps of this node's captures, nanoseconds. */
    clockSkewNs: number;
  }[];
  conversations: TruthConversation[];
}

/** Nanoseconds since 1970 as ISO 8601 with nine decimals. */
export function isoTime(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** ISO 8601 with nine decimals as nanoseconds since 1970. */
export function nanosecondsOf(iso: string): bigint {
  const [seconds = '', fraction = ''] = iso.slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
