/**
 * The pcapng format: draft-ietf-opsawg-pcapng.
 *
 *   block: type 4, total length 4, body padded to 4, total length 4; in the section's byte order
 *
 * Frames come from Enhanced (6), Simple (3) and the obsolete Packet Blocks (2); interfaces, names, drop
 * counts and comments are kept; every other block is passed over however long it is.
 */
import { showIpv4, showIpv6 } from '../base/address.ts';
import { CAPLEN_MAX, type CaptureInterface, type FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex, Offset } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import type { CutPart } from '../words/sentences/captures.ts';
import { Clock } from './clock.ts';
import { addName, type CaptureFile, type Findings, keep, SECTIONS_MAX } from './findings.ts';
import { DAMAGED, FULL, NEED_MORE, type Parsed, type Reader, type RecordSpan } from './reader.ts';
import { SnapshotParts } from './snapshot-parts.ts';
import { CaptureError } from './source.ts';
import { RECORD_ROOM, type Window } from './window.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const NAME_RESOLUTION = 4;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
/** Wireshark shows these among the frames and gives them numbers: so do we, though we pass them over. */
const JOURNAL = 9;
const CUSTOM = 0xbad;
const CUSTOM_NOT_COPIED = 0x40000bad;

const BYTE_ORDER = 0x1a2b3c4d;
const BLOCK_HEADER_LEN = 8;
const TRAILER_LEN = 4;

/** More in one file is not a capture but an attack on memory. */
const INTERFACES_MAX = 65_536;

const COMMENT = 1;
const END_OF_OPTIONS = 0;
const HARDWARE = 2;
const OS = 3;
const APPLICATION = 4;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FILTER = 11;
const IF_OS = 12;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;
const IF_HARDWARE = 15;
const FRAME_FLAGS = 2;
const EPB_DROPCOUNT = 4;
const ISB_IFDROP = 5;
const ISB_FILTERACCEPT = 6;
const ISB_OSDROP = 7;

const TWO_32 = 4_294_967_296;
const INT32_MAX = 0x7fff_ffff;

/** Where in a block the reader stands between two calls. */
const AT_BLOCK = 0;
const IN_SKIPPED = 1;
const IN_NAMES = 2;
const AT_TRAILER = 3;

/** What came of one block: GO_ON = done with it, or well on the way through it. */
const GO_ON = 3;
type Step = Parsed | typeof GO_ON;

const decoder = new TextDecoder();

/** How netlens begins the name of who wrote a section. */
const OWN_APPLICATION = 'netlens ';

/** The node that netlens names in an interface's description: `node=k8s-w1 pod=default/web-0`. */
function nodeIn(description: string | undefined): string | undefined {
  return description === undefined ? undefined : /^node=(\S{1,253})(?: |$)/.exec(description)?.[1];
}

/** The smallest lawful total length by block type. */
function leastLen(type: number): number {
  if (type === SECTION_HEADER) return 28;
  if (type === INTERFACE_DESCRIPTION) return 20;
  if (type === SIMPLE_PACKET) return 16;
  if (type === ENHANCED_PACKET || type === PACKET) return 32;
  return type === INTERFACE_STATISTICS ? 24 : 12;
}

/** Bytes that a block of this length takes: some writers leave the padding out of the length, none out of the file. */
function padded(total: number): number {
  const over = total % 4;
  return over === 0 ? total : total + 4 - over;
}

/** A walk over the options of a block: the code of the one reached, and its value [at, end). */
class Options {
  code = END_OF_OPTIONS;
  at: Offset = 0;
  end: Offset = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private little = true;
  private last: Offset = 0;
  private nextAt: Offset = 0;

  /** Start over with the options in [at, end); what does not fit in there ends the walk. */
  start(view: DataView, little: boolean, at: Offset, end: Offset): void {
    this.view = view;
    this.little = little;
    this.nextAt = at;
    this.last = end;
  }

  /** Go to the next option; false after the last. */
  next(): boolean {
    if (this.last - this.nextAt < 4) return false;
    this.code = this.view.getUint16(this.nextAt, this.little);
    this.at = this.nextAt + 4;
    this.end = this.at + this.view.getUint16(this.nextAt + 2, this.little);
    this.nextAt = this.at + ((this.end - this.at + 3) & ~3);
    return this.code !== END_OF_OPTIONS && this.end <= this.last;
  }

  /** The value as text; writers that count a closing NUL are forgiven. */
  text(): string {
    let { end } = this;
    while (end > this.at && this.view.getUint8(end - 1) === 0) end--;
    return decoder.decode(
      new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, end - this.at),
    );
  }

  /** An unsigned 64-bit value, rounded beyond 2^53; 0 when it is not 8 bytes long. */
  uint64(): number {
    if (this.end - this.at !== 8) return 0;
    const { view, at, little } = this;
    const high = view.getUint32(little ? at + 4 : at, little);
    return high * TWO_32 + view.getUint32(little ? at : at + 4, little);
  }

  /** A signed 64-bit value, rounded beyond 2^53; 0 when it is not 8 bytes long. */
  int64(): number {
    if (this.end - this.at !== 8) return 0;
    const { view, at, little } = this;
    const high = view.getInt32(little ? at + 4 : at, little);
    return high * TWO_32 + view.getUint32(little ? at : at + 4, little);
  }
}

/** The one walk under way. */
const option = new Options();

/** What the blocks of a section mean. */
interface SectionState {
  readonly little: boolean;
  readonly clocks: Clock[];
  readonly rows: number[];
  readonly snaplens: number[];
}

export class PcapngReader implements Reader {
  fault: CaptureError | undefined = undefined;
  private readonly of: CaptureFile;
  private readonly findings: Findings;
  private readonly snapshots: SnapshotParts;
  private little = true;
  /** Records that have a number so far: frames, and what Wireshark numbers among them. */
  private numbered = 0;
  private sections = 0;
  /** The section was written by netlens, which tells the node of an interface. */
  private isOwn = false;
  private described = 0;
  /** Columns by interface of this section: its clock, its row over all files, its snaplen. */
  private clocks: Clock[] = [];
  private rows: number[] = [];
  private snaplens: number[] = [];
  /** The section of each interface, by its row over all files. */
  private readonly sectionOf = new Map<number, SectionState>();
  /** A frame is read again: what its options count has been counted. */
  private repeats = false;
  /** The block that [at, end) of the window is in, unless `state` is AT_BLOCK. */
  private state = AT_BLOCK;
  private total = 0;
  private position = 0;
  /** Bytes of its body still to come. */
  private left = 0;

  constructor(of: CaptureFile, findings: Findings) {
    this.of = of;
    this.findings = findings;
    this.snapshots = new SnapshotParts(of, findings);
  }

  parse(window: Window, batch: FrameBatch): Parsed {
    const { view } = window;
    const capacity = batch.at.length;
    for (;;) {
      if (this.state !== AT_BLOCK) {
        const parsed = this.resume(window);
        if (parsed !== GO_ON) return parsed;
      }
      if (batch.count === capacity) return FULL;
      const { at, end } = window;
      if (end - at < BLOCK_HEADER_LEN) return NEED_MORE;
      const { little } = this;
      const type = view.getUint32(at, little);
      if (type === SECTION_HEADER || this.sections === 0) {
        const parsed = this.startSection(window);
        if (parsed !== GO_ON) return parsed;
        continue;
      }
      const total = view.getUint32(at + 4, little);
      if (total < leastLen(type)) return this.badLength(window, type, total);
      if (type === ENHANCED_PACKET && total <= end - at && (total & 3) === 0) {
        if (view.getUint32(at + total - TRAILER_LEN, little) !== total) {
          return this.badTrailer(window, total);
        }
        if (!this.enhanced(window, batch, at + total - TRAILER_LEN)) return DAMAGED;
        window.at = at + total;
        continue;
      }
      const parsed = this.block(window, batch, type, total);
      if (parsed !== GO_ON) return parsed;
    }
  }

  /** Any block but a whole enhanced one. */
  private block(window: Window, batch: FrameBatch, type: number, total: number): Step {
    const { at, end, view } = window;
    const size = padded(total);
    const needed = this.neededOf(type, size);
    if (end - at < needed) return NEED_MORE;
    const bodyEnd = at + (needed === size ? size - TRAILER_LEN : needed);
    if (needed === size && view.getUint32(bodyEnd, this.little) !== total) {
      return this.badTrailer(window, total);
    }
    let whole = true;
    if (type === ENHANCED_PACKET) whole = this.enhanced(window, batch, bodyEnd);
    else if (type === PACKET) whole = this.packet(window, batch, bodyEnd);
    else if (type === SIMPLE_PACKET) whole = this.simple(window, batch, bodyEnd);
    else if (type === INTERFACE_DESCRIPTION) whole = this.describe(window, bodyEnd);
    else if (type === INTERFACE_STATISTICS) this.statistics(view, at, bodyEnd);
    else if (type === JOURNAL || type === CUSTOM || type === CUSTOM_NOT_COPIED) {
      this.numbered++;
      if (type === CUSTOM && needed === size)
        this.snapshots.take(view, this.little, at + 8, bodyEnd);
    }
    if (!whole) return DAMAGED;
    if (needed === size) window.at = at + size;
    else this.stream(window, total, needed, type === NAME_RESOLUTION ? IN_NAMES : IN_SKIPPED);
    return GO_ON;
  }

  /** The first `done` bytes of the block at the window's start are dealt with: stream over the rest. */
  private stream(window: Window, total: number, done: number, state: number): void {
    this.total = total;
    this.position = window.positionOf(window.at);
    this.left = padded(total) - done - TRAILER_LEN;
    this.state = state;
    window.at += done;
  }

  /** Bytes of the block that must be in the window before it can be worked on; the rest is streamed over. */
  private neededOf(type: number, size: number): number {
    if (type === NAME_RESOLUTION) return BLOCK_HEADER_LEN;
    const known =
      type === ENHANCED_PACKET ||
      type === PACKET ||
      type === SIMPLE_PACKET ||
      type === INTERFACE_DESCRIPTION ||
      type === INTERFACE_STATISTICS;
    if (type === CUSTOM) return size <= RECORD_ROOM ? size : BLOCK_HEADER_LEN;
    if (!known) return BLOCK_HEADER_LEN;
    return size <= RECORD_ROOM ? size : RECORD_ROOM - TRAILER_LEN;
  }

  /** Go on in a block that is streamed over; GO_ON = it is behind us. */
  private resume(window: Window): Step {
    if (this.state === IN_NAMES) {
      const parsed = this.nameRecords(window);
      if (parsed !== GO_ON) return parsed;
    }
    if (this.state === IN_SKIPPED) {
      const step = Math.min(this.left, window.end - window.at);
      window.at += step;
      this.left -= step;
      if (this.left > 0) return NEED_MORE;
      this.state = AT_TRAILER;
    }
    if (window.end - window.at < TRAILER_LEN) return NEED_MORE;
    const trailer = window.view.getUint32(window.at, this.little);
    if (trailer !== this.total) return this.badTrailer(window, this.total, this.position, trailer);
    window.at += TRAILER_LEN;
    this.state = AT_BLOCK;
    return GO_ON;
  }

  private startSection(window: Window): Step {
    const { view, at, end } = window;
    if (view.getUint32(at) !== SECTION_HEADER) {
      return this.damaged(window, { code: 'pcapng-no-section' });
    }
    if (end - at < 12) return NEED_MORE;
    const little = view.getUint32(at + 8, true) === BYTE_ORDER;
    if (!little && view.getUint32(at + 8) !== BYTE_ORDER) {
      return this.damaged(window, { code: 'pcapng-no-byte-order' });
    }
    const total = view.getUint32(at + 4, little);
    if (total < leastLen(SECTION_HEADER)) return this.badLength(window, SECTION_HEADER, total);
    const needed = Math.min(padded(total), RECORD_ROOM) - TRAILER_LEN;
    if (end - at < needed) return NEED_MORE;
    const major = view.getUint16(at + 12, little);
    if (major !== 1) {
      return this.damaged(window, { code: 'pcapng-version', version: major });
    }
    this.little = little;
    this.sections++;
    this.clocks = [];
    this.rows = [];
    this.snaplens = [];
    this.noteSection(view, at + 24, at + needed);
    this.stream(window, total, needed, IN_SKIPPED);
    return GO_ON;
  }

  private noteSection(view: DataView, at: Offset, end: Offset): void {
    const { findings } = this;
    if (findings.sections.length >= SECTIONS_MAX) return;
    let hardware: string | undefined;
    let os: string | undefined;
    let application: string | undefined;
    const comments: string[] = [];
    option.start(view, this.little, at, end);
    while (option.next()) {
      if (option.code === COMMENT) keep(findings, option.text(), comments);
      else if (option.code === HARDWARE) hardware = keep(findings, option.text());
      else if (option.code === OS) os = keep(findings, option.text());
      else if (option.code === APPLICATION) application = keep(findings, option.text());
    }
    this.isOwn = application?.startsWith(OWN_APPLICATION) === true;
    const { file, fileIndex } = this.of;
    findings.sections.push({ file, fileIndex, hardware, os, application, comments });
  }

  private describe(window: Window, end: Offset): boolean {
    const { view, at } = window;
    const { little, findings, of } = this;
    if (this.described++ >= INTERFACES_MAX) {
      this.damaged(window, { code: 'pcapng-too-many-interfaces', most: INTERFACES_MAX });
      return false;
    }
    let name: string | undefined;
    let description: string | undefined;
    let filter: string | undefined;
    let hardware: string | undefined;
    let os: string | undefined;
    let resolution = 6;
    let offset = 0;
    let fcsLen = -1;
    const comments: string[] = [];
    option.start(view, little, at + 16, end);
    while (option.next()) {
      const len = option.end - option.at;
      if (option.code === COMMENT) keep(findings, option.text(), comments);
      else if (option.code === IF_NAME) name = keep(findings, option.text());
      else if (option.code === IF_DESCRIPTION) description = keep(findings, option.text());
      else if (option.code === IF_HARDWARE) hardware = keep(findings, option.text());
      else if (option.code === IF_OS) os = keep(findings, option.text());
      else if (option.code === IF_TSRESOL && len === 1) resolution = view.getUint8(option.at);
      else if (option.code === IF_TSOFFSET) offset = option.int64();
      else if (option.code === IF_FCSLEN && len === 1) fcsLen = view.getUint8(option.at);
      else if (option.code === IF_FILTER && len > 1 && view.getUint8(option.at) === 0) {
        option.at += 1; // 0: the filter as text; 1 would be BPF instructions
        filter = keep(findings, option.text());
      }
    }
    const index = findings.interfaces.length;
    const snaplen = view.getUint32(at + 12, little);
    const described: CaptureInterface = {
      index,
      linktype: view.getUint16(at + 8, little),
      snaplen,
      name,
      description,
      file: of.file,
      fileIndex: of.fileIndex,
      node: of.node ?? (this.isOwn ? nodeIn(description) : undefined),
      filter,
      fcsLen: fcsLen > 8 ? fcsLen >> 3 : fcsLen, // bits by the draft, bytes by most writers
      dropped: -1,
      ...(hardware === undefined ? {} : { hardware }),
      ...(os === undefined ? {} : { os }),
      ...(comments.length > 0 ? { comments } : {}),
    };
    findings.interfaces.push(described);
    this.clocks.push(new Clock(resolution, offset));
    this.rows.push(index);
    this.snaplens.push(snaplen);
    const { clocks, rows, snaplens } = this;
    this.sectionOf.set(index, this.sectionOf.get(rows[0]!) ?? { little, clocks, rows, snaplens });
    return true;
  }

  private statistics(view: DataView, at: Offset, end: Offset): void {
    const row = this.rows[view.getUint32(at + 8, this.little)];
    if (row === undefined) return; // counts of an interface that nobody declared say nothing
    const face = this.findings.interfaces[row]!;
    let dropped = -1;
    option.start(view, this.little, at + 20, end);
    while (option.next()) {
      if (option.code === ISB_FILTERACCEPT) face.received = option.uint64();
      if (option.code !== ISB_IFDROP && option.code !== ISB_OSDROP) continue;
      dropped = Math.max(dropped, 0) + option.uint64();
    }
    if (dropped >= 0) face.dropped = dropped;
  }

  /** Drops told frame by frame count until a statistics block tells the total. */
  private addDropped(row: number, count: number): void {
    if (this.repeats) return;
    const face = this.findings.interfaces[row]!;
    face.dropped = Math.max(face.dropped, 0) + count;
  }

  private nameRecords(window: Window): Step {
    const { view, end } = window;
    while (this.left >= 4) {
      const { at } = window;
      if (end - at < 4) return NEED_MORE;
      const type = view.getUint16(at, this.little);
      const len = view.getUint16(at + 2, this.little);
      const step = 4 + ((len + 3) & ~3);
      if (type === 0 || step > this.left) break;
      if (end - at < step) return NEED_MORE;
      this.nameRecord(view, type, at + 4, at + 4 + len);
      window.at += step;
      this.left -= step;
    }
    this.state = IN_SKIPPED; // the end of the records, and options
    return GO_ON;
  }

  private nameRecord(view: DataView, type: number, at: Offset, end: Offset): void {
    const namesAt = at + (type === 1 ? 4 : 16);
    if ((type !== 1 && type !== 2) || namesAt > end) return;
    const address = type === 1 ? showIpv4(view.getInt32(at)) : showIpv6(view, at);
    let start = namesAt;
    for (let i = namesAt; i <= end; i++) {
      if (i < end && view.getUint8(i) !== 0) continue;
      if (i > start) {
        const bytes = new Uint8Array(view.buffer, view.byteOffset + start, i - start);
        addName(this.findings, { address, name: decoder.decode(bytes), file: this.of.file });
      }
      start = i + 1;
    }
  }

  /** Enhanced Packet Block at the window's start whose body ends before `end`; false = damaged. */
  private enhanced(window: RecordSpan, batch: FrameBatch, end: Offset): boolean {
    const { view, at } = window;
    const { little } = this;
    const id = view.getUint32(at + 8, little);
    const captured = view.getUint32(at + 20, little);
    if (id >= this.clocks.length) return this.undeclared(window, id);
    if (captured > CAPLEN_MAX || at + 28 + captured > end) {
      return this.tooLong(window, captured, end - at - 28);
    }
    const clock = this.clocks[id]!;
    clock.set(view.getUint32(at + 12, little), view.getUint32(at + 16, little));
    const row = batch.count++;
    batch.at[row] = at + 28;
    batch.caplen[row] = captured;
    batch.len[row] = Math.min(view.getUint32(at + 24, little), INT32_MAX);
    batch.seconds[row] = clock.seconds;
    batch.nanoseconds[row] = clock.nanoseconds;
    batch.iface[row] = this.rows[id]!;
    batch.flags[row] = 0;
    batch.number[row] = ++this.numbered;
    if (batch.position !== undefined) batch.position[row] = window.positionOf(at);
    const optionsAt = at + 28 + ((captured + 3) & ~3);
    if (optionsAt + 4 <= end) this.frameOptions(view, batch, row, optionsAt, end);
    return true;
  }

  /** Obsolete Packet Block: as the enhanced one, but interface and drop count share a word. */
  private packet(window: RecordSpan, batch: FrameBatch, end: Offset): boolean {
    const { view, at } = window;
    const { little } = this;
    const id = view.getUint16(at + 8, little);
    const drops = view.getUint16(at + 10, little);
    const captured = view.getUint32(at + 20, little);
    if (id >= this.clocks.length) return this.undeclared(window, id);
    if (captured > CAPLEN_MAX || at + 28 + captured > end) {
      return this.tooLong(window, captured, end - at - 28);
    }
    const clock = this.clocks[id]!;
    clock.set(view.getUint32(at + 12, little), view.getUint32(at + 16, little));
    const row = this.add(batch, at + 28, captured, view.getUint32(at + 24, little), this.rows[id]!);
    if (batch.position !== undefined) batch.position[row] = window.positionOf(at);
    batch.seconds[row] = clock.seconds;
    batch.nanoseconds[row] = clock.nanoseconds;
    if (drops !== 0 && drops !== 0xffff) this.addDropped(this.rows[id]!, drops);
    const optionsAt = at + 28 + ((captured + 3) & ~3);
    if (optionsAt + 4 <= end) this.frameOptions(view, batch, row, optionsAt, end, false);
    return true;
  }

  /** Simple Packet Block: the first interface, no time (shown as 1970), cut at the interface's snaplen. */
  private simple(window: RecordSpan, batch: FrameBatch, end: Offset): boolean {
    const { view, at } = window;
    if (this.clocks.length === 0) return this.undeclared(window, 0);
    const original = view.getUint32(at + 8, this.little);
    const snaplen = this.snaplens[0]!;
    const captured = snaplen > 0 ? Math.min(snaplen, original) : original;
    if (captured > CAPLEN_MAX || at + 12 + captured > end) {
      return this.tooLong(window, captured, end - at - 12);
    }
    const row = this.add(batch, at + 12, captured, original, this.rows[0]!);
    if (batch.position !== undefined) batch.position[row] = window.positionOf(at);
    batch.seconds[row] = 0;
    batch.nanoseconds[row] = 0;
    return true;
  }

  again(span: RecordSpan, batch: FrameBatch, iface: InterfaceIndex): boolean {
    const section = this.sectionOf.get(iface);
    if (section === undefined) return false;
    const { little, clocks, rows, snaplens, numbered, fault } = this;
    Object.assign(this, section);
    this.repeats = true;
    batch.count = 0;
    batch.comments = undefined;
    const whole = this.repeat(span, batch);
    this.repeats = false;
    Object.assign(this, { little, clocks, rows, snaplens, numbered, fault });
    return whole && batch.iface[0] === iface;
  }

  /** The packet block at the span's start; false when none is there, or not all of it. */
  private repeat(span: RecordSpan, batch: FrameBatch): boolean {
    const { view, at, end } = span;
    if (end - at < BLOCK_HEADER_LEN) return false;
    const type = view.getUint32(at, this.little);
    const total = view.getUint32(at + 4, this.little);
    const size = this.neededOf(type, padded(total));
    if (total < leastLen(type) || end - at < size) return false;
    const bodyEnd = size === padded(total) ? at + size - TRAILER_LEN : at + size;
    if (type === ENHANCED_PACKET) return this.enhanced(span, batch, bodyEnd);
    if (type === PACKET) return this.packet(span, batch, bodyEnd);
    return type === SIMPLE_PACKET && this.simple(span, batch, bodyEnd);
  }

  private add(
    batch: FrameBatch,
    at: Offset,
    captured: number,
    original: number,
    face: number,
  ): number {
    const row = batch.count++;
    batch.at[row] = at;
    batch.caplen[row] = captured;
    batch.len[row] = Math.min(original, INT32_MAX);
    batch.iface[row] = face;
    batch.flags[row] = 0;
    batch.number[row] = ++this.numbered;
    return row;
  }

  private frameOptions(
    view: DataView,
    batch: FrameBatch,
    row: number,
    at: Offset,
    end: Offset,
    enhanced = true,
  ): void {
    option.start(view, this.little, at, end);
    while (option.next()) {
      if (option.code === FRAME_FLAGS && option.end - option.at === 4) {
        batch.flags[row] = view.getInt32(option.at, this.little);
      } else if (option.code === COMMENT) {
        batch.comments ??= new Map();
        const before = batch.comments.get(row);
        const text = option.text();
        batch.comments.set(row, before === undefined ? text : `${before}\n${text}`);
      } else if (option.code === EPB_DROPCOUNT && enhanced) {
        this.addDropped(batch.iface[row]!, option.uint64());
      }
    }
  }

  private damaged(
    window: RecordSpan,
    what: Sentence,
    position = window.positionOf(window.at),
  ): typeof DAMAGED {
    this.fault = new CaptureError('NETLENS_CAPTURE_DAMAGED', this.of.file, position, what);
    return DAMAGED;
  }

  private undeclared(window: RecordSpan, id: number): false {
    const declared = this.clocks.length;
    this.damaged(window, { code: 'pcapng-undeclared-interface', id, declared });
    return false;
  }

  private tooLong(window: RecordSpan, captured: number, room: number): false {
    const most = Math.min(CAPLEN_MAX, Math.max(room, 0));
    this.damaged(window, { code: 'pcapng-frame-too-long', captured, most });
    return false;
  }

  private badLength(window: Window, type: number, total: number): Parsed {
    return this.damaged(window, {
      code: 'pcapng-block-too-short',
      type: `0x${type.toString(16)}`,
      total,
      least: leastLen(type),
    });
  }

  private badTrailer(
    window: Window,
    total: number,
    position = window.positionOf(window.at),
    trailer = window.view.getUint32(window.at + padded(total) - TRAILER_LEN, this.little),
  ): Parsed {
    return this.damaged(window, { code: 'pcapng-lengths-differ', total, trailer }, position);
  }

  cut(window: Window): CaptureError | undefined {
    const { view, at, end } = window;
    const rest = end - at;
    if (this.state === AT_BLOCK && rest === 0) {
      if (this.sections > 0) return undefined;
    }
    const cut = (part: CutPart, needed: number, left: number, position: number): CaptureError => {
      const what = { code: 'capture-cut', part, needed, left } as const;
      return new CaptureError('NETLENS_CAPTURE_CUT', this.of.file, position, what);
    };
    if (this.state !== AT_BLOCK) {
      const missing = this.state === AT_TRAILER ? TRAILER_LEN : this.left + TRAILER_LEN;
      return cut('block', this.total, padded(this.total) - missing + rest, this.position);
    }
    const position = window.positionOf(at);
    return rest < BLOCK_HEADER_LEN
      ? cut('block-header', BLOCK_HEADER_LEN, rest, position)
      : cut('block', this.totalAt(view, at, end), rest, position);
  }

  /** Length of the block at `at`, of which at least the header is there; 28 for a section of unknown order. */
  private totalAt(view: DataView, at: Offset, end: Offset): number {
    if (view.getUint32(at) !== SECTION_HEADER) return view.getUint32(at + 4, this.little);
    if (end - at < 12) return 28;
    return view.getUint32(at + 4, view.getUint32(at + 8, true) === BYTE_ORDER);
  }
}
