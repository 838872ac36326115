/** A topology as YAML that `--topology` reads back: one line of source for each fact, nothing unescaped. */

import { english } from '../words/say.ts';
import type { FactSource } from './facts.ts';
import { parseIp } from './ip.ts';
import type { Endpoint, Node, Owner, Pod, Service } from './model.ts';
import type { Topology } from './topology.ts';

type Value = string | number | boolean | Value[] | Entries;
/** Keys in order; those with undefined are left out. */
type Entries = [string, Value | undefined][];

/** Every fact by section, in a stable order. */
function sectionsOf(topology: Topology): [string, Entries[]][] {
  const covered = new Set<string>();
  const nodes = [...topology.nodes].sort(by((n) => n.name));
  const pods = [...topology.pods].sort(by((p) => `${p.namespace}/${p.name} ${p.from}`));
  const services = [...topology.services].sort(by((s) => `${s.namespace}/${s.name}`));
  const ranges = topology.ranges.filter((r) => !isNodePods(r.cidr, r.node, topology));
  return [
    ['plugins', topology.plugins.map(pluginEntries)],
    ['nodes', nodes.map((n) => nodeEntries(n, topology, covered))],
    ['pods', pods.map((p) => podEntries(p, topology, covered))],
    ['services', services.map((s) => serviceEntries(s, topology, covered))],
    ['ranges', ranges.map((r) => rangeEntries(r))],
    ['addresses', addressEntries(topology, covered)],
    ['names', topology.names.map(nameEntries)],
    ['identities', topology.identities.map(identityEntries)],
  ];
}

const SCHEMA = 'netlens.topology/1';

function completeOf(topology: Topology): string[] {
  return ['nodes', 'pods', 'services', 'endpoints'].filter((k) =>
    topology.complete.has(k as 'nodes'),
  );
}

/** The whole topology as YAML. Conflicts and problems stand in comments at the end. */
export function showTopology(topology: Topology): string {
  const lines = [`schema: ${SCHEMA}`];
  const complete = completeOf(topology);
  if (complete.length > 0) lines.push(`complete: [${complete.join(', ')}]`);
  for (const [name, items] of sectionsOf(topology)) {
    if (items.length === 0) continue;
    lines.push(`${name}:`);
    for (const item of items) writeItem(lines, item);
  }
  for (const { subject, kept, ignored } of topology.conflicts) {
    const [what, one, other] = [subject, kept, ignored].map((part) => safe(english(part)));
    lines.push(`# conflict: ${what}: kept ${one}, ignored ${other}`);
  }
  for (const problem of topology.problems) lines.push(`# problem: ${safe(problem)}`);
  return `${lines.join('\n')}\n`;
}

/** The same as a value for JSON, which `--topology` reads too; ASCII once written by JSON.stringify and escaped. */
export function topologyDocument(topology: Topology): Record<string, unknown> {
  const document: Record<string, unknown> = { schema: SCHEMA };
  const complete = completeOf(topology);
  if (complete.length > 0) document.complete = complete;
  for (const [name, items] of sectionsOf(topology)) {
    if (items.length > 0) document[name] = items.map(plain);
  }
  return document;
}

function plain(value: Value): unknown {
  if (!Array.isArray(value)) return value;
  if (!isEntries(value)) return (value as Value[]).map(plain);
  return Object.fromEntries(
    value.filter(([, v]) => v !== undefined).map(([k, v]) => [k, plain(v!)]),
  );
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
}

function writeItem(lines: string[], entries: Entries): void {
  let lead = '  - ';
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    if (Array.isArray(value) && value.length > 0 && value.every(isEntries)) {
      lines.push(`${lead}${key}:`);
      for (const item of value) lines.push(`      - ${inline(item)}`);
    } else {
      lines.push(`${lead}${key}: ${inline(value)}`);
    }
    lead = '    ';
  }
}

function isEntries(value: Value | [string, Value | undefined]): value is Entries {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (v) => Array.isArray(v) && v.length === 2 && typeof v[0] === 'string' && !Array.isArray(v[0]),
    )
  );
}

function inline(value: Value): string {
  if (typeof value === 'string') return scalar(value);
  if (!Array.isArray(value)) return String(value);
  if (isEntries(value)) {
    const pairs = value.filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${inline(v!)}`);
    return `{ ${pairs.join(', ')} }`;
  }
  return `[${(value as Value[]).map(inline).join(', ')}]`;
}

const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const PLAIN_ADDRESS = /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** Plain where YAML cannot take it for anything else; else quoted as JSON does, in ASCII, so that no terminal acts on it. */
function scalar(text: string): string {
  if (PLAIN_ADDRESS.test(text) || (PLAIN.test(text) && !RESERVED.test(text))) return text;
  return `"${safe(JSON.stringify(text).slice(1, -1))}"`;
}

/** Printable ASCII; the rest as \uXXXX. */
function safe(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function showSource({ kind, detail }: FactSource): string {
  return detail === kind ? kind : `${kind}: ${detail}`;
}

/** Absent for 1, three digits otherwise. */
function showScore(score: number): number | undefined {
  return score >= 0.9995 ? undefined : Math.round(score * 1000) / 1000;
}

function showTime(seconds: number): string | undefined {
  if (!Number.isFinite(seconds)) return undefined;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** A list, or nothing for an empty one. */
function list(items: readonly Value[]): Value[] | undefined {
  return items.length === 0 ? undefined : [...items];
}

/** The same words for the same claim: an owner that its object's entry already tells need not be told again. */
function claimKey(address: string, kind: string, name: string, role: string): string {
  return `${address} ${kind} ${name} ${role}`;
}

function nodeEntries(node: Node, topology: Topology, covered: Set<string>): Entries {
  const addresses: Value[] = [];
  for (const { address, role } of node.addresses) {
    const owner = topology.ownerOf(address);
    // Told by another source than the node itself: an entry of its own says so.
    if (
      owner.kind === 'node' &&
      (owner.source?.detail !== node.source.detail || owner.score !== node.score)
    )
      continue;
    addresses.push(
      role === 'InternalIP'
        ? address
        : [
            ['ip', address],
            ['role', role],
          ],
    );
    covered.add(claimKey(address, 'node', node.name, role));
  }
  return [
    ['name', node.named ? node.name : undefined],
    ['addresses', addresses],
    ['podCidrs', list(node.podCidrs)],
    ['subnets', list(node.subnets)],
    ['vtepMacs', list(node.vtepMacs)],
    ['aliases', list(node.aliases)],
    ['asNumber', node.asNumber],
    ['zone', node.zone],
    ['providerId', node.providerId],
    ['why', node.why && english(node.why)],
    ['source', showSource(node.source)],
    ['confidence', showScore(node.score)],
  ];
}

/** Conflicts lower the score of an address; the file keeps the lowest. */
function podScore(pod: Pod, topology: Topology): number {
  let score = pod.score;
  for (const address of pod.hostNetwork ? [] : pod.addresses) {
    const owner = topology.ownerOf(address);
    if (owner.kind === 'pod' && owner.name === pod.name) score = Math.min(score, owner.score);
  }
  return score;
}

function podEntries(pod: Pod, topology: Topology, covered: Set<string>): Entries {
  for (const address of pod.addresses)
    covered.add(claimKey(address, 'pod', `${pod.namespace}/${pod.name}`, 'pod'));
  const [first, ...more] = pod.addresses;
  return [
    ['namespace', pod.namespace],
    ['name', pod.name],
    ['uid', pod.uid],
    ['ip', more.length === 0 ? first : undefined],
    ['ips', more.length === 0 ? undefined : [...pod.addresses]],
    ['node', pod.node],
    ['hostNetwork', pod.hostNetwork || undefined],
    ['interface', pod.interface],
    ['mac', pod.mac],
    [
      'ports',
      list(pod.ports.filter((p) => isPort(p.port) && isProtocol(p.protocol)).map(portEntries)),
    ],
    ['from', showTime(pod.from)],
    ['to', showTime(pod.to)],
    ['ended', pod.ended || undefined],
    ['source', showSource(pod.source)],
    ['confidence', showScore(podScore(pod, topology))],
  ];
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function isProtocol(protocol: string): boolean {
  return protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp';
}

function portEntries({
  name,
  port,
  protocol,
}: {
  name?: string | undefined;
  port: number;
  protocol: string;
}): Entries {
  return [
    ['name', name],
    ['port', port],
    ['protocol', protocol === 'tcp' ? undefined : protocol],
  ];
}

function serviceEntries(service: Service, topology: Topology, covered: Set<string>): Entries {
  const name = `${service.namespace}/${service.name}`;
  for (const address of service.clusterIps)
    covered.add(claimKey(address, 'service', name, 'ClusterIP'));
  for (const address of service.externalIps)
    covered.add(claimKey(address, 'service', name, 'externalIP'));
  for (const { ip } of service.ingress) {
    if (ip !== undefined) covered.add(claimKey(ip, 'loadbalancer', name, 'LoadBalancer'));
  }
  const aws = service.loadBalancer;
  const ports = service.ports.filter((p) => isPort(p.port) && isProtocol(p.protocol));
  return [
    ['namespace', service.namespace],
    ['name', service.name],
    ['type', service.type],
    ['clusterIps', list(service.clusterIps)],
    ['headless', service.headless || undefined],
    ['externalIps', list(service.externalIps)],
    [
      'ingress',
      list(
        service.ingress.map(({ ip, hostname }) => [
          ['ip', ip],
          ['hostname', hostname],
        ]),
      ),
    ],
    [
      'ports',
      list(
        ports.map((p) => [
          ...portEntries(p),
          ['targetPort', p.targetPort],
          ['nodePort', p.nodePort],
        ]),
      ),
    ],
    ['externalTrafficPolicy', service.externalTrafficPolicy],
    ['internalTrafficPolicy', service.internalTrafficPolicy],
    ['healthCheckNodePort', service.healthCheckNodePort],
    ['externalName', service.externalName],
    [
      'aws',
      aws && [
        ['targetType', aws.targetType],
        ['proxyProtocol', aws.proxyProtocol],
        ['preserveClientIp', aws.preserveClientIp],
        ['scheme', aws.scheme],
      ],
    ],
    ['endpoints', endpointList(service.endpoints, topology)],
    ['source', showSource(service.source)],
    ['confidence', showScore(service.score)],
  ];
}

function endpointList(
  endpoints: readonly Endpoint[] | undefined,
  topology: Topology,
): Value[] | undefined {
  // With `complete: [endpoints]` a Service without the key has none.
  if (endpoints === undefined || (endpoints.length === 0 && topology.complete.has('endpoints')))
    return undefined;
  return endpoints.map((e) => [
    ['ip', e.address],
    ['node', e.node],
    ['pod', e.pod === undefined ? undefined : `${e.pod.namespace}/${e.pod.name}`],
    ['ready', e.ready ? undefined : false],
    [
      'ports',
      list(e.ports.filter((p) => isPort(p.port) && isProtocol(p.protocol)).map(portEntries)),
    ],
    ['source', showSource(e.source)],
  ]);
}

/** Ranges that are a node's podCidrs are told there. */
function isNodePods(cidr: string, node: string | undefined, topology: Topology): boolean {
  return node !== undefined && topology.nodeNamed(node)?.podCidrs.includes(cidr) === true;
}

function rangeEntries(range: Topology['ranges'][number]): Entries {
  return [
    ['cidr', range.cidr],
    ['kind', range.kind],
    ['name', range.name],
    ['node', range.node],
    ['natOutgoing', range.natOutgoing],
    ['ipipMode', range.ipipMode],
    ['vxlanMode', range.vxlanMode],
    ['why', range.why && english(range.why)],
    ['source', showSource(range.source)],
    ['confidence', showScore(range.score)],
  ];
}

function nameEntries({ address, name, kind, source, score }: Topology['names'][number]): Entries {
  return [
    ['ip', address],
    ['name', name],
    ['kind', kind],
    ['source', showSource(source)],
    ['confidence', showScore(score)],
  ];
}

function pluginEntries({ plugin, mode, why, source, score }: Topology['plugins'][number]): Entries {
  return [
    ['plugin', plugin],
    ['mode', mode],
    ['why', why && english(why)],
    ['source', showSource(source)],
    ['confidence', showScore(score)],
  ];
}

function identityEntries({ id, labels, source }: Topology['identities'][number]): Entries {
  return [
    ['id', id],
    ['labels', [...labels]],
    ['source', showSource(source)],
  ];
}

/** Owners that no node, pod or service entry tells: tunnel devices, what traffic showed, what other sources allocate. */
function addressEntries(topology: Topology, covered: ReadonlySet<string>): Entries[] {
  const rest: Owner[] = [];
  for (const owners of topology.listedOwners()) {
    for (const owner of owners) {
      const name =
        owner.namespace === undefined ? (owner.name ?? '') : `${owner.namespace}/${owner.name}`;
      if (!covered.has(claimKey(owner.address, owner.kind, name, owner.role))) rest.push(owner);
    }
  }
  rest.sort((a, b) => compareAddresses(a.address, b.address) || a.from - b.from);
  return rest.map((owner) => [
    ['ip', owner.address],
    ['kind', owner.kind],
    ['role', owner.role],
    ['namespace', owner.namespace],
    ['name', owner.kind === 'node' && owner.name === owner.node ? undefined : owner.name],
    ['node', owner.node],
    ['interface', owner.interface],
    ['mac', owner.mac],
    ['from', showTime(owner.from)],
    ['to', showTime(owner.to)],
    ['why', english(owner.why)],
    ['source', owner.source && showSource(owner.source)],
    ['confidence', showScore(owner.score)],
  ]);
}

/** IPv4 before IPv6, each by number. */
export function compareAddresses(a: string, b: string): number {
  const x = parseIp(a) ?? [];
  const y = parseIp(b) ?? [];
  if (x.length !== y.length) return x.length - y.length;
  for (let i = 0; i < x.length; i++) {
    if (x[i] !== y[i]) return (x[i]! >>> 0) - (y[i]! >>> 0);
  }
  return 0;
}
