/**
 * What conversations say of themselves in their payload: PROXY headers, the application's first words,
 * and which conversations a proxy ties together.
 */
import { addressOf, portOf } from '../flow/addresses.ts';
import type { ApplicationFact, ProxyFact } from '../flow/application-fact.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Stitching } from '../flow/stitch.ts';
import type { ApplicationRecord, ProxyRecord } from './record.ts';

export class Told {
  private readonly stage: FlowStage;
  private readonly stitching: Stitching;
  /** By conversation: the others that a PROXY header ties it to, 1-based ids in order. */
  private readonly related = new Map<number, number[]>();

  constructor(stage: FlowStage, stitching: Stitching) {
    this.stage = stage;
    this.stitching = stitching;
    this.relate();
  }

  /** The first PROXY header with those stacked behind it, null when there is none. */
  proxyOf(conversation: number): ProxyRecord | null {
    const fact = this.factOf(conversation, (f) => f.proxy !== undefined);
    if (fact?.proxy === undefined) return null;
    return { ...showProxy(fact.proxy), stacked: fact.stacked.map(showProxy) };
  }

  applicationOf(conversation: number): ApplicationRecord | null {
    const fact = this.factOf(conversation, (f) => f.protocol !== undefined);
    return fact === undefined ? null : showApplication(fact);
  }

  /** User-Agent of the first HTTP request, undefined when there is none. */
  userAgentOf(conversation: number): string | undefined {
    return this.factOf(conversation, (f) => f.userAgent !== undefined)?.userAgent;
  }

  /** 1-based ids of the conversations that a proxy made of this one, or this one of. */
  relatedTo(conversation: number): number[] {
    return this.related.get(conversation) ?? [];
  }

  private factOf(
    conversation: number,
    has: (fact: ApplicationFact) => boolean,
  ): ApplicationFact | undefined {
    if (this.stage.facts.size === 0) return undefined;
    const { start, members } = this.stitching;
    for (let m = start[conversation]!; m < start[conversation + 1]!; m++) {
      const fact = this.stage.facts.of(members[m]! >> 1);
      if (fact !== undefined && has(fact)) return fact;
    }
    return undefined;
  }

  /** A PROXY header names the two ends of the connection before the proxy: find that connection. */
  private relate(): void {
    const { facts, flows } = this.stage;
    const wanted = new Map<string, Set<number>>();
    for (const [f, fact] of facts.entries()) {
      const { source, destination } = fact.proxy ?? {};
      if (source == null || destination == null) continue;
      const key = `${source.ip} ${source.port} ${destination.ip} ${destination.port}`;
      const there = wanted.get(key);
      if (there === undefined) wanted.set(key, new Set([this.stitching.conversationOf[f]!]));
      else there.add(this.stitching.conversationOf[f]!);
    }
    if (wanted.size === 0) return;
    for (let f = 0; f < flows.count; f++) {
      for (let side = 0; side < 2; side++) {
        const key = `${addressOf(flows, f, side)} ${portOf(flows, f, side)} ${addressOf(flows, f, 1 - side)} ${portOf(flows, f, 1 - side)}`;
        const own = this.stitching.conversationOf[f]!;
        for (const other of wanted.get(key) ?? []) if (other !== own) this.tie(own, other);
      }
    }
  }

  private tie(a: number, b: number): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const there = this.related.get(from) ?? [];
      if (there.includes(to + 1)) continue;
      there.push(to + 1);
      this.related.set(
        from,
        there.sort((x, y) => x - y),
      );
    }
  }
}

function showProxy(fact: ProxyFact): ProxyRecord {
  return {
    version: fact.version,
    command: fact.command,
    source: fact.source,
    destination: fact.destination,
    checksum: fact.checksum,
    tlvs: fact.tlvs.map((tlv) => ({ type: tlv.type, name: tlv.name, value: tlv.value })),
    stacked: [],
  };
}

const APPLICATION_KEYS = [
  'host',
  'method',
  'path',
  'status',
  'alpn',
  'version',
  'query',
  'queryType',
  'rcode',
  'answers',
  'prefixes',
  'nextHop',
] as const;

function showApplication(fact: ApplicationFact): ApplicationRecord {
  const record: Record<string, unknown> = { protocol: fact.protocol };
  for (const key of APPLICATION_KEYS) {
    const value = fact[key];
    if (value !== undefined && value !== null) record[key] = value;
  }
  return record as unknown as ApplicationRecord;
}
