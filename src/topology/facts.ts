/**
 * What a source says of a cluster, before it is weighed against the others. Every reader of this room
 * fills one `Facts`; `buildTopology` puts several together. Names in here are data from files, API and
 * wire: a view escapes them.
 */

import type { Sentence } from '../words/sentence.ts';

/** In order of trust, the first the most. */
export const SOURCE_KINDS = ['file', 'kubectl', 'api', 'host', 'traffic'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Rank of a kind of source: 0 is trusted most. */
export function trustRank(kind: SourceKind): number {
  return SOURCE_KINDS.indexOf(kind);
}

export interface FactSource {
  readonly kind: SourceKind;
  /** Where exactly, for a reader to look it up: `pods.json: items[3]`, `topology.yaml:12`, `ip route`. */
  readonly detail: string;
}

export type Confidence = 'certain' | 'likely' | 'guess';
/** Scores from here on are `certain`, `likely`; below, `guess`. */
export const CERTAIN = 0.97;
export const LIKELY = 0.7;

/** The word for a score between 0 and 1. */
export function confidenceOf(score: number): Confidence {
  if (score >= CERTAIN) return 'certain';
  return score >= LIKELY ? 'likely' : 'guess';
}

export interface Fact {
  readonly source: FactSource;
  /** 0..1: how sure the source itself makes us. What a source lists is 1. */
  readonly score: number;
}

/** Seconds since 1970 UTC, [from, to); an absent end is open. */
export interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export type NodeAddressRole =
  | 'InternalIP'
  | 'ExternalIP'
  | 'tunnel'
  | 'bridge'
  | 'eni'
  | 'health'
  | 'ingress'
  | 'address';

export interface NodeFact extends Fact {
  /** Absent when only addresses are known (traffic). */
  readonly name?: string | undefined;
  /** Other keys that mean this node in `AddressFact.node`, such as a capture file seen on it. */
  readonly aliases?: readonly string[] | undefined;
  readonly addresses: readonly { readonly address: string; readonly role: NodeAddressRole }[];
  readonly podCidrs?: readonly string[] | undefined;
  /** Interface addresses with prefix length (`192.168.10.101/24`): which nodes share a subnet. */
  readonly subnets?: readonly string[] | undefined;
  /** Lower-case MAC addresses of tunnel devices. */
  readonly vtepMacs?: readonly string[] | undefined;
  readonly asNumber?: number | undefined;
  readonly zone?: string | undefined;
  readonly providerId?: string | undefined;
  readonly capacity?: NodeCapacity | undefined;
  readonly why?: Sentence | undefined;
}

/** What a node says of its size. */
export interface NodeCapacity {
  readonly instanceType: string | undefined;
  readonly vcpus: number | undefined;
  /** The most pods that its kubelet runs. */
  readonly podsMax: number | undefined;
}

export interface PodFact extends Fact, Span {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
  /** Empty for a pod without an address yet, and ignored for hostNetwork pods. */
  readonly addresses: readonly string[];
  /** Node name, an address of the node, or one of its aliases. */
  readonly node?: string | undefined;
  readonly hostNetwork: boolean;
  readonly interface?: string | undefined;
  readonly mac?: string | undefined;
  /** Numbers and protocols of the ports its containers declare, with their names for `targetPort: http`. */
  readonly ports?:
    | readonly {
        readonly name?: string | undefined;
        readonly port: number;
        readonly protocol: string;
      }[]
    | undefined;
  /** It ended: its addresses may belong to another pod since. Needs both ends of its span. */
  readonly ended?: boolean | undefined;
}

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

export interface ServicePort {
  readonly name: string | undefined;
  /** Lower case: tcp, udp, sctp. */
  readonly protocol: string;
  readonly port: number;
  readonly targetPort: number | string | undefined;
  readonly nodePort: number | undefined;
}

/** What annotations say of the AWS load balancer in front of a Service. */
export interface LoadBalancerHints {
  readonly targetType: 'instance' | 'ip' | undefined;
  readonly proxyProtocol: boolean;
  readonly preserveClientIp: boolean | undefined;
  readonly scheme: string | undefined;
}

export interface ServiceFact extends Fact {
  readonly namespace: string;
  readonly name: string;
  readonly type: ServiceType;
  /** Empty for a headless Service. */
  readonly clusterIps: readonly string[];
  readonly headless: boolean;
  readonly externalIps: readonly string[];
  readonly ingress: readonly {
    readonly ip?: string | undefined;
    readonly hostname?: string | undefined;
  }[];
  readonly ports: readonly ServicePort[];
  readonly externalTrafficPolicy: 'Cluster' | 'Local' | undefined;
  readonly internalTrafficPolicy: 'Cluster' | 'Local' | undefined;
  readonly healthCheckNodePort: number | undefined;
  readonly externalName: string | undefined;
  readonly loadBalancer: LoadBalancerHints | undefined;
  /** All its endpoints are among the facts, even if there are none. */
  readonly endpointsListed?: boolean | undefined;
}

/** One address behind a Service, from an EndpointSlice or an Endpoints object. */
export interface EndpointFact extends Fact {
  readonly namespace: string;
  readonly service: string;
  readonly address: string;
  readonly node?: string | undefined;
  readonly pod?: { readonly namespace: string; readonly name: string } | undefined;
  readonly ready: boolean;
  readonly ports: readonly {
    readonly name: string | undefined;
    readonly port: number;
    readonly protocol: string;
  }[];
}

export type RangeKind =
  | 'pods'
  | 'block'
  | 'node-pods'
  | 'services'
  | 'vpc'
  | 'nodes'
  | 'eni-prefix';
export type TunnelMode = 'Never' | 'Always' | 'CrossSubnet';

/** A prefix with a meaning: `pods` a pool or cluster CIDR, `block` and `node-pods` one node's share of it. */
export interface RangeFact extends Fact {
  readonly cidr: string;
  readonly kind: RangeKind;
  readonly name?: string | undefined;
  readonly node?: string | undefined;
  readonly natOutgoing?: boolean | undefined;
  readonly ipipMode?: TunnelMode | undefined;
  readonly vxlanMode?: TunnelMode | undefined;
  readonly why?: Sentence | undefined;
}

export type AddressKind = 'pod' | 'node' | 'service' | 'loadbalancer' | 'external';

/** Who owns one address, said by a source that does not list the object itself. */
export interface AddressFact extends Fact, Span {
  readonly address: string;
  readonly kind: AddressKind;
  readonly role?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Node name, an address of the node, or one of its aliases. */
  readonly node?: string | undefined;
  readonly interface?: string | undefined;
  readonly mac?: string | undefined;
  readonly why: Sentence;
}

/** A name for an address. */
export interface NameFact extends Fact {
  readonly address: string;
  readonly name: string;
  readonly kind: 'dns' | 'capture' | 'external-dns' | 'given';
}

/** Cilium: pods of a security identity, the VNI of its tunnels. */
export interface IdentityFact extends Fact {
  readonly id: number;
  readonly labels: readonly string[];
}

/** How the AWS VPC CNI is set up; undefined = not said. */
export interface VpcCniFact {
  readonly prefixDelegation: boolean | undefined;
  readonly customNetworking: boolean | undefined;
  readonly externalSnat: boolean | undefined;
  readonly source: FactSource;
}

/** The network plugin that the cluster uses, and how it crosses between nodes where that is told. */
export interface PluginFact extends Fact {
  /** `calico`, `canal`, `flannel`, `cilium`, `aws-vpc-cni`, `weave`, `kubenet`, `ovn`, …. */
  readonly plugin: string;
  /** `ipip`, `vxlan`, `geneve`, `wireguard`, `routed`, `vpc`, …. */
  readonly mode?: string | undefined;
  readonly why?: Sentence | undefined;
}

export type CompleteKind = 'nodes' | 'pods' | 'services' | 'endpoints';

/** A network device of a node by its interface index: captures of `any` (LINUX_SLL2) hold the index alone. */
export interface DeviceFact {
  readonly node: string;
  readonly index: number;
  readonly name: string;
  readonly mac: string | undefined;
}

export interface Facts {
  nodes: NodeFact[];
  pods: PodFact[];
  services: ServiceFact[];
  endpoints: EndpointFact[];
  ranges: RangeFact[];
  addresses: AddressFact[];
  names: NameFact[];
  identities: IdentityFact[];
  devices: DeviceFact[];
  vpcCni: VpcCniFact[];
  plugins: PluginFact[];
  /** Kinds of which this source lists every object there is: what is not listed does not exist. */
  complete: Set<CompleteKind>;
  /** What could not be used and why, one line each; the rest was. */
  problems: string[];
}

export function noFacts(): Facts {
  return {
    nodes: [],
    pods: [],
    services: [],
    endpoints: [],
    ranges: [],
    addresses: [],
    names: [],
    identities: [],
    devices: [],
    vpcCni: [],
    plugins: [],
    complete: new Set(),
    problems: [],
  };
}

/** A topology source that cannot be used at all; `message` starts with its name. */
export class TopologyError extends Error {
  /** NETLENS_TOPOLOGY_FILE, NETLENS_KUBE_JSON, NETLENS_KUBE_API, NETLENS_HOST. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'TopologyError';
    this.code = code;
  }
}
