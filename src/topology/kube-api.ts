/**
 * The cluster as its API tells it: every kind listed in pages, then watched. Objects become facts as they
 * come and are not kept. Pods that go leave their address with its time, so that a capture from before is
 * still right.
 */

import { joinFacts } from './build.ts';
import { type CompleteKind, type Facts, type PodFact, TopologyError } from './facts.ts';
import { at, listAt, textAt } from './json-value.ts';
import type { KubeConnection } from './kube-connect.ts';
import { KubeObjects } from './kube-objects.ts';

const CODE = 'NETLENS_KUBE_API';
const PAGE = 500;
/** Times that a list is begun anew because its pages expired. */
const RESTARTS_MAX = 5;
/** A watch event longer than this many characters is nobody's pod. */
const EVENT_MAX = 16 * 1024 * 1024;
/** Pods remembered after they are gone. */
const HISTORY_MAX = 1 << 16;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 30_000;
/** The server ends a watch after this; ending it ourselves would look like a failure. */
const WATCH_SECONDS = 290;

interface Resource {
  readonly path: string;
  readonly plural: string;
  readonly kind: string;
  /** What is complete once it is listed. */
  readonly complete?: CompleteKind;
  /** Missing in many clusters, so neither 404 nor 403 is worth a word. */
  readonly optional: boolean;
}

function resource(path: string, kind: string, complete?: CompleteKind): Resource {
  const plural = path.slice(path.lastIndexOf('/') + 1);
  return { path, plural, kind, optional: complete === undefined, ...(complete && { complete }) };
}

const RESOURCES: readonly Resource[] = [
  resource('/api/v1/nodes', 'Node', 'nodes'),
  resource('/api/v1/pods', 'Pod', 'pods'),
  resource('/api/v1/services', 'Service', 'services'),
  resource('/apis/discovery.k8s.io/v1/endpointslices', 'EndpointSlice', 'endpoints'),
  resource('/apis/networking.k8s.io/v1/servicecidrs', 'ServiceCIDR'),
  resource('/apis/crd.projectcalico.org/v1/ippools', 'IPPool'),
  resource('/apis/crd.projectcalico.org/v1/blockaffinities', 'BlockAffinity'),
  resource('/apis/crd.projectcalico.org/v1/ipamblocks', 'IPAMBlock'),
  resource('/apis/cilium.io/v2/ciliumnodes', 'CiliumNode'),
  resource('/apis/cilium.io/v2/ciliumendpoints', 'CiliumEndpoint'),
  resource('/apis/cilium.io/v2/ciliumidentities', 'CiliumIdentity'),
];

/** An answer of the API that is no list. */
class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What came of one kind: facts by object, and where to watch from. */
class Listing {
  readonly resource: Resource;
  readonly byName = new Map<string, Facts>();
  version = '';
  available = false;

  constructor(of: Resource) {
    this.resource = of;
  }
}

export interface KubeFactsOptions {
  /** Told, once each, what could not be had. */
  readonly onProblem?: (problem: string) => void;
  /** Told after a change, at most once in `settleMs`. */
  readonly onChange?: () => void;
  readonly settleMs?: number;
  /** Seconds since 1970 UTC; for tests. */
  readonly now?: () => number;
  /** First wait after a failed watch; for tests. */
  readonly retryMs?: number;
}

/** The facts of a cluster, listed once and then kept up to date. */
export class KubeFacts {
  private readonly connection: KubeConnection;
  private readonly options: KubeFactsOptions;
  private readonly listings: readonly Listing[];
  private readonly ended: PodFact[] = [];
  private readonly problems = new Set<string>();
  private readonly abort = new AbortController();
  private readonly watches: Promise<void>[] = [];
  private joined: Facts | undefined;
  private settling: NodeJS.Timeout | undefined;

  constructor(connection: KubeConnection, options: KubeFactsOptions = {}) {
    this.connection = connection;
    this.options = options;
    this.listings = RESOURCES.map((of) => new Listing(of));
  }

  /**
   * List every kind. A kind that may not be listed leaves a problem that says what to grant; throws
   * TopologyError when no pods, nodes or services can be had at all.
   */
  async list(): Promise<void> {
    const failures: ApiError[] = [];
    for (const listing of this.listings) {
      try {
        await this.relist(listing);
      } catch (error) {
        if (!(error instanceof ApiError)) throw this.unreachable(error);
        if (error.status === 401)
          throw new TopologyError(
            CODE,
            `Kubernetes ${this.connection.server}: the credentials are not accepted (401)`,
          );
        if (!listing.resource.optional) {
          failures.push(error);
          this.problem(error.message);
        } else if (error.status !== 404 && error.status !== 403) {
          this.problem(error.message);
        }
      }
    }
    if (this.listings.every(({ available }) => !available)) {
      throw new TopologyError(
        CODE,
        failures[0]?.message ?? `Kubernetes ${this.connection.server}: nothing could be listed`,
      );
    }
  }

  /** Watch what was listed until `close`. */
  watch(): void {
    for (const listing of this.listings)
      if (listing.available) this.watches.push(this.follow(listing));
  }

  async close(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.settling);
    await Promise.allSettled(this.watches);
  }

  /** All that is known now; the same object until something changes. */
  facts(): Facts {
    if (this.joined !== undefined) return this.joined;
    const all = joinFacts(this.listings.flatMap(({ byName }) => [...byName.values()]));
    for (const { resource: of, available } of this.listings) {
      if (available && of.complete !== undefined) all.complete.add(of.complete);
    }
    all.pods.push(...this.ended);
    all.problems.push(...this.problems);
    this.joined = all;
    return all;
  }

  private problem(text: string): void {
    if (this.problems.has(text)) return;
    this.problems.add(text);
    this.joined = undefined;
    this.options.onProblem?.(text);
  }

  private unreachable(error: unknown): TopologyError {
    const code = (error as NodeJS.ErrnoException).code;
    const words: Record<string, string> = {
      ECONNREFUSED: 'connection refused',
      ENOTFOUND: 'no such host',
      ETIMEDOUT: 'no answer',
      CERT_HAS_EXPIRED: 'its certificate has expired',
      DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
      SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
    };
    const why =
      (code !== undefined && words[code]) ||
      (error instanceof Error ? error.message : String(error));
    return new TopologyError(CODE, `Kubernetes ${this.connection.server}: ${why}`);
  }

  private now(): number {
    return this.options.now?.() ?? Date.now() / 1000;
  }

  /** All pages of one kind, then what is no longer there goes. */
  private async relist(listing: Listing): Promise<void> {
    const { path, kind } = listing.resource;
    const seen = new Set<string>();
    let token = '';
    let restarts = 0;
    for (let isLast = false; !isLast; ) {
      const query = new URLSearchParams({
        limit: String(PAGE),
        ...(token !== '' && { continue: token }),
      });
      const { status, value } = await this.getJson(`${path}?${query}`);
      if (status === 410 && token !== '' && restarts++ < RESTARTS_MAX) {
        // The list grew too old while it was paged through: once more, from the start.
        seen.clear();
        token = '';
        continue;
      }
      if (status !== 200) throw this.refused(listing.resource, status, value);
      for (const item of listAt(value, 'items')) seen.add(this.put(listing, item));
      listing.version = textAt(value, 'metadata', 'resourceVersion') ?? '';
      token = textAt(value, 'metadata', 'continue') ?? '';
      isLast = token === '';
    }
    for (const name of listing.byName.keys()) if (!seen.has(name)) this.remove(listing, name, kind);
    listing.available = true;
    this.changed();
  }

  private refused({ plural, path }: Resource, status: number, value: unknown): ApiError {
    const server = `Kubernetes ${this.connection.server}`;
    if (status === 403) {
      const group = path.startsWith('/api/') ? '' : path.split('/')[2];
      return new ApiError(
        status,
        `${server}: not allowed to list ${plural} (403): grant get, list, watch on ${plural} in API group "${group}"`,
      );
    }
    const message = textAt(value, 'message') ?? 'no reason given';
    return new ApiError(status, `${server}: cannot list ${plural} (${status}): ${message}`);
  }

  private async getJson(path: string): Promise<{ status: number; value: unknown }> {
    const { status, body } = await this.connection.get(path, this.abort.signal);
    let text = '';
    for await (const chunk of body) text += chunk;
    try {
      return { status, value: JSON.parse(text) };
    } catch {
      if (status !== 200) return { status, value: undefined };
      throw new Error('the answer is not JSON');
    }
  }

  /** Take an object over; a pod that changed its address or its uid leaves its past. Yields its name. */
  private put(listing: Listing, item: unknown): string {
    const { kind } = listing.resource;
    const namespace = textAt(item, 'metadata', 'namespace');
    const bare = textAt(item, 'metadata', 'name') ?? '';
    const name = namespace === undefined ? bare : `${namespace}/${bare}`;
    const objects = new KubeObjects('api');
    objects.add(item, `${kind} ${name}`, kind);
    const facts = objects.facts();
    const before = listing.byName.get(name)?.pods[0];
    const after = facts.pods[0];
    if (before !== undefined && (after === undefined || isAnother(before, after)))
      this.bury(before);
    listing.byName.set(name, facts);
    return name;
  }

  private remove(listing: Listing, name: string, kind: string): void {
    const pod = listing.byName.get(name)?.pods[0];
    listing.byName.delete(name);
    if (kind === 'Pod' && pod !== undefined) this.bury(pod);
  }

  /** A pod is gone: its addresses were its own until now. */
  private bury(pod: PodFact): void {
    if (pod.hostNetwork || pod.addresses.length === 0 || pod.ended === true) return;
    this.ended.push({ ...pod, ended: true, to: this.now() });
    if (this.ended.length > HISTORY_MAX) {
      this.ended.shift();
      this.problem(`Kubernetes: more than ${HISTORY_MAX} pods are gone; the oldest are forgotten`);
    }
  }

  private changed(): void {
    this.joined = undefined;
    const { onChange, settleMs = 500 } = this.options;
    if (onChange === undefined || this.settling !== undefined || this.abort.signal.aborted) return;
    this.settling = setTimeout(() => {
      this.settling = undefined;
      onChange();
    }, settleMs);
    this.settling.unref();
  }

  /** Watch one kind, over and over: from where it stood, or from a new list when that is too old. */
  private async follow(listing: Listing): Promise<void> {
    const { signal } = this.abort;
    const first = this.options.retryMs ?? RETRY_FIRST_MS;
    let wait = first;
    let stale = false;
    while (!signal.aborted) {
      try {
        if (stale) await this.relist(listing);
        stale = await this.watchOnce(listing);
        wait = first;
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof ApiError ? error.message : this.unreachable(error).message;
        this.problem(`${why}; ${listing.resource.plural} may be out of date`);
        await pause(wait * (0.5 + Math.random()), signal);
        wait = Math.min(2 * wait, RETRY_LAST_MS);
      }
    }
  }

  /** One watch until the server ends it. True when the version is too old to go on from (410 Gone). */
  private async watchOnce(listing: Listing): Promise<boolean> {
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: listing.version,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const { status, body } = await this.connection.get(
      `${listing.resource.path}?${query}`,
      this.abort.signal,
    );
    if (status === 410) {
      for await (const _ of body); // drained, so that the connection is free
      return true;
    }
    if (status !== 200) {
      for await (const _ of body);
      throw this.refused(listing.resource, status, undefined);
    }
    for await (const line of linesOf(body)) {
      if (this.take(listing, line)) return true;
    }
    return false;
  }

  /** One event. True when it says that the version is too old. */
  private take(listing: Listing, line: string): boolean {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      throw new Error('a watch event is not JSON');
    }
    const type = textAt(event, 'type');
    const object = at(event, 'object');
    if (type === 'ERROR') {
      const code = at(object, 'code');
      if (code === 410) return true;
      throw new ApiError(
        typeof code === 'number' ? code : 500,
        `Kubernetes ${this.connection.server}: watch of ${listing.resource.plural}: ${textAt(object, 'message') ?? 'failed'}`,
      );
    }
    const version = textAt(object, 'metadata', 'resourceVersion');
    if (version !== undefined) listing.version = version;
    if (type === 'ADDED' || type === 'MODIFIED') {
      this.put(listing, object);
      this.changed();
    } else if (type === 'DELETED') {
      const namespace = textAt(object, 'metadata', 'namespace');
      const bare = textAt(object, 'metadata', 'name') ?? '';
      this.remove(
        listing,
        namespace === undefined ? bare : `${namespace}/${bare}`,
        listing.resource.kind,
      );
      this.changed();
    }
    return false;
  }
}

function isAnother(before: PodFact, after: PodFact): boolean {
  if (before.uid !== after.uid) return true;
  return before.addresses.some((address) => !after.addresses.includes(address));
}

/** Lines of a text that comes in chunks; throws for one that never ends. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    if (rest.length > EVENT_MAX)
      throw new Error(`a watch event is longer than ${EVENT_MAX} characters`);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}

/** The cluster as it is now, listed once. */
export async function readKubeApi(connection: KubeConnection): Promise<Facts> {
  const cluster = new KubeFacts(connection);
  await cluster.list();
  return cluster.facts();
}
