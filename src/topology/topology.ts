/**
 * Who owns an address: one weighed snapshot of a cluster, asked by the classifier once per
 * conversation end. Made by `buildTopology` (build.ts); never changes afterwards.
 */

import type { Sentence } from '../words/sentence.ts';
import { CidrIndex } from './cidr-index.ts';
import { concludeOwner } from './conclude.ts';
import type { CompleteKind, IdentityFact, PluginFact } from './facts.ts';
import { calicoVtepMac, interfaceHash } from './hashes.ts';
import { parseIp, showIp, type Words } from './ip.ts';
import type {
  AddressName,
  Conflict,
  Endpoint,
  Node,
  NodeAddress,
  Owner,
  Pod,
  Range,
  Service,
  ServiceMatch,
} from './model.ts';

/** What buildTopology hands over; the lists are in a stable order. */
export interface TopologyParts {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly ranges: readonly Range[];
  readonly names: readonly AddressName[];
  readonly identities: readonly IdentityFact[];
  readonly plugins: readonly PluginFact[];
  /** By canonical address, in order of time. */
  readonly owners: ReadonlyMap<string, readonly Owner[]>;
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly string[];
  readonly complete: ReadonlySet<CompleteKind>;
}

const NO_RANGES: Range[] = [];
/** Addresses that no source lists are concluded once and kept, at most this many. */
const CONCLUDED_MAX = 65_536;

/** Interface name prefixes that come before 11 hex digits of sha1("namespace.pod"): Calico, VPC CNI, its per-pod security groups. */
const HASHED_INTERFACE = /^[a-z]{1,4}([0-9a-f]{11})$/;

export class Topology {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** Longest prefix first. */
  readonly ranges: readonly Range[];
  /** Some range is known for pods. */
  readonly podRangesKnown: boolean;
  readonly names: readonly AddressName[];
  readonly identities: readonly IdentityFact[];
  /** The network plugins in use, the surest first: seldom more than one. */
  readonly plugins: readonly PluginFact[];
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly string[];
  /** Kinds of object of which every one is listed. */
  readonly complete: ReadonlySet<CompleteKind>;
  private readonly owners: ReadonlyMap<string, readonly Owner[]>;
  private readonly concluded = new Map<string, Owner>();
  private readonly rangeIndex = new CidrIndex<Range[]>();
  private readonly nodeByName = new Map<string, Node>();
  private readonly nodeByMac = new Map<string, Node>();
  private readonly podByName = new Map<string, Pod>();
  private readonly serviceByName = new Map<string, Service>();
  private readonly serviceByAddress = new Map<string, ServiceMatch>();
  private readonly serviceByNodePort = new Map<string, ServiceMatch>();
  private readonly servicesByEndpoint = new Map<string, Service[]>();
  private readonly namesByAddress = new Map<string, AddressName[]>();
  private podByInterface: Map<string, Pod> | undefined;

  constructor(parts: TopologyParts) {
    this.nodes = parts.nodes;
    this.pods = parts.pods;
    this.services = parts.services;
    this.ranges = parts.ranges;
    this.podRangesKnown = parts.ranges.some(({ kind }) => kind === 'pods' || kind === 'block');
    this.names = parts.names;
    this.identities = parts.identities;
    this.plugins = parts.plugins;
    this.conflicts = parts.conflicts;
    this.problems = parts.problems;
    this.complete = parts.complete;
    this.owners = parts.owners;
    for (const range of parts.ranges) this.addRange(range);
    for (const node of parts.nodes) this.addNode(node);
    for (const pod of parts.pods)
      if (!pod.ended) this.podByName.set(`${pod.namespace}/${pod.name}`, pod);
    for (const service of parts.services) this.addService(service);
    for (const name of parts.names) push(this.namesByAddress, name.address, name);
  }

  /** True when no source said anything. */
  get empty(): boolean {
    return this.owners.size === 0 && this.ranges.length === 0 && this.services.length === 0;
  }

  /** Addresses that a source lists. */
  get addressCount(): number {
    return this.owners.size;
  }

  /** All that is listed, by canonical address; each list in order of time. */
  listedOwners(): IterableIterator<readonly Owner[]> {
    return this.owners.values();
  }

  /**
   * Who owned the address at a time (seconds since 1970 UTC; without one, whoever owns it last).
   * Always answers: kind `unknown` when nothing tells. Not an address: kind `unknown`, role `invalid`.
   */
  ownerOf(address: string, atSeconds?: number): Owner {
    const listed = this.owners.get(address);
    if (listed !== undefined) return this.withNode(ownerAt(listed, atSeconds));
    const known = this.concluded.get(address);
    if (known !== undefined) return known;
    const words = parseIp(address);
    const canonical = words === undefined ? address : showIp(words);
    if (canonical !== address) {
      const other = this.owners.get(canonical);
      if (other !== undefined) return ownerAt(other, atSeconds);
    }
    const owner = concludeOwner(canonical, words, this);
    if (this.concluded.size >= CONCLUDED_MAX) this.concluded.clear();
    this.concluded.set(address, owner);
    return owner;
  }

  /** Traffic may show that an address is a node's, and a range which node's. */
  private withNode(owner: Owner): Owner {
    if (owner.kind !== 'node' || owner.node !== undefined || owner.source?.kind !== 'traffic') {
      return owner;
    }
    const concluded = concludeOwner(owner.address, parseIp(owner.address), this);
    return concluded.kind === 'node' && concluded.node !== undefined ? concluded : owner;
  }

  /** Whether it belongs to the cluster: a pod, node or service of it, or an address inside its ranges. */
  isClusterAddress(address: string, atSeconds?: number): boolean {
    const kind = this.ownerOf(address, atSeconds).kind;
    return kind === 'pod' || kind === 'node' || kind === 'service';
  }

  /** Ranges that hold the address, longest prefix first; those of one prefix in order of trust. */
  rangesOf(address: string): Range[] {
    return this.rangeIndex.all(address).flat();
  }

  rangesAt(words: Words): Range[] {
    const found = this.rangeIndex.allOf(words);
    return found.length === 0 ? NO_RANGES : found.flat();
  }

  /** The IP pool or cluster CIDR for pods that holds the address. */
  poolOf(address: string): Range | undefined {
    return this.rangesOf(address).find((range) => range.kind === 'pods');
  }

  nodeNamed(name: string): Node | undefined {
    return this.nodeByName.get(name);
  }

  /** The node whose own address this is (not the node of a pod: that is `ownerOf(address).node`). */
  nodeOf(address: string): Node | undefined {
    const owner = this.ownerOf(address);
    return owner.kind === 'node' && owner.node !== undefined
      ? this.nodeByName.get(owner.node)
      : undefined;
  }

  /** The node of a VXLAN tunnel device by its MAC address (any case): told, or the hash that Calico makes of its name. */
  nodeOfVtepMac(mac: string): Node | undefined {
    return this.nodeByMac.get(mac.toLowerCase());
  }

  podNamed(namespace: string, name: string): Pod | undefined {
    return this.podByName.get(`${namespace}/${name}`);
  }

  /** The pod behind a host interface: told by a source, or by Calico's and the VPC CNI's hash of its name. */
  podOfInterface(name: string, node?: string): Pod | undefined {
    this.podByInterface ??= indexInterfaces(this.pods);
    const told =
      this.podByInterface.get(`${node ?? ''}|${name}`) ?? this.podByInterface.get(`|${name}`);
    if (told !== undefined) return told;
    const hash = HASHED_INTERFACE.exec(name)?.[1];
    return hash === undefined ? undefined : this.podByInterface.get(hash);
  }

  serviceNamed(namespace: string, name: string): Service | undefined {
    return this.serviceByName.get(`${namespace}/${name}`);
  }

  /** The Service that answers at this address and port: by cluster, external or load balancer address, or a node's address and a node port. */
  serviceAt(address: string, port: number, protocol: string): ServiceMatch | undefined {
    const direct = this.serviceByAddress.get(`${address}|${port}|${protocol}`);
    if (direct !== undefined) return direct;
    const match = this.serviceByNodePort.get(`${port}|${protocol}`);
    return match !== undefined && this.ownerOf(address).kind === 'node' ? match : undefined;
  }

  /** The Service of a node port (or health check node port, tcp), whatever the node. */
  nodePortAt(port: number, protocol: string): ServiceMatch | undefined {
    return this.serviceByNodePort.get(`${port}|${protocol}`);
  }

  /** Services that list address:port/protocol as an endpoint. */
  servicesBehind(address: string, port: number, protocol: string): readonly Service[] {
    return this.servicesByEndpoint.get(`${address}|${port}|${protocol}`) ?? [];
  }

  /** Undefined when no source lists endpoints. */
  endpointsOf(service: Service): readonly Endpoint[] | undefined {
    return service.endpoints;
  }

  /** Services that select pods, and have no ready endpoint although endpoints are listed. */
  servicesWithoutEndpoints(): Service[] {
    return this.services.filter(
      (s) =>
        s.type !== 'ExternalName' && s.endpoints !== undefined && !s.endpoints.some((e) => e.ready),
    );
  }

  /** Names learned for the address, the most trusted first. */
  namesOf(address: string): readonly AddressName[] {
    return this.namesByAddress.get(address) ?? [];
  }

  /**
   * Whether two nodes are one machine. Undefined when one of them is unknown, or known only as the
   * place of a capture, which may be any node, or when no name and no address of one family tells them apart.
   */
  sameNode(nodeA: string | undefined, nodeB: string | undefined): boolean | undefined {
    if (nodeA === undefined || nodeB === undefined) return undefined;
    if (nodeA === nodeB) return true;
    if (!this.isIdentified(nodeA) || !this.isIdentified(nodeB)) return undefined;
    return this.areComparable(nodeA, nodeB) ? false : undefined;
  }

  /** Not the IPv4 address of one and the IPv6 address of the other, which may be one machine's. */
  private areComparable(nameA: string, nameB: string): boolean {
    const a = this.nodeByName.get(nameA);
    const b = this.nodeByName.get(nameB);
    if (a === undefined || b === undefined || (a.named && b.named)) return true;
    const families = new Set(a.addresses.map(isV6));
    return b.addresses.some((address) => families.has(isV6(address)));
  }

  private isIdentified(name: string): boolean {
    const node = this.nodeByName.get(name);
    return node === undefined || node.named || node.addresses.length > 0;
  }

  /** Whether two nodes share a subnet; undefined when their subnets are not known. */
  sameSubnet(nodeA: string, nodeB: string): boolean | undefined {
    const a = this.nodeByName.get(nodeA);
    const b = this.nodeByName.get(nodeB);
    if (a === undefined || b === undefined || a.subnets.length === 0 || b.subnets.length === 0)
      return undefined;
    return a.subnets.some((subnet) => b.subnets.includes(subnet));
  }

  private addRange(range: Range): void {
    const there = this.rangeIndex.get(range.cidr);
    if (there === undefined) this.rangeIndex.set(range.cidr, [range]);
    else there.push(range);
  }

  private addNode(node: Node): void {
    this.nodeByName.set(node.name, node);
    if (node.named) {
      for (const suffix of ['', '-v6']) {
        const mac = calicoVtepMac(node.name + suffix);
        if (!this.nodeByMac.has(mac)) this.nodeByMac.set(mac, node);
      }
    }
    for (const mac of node.vtepMacs) this.nodeByMac.set(mac, node);
  }

  private addService(service: Service): void {
    this.serviceByName.set(`${service.namespace}/${service.name}`, service);
    for (const port of service.ports) {
      const at = (address: string, via: ServiceMatch['via']) => {
        const key = `${address}|${port.port}|${port.protocol}`;
        if (!this.serviceByAddress.has(key)) this.serviceByAddress.set(key, { service, port, via });
      };
      for (const address of service.clusterIps) at(address, 'ClusterIP');
      for (const address of service.externalIps) at(address, 'externalIP');
      for (const { ip } of service.ingress) if (ip !== undefined) at(ip, 'LoadBalancer');
      if (port.nodePort !== undefined) {
        this.serviceByNodePort.set(`${port.nodePort}|${port.protocol}`, {
          service,
          port,
          via: 'NodePort',
        });
      }
    }
    if (service.healthCheckNodePort !== undefined) {
      const key = `${service.healthCheckNodePort}|tcp`;
      this.serviceByNodePort.set(key, { service, port: undefined, via: 'healthCheckNodePort' });
    }
    for (const endpoint of service.endpoints ?? []) {
      for (const port of endpoint.ports) {
        push(this.servicesByEndpoint, `${endpoint.address}|${port.port}|${port.protocol}`, service);
      }
    }
  }
}

function isV6({ address }: NodeAddress): boolean {
  return address.includes(':');
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [value]);
  else there.push(value);
}

/** The owner at a time. When no span holds the time: the nearest one, as a guess that says so. */
function ownerAt(owners: readonly Owner[], at: number | undefined): Owner {
  const last = owners[owners.length - 1]!;
  if (at === undefined) return last;
  if (owners.length === 1 && at >= last.from && at < last.to) return last;
  let nearest = last;
  let distance = Number.POSITIVE_INFINITY;
  for (const owner of owners) {
    if (at >= owner.from && at < owner.to) return owner;
    const away = at < owner.from ? owner.from - at : at - owner.to;
    if (away < distance) {
      distance = away;
      nearest = owner;
    }
  }
  const why: Sentence =
    at < nearest.from
      ? { code: 'only-from', why: nearest.why, time: showTime(nearest.from) }
      : { code: 'only-until', why: nearest.why, time: showTime(nearest.to) };
  return { ...nearest, score: 0.6, confidence: 'guess', why };
}

function showTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

function indexInterfaces(pods: readonly Pod[]): Map<string, Pod> {
  const index = new Map<string, Pod>();
  for (const pod of pods) {
    if (pod.hostNetwork || pod.ended) continue;
    if (pod.interface !== undefined) {
      index.set(`${pod.node ?? ''}|${pod.interface}`, pod);
      const anywhere = `|${pod.interface}`;
      // The same name on two nodes says nothing without the node.
      if (!index.has(anywhere)) index.set(anywhere, pod);
    }
    index.set(interfaceHash(pod.namespace, pod.name), pod);
  }
  return index;
}
