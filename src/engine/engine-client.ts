/** The model of an engine in another thread: every question is a message there and one back. */
import { Worker } from 'node:worker_threads';
import type { Model, Status } from '../view/model.ts';
import type { EngineSpec } from './open.ts';
import { errorOf, type Question, type Reply, type Request } from './worker-messages.ts';

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Old-space memory of the engine's thread, MiB: columns of packets and flows are outside of it. */
const HEAP_MAX_MIB = 4096;

type Answer<Q extends Question> = ReturnType<Model[Q]>;

export class EngineClient implements Model {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(status: Status) => void>();
  private asked = 0;
  /** Why nothing can be asked any more. */
  private ended: Error | undefined = undefined;
  private closing: Promise<void> | undefined = undefined;
  private onClosed: () => void = () => undefined;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  /** Open an engine in a new thread. Rejects as `openEngine` does. */
  static open(spec: EngineSpec): Promise<EngineClient> {
    return EngineClient.start(new URL('./engine-worker.js', import.meta.url), spec);
  }

  /** The same in a thread that runs this file, which serves an engine of its own making. */
  static start(file: URL, workerData: unknown): Promise<EngineClient> {
    const worker = new Worker(file, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
    });
    const client = new EngineClient(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (reply: Reply) => {
        if (reply.kind === 'opened') resolve(client);
        else if (reply.kind === 'failed') {
          client.end(errorOf(reply.error));
          reject(errorOf(reply.error));
          void worker.terminate();
        } else client.take(reply);
      });
      worker.on('error', (error: unknown) => {
        client.end(error as Error);
        reject(error as Error);
      });
      worker.on('exit', () => {
        const error = client.ended ?? new Error('the engine has ended');
        client.end(error);
        reject(error);
      });
    });
  }

  private take(reply: Reply): void {
    if (reply.kind === 'status') {
      for (const listener of this.listeners) listener(reply.status);
    } else if (reply.kind === 'closed') this.onClosed();
    else if (reply.kind === 'answer' || reply.kind === 'refusal') {
      const pending = this.pending.get(reply.id);
      this.pending.delete(reply.id);
      if (reply.kind === 'answer') pending?.resolve(reply.value as never);
      else pending?.reject(errorOf(reply.error));
    }
  }

  /** Nothing more comes: tell all who wait. */
  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
    this.onClosed();
  }

  private ask<Q extends Question>(question: Q, ...of: Parameters<Model[Q]>): Answer<Q> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) return reject(this.ended);
      const id = this.asked++;
      this.pending.set(id, { resolve, reject });
      this.tell({ kind: 'ask', id, question, of });
    }) as Answer<Q>;
  }

  private tell(request: Request): void {
    this.worker.postMessage(request);
  }

  subscribe(listener: (status: Status) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  status: Model['status'] = () => this.ask('status');
  settled: Model['settled'] = () => this.ask('settled');
  conversations: Model['conversations'] = (query) => this.ask('conversations', query);
  record: Model['record'] = (id) => this.ask('record', id);
  packets: Model['packets'] = (query) => this.ask('packets', query);
  frame: Model['frame'] = (packet) => this.ask('frame', packet);
  rowOfConversation: Model['rowOfConversation'] = (id, query) =>
    this.ask('rowOfConversation', id, query);
  rowOfPacket: Model['rowOfPacket'] = (packet, query) => this.ask('rowOfPacket', packet, query);
  search: Model['search'] = (query) => this.ask('search', query);
  topology: Model['topology'] = () => this.ask('topology');
  statistics: Model['statistics'] = () => this.ask('statistics');
  stream: Model['stream'] = (conversation) => this.ask('stream', conversation);
  advise: Model['advise'] = (filter, cursor) => this.ask('advise', filter, cursor);
  stop: Model['stop'] = () => this.ask('stop');
  save: Model['save'] = (file, query) => this.ask('save', file, query);

  /** Waits for files to be let go of, but not for an engine that no longer answers. */
  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    if (this.ended === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_MS);
        this.onClosed = () => {
          clearTimeout(timer);
          resolve();
        };
        this.tell({ kind: 'close' });
      });
    }
    this.end(new Error('the engine is closed'));
    await this.worker.terminate();
  }
}

/** An engine that is in the middle of a long analysis is ended, ms. */
const CLOSE_MS = 500;
