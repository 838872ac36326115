/**
 * What one node's own kernel tells, as `ip -j address`, `ip -j route`, `ip -j neigh` and `ip -j link` print
 * it: its addresses, the pods behind its veths, its blocks and those of others. Pure over the JSON; host-run.ts
 * asks a live machine.
 */

import type { Sentence } from '../words/sentence.ts';
import {
  type FactSource,
  type Facts,
  type NodeAddressRole,
  type NodeFact,
  noFacts,
} from './facts.ts';
import { interfaceKind, spansNodes } from './infer-interfaces.ts';
import { bitsOf, canonicalIp, parseIp, parsePrefix, showPrefix } from './ip.ts';
import { listAt, numberAt, textAt } from './json-value.ts';
import { isHostAddress } from './special.ts';

export interface HostTexts {
  /** Name of the node. */
  readonly node: string;
  /** Parsed JSON of any of the commands, in any order; each is known by its content. */
  readonly documents: readonly { readonly value: unknown; readonly name: string }[];
}

type DocumentKind = 'address' | 'route' | 'neighbour' | 'link' | undefined;

/** Which command printed a document, by its first entry with content. */
export function hostDocumentKind(value: unknown): DocumentKind {
  for (const item of listAt(value)) {
    if (typeof item !== 'object' || item === null || Object.keys(item).length === 0) continue;
    if ('addr_info' in item) return 'address';
    if ('ifindex' in item && 'ifname' in item) return 'link';
    if ('dst' in item && 'state' in item) return 'neighbour';
    if ('dst' in item) return 'route';
    return undefined;
  }
  return undefined;
}

/** Facts of one node. A document of no known kind leaves a line in `problems`. */
export function hostFacts({ node, documents }: HostTexts): Facts {
  const facts = noFacts();
  const host: Host = { node, facts, own: new Set(), defaultDevices: new Set() };
  const kinds = documents.map(({ value, name }) => ({
    value,
    name,
    kind: hostDocumentKind(value),
  }));
  for (const { value, kind } of kinds) if (kind === 'route') noteDefaults(host, value);
  for (const { value, name, kind } of kinds) {
    const source: FactSource = { kind: 'host', detail: name };
    if (kind === 'address' || kind === 'link') readDevices(host, value);
    if (kind === 'address') readAddresses(host, value, source);
    else if (kind === undefined && listAt(value).length > 0) {
      facts.problems.push(`${name}: not the JSON of ip address, route, neigh or link`);
    }
  }
  // Routes name the pods; what the neighbour table says of the same addresses comes after.
  for (const { value, name, kind } of kinds) {
    if (kind === 'route')
      for (const route of listAt(value)) readRoute(host, route, { kind: 'host', detail: name });
  }
  for (const { value, name, kind } of kinds) {
    if (kind === 'neighbour')
      for (const entry of listAt(value)) readNeighbour(host, entry, { kind: 'host', detail: name });
  }
  return facts;
}

interface Host {
  readonly node: string;
  readonly facts: Facts;
  readonly own: Set<string>;
  /** Devices of default routes: their addresses are the node's main ones. */
  readonly defaultDevices: Set<string>;
}

/** Devices by index, once each. */
function readDevices(host: Host, value: unknown): void {
  const { devices } = host.facts;
  for (const item of listAt(value)) {
    const index = numberAt(item, 'ifindex');
    const name = textAt(item, 'ifname');
    if (index === undefined || name === undefined || devices.some((d) => d.index === index))
      continue;
    devices.push({ node: host.node, index, name, mac: textAt(item, 'address') });
  }
}

function noteDefaults(host: Host, value: unknown): void {
  for (const route of listAt(value)) {
    const device = textAt(route, 'dev');
    if (textAt(route, 'dst') === 'default' && device !== undefined) host.defaultDevices.add(device);
  }
}

/** Devices that bear addresses of others: IPVS's virtual addresses, DNS caches, Docker's own bridge. */
const FOREIGN = /^(kube-ipvs\d+|nodelocaldns|docker\d+|br-[0-9a-f]{12}|virbr\d+)$/;

function roleOf(device: string, host: Host): NodeAddressRole | undefined {
  if (device === 'lo' || FOREIGN.test(device)) return undefined;
  const kind = interfaceKind(device);
  if (kind === 'tunnel') return 'tunnel';
  if (kind === 'bridge' || device === 'cilium_host') return 'bridge';
  if (kind === 'pod') return undefined; // the link-local gateway at most
  return host.defaultDevices.has(device) ? 'InternalIP' : 'address';
}

function readAddresses(host: Host, value: unknown, source: FactSource): void {
  const addresses: { address: string; role: NodeAddressRole }[] = [];
  const subnets: string[] = [];
  const vtepMacs: string[] = [];
  const podCidrs: string[] = [];
  for (const item of listAt(value)) {
    const device = textAt(item, 'ifname');
    if (device === undefined) continue;
    const role = roleOf(device, host);
    const mac = textAt(item, 'address');
    if (role === 'tunnel' && textAt(item, 'link_type') === 'ether' && mac !== undefined)
      vtepMacs.push(mac);
    if (role === undefined) continue;
    for (const info of listAt(item, 'addr_info')) {
      const address = canonicalIp(textAt(info, 'local') ?? '');
      const words = address === undefined ? undefined : parseIp(address);
      if (address === undefined || words === undefined || !isHostAddress(words)) continue;
      host.own.add(address);
      addresses.push({ address, role });
      const length = numberAt(info, 'prefixlen');
      // The bridge's own subnet is where the node's pods get their addresses.
      if (length !== undefined && role === 'bridge' && length < bitsOf(words))
        podCidrs.push(`${address}/${length}`);
      if (length !== undefined && (role === 'InternalIP' || role === 'address'))
        subnets.push(`${address}/${length}`);
    }
  }
  // The main address first: it stands for the node where it has no other name.
  addresses.sort((a, b) => Number(b.role === 'InternalIP') - Number(a.role === 'InternalIP'));
  host.facts.nodes.push({
    name: host.node,
    addresses,
    podCidrs,
    subnets,
    vtepMacs,
    source,
    score: 1,
  });
}

/** Routing daemons of CNI plugins: BIRD, Felix (80), GoBGP and FRR as kube-router, Cilium and MetalLB run them. */
const DAEMONS = new Set(['bird', '80', 'felix', 'bgp', 'zebra', 'gobgp', '17', 'kube-router']);

function readRoute(host: Host, route: unknown, source: FactSource): void {
  const text = textAt(route, 'dst');
  const prefix = text === undefined || text === 'default' ? undefined : parsePrefix(text);
  if (prefix === undefined || !isHostAddress(prefix.words)) return;
  const device = textAt(route, 'dev');
  const protocol = textAt(route, 'protocol') ?? '';
  const cidr = showPrefix(prefix);
  const isSingle = prefix.length === bitsOf(prefix.words);
  const { facts, node } = host;
  if (textAt(route, 'type') === 'blackhole') {
    if (!DAEMONS.has(protocol) || isSingle) return;
    const why = { code: 'blackhole-route', node } as const;
    facts.ranges.push({ cidr, kind: 'block', node, source, score: 0.98, why });
    return;
  }
  if (device === undefined) return;
  const gateway = canonicalIp(textAt(route, 'gateway') ?? textAt(route, 'via', 'host') ?? '');
  if (isSingle && gateway === undefined && interfaceKind(device) === 'pod') {
    addPod(host, cidr.slice(0, cidr.lastIndexOf('/')), device, undefined, source, {
      code: 'route-to-pod',
      node,
      device,
    });
    return;
  }
  if (gateway !== undefined && !isSingle)
    readRemoteBlock(host, cidr, gateway, device, protocol, source);
}

/** Names that end in 11 hex digits of a hash are pods' for sure; a plain veth may be any container's. */
function sureOf(device: string): number {
  return /^(cali|eni|vlan)[0-9a-f]{11}$|^lxc/.test(device) ? 0.98 : 0.8;
}

function addPod(
  host: Host,
  address: string,
  device: string,
  mac: string | undefined,
  source: FactSource,
  why: Sentence,
): void {
  if (host.own.has(address)) return;
  const shown = interfaceKind(device) === 'pod' ? device : undefined;
  host.facts.addresses.push({
    address,
    kind: 'pod',
    role: 'pod',
    node: spansNodes(device) ? undefined : host.node,
    interface: shown,
    mac,
    source,
    score: sureOf(device),
    why,
  });
}

/** A block of another node: its gateway is that node, or its tunnel device where the tunnel has addresses of its own. */
function readRemoteBlock(
  host: Host,
  cidr: string,
  gateway: string,
  device: string,
  protocol: string,
  source: FactSource,
): void {
  const isTunnel = interfaceKind(device) === 'tunnel';
  if (host.own.has(gateway) || (!isTunnel && !DAEMONS.has(protocol))) return;
  if (parsePrefix(cidr)!.length < (gateway.includes(':') ? 48 : 16)) return;
  const inside = parsePrefix(cidr)!;
  const base = showPrefix({ words: inside.words, length: bitsOf(inside.words) }).split('/')[0];
  const role: NodeAddressRole = isTunnel && gateway === base ? 'tunnel' : 'address';
  const why = { code: 'route-to-block', node: host.node, cidr, gateway, device } as const;
  const fact: NodeFact = { addresses: [{ address: gateway, role }], source, score: 0.95, why };
  host.facts.nodes.push(fact);
  host.facts.ranges.push({ cidr, kind: 'block', node: gateway, source, score: 0.96, why });
}

const DEAD = new Set(['FAILED', 'INCOMPLETE', 'NOARP', 'NONE']);

/** Neighbours on a veth or a bridge are pods; on a VXLAN device, other nodes' tunnel devices. */
function readNeighbour(host: Host, entry: unknown, source: FactSource): void {
  const device = textAt(entry, 'dev');
  const address = canonicalIp(textAt(entry, 'dst') ?? '');
  const mac = textAt(entry, 'lladdr');
  if (device === undefined || address === undefined || mac === undefined) return;
  const words = parseIp(address);
  if (words === undefined || !isHostAddress(words) || host.own.has(address)) return;
  const states = listAt(entry, 'state').map(String);
  if (states.length > 0 && states.every((state) => DEAD.has(state))) return;
  const kind = interfaceKind(device);
  if (kind === 'pod' || kind === 'bridge') {
    if (FOREIGN.test(device)) return;
    addPod(host, address, device, mac, source, { code: 'neighbour', node: host.node, device });
  } else if (kind === 'tunnel' && states.includes('PERMANENT')) {
    const why = { code: 'tunnel-neighbour', node: host.node, mac, device } as const;
    host.facts.nodes.push({
      addresses: [{ address, role: 'tunnel' }],
      vtepMacs: [mac],
      source,
      score: 0.95,
      why,
    });
  }
}
