/** The objects of a topology as the rest of netlens sees them: weighed, merged, with their sources. */

import type { Sentence } from '../words/sentence.ts';
import type {
  AddressKind,
  Confidence,
  FactSource,
  LoadBalancerHints,
  NodeAddressRole,
  RangeKind,
  ServicePort,
  ServiceType,
  TunnelMode,
} from './facts.ts';

export type OwnerKind = AddressKind | 'unknown';

/** Who an address belonged to, and why we say so. */
export interface Owner {
  readonly address: string;
  readonly kind: OwnerKind;
  /**
   * What the address is to its owner: a node's `InternalIP`, `ExternalIP`, `tunnel`, `bridge`, `eni`,
   * `loopback`, `node-local-dns`, …; a service's `ClusterIP`, `externalIP`, `LoadBalancer`; `pod`;
   * `unlisted` for a pod address that no listed pod has; `imds`, `public`, `private`, ….
   */
  readonly role: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Name of the node, where it is known: of a pod the node that runs it, of a node itself. A node without a name goes by its address. */
  readonly node: string | undefined;
  /** Pods that act with this address because they share the node's network; 0 for anything but a node. */
  readonly hostNetworkPods: number;
  readonly interface: string | undefined;
  readonly mac: string | undefined;
  /** Seconds since 1970 UTC, [from, to); infinite where open. */
  readonly from: number;
  readonly to: number;
  /** Undefined when the number alone tells (loopback, IMDS) or nothing does. */
  readonly source: FactSource | undefined;
  readonly score: number;
  readonly confidence: Confidence;
  /** In English a clause that reads after "because": `pods.json lists it as pod default/web`. */
  readonly why: Sentence;
  /** True when a source names this very address, false when a range or the number alone decided. */
  readonly listed: boolean;
  /** What another source said instead, when one did. */
  readonly conflict: Sentence | undefined;
}

export interface NodeAddress {
  readonly address: string;
  readonly role: NodeAddressRole;
}

export interface Node {
  readonly name: string;
  /** False when traffic showed it and no source names it: `name` is then its address or alias. */
  readonly named: boolean;
  readonly aliases: readonly string[];
  readonly addresses: readonly NodeAddress[];
  readonly podCidrs: readonly string[];
  readonly subnets: readonly string[];
  readonly vtepMacs: readonly string[];
  /** `namespace/name` of each pod that uses the node's network. */
  readonly hostNetworkPods: readonly string[];
  readonly asNumber: number | undefined;
  readonly zone: string | undefined;
  readonly providerId: string | undefined;
  readonly source: FactSource;
  readonly score: number;
  readonly why: Sentence | undefined;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
  readonly addresses: readonly string[];
  readonly node: string | undefined;
  readonly hostNetwork: boolean;
  readonly interface: string | undefined;
  readonly mac: string | undefined;
  readonly ports: readonly {
    readonly name?: string | undefined;
    readonly port: number;
    readonly protocol: string;
  }[];
  readonly from: number;
  readonly to: number;
  readonly ended: boolean;
  readonly source: FactSource;
  readonly score: number;
}

export interface Endpoint {
  readonly address: string;
  readonly node: string | undefined;
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly ready: boolean;
  readonly ports: readonly {
    readonly name: string | undefined;
    readonly port: number;
    readonly protocol: string;
  }[];
  readonly source: FactSource;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly type: ServiceType;
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
  /** Undefined when no source lists endpoints; empty when one does and there are none. */
  readonly endpoints: readonly Endpoint[] | undefined;
  readonly source: FactSource;
  readonly score: number;
}

/** A Service found by one of its addresses and ports. */
export interface ServiceMatch {
  readonly service: Service;
  /** Undefined for a health check port. */
  readonly port: ServicePort | undefined;
  readonly via: 'ClusterIP' | 'externalIP' | 'LoadBalancer' | 'NodePort' | 'healthCheckNodePort';
}

export interface Range {
  readonly cidr: string;
  readonly kind: RangeKind;
  readonly name: string | undefined;
  readonly node: string | undefined;
  readonly natOutgoing: boolean | undefined;
  readonly ipipMode: TunnelMode | undefined;
  readonly vxlanMode: TunnelMode | undefined;
  readonly source: FactSource;
  readonly score: number;
  readonly why: Sentence | undefined;
}

export interface AddressName {
  readonly address: string;
  readonly name: string;
  readonly kind: 'dns' | 'capture' | 'external-dns' | 'given';
  readonly source: FactSource;
  readonly score: number;
}

/** Two sources that cannot both be right. */
export interface Conflict {
  /** An address, a prefix, a pod or a Service. */
  readonly subject: Sentence;
  readonly kept: Sentence;
  readonly ignored: Sentence;
}
