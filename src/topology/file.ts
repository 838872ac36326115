/** The topology file (`--topology`): YAML or JSON of schema netlens.topology/1, to facts. Imports zod and yaml: load it only when there is a file. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Sentence } from '../words/sentence.ts';
import { type FactSource, type Facts, noFacts, SOURCE_KINDS, TopologyError } from './facts.ts';
import { type TopologyFile, topologyFile } from './file-schema.ts';

const CODE = 'NETLENS_TOPOLOGY_FILE';
/** Places told of further errors. */
const SHOWN_MAX = 4;
const FILE_MAX = 256 * 1024 * 1024;

/** Facts of a file. What is wrong with it throws TopologyError: `FILE:LINE:COLUMN: pods[3].ip: not an IP address`, in one line. */
export function readTopologyFile(file: string): Facts {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EISDIR'
          ? 'is a directory'
          : code === 'EACCES'
            ? 'permission denied'
            : String(error);
    throw new TopologyError(CODE, `${file}: ${why}`);
  }
  if (text.length > FILE_MAX)
    throw new TopologyError(CODE, `${file}: larger than ${FILE_MAX} characters`);
  return parseTopology(text, file);
}

/** The same from text; `file` names it in errors. */
export function parseTopology(text: string, file: string): Facts {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const where = (at: number) => {
    const { line, col } = lines.linePos(at);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    fail(document.errors.map((e) => `${where(e.pos[0])}: ${e.message.split('\n')[0]}`));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new TopologyError(
      CODE,
      `${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = topologyFile.safeParse(value ?? {});
  if (!parsed.success) {
    fail(parsed.error.issues.flatMap((issue) => tellIssue(issue, document, value, where)));
  }
  return toFacts(parsed.data, new Lines(document, lines, basename(file)));
}

/** One line: the first error whole, then the places of the others. */
function fail(errors: readonly string[]): never {
  const [first = '', ...others] = errors;
  const places = others
    .slice(0, SHOWN_MAX)
    .map((error) => /^.*?:(\d+:\d+): /.exec(error)?.[1] ?? '?');
  if (others.length > SHOWN_MAX) places.push('…');
  const more = others.length === 0 ? '' : ` (and ${others.length} more, at ${places.join(', ')})`;
  throw new TopologyError(CODE, first + more);
}

type Path = readonly PropertyKey[];

function tellIssue(
  issue: z.core.$ZodIssue,
  document: Document,
  value: unknown,
  where: (at: number) => string,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const at = keyPosition(document, issue.path, key);
      return `${where(at)}: ${showPath([...issue.path, key])}: unknown key${hint(key, issue.path)}`;
    });
  }
  const at = positionOf(document, issue.path);
  return [`${where(at)}: ${showPath(issue.path)}: ${messageOf(issue, valueAt(value, issue.path))}`];
}

function messageOf(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type') {
    if (found === undefined) return 'missing';
    const quote =
      issue.expected === 'string' && typeof found === 'number' ? ' (put it in quotes)' : '';
    return `expected ${article(issue.expected)}, found ${kindOf(found)}${quote}`;
  }
  if (issue.code === 'invalid_value') {
    if (found === undefined) return 'missing';
    return `must be ${issue.values.map(String).join(' or ')}, found ${JSON.stringify(found)}`;
  }
  if (issue.code === 'invalid_union')
    return `must be a port number or a name, found ${JSON.stringify(found)}`;
  const shown =
    found === undefined || typeof found === 'object' ? '' : `: ${JSON.stringify(found)}`;
  return `${issue.message}${shown}`;
}

function article(type: string): string {
  const words: Record<string, string> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
  };
  return words[type] ?? type;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `${typeof value === 'string' ? 'text' : `the ${typeof value}`} ${JSON.stringify(value)}`;
}

/** `pods[3].ip`; the whole file is `topology`. */
function showPath(path: Path): string {
  let text = '';
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step)}`;
  }
  return text === '' ? 'topology' : text;
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here === 'string') return here; // an address alone, for the mapping it stands for
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}

/** Where the value stands, or the nearest mapping or list around it when it is missing. */
function positionOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const found = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(found) && found.range) return found.range[0];
  }
  return 0;
}

function keyPosition(document: Document, path: Path, key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isMap(map)) {
    for (const pair of map.items) {
      if (isNode(pair.key) && pair.key.range && String(pair.key) === key) return pair.key.range[0];
    }
  }
  return positionOf(document, path);
}

/** Spellings of kubectl that people will try. */
const MEANT: Record<string, string> = {
  podIP: 'ip',
  podIPs: 'ips',
  address: 'ip',
  nodeName: 'node',
  podCIDR: 'podCidrs',
  podCIDRs: 'podCidrs',
  clusterIP: 'clusterIp',
  clusterIPs: 'clusterIps',
  externalIPs: 'externalIps',
  hostIP: 'node',
  metadata: 'name, namespace',
  items: '--kube-json, which reads kubectl’s JSON',
};

function hint(key: string, path: Path): string {
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  return meant === undefined || (path.length === 0 && key !== 'items') ? '' : `, try ${meant}`;
}

/** Lines of list items, for the source of each fact. */
class Lines {
  private readonly document: Document;
  private readonly counter: LineCounter;
  private readonly file: string;

  constructor(document: Document, counter: LineCounter, file: string) {
    this.document = document;
    this.counter = counter;
    this.file = file;
  }

  /** The source of item i of a list: what it says itself, else this file and line. */
  source(list: string, i: number, told: string | undefined): FactSource {
    if (told !== undefined) return parseSource(told);
    const seq = this.document.get(list, true);
    const item = isSeq(seq) ? seq.items[i] : undefined;
    const at = isNode(item) && item.range ? item.range[0] : 0;
    return { kind: 'file', detail: `${this.file}:${this.counter.linePos(at).line}` };
  }
}

/** `kubectl: pods.json: items[3]`, or the kind alone. */
function parseSource(told: string): FactSource {
  const kind = SOURCE_KINDS.find((k) => told === k || told.startsWith(`${k}: `))!;
  return { kind, detail: told.slice(kind.length + 2) || kind };
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text) / 1000;
}

/** A reason as the file words it. */
function quoted(text: string | undefined): Sentence | undefined {
  return text === undefined ? undefined : { code: 'quoted', text };
}

function toFacts(file: TopologyFile, lines: Lines): Facts {
  const facts = noFacts();
  for (const kind of file.complete ?? []) facts.complete.add(kind);
  for (const [i, { source, confidence, addresses, why, ...rest }] of file.nodes.entries()) {
    facts.nodes.push({
      ...rest,
      why: quoted(why),
      addresses: addresses.map(({ ip, role }) => ({ address: ip, role })),
      source: lines.source('nodes', i, source),
      score: confidence ?? 1,
    });
  }
  for (const [i, { source, confidence, ip, ips, from, to, ...rest }] of file.pods.entries()) {
    facts.pods.push({
      ...rest,
      addresses: [...(ip === undefined ? [] : [ip]), ...(ips ?? [])],
      from: seconds(from),
      to: seconds(to),
      source: lines.source('pods', i, source),
      score: confidence ?? 1,
    });
  }
  for (const [i, service] of file.services.entries())
    addService(facts, service, lines.source('services', i, service.source));
  for (const [i, { source, confidence, why, ...rest }] of file.ranges.entries()) {
    facts.ranges.push({
      ...rest,
      why: quoted(why),
      source: lines.source('ranges', i, source),
      score: confidence ?? 1,
    });
  }
  for (const [i, { source, confidence, ip, from, to, why, ...rest }] of file.addresses.entries()) {
    const from1 = lines.source('addresses', i, source);
    facts.addresses.push({
      ...rest,
      address: ip,
      from: seconds(from),
      to: seconds(to),
      why: quoted(why) ?? { code: 'source-says', source: from1.detail },
      source: from1,
      score: confidence ?? 1,
    });
  }
  for (const [i, { source, confidence, ip, name, kind }] of file.names.entries()) {
    facts.names.push({
      address: ip,
      name,
      kind,
      source: lines.source('names', i, source),
      score: confidence ?? 1,
    });
  }
  for (const [i, { id, labels, source }] of file.identities.entries()) {
    facts.identities.push({ id, labels, source: lines.source('identities', i, source), score: 1 });
  }
  for (const [i, { plugin, mode, why, source, confidence }] of file.plugins.entries()) {
    const from = lines.source('plugins', i, source);
    const quote = quoted(why);
    facts.plugins.push({ plugin, mode, why: quote, source: from, score: confidence ?? 1 });
  }
  return facts;
}

function addService(
  facts: Facts,
  service: TopologyFile['services'][number],
  source: FactSource,
): void {
  const { namespace, name } = service;
  facts.services.push({
    namespace,
    name,
    type: service.type,
    clusterIps: [
      ...(service.clusterIp === undefined ? [] : [service.clusterIp]),
      ...(service.clusterIps ?? []),
    ],
    headless: service.headless,
    externalIps: service.externalIps ?? [],
    ingress: service.ingress ?? [],
    ports: service.ports.map((p) => ({
      name: p.name,
      protocol: p.protocol,
      port: p.port,
      targetPort: p.targetPort,
      nodePort: p.nodePort,
    })),
    externalTrafficPolicy: service.externalTrafficPolicy,
    internalTrafficPolicy: service.internalTrafficPolicy,
    healthCheckNodePort: service.healthCheckNodePort,
    externalName: service.externalName,
    loadBalancer:
      service.aws === undefined
        ? undefined
        : {
            targetType: service.aws.targetType,
            proxyProtocol: service.aws.proxyProtocol,
            preserveClientIp: service.aws.preserveClientIp,
            scheme: service.aws.scheme,
          },
    endpointsListed: service.endpoints !== undefined,
    source,
    score: service.confidence ?? 1,
  });
  for (const endpoint of service.endpoints ?? []) {
    const [podNamespace, pod] = endpoint.pod?.split('/') ?? [];
    facts.endpoints.push({
      namespace,
      service: name,
      address: endpoint.ip,
      node: endpoint.node,
      pod:
        podNamespace === undefined || pod === undefined
          ? undefined
          : { namespace: podNamespace, name: pod },
      ready: endpoint.ready,
      ports: endpoint.ports.map((p) => ({ name: p.name, port: p.port, protocol: p.protocol })),
      source: endpoint.source === undefined ? source : parseSource(endpoint.source),
      score: 1,
    });
  }
}
