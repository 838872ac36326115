/**
 * The model of a run in one thread: it reads a source to its end while it answers what views ask. Reading,
 * analysis and the work behind lists take turns in slices of some milliseconds, so that no question waits
 * long; what is not known yet comes with a later answer.
 */

import type { ConversationRecord } from '../classify/record.ts';
import { journeyOf } from '../flow/journey.ts';
import type { Source } from '../source/source.ts';
import { Painter } from '../view/color.ts';
import { showConversation } from '../view/conversation-text.ts';
import type {
  ConversationQuery,
  FilterAdvice,
  FilterFault,
  FrameDetail,
  Model,
  PacketFilter,
  PacketIndex,
  PacketQuery,
  PacketRow,
  Page,
  SearchQuery,
  Statistics,
  Status,
} from '../view/model.ts';
import type { StreamView } from '../view/stream.ts';
import type { TopologyView } from '../view/topology-view.ts';
import { hasPorts, showEndpoint } from '../view/wording.ts';
import { SentenceError } from '../words/sentence-error.ts';
import { adviceOn, compiled } from './advice.ts';
import { Background } from './background.ts';
import { ConversationLists } from './conversation-lists.ts';
import { Filtering, type Workshop } from './filtering.ts';
import { knownNames } from './known-names.ts';
import { type PacketList, PacketLists } from './packet-lists.ts';
import { PacketLoader } from './packet-loader.ts';
import { Reading, type ReadingOptions } from './reading.ts';
import { savePackets } from './save.ts';
import { type SearchedList, SearchJob } from './search.ts';
import { Shelf, spanOf } from './shelf.ts';
import { statisticsOf } from './statistics-of.ts';
import { StreamJob } from './stream-of.ts';
import { Survey } from './survey.ts';
import { NO_TOPOLOGY, topologyView } from './topology-of.ts';

/** Rows of one answer. */
const ROWS_MAX = 10_000;
/** Filters at work at one time. */
const FILTERS_MAX = 6;
/** Changes are told this often at most, ms. */
const TELL_MS = 80;
const WAIT_MS = 10;
/** Work that has not had its turn for so long has it before the next unfinished answer, ms. */
const PATIENCE_MS = 30;

const plain = new Painter(false);

export class Engine implements Model {
  private readonly reading: Reading;
  private readonly background: Background;
  private readonly shop: Workshop;
  private readonly shelf: Shelf;
  private readonly conversationLists: ConversationLists;
  private readonly packetLists: PacketLists;
  /** By text, the one used last at the end. */
  private readonly filterings = new Map<string, Filtering>();
  private searching: SearchJob | undefined = undefined;
  private readonly streaming = new Set<StreamJob>();
  /** The survey that answers, and the one that will. */
  private survey: Survey | undefined = undefined;
  private nextSurvey: Survey | undefined = undefined;
  private readonly listeners = new Set<(status: Status) => void>();
  private telling: NodeJS.Timeout | undefined = undefined;
  private revision = 0;
  /** When reading or background work had their last turn. */
  private workedAt = 0;
  private readonly finished: Promise<void>;
  private closing: Promise<void> | undefined = undefined;

  /** Begins to read the source, which is the engine's from now on. */
  constructor(source: Source, options: ReadingOptions) {
    this.reading = new Reading(
      source,
      options,
      () => this.changed(),
      (newRow) => this.renumber(newRow),
    );
    const { packets, store, analysis } = this.reading;
    this.background = new Background(() => this.changed());
    const loader = new PacketLoader(packets, store);
    this.shop = { packets, loader, analysis, background: this.background };
    this.shelf = new Shelf(this.reading);
    const filterings = (text: string): Filtering => this.filterings.get(text)!;
    this.conversationLists = new ConversationLists(this.shop, filterings);
    this.packetLists = new PacketLists(this.shop, filterings);
    this.finished = this.reading.run();
  }

  async status(): Promise<Status> {
    return this.statusNow();
  }

  private statusNow(): Status {
    const { reading, revision } = this;
    const { options, stage, analysis, packets, intake, source } = reading;
    const ledger = reading.ledger();
    const rate = reading.speed.rate();
    return {
      phase: reading.phase,
      live: options.live === true,
      inputs: options.inputs,
      revision,
      frames: reading.frames,
      bytes: reading.bytes,
      flows: stage.flows.count,
      conversations: analysis.conversations?.count ?? 0,
      provisional: analysis.provisional,
      frameRate: rate.frames,
      byteRate: rate.bytes,
      progress: { ...source.progress },
      ...spanOf(reading),
      captureDrops: ledger.captureDrops,
      firstKept: packets.first,
      keptUntil: intake.keptUntil,
      bounds: reading.bounds(),
      captureFilter: options.captureFilter ?? '',
      writtenTo: options.beside?.file,
      notices: [...(options.notices ?? [])],
      ledger,
      damage: reading.damage(),
      failure: reading.failure,
    };
  }

  subscribe(listener: (status: Status) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Who asks again and again in this thread, without a pause, would keep all work from its turn. */
  private isTurnDue(): boolean {
    return performance.now() - this.workedAt > PATIENCE_MS;
  }

  private changed(): void {
    this.revision++;
    this.workedAt = performance.now();
    if (this.telling !== undefined || this.closing !== undefined) return;
    this.telling = setTimeout(() => {
      this.telling = undefined;
      if (this.listeners.size === 0) return;
      const status = this.statusNow();
      for (const listener of this.listeners) listener(status);
    }, TELL_MS);
    this.telling.unref();
  }

  async settled(): Promise<void> {
    await this.finished;
    while (this.background.busy) await turn();
  }

  async conversations(query: ConversationQuery): Promise<Page<ConversationRecord>> {
    const fault = this.prepare(query.filter);
    if (fault !== null) return this.page(query.from, [], 0, 1, fault);
    let { order, progress } = this.conversationLists.list(query);
    if (progress < 1 && this.isTurnDue()) {
      await turn();
      ({ order, progress } = this.conversationLists.list(query));
    }
    const from = Math.max(0, Math.min(query.from, order.length));
    const { conversations } = this.shop.analysis;
    const rows = Array.from(order.subarray(from, from + rowCount(query.count)), (c) =>
      conversations!.record(c),
    );
    return this.page(from, rows, order.length, progress, null);
  }

  private page<Row>(
    from: number,
    rows: Row[],
    total: number,
    progress: number,
    fault: FilterFault | null,
  ): Page<Row> {
    return { from, rows, total, progress, fault, revision: this.revision };
  }

  async record(id: number): Promise<ConversationRecord | undefined> {
    return this.recordNow(id);
  }

  private recordNow(id: number): ConversationRecord | undefined {
    const { conversations } = this.shop.analysis;
    if (conversations === undefined || !Number.isInteger(id)) return undefined;
    return id >= 1 && id <= conversations.count ? conversations.record(id - 1) : undefined;
  }

  async packets(query: PacketQuery): Promise<Page<PacketRow>> {
    const fault = this.prepare(query.filter);
    if (fault !== null) return this.page(query.from, [], 0, 1, fault);
    let list = this.packetLists.list(query);
    if (list.progress < 1 && this.isTurnDue()) {
      await turn();
      list = this.packetLists.list(query);
    }
    const from = Math.max(0, Math.min(query.from, list.total));
    const rows: PacketRow[] = [];
    const end = Math.min(list.total, from + rowCount(query.count));
    for (let n = from; n < end; n++) rows.push(this.shelf.row(list.at(n)));
    return this.page(from, rows, list.total, list.progress, null);
  }

  async frame(packet: PacketIndex): Promise<FrameDetail | undefined> {
    return this.shelf.detail(packet);
  }

  async rowOfConversation(id: number, query: ConversationQuery): Promise<number> {
    if (this.prepare(query.filter) !== null) return -1;
    return this.conversationLists.list(query).order.indexOf(id - 1);
  }

  async rowOfPacket(packet: PacketIndex, query: PacketFilter): Promise<number> {
    if (this.prepare(query.filter) !== null) return -1;
    const list = this.packetLists.list(query);
    const row = list.rank(packet);
    return row < list.total ? row : -1;
  }

  async search(query: SearchQuery): Promise<number> {
    this.searching?.cancel();
    if (query.text === '' || this.prepare(query.in.filter) !== null) return -1;
    const list =
      query.list === 'packets' ? this.searchedPackets(query) : this.searchedConversations(query);
    return new Promise((resolve) => {
      this.searching = new SearchJob(list, query, resolve);
      this.background.start(this.searching);
    });
  }

  private searchedPackets(query: SearchQuery): SearchedList {
    const list = this.packetLists.list(query.in);
    return {
      total: list.total,
      text: (n) => {
        const { inner, line, time, interface: device, node } = this.shelf.row(list.at(n));
        return [time, node, device, inner?.srcName, inner?.dstName, line].join(' ');
      },
    };
  }

  private searchedConversations(query: SearchQuery): SearchedList {
    const { order } = this.conversationLists.list(query.in as ConversationQuery);
    const { conversations } = this.shop.analysis;
    return {
      total: order.length,
      text: (n) => showConversation(conversations!.record(order[n]!), plain, true),
    };
  }

  async topology(): Promise<TopologyView> {
    const survey = this.surveyed();
    return survey === undefined ? NO_TOPOLOGY : topologyView(survey.conversations, survey);
  }

  async statistics(): Promise<Statistics> {
    return statisticsOf(this.reading, this.surveyed());
  }

  /** The survey of the latest analysis, or while that is made, the one before. */
  private surveyed(): Survey | undefined {
    const { conversations } = this.shop.analysis;
    if (conversations === undefined) return undefined;
    if (this.nextSurvey === undefined || this.nextSurvey.progress === 1) {
      if (this.nextSurvey !== undefined) this.survey = this.nextSurvey;
      if (this.survey?.conversations !== conversations) this.nextSurvey = new Survey(conversations);
    }
    const { nextSurvey } = this;
    if (nextSurvey !== undefined && nextSurvey.progress < 1) {
      if (nextSurvey.step(performance.now() + WAIT_MS)) this.background.start(nextSurvey);
    }
    if (this.survey === undefined || nextSurvey?.progress === 1) this.survey = nextSurvey;
    return this.survey;
  }

  async stream(conversation: number): Promise<StreamView> {
    const record = this.recordNow(conversation);
    const about = {
      conversation,
      protocol: record?.protocol ?? '',
      client: record === undefined ? '' : endpointOf(record, 'client'),
      server: record === undefined ? '' : endpointOf(record, 'server'),
    };
    const hop = record === undefined ? undefined : this.fullestHop(conversation - 1);
    if (hop === undefined) return { ...about, ...NO_STREAM };
    return new Promise((resolve) => {
      const job = new StreamJob(this.shop, hop, about, (view) => {
        this.streaming.delete(job);
        resolve(view);
      });
      this.streaming.add(job);
      this.background.start(job);
    });
  }

  /** Where most of the conversation's payload was seen. */
  private fullestHop(c: number): ReturnType<typeof journeyOf>['hops'][number] | undefined {
    const { stage, stitching } = this.shop.analysis.conversations!.run;
    const { flows } = stage;
    const seen = (f: number): number => flows.payloadBy(2 * f) + flows.payloadBy(2 * f + 1);
    return journeyOf(stage, stitching, c).hops.reduce((most, hop) =>
      seen(hop.flow) > seen(most.flow) ? hop : most,
    );
  }

  async advise(filter: string, cursor: number): Promise<FilterAdvice> {
    return adviceOn(filter, cursor, (kind) => knownNames(this.reading, kind));
  }

  async stop(): Promise<void> {
    this.reading.stop();
  }

  async save(file: string, query: PacketFilter): Promise<{ packets: number; missing: number }> {
    const fault = this.prepare(query.filter);
    if (fault !== null) throw new SentenceError(fault.problem);
    let list: PacketList = this.packetLists.list(query);
    while (list.progress < 1 && this.closing === undefined) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      list = this.packetLists.list(query);
    }
    const loader = new PacketLoader(this.shop.packets, this.reading.store);
    return savePackets(file, list, this.reading, loader);
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    clearTimeout(this.telling);
    this.searching?.cancel();
    this.reading.stop();
    this.background.close();
    await this.finished;
    await this.reading.close();
  }

  /** Flows have new rows, and conversations new numbers: what is at work on the old ones is given up or begun anew. */
  private renumber(newRow: Int32Array): void {
    const { background } = this;
    for (const filtering of this.filterings.values()) filtering.renumber(newRow);
    this.conversationLists.forget();
    this.packetLists.forget();
    if (this.nextSurvey !== undefined) background.drop(this.nextSurvey);
    this.survey = undefined;
    this.nextSurvey = undefined;
    this.searching?.cancel();
    for (const job of this.streaming) {
      background.drop(job);
      job.cancel();
    }
  }

  /** See to it that the filter is at work; yields what is wrong with it. */
  private prepare(text: string): FilterFault | null {
    if (text.trim() === '') return null;
    let filtering = this.filterings.get(text);
    if (filtering === undefined) {
      const result = compiled(text);
      if ('fault' in result) return result.fault;
      filtering = new Filtering(result.filter, this.shop);
    }
    this.filterings.delete(text);
    this.filterings.set(text, filtering);
    if (this.filterings.size > FILTERS_MAX) {
      const [[oldest, dropped]] = this.filterings as unknown as [[string, Filtering]];
      dropped.drop();
      this.filterings.delete(oldest);
    }
    return null;
  }
}

/** Let reading and background work have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const NO_STREAM = {
  chunks: [],
  bytes: { toServer: 0, toClient: 0 },
  retransmitted: 0,
  missing: 0,
  more: false,
  empty: 'there is no such conversation',
} as const;

function endpointOf(record: ConversationRecord, end: 'client' | 'server'): string {
  const { ip, port } = record[end];
  return showEndpoint(ip, port, hasPorts(record));
}

function rowCount(asked: number): number {
  return Math.max(0, Math.min(ROWS_MAX, Math.floor(asked)));
}
