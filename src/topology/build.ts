/** From what each source says to one Topology: nodes first, since everything else refers to them, then every address with its claims weighed. */
import { type Claim, claimOf, settleClaims } from './claims.ts';
import {
  type AddressFact,
  type AddressKind,
  CERTAIN,
  type EndpointFact,
  type FactSource,
  type Facts,
  LIKELY,
  noFacts,
  type PluginFact,
  type PodFact,
  type ServiceFact,
  trustRank,
} from './facts.ts';
import { canonicalIp, canonicalPrefix, parsePrefix } from './ip.ts';
import { mergeNodes, type NodeDirectory } from './merge-nodes.ts';
import type { AddressName, Conflict, Endpoint, Owner, Pod, Range, Service } from './model.ts';
import { pluginsOfPods } from './plugin-pods.ts';
import { Topology } from './topology.ts';

/** All facts in one, in the order given. */
export function joinFacts(list: readonly Facts[]): Facts {
  const all = noFacts();
  for (const facts of list) {
    for (const f of facts.nodes) all.nodes.push(f);
    for (const f of facts.pods) all.pods.push(f);
    for (const f of facts.services) all.services.push(f);
    for (const f of facts.endpoints) all.endpoints.push(f);
    for (const f of facts.ranges) all.ranges.push(f);
    for (const f of facts.addresses) all.addresses.push(f);
    for (const f of facts.names) all.names.push(f);
    for (const f of facts.identities) all.identities.push(f);
    for (const f of facts.devices) all.devices.push(f);
    for (const f of facts.vpcCni) all.vpcCni.push(f);
    for (const f of facts.plugins) all.plugins.push(f);
    for (const problem of facts.problems) all.problems.push(problem);
    for (const kind of facts.complete) all.complete.add(kind);
  }
  return all;
}

function byTrust(
  a: { source: FactSource; score: number },
  b: { source: FactSource; score: number },
): number {
  return trustRank(a.source.kind) - trustRank(b.source.kind) || b.score - a.score;
}

/**
 * Weigh all sources into one Topology. Where two disagree, the more trusted kind of source wins, then
 * the surer fact, then the earlier one; the loser is in `conflicts`. Addresses that are none are
 * dropped and told in `problems`.
 */
export function buildTopology(...list: readonly Facts[]): Topology {
  const all = joinFacts(list);
  const conflicts: Conflict[] = [];
  const problems = [...all.problems];
  const directory = mergeNodes(all, conflicts, problems);
  const pods = mergePods(all.pods, directory, conflicts, problems);
  adoptPlaces(all, pods, directory);
  const nodes = directory.withPods(pods);
  const services = mergeServices(all, directory, conflicts);
  const claims = new Claims(problems);
  claimNodes(claims, directory);
  claimPods(claims, pods, directory);
  claimEndpoints(claims, all.endpoints, directory);
  claimServices(claims, services);
  for (const fact of all.addresses) {
    // A pod that only a weak clue tells of does not exist where every pod is listed.
    const isDoubtful = fact.kind === 'pod' && fact.source.kind === 'traffic' && fact.score < LIKELY;
    if (isDoubtful && all.complete.has('pods')) continue;
    claimAddress(claims, isNodesOwn(fact, all, claims) ? asNodes(fact) : fact, directory);
  }
  const hostNetwork = new Map(nodes.map((node) => [node.name, node.hostNetworkPods.length]));
  const owners = new Map<string, readonly Owner[]>();
  for (const [address, list] of claims.byAddress) {
    owners.set(address, settleClaims(address, list, hostNetwork, conflicts));
  }
  const ranges = mergeRanges(all, directory, conflicts, problems);
  return new Topology({
    nodes,
    pods,
    services,
    ranges,
    plugins: mergePlugins([...all.plugins, ...pluginsOfPods(pods, ranges)]),
    names: mergeNames(all),
    identities: all.identities,
    owners,
    conflicts,
    problems,
    complete: all.complete,
  });
}

/** Claims by canonical address. */
class Claims {
  readonly byAddress = new Map<string, Claim[]>();
  private readonly problems: string[];

  constructor(problems: string[]) {
    this.problems = problems;
  }

  add(address: string, claim: Claim): void {
    const canonical = canonicalIp(address);
    if (canonical === undefined) {
      this.problems.push(`${claim.source.detail}: not an IP address: ${JSON.stringify(address)}`);
      return;
    }
    const there = this.byAddress.get(canonical);
    if (there === undefined) this.byAddress.set(canonical, [claim]);
    else there.push(claim);
  }
}

const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const NOTHING = {
  namespace: undefined,
  name: undefined,
  node: undefined,
  interface: undefined,
  mac: undefined,
};

function claimNodes(claims: Claims, directory: NodeDirectory): void {
  for (const { node, address, role, source, score, why } of directory.addresses) {
    claims.add(address, {
      ...NOTHING,
      ...ALWAYS,
      kind: 'node',
      role,
      name: node,
      node,
      source,
      score,
      why: why ?? { code: 'listed-for-node', source: source.detail, node, role },
    });
  }
}

/** One Pod per namespace/name of the most trusted source; what it leaves open the others fill. Ended pods stay apart. */
function mergePods(
  facts: readonly PodFact[],
  directory: NodeDirectory,
  conflicts: Conflict[],
  problems: string[],
): Pod[] {
  const merged = new Map<string, Pod>();
  const ended: Pod[] = [];
  for (const fact of [...facts].sort(byTrust)) {
    const node = directory.resolve(fact.node);
    const addresses: string[] = [];
    for (const text of fact.addresses) {
      const address = canonicalIp(text);
      if (address === undefined)
        problems.push(`${fact.source.detail}: not an IP address: ${JSON.stringify(text)}`);
      else if (!addresses.includes(address)) addresses.push(address);
    }
    const pod: Pod = {
      namespace: fact.namespace,
      name: fact.name,
      uid: fact.uid,
      addresses,
      node,
      // A pod with its node's address shares the node's network, whether or not the source says so.
      hostNetwork: fact.hostNetwork || sharesNode(addresses, fact, directory),
      interface: fact.interface,
      mac: fact.mac?.toLowerCase(),
      ports: fact.ports ?? [],
      from: fact.from ?? ALWAYS.from,
      to: fact.to ?? ALWAYS.to,
      ended: fact.ended === true,
      source: fact.source,
      score: fact.score,
    };
    const key = `${pod.namespace}/${pod.name}`;
    const there = merged.get(key);
    if (pod.ended) ended.push(pod);
    else if (there === undefined) merged.set(key, pod);
    else merged.set(key, joinPods(there, pod, conflicts, ended));
  }
  return [...merged.values(), ...ended];
}

/** Where a capture was made is the node that runs the listed pods seen there, when they all run on one. */
function adoptPlaces(all: Facts, pods: readonly Pod[], directory: NodeDirectory): void {
  const places = new Set(
    all.nodes
      .filter((n) => n.name === undefined && n.addresses.length === 0)
      .flatMap((n) => n.aliases ?? []),
  );
  if (places.size === 0) return;
  const nodeOf = new Map<string, string>();
  for (const { addresses, node, hostNetwork, ended } of pods) {
    if (node === undefined || hostNetwork || ended) continue;
    for (const address of addresses) nodeOf.set(address, node);
  }
  const homes = new Map<string, Set<string>>();
  for (const { address, node } of all.addresses) {
    if (node === undefined || !places.has(node)) continue;
    const home = nodeOf.get(canonicalIp(address) ?? '');
    if (home === undefined) continue;
    homes.set(node, (homes.get(node) ?? new Set()).add(home));
  }
  for (const [place, nodes] of homes) {
    const [node] = nodes;
    if (nodes.size === 1 && node !== undefined) directory.adopt(place, node);
  }
}

function sharesNode(
  addresses: readonly string[],
  fact: PodFact,
  directory: NodeDirectory,
): boolean {
  return addresses.some((address) => {
    const owner = directory.ownerOfPrimary(address);
    return owner !== undefined && owner.rank <= trustRank(fact.source.kind);
  });
}

/** Two accounts of one pod. The same name under another uid is another pod: a StatefulSet's, replaced. */
function joinPods(kept: Pod, other: Pod, conflicts: Conflict[], ended: Pod[]): Pod {
  if (kept.uid !== undefined && other.uid !== undefined && kept.uid !== other.uid) {
    const [older, newer] = kept.from <= other.from ? [kept, other] : [other, kept];
    if (Number.isFinite(newer.from)) {
      ended.push({ ...older, to: Math.min(older.to, newer.from), ended: true });
      return newer;
    }
  }
  const name = `${kept.namespace}/${kept.name}`;
  const subject = { code: 'conflict-over', kind: 'pod', name } as const;
  if (kept.node !== undefined && other.node !== undefined && kept.node !== other.node) {
    conflicts.push({
      subject,
      kept: claimOf('on-node', kept.node, kept.source),
      ignored: claimOf('on-node', other.node, other.source),
    });
  }
  const more = other.addresses.filter((address) => !kept.addresses.includes(address));
  if (more.length > 0 && kept.addresses.length > 0 && !kept.hostNetwork) {
    conflicts.push({
      subject,
      kept: claimOf('value', kept.addresses.join(', '), kept.source),
      ignored: claimOf('value', more.join(', '), other.source),
    });
  }
  return {
    ...kept,
    uid: kept.uid ?? other.uid,
    addresses: kept.addresses.length > 0 ? kept.addresses : other.addresses,
    node: kept.node ?? other.node,
    interface: kept.interface ?? other.interface,
    mac: kept.mac ?? other.mac,
    ports: kept.ports.length > 0 ? kept.ports : other.ports,
    from: Number.isFinite(kept.from) ? kept.from : other.from,
  };
}

function claimPods(claims: Claims, pods: readonly Pod[], directory: NodeDirectory): void {
  for (const pod of pods) {
    if (pod.hostNetwork) continue;
    for (const address of pod.addresses) {
      if (pod.ended && directory.ownerOfPrimary(address) !== undefined) continue;
      claims.add(address, {
        kind: 'pod',
        role: 'pod',
        namespace: pod.namespace,
        name: pod.name,
        node: pod.node,
        interface: pod.interface,
        mac: pod.mac,
        from: pod.from,
        to: pod.to,
        source: pod.source,
        score: pod.score,
        why: {
          code: 'listed-as-pod',
          source: pod.source.detail,
          pod: `${pod.namespace}/${pod.name}`,
        },
      });
    }
  }
}

/** Endpoints name pods too, and outside machines when a Service has no selector; a hostNetwork pod's address is its node's. */
function claimEndpoints(
  claims: Claims,
  facts: readonly EndpointFact[],
  directory: NodeDirectory,
): void {
  for (const fact of facts) {
    if (
      fact.pod === undefined ||
      directory.ownerOfPrimary(canonicalIp(fact.address) ?? '') !== undefined
    )
      continue;
    claims.add(fact.address, {
      ...NOTHING,
      ...ALWAYS,
      kind: 'pod',
      role: 'pod',
      namespace: fact.pod.namespace,
      name: fact.pod.name,
      node: directory.resolve(fact.node),
      source: fact.source,
      score: fact.score * 0.99, // the pod's own listing, where there is one, says more
      why: {
        code: 'listed-as-endpoint',
        source: fact.source.detail,
        service: `${fact.namespace}/${fact.service}`,
        pod: `${fact.pod.namespace}/${fact.pod.name}`,
      },
    });
  }
}

function mergeServices(all: Facts, directory: NodeDirectory, conflicts: Conflict[]): Service[] {
  const endpoints = mergeEndpoints(all, directory);
  const listed = all.complete.has('endpoints');
  const merged = new Map<string, Service>();
  for (const fact of [...all.services].sort(byTrust)) {
    const key = `${fact.namespace}/${fact.name}`;
    const there = merged.get(key);
    if (there !== undefined) {
      const kept = there.clusterIps.join(', ');
      const ignored = canonicals(fact.clusterIps).join(', ');
      if (kept !== ignored && kept !== '' && ignored !== '') {
        conflicts.push({
          subject: { code: 'conflict-over', kind: 'service', name: key },
          kept: claimOf('value', kept, there.source),
          ignored: claimOf('value', ignored, fact.source),
        });
      }
      continue;
    }
    const known = listed || fact.endpointsListed === true;
    merged.set(key, toService(fact, endpoints.get(key) ?? (known ? [] : undefined)));
  }
  return [...merged.values()];
}

function canonicals(list: readonly string[]): string[] {
  return list.map((text) => canonicalIp(text) ?? text);
}

function toService(fact: ServiceFact, endpoints: readonly Endpoint[] | undefined): Service {
  return {
    namespace: fact.namespace,
    name: fact.name,
    type: fact.type,
    clusterIps: canonicals(fact.clusterIps),
    headless: fact.headless,
    externalIps: canonicals(fact.externalIps),
    ingress: fact.ingress.map(({ ip, hostname }) => ({
      ip: ip === undefined ? ip : (canonicalIp(ip) ?? ip),
      hostname,
    })),
    ports: fact.ports,
    externalTrafficPolicy: fact.externalTrafficPolicy,
    internalTrafficPolicy: fact.internalTrafficPolicy,
    healthCheckNodePort: fact.healthCheckNodePort,
    externalName: fact.externalName,
    loadBalancer: fact.loadBalancer,
    endpoints,
    source: fact.source,
    score: fact.score,
  };
}

/** By `namespace/service`. The same address from a slice and from the older Endpoints object is one endpoint. */
function mergeEndpoints(all: Facts, directory: NodeDirectory): Map<string, Endpoint[]> {
  const byService = new Map<string, Map<string, Endpoint>>();
  for (const fact of [...all.endpoints].sort(byTrust)) {
    const key = `${fact.namespace}/${fact.service}`;
    let list = byService.get(key);
    if (list === undefined) {
      list = new Map();
      byService.set(key, list);
    }
    const address = canonicalIp(fact.address) ?? fact.address;
    const there = list.get(address);
    const ports = [...(there?.ports ?? [])];
    for (const port of fact.ports) {
      if (!ports.some((p) => p.port === port.port && p.protocol === port.protocol))
        ports.push(port);
    }
    list.set(address, {
      address,
      node: there?.node ?? directory.resolve(fact.node),
      pod: there?.pod ?? fact.pod,
      ready: there?.ready ?? fact.ready,
      ports,
      source: there?.source ?? fact.source,
    });
  }
  return new Map([...byService].map(([key, list]) => [key, [...list.values()]]));
}

function claimServices(claims: Claims, services: readonly Service[]): void {
  for (const service of services) {
    const add = (address: string, kind: AddressKind, role: string) =>
      claims.add(address, {
        ...NOTHING,
        ...ALWAYS,
        kind,
        role,
        namespace: service.namespace,
        name: service.name,
        source: service.source,
        score: service.score,
        why: {
          code: 'listed-for-service',
          source: service.source.detail,
          service: `${service.namespace}/${service.name}`,
          role,
        },
      });
    for (const address of service.clusterIps) add(address, 'service', 'ClusterIP');
    for (const address of service.externalIps) add(address, 'service', 'externalIP');
    for (const { ip } of service.ingress)
      if (ip !== undefined) add(ip, 'loadbalancer', 'LoadBalancer');
  }
}

function claimAddress(claims: Claims, fact: AddressFact, directory: NodeDirectory): void {
  const node = directory.resolve(fact.node);
  claims.add(fact.address, {
    kind: fact.kind,
    role: fact.role ?? fact.kind,
    namespace: fact.namespace,
    name: fact.kind === 'node' ? (fact.name ?? node) : fact.name,
    node,
    interface: fact.interface,
    mac: fact.mac?.toLowerCase(),
    from: fact.from ?? ALWAYS.from,
    to: fact.to ?? ALWAYS.to,
    source: fact.source,
    score: fact.score,
    why: fact.why,
  });
}

/**
 * Traffic takes it for a pod, every pod is listed and none has it, and it is the first or second of its share as the
 * bridges and tunnel devices of nodes are: that of the node behind which it was seen. Not one that is a pod for
 * certain, as it asks for Calico's gateway: the list is older than the pod.
 */
function isNodesOwn(fact: AddressFact, all: Facts, claims: Claims): boolean {
  if (fact.kind !== 'pod' || fact.source.kind !== 'traffic' || fact.name !== undefined)
    return false;
  if (!all.complete.has('pods') || fact.node === undefined || fact.score >= CERTAIN) return false;
  if (claims.byAddress.has(canonicalIp(fact.address) ?? '')) return false;
  return /^[\d.]+\.[01]$|^[\da-f:]+::1?$/.test(fact.address);
}

function asNodes(fact: AddressFact): AddressFact {
  const why = { code: 'nodes-own', why: fact.why } as const;
  return { ...fact, kind: 'node', role: 'bridge', score: Math.min(fact.score, 0.8), why };
}

/** One Range for each prefix and kind; longest prefix first, then as text. */
function mergeRanges(
  all: Facts,
  directory: NodeDirectory,
  conflicts: Conflict[],
  problems: string[],
): Range[] {
  const merged = new Map<string, Range>();
  const facts = [...all.ranges];
  for (const { cidr, node, source, score, why } of directory.podCidrs) {
    facts.push({ cidr, kind: 'node-pods', node, source, score, why });
  }
  for (const fact of facts.sort(byTrust)) {
    const cidr = canonicalPrefix(fact.cidr);
    if (cidr === undefined) {
      problems.push(`${fact.source.detail}: not an IP prefix: ${JSON.stringify(fact.cidr)}`);
      continue;
    }
    const node = directory.resolve(fact.node);
    const key = `${cidr} ${fact.kind}`;
    const there = merged.get(key);
    if (
      there !== undefined &&
      there.node !== undefined &&
      node !== undefined &&
      there.node !== node
    ) {
      conflicts.push({
        subject: { code: 'conflict-over', kind: 'address', name: cidr },
        kept: claimOf('value', there.node, there.source),
        ignored: claimOf('value', node, fact.source),
      });
    }
    merged.set(key, {
      cidr,
      kind: fact.kind,
      name: there?.name ?? fact.name,
      node: there?.node ?? node,
      natOutgoing: there?.natOutgoing ?? fact.natOutgoing,
      ipipMode: there?.ipipMode ?? fact.ipipMode,
      vxlanMode: there?.vxlanMode ?? fact.vxlanMode,
      source: there?.source ?? fact.source,
      score: there?.score ?? fact.score,
      why: there?.why ?? fact.why,
    });
  }
  const length = (range: Range) => parsePrefix(range.cidr)!.length;
  return [...merged.values()].sort(
    (a, b) =>
      length(b) - length(a) ||
      KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
      (a.cidr < b.cidr ? -1 : 1),
  );
}

/** One fact a plugin and mode, the most trusted first; what tells no mode is left out where another does. */
function mergePlugins(facts: readonly PluginFact[]): PluginFact[] {
  const merged = new Map<string, PluginFact>();
  const sorted = [...facts].sort(byTrust);
  for (const fact of sorted) {
    const isVague = fact.mode === undefined;
    if (isVague && sorted.some((f) => f.plugin === fact.plugin && f.mode !== undefined)) continue;
    const key = `${fact.plugin} ${fact.mode ?? ''}`;
    if (!merged.has(key)) merged.set(key, fact);
  }
  return [...merged.values()];
}

/** Of two kinds with the same prefix, the one that says more goes first (on EKS the pods' range is the VPC's). */
const KIND_ORDER = {
  block: 0,
  'node-pods': 1,
  'eni-prefix': 2,
  services: 3,
  pods: 4,
  nodes: 5,
  vpc: 6,
};

function mergeNames(all: Facts): AddressName[] {
  const merged = new Map<string, AddressName>();
  for (const fact of [...all.names].sort(byTrust)) {
    const address = canonicalIp(fact.address);
    if (address === undefined) continue;
    const key = `${address} ${fact.name}`;
    if (!merged.has(key)) {
      merged.set(key, {
        address,
        name: fact.name,
        kind: fact.kind,
        source: fact.source,
        score: fact.score,
      });
    }
  }
  return [...merged.values()];
}
