/** A cluster as a diagram shows it: what is listed of it and what its traffic showed, within bounds. */
import type { Node, Pod, Service } from '../../topology/model.ts';
import type { Amount, ClusterTraffic, Link, Party } from './cluster-traffic.ts';

const NODES_MAX = 8;
const PODS_MAX = 12;
const OUTSIDE_MAX = 7;
const SERVICES_MAX = 12;
const LINKS_MAX = 14;

export interface PodBox {
  readonly label: string;
  readonly address: string;
  /** Traffic of it was captured. */
  readonly seen: boolean;
}

export interface NodeBox {
  readonly key: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  readonly pods: readonly PodBox[];
  readonly morePods: number;
  readonly within: Amount | undefined;
  readonly seen: boolean;
}

export interface OutsideBox {
  readonly key: string;
  readonly kind: 'external' | 'loadbalancer';
  /** '' = all those beyond what is kept apart. */
  readonly address: string;
  readonly name: string | undefined;
}

export interface ServiceRow {
  readonly name: string;
  readonly type: string;
  readonly address: string;
  /** Undefined when no source lists them. */
  readonly endpoints: readonly string[] | undefined;
  readonly endpointCount: number;
  readonly seen: boolean;
}

export interface LinkLine {
  readonly from: string;
  readonly to: string;
  readonly tunnel: string;
  readonly amount: Amount;
}

export interface ClusterModel {
  readonly nodes: readonly NodeBox[];
  readonly outside: readonly OutsideBox[];
  readonly services: readonly ServiceRow[];
  /** Between two outside: a client and a load balancer. */
  readonly front: readonly LinkLine[];
  /** Between two nodes. */
  readonly inner: readonly LinkLine[];
  /** With one end outside. */
  readonly outer: readonly LinkLine[];
  readonly more: {
    readonly nodes: number;
    readonly outside: number;
    readonly services: number;
    readonly links: number;
  };
  readonly counts: { readonly nodes: number; readonly pods: number; readonly services: number };
  readonly conversations: number;
  readonly unplaced: number;
  readonly seconds: number;
}

/** What the topology knows, as far as the picture shows it. */
export interface ClusterFacts {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
}

const ENDPOINTS_SHOWN = 3;

export function clusterModel(facts: ClusterFacts, traffic: ClusterTraffic): ClusterModel {
  const links = [...traffic.links.values()].sort(
    (a, b) => b.amount.bytes - a.amount.bytes || byText(keyOf(a.from), keyOf(b.from)),
  );
  const pods = podsByNode(facts, traffic);
  const names = nodeNames(facts, links, pods);
  const busiest = busiestOf(names, links, traffic);
  const nodes = busiest
    .slice(0, NODES_MAX)
    .sort(byText)
    .map((name) => nodeBox(name, facts, traffic, pods));
  const outside = outsideOf(links);
  const services = servicesOf(facts, traffic);
  const shown = new Set([...nodes, ...outside.slice(0, OUTSIDE_MAX)].map(({ key }) => key));
  const drawable = links.filter(({ from, to }) => shown.has(keyOf(from)) && shown.has(keyOf(to)));
  const lines = drawable.slice(0, LINKS_MAX).map(lineOf);
  const isNode = (key: string): boolean => nodes.some((node) => node.key === key);
  return {
    nodes,
    outside: outside.slice(0, OUTSIDE_MAX),
    services: services.slice(0, SERVICES_MAX),
    front: lines.filter(({ from, to }) => !isNode(from) && !isNode(to)),
    inner: lines.filter(({ from, to }) => isNode(from) && isNode(to)),
    outer: lines.filter(({ from, to }) => isNode(from) !== isNode(to)),
    more: {
      nodes: Math.max(0, names.length - NODES_MAX),
      outside: Math.max(0, outside.length - OUTSIDE_MAX),
      services: Math.max(0, services.length - SERVICES_MAX),
      links: links.length - lines.length,
    },
    counts: {
      nodes: names.filter((name) => name !== '').length,
      pods: [...pods.values()].reduce((sum, { length }) => sum + length, 0),
      services: services.length,
    },
    conversations: traffic.conversations,
    unplaced: traffic.unplaced,
    seconds: traffic.seconds,
  };
}

function keyOf({ kind, id }: Party): string {
  return kind === 'unplaced' ? 'node:' : `${kind}:${id}`;
}

function lineOf({ from, to, tunnel, amount }: Link): LinkLine {
  return { from: keyOf(from), to: keyOf(to), tunnel, amount };
}

/** Pods by their node's name, '' = not known; those with traffic first. */
function podsByNode(facts: ClusterFacts, traffic: ClusterTraffic): Map<string, PodBox[]> {
  const byNode = new Map<string, PodBox[]>();
  const listed = new Set<string>();
  const add = (node: string | null | undefined, pod: PodBox): void => {
    const there = byNode.get(node ?? '');
    if (there === undefined) byNode.set(node ?? '', [pod]);
    else there.push(pod);
  };
  for (const { namespace, name, addresses, node, hostNetwork, ended } of facts.pods) {
    if (hostNetwork || ended) continue;
    const label = `${namespace}/${name}`;
    listed.add(label);
    for (const address of addresses) listed.add(address);
    add(node, { label, address: addresses[0] ?? '', seen: traffic.pods.has(label) });
  }
  for (const [key, { ip, node }] of traffic.pods) {
    if (!listed.has(key) && !listed.has(ip)) add(node, { label: key, address: ip, seen: true });
  }
  for (const pods of byNode.values()) {
    pods.sort((a, b) => Number(b.seen) - Number(a.seen) || byText(a.label, b.label));
  }
  return byNode;
}

function nodeNames(
  facts: ClusterFacts,
  links: readonly Link[],
  pods: ReadonlyMap<string, unknown>,
): string[] {
  const names = new Set(facts.nodes.map(({ name }) => name));
  for (const { from, to } of links) {
    for (const { kind, id } of [from, to]) {
      if (kind === 'node' || kind === 'unplaced') names.add(id);
    }
  }
  for (const node of pods.keys()) names.add(node);
  return [...names];
}

/** The nodes with most traffic first, then by name. */
function busiestOf(
  names: readonly string[],
  links: readonly Link[],
  traffic: ClusterTraffic,
): string[] {
  const bytes = new Map<string, number>();
  const add = (name: string, amount: Amount): void => {
    bytes.set(name, (bytes.get(name) ?? 0) + amount.bytes);
  };
  for (const { from, to, amount } of links) {
    if (from.kind === 'node') add(from.id, amount);
    if (to.kind === 'node') add(to.id, amount);
  }
  for (const [name, amount] of traffic.within) add(name, amount);
  return [...names].sort((a, b) => (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0) || byText(a, b));
}

function nodeBox(
  name: string,
  facts: ClusterFacts,
  traffic: ClusterTraffic,
  pods: ReadonlyMap<string, readonly PodBox[]>,
): NodeBox {
  const node = facts.nodes.find((one) => one.name === name);
  const own = pods.get(name) ?? [];
  const key = `node:${name}`;
  const within = traffic.within.get(name);
  const isLinked = [...traffic.links.values()].some(
    ({ from, to }) => keyOf(from) === key || keyOf(to) === key,
  );
  return {
    key,
    name,
    addresses: (node?.addresses ?? []).map(({ address }) => address).filter((a) => a !== name),
    podCidrs: node?.podCidrs ?? [],
    pods: own.slice(0, PODS_MAX),
    morePods: Math.max(0, own.length - PODS_MAX),
    within,
    seen: within !== undefined || isLinked || own.some(({ seen }) => seen),
  };
}

/** In the order of their traffic; load balancers behind the others, nearer to the nodes. */
function outsideOf(links: readonly Link[]): OutsideBox[] {
  const boxes = new Map<string, OutsideBox>();
  for (const { from, to } of links) {
    for (const party of [from, to]) {
      const { kind, id, name } = party;
      if (kind !== 'external' && kind !== 'loadbalancer') continue;
      const key = keyOf(party);
      if (!boxes.has(key)) boxes.set(key, { key, kind, address: id, name });
    }
  }
  return [...boxes.values()];
}

function servicesOf({ services }: ClusterFacts, traffic: ClusterTraffic): ServiceRow[] {
  const rows = services.map((service): ServiceRow => {
    const name = `${service.namespace}/${service.name}`;
    const { endpoints } = service;
    const names = endpoints && [
      ...new Set(endpoints.map(({ pod, address }) => (pod === undefined ? address : pod.name))),
    ];
    return {
      name,
      type: service.type,
      address: [...addressesOf(service)].join(', '),
      endpoints: names?.slice(0, ENDPOINTS_SHOWN),
      endpointCount: names?.length ?? 0,
      seen: traffic.services.has(name),
    };
  });
  const listed = new Set(rows.map(({ name }) => name));
  for (const [key, { type, ip, port }] of traffic.services) {
    if (listed.has(key)) continue;
    const row = {
      name: key,
      type,
      address: `${ip}:${port}`,
      endpoints: undefined,
      endpointCount: 0,
    };
    rows.push({ ...row, seen: true });
  }
  return rows.sort((a, b) => Number(b.seen) - Number(a.seen) || byText(a.name, b.name));
}

function* addressesOf(service: Service): Generator<string> {
  const ports = [...new Set(service.ports.map(({ port }) => port))].join(',');
  const suffix = ports === '' ? '' : `:${ports}`;
  for (const ip of service.clusterIps) yield `${ip}${suffix}`;
  for (const { ip, hostname } of service.ingress) yield ip ?? hostname ?? '';
  const nodePorts = service.ports.flatMap(({ nodePort }) => nodePort ?? []);
  if (nodePorts.length > 0) yield `node port ${[...new Set(nodePorts)].join(',')}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
