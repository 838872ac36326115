/** How much of a lab's truth netlens finds in its captures: conversation by conversation, in categories. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from '../../src/classify/analyse.ts';
import type { NatTable } from '../../src/classify/nat-tables.ts';
import type { ConversationRecord, ProxyRecord, TupleRecord } from '../../src/classify/record.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { openCaptures } from '../../src/source/open.ts';
import { parseConntrack } from '../../src/topology/conntrack.ts';
import type { Facts } from '../../src/topology/facts.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';

export interface TruthEnd {
  readonly ip: string;
  readonly port: number;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly node: string | null;
}

export interface TruthConversation {
  readonly id: string;
  readonly protocol: string;
  readonly label: string;
  readonly client: TruthEnd;
  readonly server: TruthEnd;
  readonly dialled: TupleRecord;
  readonly encapsulation: readonly { type: string; outer: { src: string; dst: string } }[];
  readonly translations: readonly {
    type: string;
    node: string | null;
    before: TupleRecord;
    after: TupleRecord;
  }[];
  readonly proxyProtocol: Partial<ProxyRecord> | null;
  readonly start: string;
  readonly end: string;
  readonly captures: Readonly<Record<string, number>>;
  readonly words: readonly string[];
}

export const CATEGORIES = [
  'joined',
  'label',
  'client',
  'server',
  'encapsulation',
  'translations',
  'proxy',
] as const;
export type Category = (typeof CATEGORIES)[number];

export interface Score {
  readonly right: Record<Category, number>;
  readonly of: Record<Category, number>;
  /** Labels by what is wrong with them. */
  certainWrong: number;
  otherWrong: number;
  unknown: number;
  missing: number;
  /** One line each. */
  readonly faults: string[];
}

export function truthOf(directory: string): TruthConversation[] {
  const text = readFileSync(join(directory, 'truth.json'), 'utf8');
  return (JSON.parse(text) as { conversations: TruthConversation[] }).conversations;
}

export function capturesOf(directory: string): string[] {
  const captures = join(directory, 'captures');
  if (!existsSync(captures)) return [];
  return readdirSync(captures)
    .sort()
    .map((name) => join(captures, name));
}

/** Records of all conversations in the files, with the given knowledge. */
export async function recordsOf(
  files: readonly string[],
  facts: readonly Facts[],
  conntrackTables: readonly NatTable[] = [],
): Promise<ConversationRecord[]> {
  const source = await openCaptures([...files]);
  const stage = new FlowStage();
  const packet = new Packet();
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    for (let i = 0; i < frames.count; i++) {
      decode(frames, i, packet);
      stage.observe(packet, frames, i);
    }
  }
  stage.finish();
  await source.close();
  const conversations = analyse(stage, { facts, conntrackTables });
  return Array.from({ length: conversations.count }, (_, c) => conversations.record(c));
}

export async function factsOf(directory: string): Promise<Facts[]> {
  return [await readKubeJson([join(directory, 'kube')])];
}

/** The connection tables that the lab read on its nodes. */
export function conntrackOf(directory: string): NatTable[] {
  const nodes = join(directory, 'nodes');
  if (!existsSync(nodes)) return [];
  return readdirSync(nodes).flatMap((node) => {
    const file = join(nodes, node, 'conntrack.txt');
    if (!existsSync(file)) return [];
    return [{ name: file, node, entries: parseConntrack(readFileSync(file, 'utf8')).entries }];
  });
}

/** `isFull`: all captures and metadata were given, so names and joins must be right too. */
export function score(
  truth: readonly TruthConversation[],
  records: readonly ConversationRecord[],
  isFull: boolean,
): Score {
  const result: Score = {
    right: zero(),
    of: zero(),
    certainWrong: 0,
    otherWrong: 0,
    unknown: 0,
    missing: 0,
    faults: [],
  };
  const byTuple = index(records);
  for (const wanted of truth) {
    const found = matches(wanted, byTuple);
    if (found.length === 0) {
      result.missing++;
      if (isFull) result.faults.push(`${wanted.id}: not found`);
      continue;
    }
    const best = found.reduce((a, b) => (b.hops.length > a.hops.length ? b : a));
    scoreOne(result, wanted, best, found.length, isFull);
  }
  return result;
}

function scoreOne(
  result: Score,
  wanted: TruthConversation,
  found: ConversationRecord,
  pieces: number,
  isFull: boolean,
): void {
  const check = (category: Category, want: string, got: string): void => {
    result.of[category]++;
    if (want === got) result.right[category]++;
    else result.faults.push(`${wanted.id}: ${category}: want ${want}, got ${got}`);
  };
  check('joined', '1', String(pieces));
  check('label', wanted.label, found.label);
  if (wanted.label !== found.label) {
    if (found.label === 'unknown') result.unknown++;
    else if (found.confidence === 'certain') result.certainWrong++;
    else result.otherWrong++;
  }
  check('client', showEnd(wanted.client, isFull), showEnd(found.client, isFull));
  check('server', showEnd(wanted.server, isFull), showEnd(found.server, isFull));
  check('encapsulation', showTunnels(wanted), showTunnels(found));
  check('translations', showTranslations(wanted), showTranslations(found));
  if (wanted.proxyProtocol !== null || found.proxyProtocol !== null) {
    check('proxy', showProxy(wanted.proxyProtocol), showProxy(found.proxyProtocol));
  }
}

function index(records: readonly ConversationRecord[]): Map<string, ConversationRecord[]> {
  const byTuple = new Map<string, ConversationRecord[]>();
  for (const record of records) {
    const keys = new Set(
      record.hops.flatMap((hop) => [
        keyOf(record.protocol, hop.tuple),
        keyOf(record.protocol, turned(hop.tuple)),
      ]),
    );
    for (const key of keys) {
      const there = byTuple.get(key);
      if (there === undefined) byTuple.set(key, [record]);
      else there.push(record);
    }
  }
  return byTuple;
}

/** Records that have one of the truth's tuples at some hop, at that time. */
function matches(
  wanted: TruthConversation,
  byTuple: ReadonlyMap<string, ConversationRecord[]>,
): ConversationRecord[] {
  const { client, server, dialled, translations } = wanted;
  const tuples: TupleRecord[] = [
    dialled,
    { src: client.ip, sport: client.port, dst: server.ip, dport: server.port },
    ...translations.flatMap((t) => [t.before, t.after]),
  ];
  const found = new Set<ConversationRecord>();
  const exact = new Set<ConversationRecord>();
  for (const tuple of tuples) {
    for (const record of byTuple.get(keyOf(wanted.protocol, tuple)) ?? []) {
      const overlaps =
        Date.parse(record.start) <= Date.parse(wanted.end) + 2000 &&
        Date.parse(record.end) >= Date.parse(wanted.start) - 2000;
      if (overlaps) found.add(record);
      const isWithin = record.start <= wanted.end && record.end >= wanted.start; // alike in length: RFC 3339 with nanoseconds
      if (isWithin) exact.add(record);
    }
  }
  // of a 5-tuple used again shortly after, the use at that time; clocks of nodes may differ
  return exact.size > 0 ? [...exact] : [...found];
}

function keyOf(protocol: string, t: TupleRecord): string {
  return `${protocol} ${t.src} ${t.sport} ${t.dst} ${t.dport}`;
}

function turned(t: TupleRecord): TupleRecord {
  return { src: t.dst, sport: t.dport, dst: t.src, dport: t.sport };
}

function showEnd(end: TruthEnd, isFull: boolean): string {
  const address = `${end.ip}:${end.port}`;
  if (!isFull || end.kind === 'external') return address;
  const name =
    end.kind === 'pod' ? `${end.namespace}/${end.name}` : end.kind === 'node' ? end.name : '';
  return `${address} ${end.kind} ${name} ${end.node ?? ''}`;
}

function showTunnels(of: Pick<TruthConversation, 'encapsulation'>): string {
  return of.encapsulation
    .map((e) => `${e.type} ${e.outer.src}>${e.outer.dst}`)
    .sort()
    .join(', ');
}

function showTranslations(of: Pick<TruthConversation, 'translations'>): string {
  return of.translations
    .map((t) => `${t.type} ${keyOf('', t.before)} > ${keyOf('', t.after)}`)
    .sort()
    .join(', ');
}

function showProxy(proxy: Partial<ProxyRecord> | null): string {
  if (proxy === null) return 'none';
  return JSON.stringify([proxy.version, proxy.command, proxy.source, proxy.destination]);
}

function zero(): Record<Category, number> {
  return Object.fromEntries(CATEGORIES.map((c) => [c, 0])) as Record<Category, number>;
}
