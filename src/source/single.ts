/** The frames of one file, as it holds them. */
import { FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import type { Findings } from './findings.ts';
import type { Lane } from './lane.ts';
import { DAMAGED } from './reader.ts';
import { again, type Records, type SourceOptions } from './records.ts';
import type { CaptureError, Source } from './source.ts';
import { Turns } from './turns.ts';

export class SingleSource implements Source {
  readonly damage: Source['damage'];
  readonly interfaces: Source['interfaces'];
  readonly names: Source['names'];
  readonly sections: NonNullable<Source['sections']>;
  readonly snapshots: NonNullable<Source['snapshots']>;
  private readonly lane: Lane;
  private readonly findings: Findings;
  private readonly signal: AbortSignal | undefined;
  private readonly records: Records | undefined;
  private readonly batch: FrameBatch;
  private readonly turns = new Turns();
  private ended = false;

  constructor(lane: Lane, findings: Findings, { signal, records }: SourceOptions = {}) {
    this.lane = lane;
    this.findings = findings;
    this.signal = signal;
    this.records = records;
    this.damage = findings.damage;
    this.interfaces = findings.interfaces;
    this.names = findings.names;
    this.sections = findings.sections;
    this.snapshots = findings.snapshots;
    this.batch = new FrameBatch(lane.window.bytes);
    this.batch.interfaces = findings.interfaces;
    if (records !== undefined) this.batch.position = records.column(lane, this.batch.at.length);
  }

  get leftOut(): number {
    return this.findings.leftOut;
  }

  get progress(): { bytesRead: number; bytesTotal: number } {
    const { bytesRead, bytesTotal } = this.lane.window.input;
    return { bytesRead, bytesTotal };
  }

  async next(): Promise<FrameBatch | undefined> {
    const { window, reader } = this.lane;
    await this.turns.giveWay();
    this.clear();
    while (!this.ended && !this.signal?.aborted) {
      if (this.parse()) return this.batch;
      if (!this.ended && !(await window.more())) {
        this.end(this.signal?.aborted ? undefined : (window.failure ?? reader.cut(window)));
      }
    }
    return undefined;
  }

  again(position: number, iface: InterfaceIndex, batch: FrameBatch): Sentence | undefined {
    return again(this.records, position, iface, batch);
  }

  nextNow(): FrameBatch | undefined {
    if (this.turns.isDue()) return undefined;
    this.clear();
    while (!this.ended) {
      if (this.parse()) return this.batch;
      if (this.ended || !this.lane.window.moreNow()) return undefined;
    }
    return undefined;
  }

  private clear(): void {
    this.batch.count = 0;
    this.batch.comments = undefined;
  }

  /** Parse the window's frames into the batch; false when it holds no whole one. */
  private parse(): boolean {
    const { window, reader } = this.lane;
    window.release();
    if (reader.parse(window, this.batch) === DAMAGED) this.end(reader.fault);
    return this.batch.count > 0;
  }

  private end(fault: CaptureError | undefined): void {
    this.ended = true;
    if (fault !== undefined) this.findings.damage.push(fault);
  }

  close(): Promise<void> {
    this.ended = true;
    return this.lane.window.close();
  }
}
