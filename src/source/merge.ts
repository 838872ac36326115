/**
 * The frames of several files as one, in time order. Every file fills regions of one shared buffer, so that
 * a merged batch points at the frames where they were read: columns are copied, bytes never.
 *
 * The next frame is the earliest of the files' next ones, of equals the one of the file given first; a file
 * whose own frames are out of order is therefore delivered in its order. A live file (a pipe, or followed)
 * that has nothing for PATIENCE_MS is no longer waited for until it has.
 */
import { FRAMES_MAX, FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import type { Findings } from './findings.ts';
import type { Lane } from './lane.ts';
import { DAMAGED } from './reader.ts';
import { again, type Records, type SourceOptions } from './records.ts';
import type { Source } from './source.ts';
import { Turns } from './turns.ts';
import type { Arena } from './window.ts';

export const PATIENCE_MS = 250;

/** A lane with the rows parsed of it and not yet delivered: those from `row` on. */
interface MergeLane extends Lane {
  readonly rows: FrameBatch;
  row: number;
  /** Has rows and is in the heap; else it needs bytes. */
  ready: boolean;
  ended: boolean;
  /** The input has no more bytes. */
  exhausted: boolean;
  /** Bytes under way, undefined when none were asked for. */
  reading: Promise<void> | undefined;
  /** Not waited for: it kept us waiting before. */
  late: boolean;
}

export class MergedSource implements Source {
  readonly damage: Source['damage'];
  readonly interfaces: Source['interfaces'];
  readonly names: Source['names'];
  readonly sections: NonNullable<Source['sections']>;
  readonly snapshots: NonNullable<Source['snapshots']>;
  private readonly findings: Findings;
  private readonly signal: AbortSignal | undefined;
  private readonly records: Records | undefined;
  private readonly batch: FrameBatch;
  private readonly lanes: readonly MergeLane[];
  /** Lanes that are ready, as a binary heap by their next frame's time: lane numbers. */
  private readonly heap: Int32Array;
  private heapLen = 0;
  private readonly turns = new Turns();
  /** Columns by lane: time of its next frame. */
  private readonly seconds: Float64Array;
  private readonly nanoseconds: Int32Array;

  /** `capacity`: rows parsed of each lane at a time. */
  constructor(
    lanes: readonly Lane[],
    arena: Arena,
    capacity: number,
    findings: Findings,
    { signal, records }: SourceOptions = {},
  ) {
    this.findings = findings;
    this.signal = signal;
    this.records = records;
    this.damage = findings.damage;
    this.interfaces = findings.interfaces;
    this.names = findings.names;
    this.sections = findings.sections;
    this.snapshots = findings.snapshots;
    this.batch = new FrameBatch(arena.bytes);
    this.batch.interfaces = findings.interfaces;
    this.lanes = lanes.map((lane) => ({
      ...lane,
      rows: new FrameBatch(arena.bytes, capacity),
      row: 0,
      ready: false,
      ended: false,
      exhausted: false,
      reading: undefined,
      late: false,
    }));
    if (records !== undefined) {
      this.batch.position = new Float64Array(FRAMES_MAX);
      for (const lane of this.lanes) lane.rows.position = records.column(lane, capacity);
    }
    this.heap = new Int32Array(lanes.length);
    this.seconds = new Float64Array(lanes.length);
    this.nanoseconds = new Int32Array(lanes.length);
  }

  get leftOut(): number {
    return this.findings.leftOut;
  }

  get progress(): { bytesRead: number; bytesTotal: number } {
    let bytesRead = 0;
    let bytesTotal = 0;
    for (const { window } of this.lanes) {
      bytesRead += window.input.bytesRead;
      if (window.input.bytesTotal < 0) bytesTotal = -1;
      else if (bytesTotal >= 0) bytesTotal += window.input.bytesTotal;
    }
    return { bytesRead, bytesTotal };
  }

  async next(): Promise<FrameBatch | undefined> {
    const { batch } = this;
    batch.count = 0;
    batch.comments = undefined;
    await this.turns.giveWay();
    if (this.signal?.aborted) return undefined;
    for (const lane of this.lanes) if (!lane.ended) lane.window.release();
    do {
      await this.fill();
      this.merge();
    } while (batch.count === 0 && this.lanes.some((lane) => !lane.ended) && !this.signal?.aborted);
    return batch.count > 0 ? batch : undefined;
  }

  again(position: number, iface: InterfaceIndex, batch: FrameBatch): Sentence | undefined {
    return again(this.records, position, iface, batch);
  }

  /** Make every lane ready that is neither at its end nor late. */
  private async fill(): Promise<void> {
    for (;;) {
      const waits: Promise<void>[] = [];
      const lateWaits: Promise<void>[] = [];
      let live: MergeLane[] = [];
      for (let k = 0; k < this.lanes.length; k++) {
        const lane = this.lanes[k]!;
        if (lane.ready || lane.ended) continue;
        if (lane.reading === undefined) {
          if (this.refill(k)) {
            lane.late = false;
            this.push(k);
          }
          if (lane.ready || lane.ended) continue;
          lane.reading = lane.window.more().then((more) => {
            lane.reading = undefined;
            lane.exhausted = !more;
          });
        }
        if (lane.live) live.push(lane);
        (lane.late ? lateWaits : waits).push(lane.reading);
      }
      if (waits.length === 0 && (lateWaits.length === 0 || this.heapLen > 0)) return;
      if (live.length === 0) await Promise.all(waits);
      else if (waits.length === 0) await Promise.race(lateWaits);
      else if (!(await within(PATIENCE_MS, Promise.all(waits)))) {
        live = live.filter((lane) => lane.reading !== undefined);
        for (const lane of live) lane.late = true;
      }
    }
  }

  /** Parse more rows of lane k without waiting; false when it needs bytes or has ended. */
  private refill(k: number): boolean {
    const lane = this.lanes[k]!;
    const { rows, window, reader } = lane;
    rows.count = 0;
    rows.comments = undefined;
    lane.row = 0;
    while (!lane.ended) {
      const parsed = reader.parse(window, rows);
      if (parsed === DAMAGED) this.end(lane);
      if (rows.count > 0) {
        this.seconds[k] = rows.seconds[0]!;
        this.nanoseconds[k] = rows.nanoseconds[0]!;
        return true;
      }
      if (lane.ended || window.advance()) continue;
      if (lane.exhausted) this.end(lane);
      return false;
    }
    return false;
  }

  private end(lane: MergeLane): void {
    lane.ended = true;
    const { window, reader } = lane;
    const stopped = this.signal?.aborted === true; // what is then half read is no damage
    const fault = reader.fault ?? (stopped ? undefined : (window.failure ?? reader.cut(window)));
    if (fault !== undefined) this.findings.damage.push(fault);
  }

  /** Move rows into the batch until it is full, or until a lane needs bytes that must be waited for. */
  private merge(): void {
    const { batch, heap } = this;
    while (this.heapLen > 0 && batch.count < FRAMES_MAX) {
      const k = heap[0]!;
      const lane = this.lanes[k]!;
      this.moveRun(k, this.rival());
      if (lane.row < lane.rows.count || (!lane.ended && this.refill(k))) {
        this.sink(0);
        continue;
      }
      lane.ready = false;
      heap[0] = heap[--this.heapLen]!;
      this.sink(0);
      if (!lane.ended) return;
    }
  }

  /** The lane that comes second in the heap, -1 = none. */
  private rival(): number {
    const { heap, heapLen } = this;
    if (heapLen < 2) return -1;
    if (heapLen === 2 || this.before(heap[1]!, heap[2]!)) return heap[1]!;
    return heap[2]!;
  }

  /** Move rows of lane k while they come before the next one of lane `rival`, if there is one. */
  private moveRun(k: number, rival: number): void {
    const lane = this.lanes[k]!;
    const { rows } = lane;
    const { batch } = this;
    const { at, caplen, len, seconds, nanoseconds, iface, flags, number, position } = batch;
    let to = batch.count;
    let from = lane.row;
    do {
      at[to] = rows.at[from]!;
      caplen[to] = rows.caplen[from]!;
      len[to] = rows.len[from]!;
      seconds[to] = rows.seconds[from]!;
      nanoseconds[to] = rows.nanoseconds[from]!;
      iface[to] = rows.iface[from]!;
      flags[to] = rows.flags[from]!;
      number[to] = rows.number[from]!;
      if (position !== undefined) position[to] = rows.position?.[from] ?? -1;
      if (rows.comments !== undefined) this.moveComment(rows, from, to);
      to++;
      from++;
      if (from === rows.count) break;
      this.seconds[k] = rows.seconds[from]!;
      this.nanoseconds[k] = rows.nanoseconds[from]!;
    } while (to < FRAMES_MAX && (rival < 0 || this.before(k, rival)));
    lane.row = from;
    batch.count = to;
  }

  private moveComment(rows: FrameBatch, from: number, to: number): void {
    const comment = rows.comments?.get(from);
    if (comment === undefined) return;
    this.batch.comments ??= new Map();
    this.batch.comments.set(to, comment);
  }

  /** Whether the next frame of lane a comes before that of lane b. */
  private before(a: number, b: number): boolean {
    const seconds = this.seconds[a]! - this.seconds[b]!;
    if (seconds !== 0) return seconds < 0;
    const nanoseconds = this.nanoseconds[a]! - this.nanoseconds[b]!;
    return nanoseconds !== 0 ? nanoseconds < 0 : a < b;
  }

  private push(k: number): void {
    const { heap } = this;
    this.lanes[k]!.ready = true;
    let i = this.heapLen++;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!this.before(k, heap[up]!)) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = k;
  }

  /** Put the heap in order again after the lane at place i got a later frame. */
  private sink(i: number): void {
    const { heap, heapLen } = this;
    if (i >= heapLen) return;
    const k = heap[i]!;
    let place = i;
    for (let child = 2 * place + 1; child < heapLen; child = 2 * place + 1) {
      if (child + 1 < heapLen && this.before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.before(heap[child]!, k)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = k;
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) lane.ended = true;
    await Promise.all(this.lanes.map((lane) => lane.window.close()));
  }
}

/** Wait for this work, for at most so many ms; whether it was done by then. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
