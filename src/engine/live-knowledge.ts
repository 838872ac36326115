/** What is known of the cluster while capturing: files once, the API watched, this machine asked again when it changes. */
import { existsSync, readFileSync } from 'node:fs';
import type { AnalyseOptions } from '../classify/analyse.ts';
import type { NatTable } from '../classify/nat-tables.ts';
import type { Knowledge } from '../classify/running.ts';
import type { Facts } from '../topology/facts.ts';
import type { KubeFacts } from '../topology/kube-api.ts';
import type { KubeOptions } from '../topology/kube-connect.ts';

/** This machine is asked again at most so often, ms. */
const HOST_REST_MS = 2000;
/**
 * While frames come, connections are read so often, ms: sooner than a conversation that was closed is told and let go
 * of. A table that is long to read is read less often, as this many times what it took.
 */
const CONNTRACK_EVERY_MS = 1000;
const CONNTRACK_REST = 20;
/** A larger connection table takes too long to read while frames come. */
const CONNTRACK_MAX = 50_000;
const CONNTRACK_COUNT = '/proc/sys/net/netfilter/nf_conntrack_count';
const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** What is asked while frames come. */
export interface LiveQuestions extends KubeOptions {
  /** This machine's kernel. */
  readonly host: boolean;
  /** The Kubernetes API; in a pod it is asked all the same. */
  readonly kube: boolean;
}

export interface LiveKnowledgeOptions extends LiveQuestions {
  readonly node: string;
  /** A line for the user. */
  readonly notice: (text: string) => void;
}

export class LiveKnowledge {
  private readonly options: LiveKnowledgeOptions;
  private readonly files: Knowledge;
  private readonly kube: KubeFacts | undefined;
  private host: Facts | undefined = undefined;
  private tables: readonly NatTable[] = [];
  private made: Knowledge | undefined = undefined;
  private readonly told = new Set<string>();
  private hostAgainAtMs = 0;
  private conntrackAgainAtMs = 0;
  private asking = false;
  private hostChanged = false;
  /** Frames that had come when connections were last read. */
  private framesThen = -1;
  private frames = 0;

  private constructor(
    options: LiveKnowledgeOptions,
    files: Knowledge,
    kube: KubeFacts | undefined,
    onKubeChange: { run: () => void },
  ) {
    this.options = options;
    this.files = files;
    this.kube = kube;
    onKubeChange.run = () => {
      this.made = undefined;
    };
  }

  /** Ask all of it once; `files` is what files tell. Rejects with what was asked for and cannot be had. */
  static async open(options: LiveKnowledgeOptions, files: AnalyseOptions): Promise<LiveKnowledge> {
    const changed = { run: () => {} };
    const kube = await openKube(options, () => changed.run());
    const known = { facts: files.facts ?? [], conntrackTables: files.conntrackTables ?? [] };
    const all = new LiveKnowledge(options, known, kube, changed);
    if (options.host) await all.askHost();
    return all;
  }

  /** The same object until something changes. */
  get current(): Knowledge {
    if (this.made !== undefined) return this.made;
    const facts = [...this.files.facts];
    if (this.kube !== undefined) facts.push(this.kube.facts());
    if (this.host !== undefined) facts.push(this.host);
    const conntrackTables = [...this.files.conntrackTables, ...this.tables];
    this.made = { facts, conntrackTables };
    return this.made;
  }

  /** Time passes, and so many frames have come; `changed`: devices, addresses or routes are not what they were. Never waits. */
  tick(changed: boolean, frames: number): void {
    this.hostChanged ||= changed;
    this.frames = frames;
    if (!this.options.host || this.asking) return;
    const now = performance.now();
    const host = this.hostChanged && now >= this.hostAgainAtMs;
    if (!host && (now < this.conntrackAgainAtMs || frames === this.framesThen)) return;
    this.asking = true;
    const work = host ? this.askHost() : this.askConntrack();
    void work.finally(() => {
      this.asking = false;
    });
  }

  private async askHost(): Promise<void> {
    this.hostChanged = false;
    const { readHost } = await import('../topology/host-run.ts');
    this.host = await readHost(this.options.node);
    this.hostAgainAtMs = performance.now() + HOST_REST_MS;
    this.tell(this.host.problems);
    await this.askConntrack();
    this.made = undefined;
  }

  private async askConntrack(): Promise<void> {
    const began = performance.now();
    this.framesThen = this.frames;
    const count = connections();
    if (count > CONNTRACK_MAX) {
      this.tell([`conntrack: not read while it holds more than ${CONNTRACK_MAX} connections`]);
      this.tables = [];
    } else if (count > 0) {
      const { readHostConntrack } = await import('../topology/host-run.ts');
      const { entries, problems } = await readHostConntrack();
      this.tell(problems);
      this.tables = [{ name: 'conntrack of this machine', node: this.options.node, entries }];
      this.made = undefined;
    }
    const took = performance.now() - began;
    this.conntrackAgainAtMs = began + Math.max(CONNTRACK_EVERY_MS, CONNTRACK_REST * took);
  }

  private tell(problems: readonly string[]): void {
    for (const problem of problems) {
      if (this.told.has(problem)) continue;
      this.told.add(problem);
      this.options.notice(problem);
    }
  }

  close(): Promise<void> | undefined {
    return this.kube?.close();
  }
}

/** The API where it was asked for; in a pod also unasked, and then no fault when it does not answer. */
async function openKube(
  options: LiveKnowledgeOptions,
  onChange: () => void,
): Promise<KubeFacts | undefined> {
  const isInPod = process.env.KUBERNETES_SERVICE_HOST !== undefined && existsSync(IN_CLUSTER);
  if (!options.kube && !isInPod) return undefined;
  try {
    const { connectKube } = await import('../topology/kube-connect.ts');
    const { KubeFacts } = await import('../topology/kube-api.ts');
    const cluster = new KubeFacts(await connectKube(options), {
      onChange,
      onProblem: options.notice,
    });
    await cluster.list();
    cluster.watch();
    return cluster;
  } catch (error) {
    if (options.kube) throw error;
    options.notice(`without the Kubernetes API: ${(error as Error).message}`);
    return undefined;
  }
}

/** Entries of this machine's connection table; 0 where it has none. */
function connections(): number {
  try {
    return Number(readFileSync(CONNTRACK_COUNT, 'utf8'));
  } catch {
    return 0;
  }
}
