/** The cluster and who talks to whom in it, as a view draws it. */
import type { EndKind, Label } from '../classify/record.ts';
import type { RangeKind } from '../topology/facts.ts';
import type { Sentence } from '../words/sentence.ts';

export interface TopologyNode {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  /** True when a source names it; false when only its traffic showed it. */
  readonly named: boolean;
}

export interface TopologyPod {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly node: string | null;
  readonly interface: string | null;
  readonly hostNetwork: boolean;
}

export interface TopologyService {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  /** `80/tcp`, `80:30080/tcp`. */
  readonly ports: readonly string[];
  /** Addresses of its endpoints; null when no source lists them. */
  readonly endpoints: readonly string[] | null;
}

/** A range of addresses: a block of pod addresses, the services' range, a subnet. */
export interface TopologyRange {
  readonly cidr: string;
  readonly kind: RangeKind;
  readonly name: string | null;
  readonly node: string | null;
}

/** What encapsulated packets showed between two nodes or addresses. */
export interface TopologyTunnel {
  readonly type: string;
  readonly src: string;
  readonly dst: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface TopologyEnd {
  readonly kind: EndKind;
  /** `namespace/name`, a name, or the address. */
  readonly name: string;
  readonly node: string | null;
}

/** All conversations between two ends with one label. */
export interface TopologyEdge {
  readonly client: TopologyEnd;
  readonly server: TopologyEnd;
  readonly label: Label;
  /** `ClusterIP default/web`, where the client dialled a service. */
  readonly service: string | null;
  readonly tunnel: string | null;
  readonly conversations: number;
  readonly packets: number;
  readonly bytes: number;
  /** Bits a second over the time that its conversations span; 0 when they span none. */
  readonly bitRate: number;
}

export interface TopologyView {
  /** How many of the conversations the edges are of, 0..1. */
  readonly progress: number;
  readonly nodes: readonly TopologyNode[];
  readonly pods: readonly TopologyPod[];
  readonly services: readonly TopologyService[];
  readonly ranges: readonly TopologyRange[];
  readonly tunnels: readonly TopologyTunnel[];
  /** The busiest first. */
  readonly edges: readonly TopologyEdge[];
  /** Conversations of edges beyond those that are kept. */
  readonly leftOut: number;
  readonly conflicts: readonly Sentence[];
}
