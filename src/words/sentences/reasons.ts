/** Why a conversation has its label, and what else is said of it. */
import type { Sentence } from '../sentence.ts';
import type { OwnerPhrase, PlacePhrase } from './phrases.ts';

export interface ReasonSentences {
  'outer-end': { ip: string; isLoadBalancer: boolean; fromOutside: boolean };
  'node-end': { client: OwnerPhrase; server: OwnerPhrase };
  'node-or-masqueraded': { client: OwnerPhrase; server: OwnerPhrase; service: string };
  'pods-on-nodes': { client: OwnerPhrase; server: OwnerPhrase; same: boolean };
  'pods-across-tunnel': { tunnel: string; src: string; dst: string };
  'pods-across-device': { device: string };
  'pods-at-one-host': { first: number; last: number };
  'masqueraded-client': {
    ip: string;
    owner: OwnerPhrase;
    ttl: number;
    service: string | undefined;
    /** More routers than one away. */
    isFar: boolean;
  };
  /** `where` the server is: a node itself, the pod's node, another one, or not known. */
  'masqueraded-pod': {
    ip: string;
    owner: OwnerPhrase;
    ttl: number;
    server: OwnerPhrase;
    where: 'node' | 'same' | 'other' | 'unknown';
  };
  'endpoints-are-nodes': { service: string };
  'endpoints-on-nodes': { client: OwnerPhrase; service: string; local: boolean };
  'endpoints-do-not-decide': { service: string };
  'global-on-link': { ip: string };
  'behind-node-port': { port: number; owner: OwnerPhrase; isListed: boolean };
  'no-pod-has': { ip: string; why: Sentence };
  'nothing-tells-owner': { ips: readonly string[] };
  'nothing-tells-node': { pods: readonly OwnerPhrase[] };
  'fits-no-rule': { client: OwnerPhrase; server: OwnerPhrase };
  'routers-block-base': { ip: string };
  'routers-both-sides': { frame: number };
  /** `passed` routers between `far` and the interface of `near`; `far` may be a Service's address. */
  'routers-between': {
    frame: number;
    near: string;
    far: string;
    farIsService: boolean;
    passed: number;
  };

  'address-owner': {
    ip: string;
    owner: OwnerPhrase;
    why: Sentence;
    conflict: Sentence | undefined;
  };
  'proxy-names-client': { version: number; named: string; seen: string };
  encrypted: { by: 'WireGuard' | 'ESP'; betweenNodes: boolean };
  'same-tuple': { place: PlacePhrase };
  'one-way-halves': { place: PlacePhrase; tuple: string };
  'conntrack-pairs': { tuple: string };
  'same-packet': {
    frame: number;
    place: PlacePhrase;
    tuple: string;
    laterFrame: number;
    laterPlace: PlacePhrase;
    laterTuple: string;
    us: number;
    shared: number;
  };
  'join-tied': { packets: number };
  'network-of-plugin': {
    plugin: string;
    mode: string | undefined;
    why: Sentence | undefined;
  };
  'conntrack-line': { table: string; line: number; before: string; after: string };
  dnat: { from: string; to: string; node: string | undefined };
  'dnat-of-service': {
    from: string;
    to: string;
    node: string | undefined;
    via: string;
    service: string;
  };
  snat: { from: string; to: string; node: string | undefined; why: Sentence };
  'snat-for-policy': { via: string; service: string; policy: string };
  'snat-for-hairpin': object;
  'snat-out-of-pool': { ip: string; pool: string };
  'snat-out-of-vpc': { ip: string; cidr: string };
  'snat-of-pod': object;
  'snat-for-reply': object;
  'no-tunnel-one-node': { node: string };
  tunnel: {
    type: string;
    id: number | null;
    from: { ip: string; node: string | undefined };
    to: { ip: string; node: string | undefined };
    /** Bytes that it adds to each packet; undefined where that depends. */
    overhead: number | undefined;
  };
  'no-tunnel-one-subnet': { pool: string | undefined; from: string; to: string };
  'no-tunnel-in-vpc': object;
  'no-tunnel-seen': object;
}
