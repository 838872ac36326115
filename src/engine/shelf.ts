/** The packets of a run as rows: with their conversation, its label, names by what is known, times between them. */
import { showTime } from '../base/time.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { Label } from '../classify/record.ts';
import { frameDetail } from '../view/frame-detail.ts';
import type { FrameDetail, PacketIndex, PacketRow } from '../view/model.ts';
import { Names, namesIn } from '../view/names.ts';
import { missingRow, type PacketPlace, PacketRows } from '../view/packet-row.ts';
import { PacketLoader } from './packet-loader.ts';
import type { Reading } from './reading.ts';

/** Labels that are remembered. */
const LABELS_MAX = 1 << 16;

export class Shelf {
  private readonly reading: Reading;
  private readonly loader: PacketLoader;
  private rows: PacketRows;
  /** The analysis that names and labels are of. */
  private generation = -1;
  private readonly labels = new Map<number, Label>();
  /** The packet whose time is known, and that: seconds and nanoseconds. */
  private timed: PacketIndex = -1;
  private seconds = 0;
  private nanoseconds = 0;

  constructor(reading: Reading) {
    this.reading = reading;
    this.loader = new PacketLoader(reading.packets, reading.store);
    this.rows = new PacketRows(reading.stage, new Names(reading.source.names));
  }

  /** The packet's row; one that says why there is none, when it is no longer kept. */
  row(index: PacketIndex): PacketRow {
    this.catchUp();
    this.noteTime(index - 1);
    const place = this.placeOf(index);
    const { packets } = this.reading;
    if (!packets.has(index)) return missingRow(place, 0, { code: 'no-longer-kept' });
    const why = this.loader.load(index);
    if (why !== undefined) return missingRow(place, packets.number(index), why);
    return this.loaded(place);
  }

  detail(index: PacketIndex): FrameDetail | undefined {
    if (!this.reading.packets.has(index)) return undefined;
    const row = this.row(index);
    if (row.missing !== null) return { row, linktype: -1, bytes: new Uint8Array(0), layers: [] };
    return frameDetail(this.loader.packet, this.loader.frames, row);
  }

  /** The row of the packet that is loaded. */
  private loaded(place: PacketPlace): PacketRow {
    const { frames, packet } = this.loader;
    const { intake } = this.reading;
    const seconds = frames.seconds[0]!;
    const nanoseconds = frames.nanoseconds[0]!;
    const since = (seconds - intake.firstSeconds) * 1e9 + (nanoseconds - intake.firstNanoseconds);
    const isNext = place.index > 0 && this.timed === place.index - 1;
    const delta = isNext ? (seconds - this.seconds) * 1e9 + (nanoseconds - this.nanoseconds) : 0;
    this.timed = place.index;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    return this.rows.row(packet, frames, { ...place, since, delta });
  }

  private noteTime(index: PacketIndex): void {
    if (this.timed === index) return;
    this.timed = -1;
    if (!this.reading.packets.has(index) || this.loader.load(index) !== undefined) return;
    const { frames } = this.loader;
    this.timed = index;
    this.seconds = frames.seconds[0]!;
    this.nanoseconds = frames.nanoseconds[0]!;
  }

  private placeOf(index: PacketIndex): PacketPlace {
    const { packets, analysis } = this.reading;
    const flow = packets.has(index) ? packets.flow(index) : -1;
    const c = analysis.conversationOf(flow);
    const { conversations } = analysis;
    const label = c < 0 || conversations === undefined ? null : this.labelOf(conversations, c);
    return { index, flow, conversation: c < 0 ? null : c + 1, label, since: 0, delta: 0 };
  }

  private labelOf(conversations: Conversations, c: number): Label {
    let label = this.labels.get(c);
    if (label === undefined) {
      label = conversations.record(c).label;
      if (this.labels.size >= LABELS_MAX) this.labels.clear();
      this.labels.set(c, label);
    }
    return label;
  }

  /** Names and labels of the latest analysis. */
  private catchUp(): void {
    const { analysis, source, stage } = this.reading;
    if (analysis.generation === this.generation) return;
    this.generation = analysis.generation;
    this.labels.clear();
    const topology = analysis.conversations?.run.topology;
    const lookup = topology === undefined ? undefined : namesIn(topology);
    this.rows = new PacketRows(stage, new Names(source.names, lookup));
  }
}

/** RFC 3339 of the first and the last frame; null before there is one. */
export function spanOf({ intake }: Reading): { first: string | null; last: string | null } {
  if (intake.count === 0) return { first: null, last: null };
  return {
    first: showTime(intake.firstSeconds, intake.firstNanoseconds),
    last: showTime(intake.lastSeconds, intake.lastNanoseconds),
  };
}
