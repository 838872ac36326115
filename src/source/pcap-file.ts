/**
 * The classic pcap format: draft-ietf-opsawg-pcap, and what libpcap and Wireshark know beyond it.
 *
 *   file:   magic 4, major 2, minor 2, zone 4, accuracy 4, snaplen 4, FCS and linktype 4   (IXIA: + size 4)
 *   record: seconds 4, fraction 4, bytes captured 4, bytes on the wire 4                   (variants: + 4, 8, 12)
 *
 * The draft's list of magic numbers by byte has micro- and nanoseconds interchanged; files and both
 * programs have 0xa1b2c3d4 for micro-, 0xa1b23c4d for nanoseconds.
 */
import { CAPLEN_MAX, type FrameBatch } from '../base/frames.ts';
import type { Offset } from '../base/units.ts';
import type { CaptureFile, Findings } from './findings.ts';
import { DAMAGED, FULL, NEED_MORE, type Parsed, type Reader, type RecordSpan } from './reader.ts';
import { CaptureError } from './source.ts';
import type { Window } from './window.ts';

export const MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's patches of 1999: record headers of 24 or 28 bytes. */
export const MAGIC_MODIFIED = 0xa1b2cd34;
/** Navtel's: nanoseconds (libpcap `sf-pcap.c` reserves the number and does not read it). */
const MAGIC_NAVTEL = 0xa12b3c4d;
/** Ixia's hardware and software captures: four more bytes in the file header, microseconds as Wireshark has it. */
const MAGIC_IXIA_HARDWARE = 0x1c0001ac;
const MAGIC_IXIA_SOFTWARE = 0x1c0001ab;

const MAGICS: readonly number[] = [
  MAGIC_MICROSECONDS,
  MAGIC_NANOSECONDS,
  MAGIC_MODIFIED,
  MAGIC_NAVTEL,
  MAGIC_IXIA_HARDWARE,
  MAGIC_IXIA_SOFTWARE,
];

const MAJOR = 4;
const MINOR = 6;
const SNAPLEN = 16;
const LINKTYPE = 20;
const FILE_HEADER_LEN = 24;
const IXIA_SIZE_LEN = 4;

const SECONDS = 0;
const FRACTION = 4;
const CAPTURED = 8;
const ORIGINAL = 12;
const RECORD_HEADER_LEN = 16;
const NOKIA_HEADER_LEN = 20;
const MODIFIED_HEADER_LEN = 24; // interface 4, protocol 2, packet type 1, padding 1
const SS990915_HEADER_LEN = 28; // SuSE 6.3: two CPU numbers more

/** A wire length above this hints at another record layout; the number is Wireshark's. */
const ORIGINAL_PLAUSIBLE_MAX = 128 << 20;

const INT32_MAX = 0x7fff_ffff;

const FCS_PRESENT = 0x0400_0000;

/** RFC 1573 ifType to LINKTYPE: AIX writes the former, in files of version 2.2. */
const AIX_LINKTYPE: Readonly<Record<number, number>> = { 6: 1, 9: 6, 15: 10, 24: 0 };

/** Whether these first four bytes, in either order, start a pcap file; true = little-endian. */
export function pcapOrder(view: DataView, at: Offset): boolean | undefined {
  if (MAGICS.includes(view.getUint32(at, true))) return true;
  return MAGICS.includes(view.getUint32(at)) ? false : undefined;
}

/** How a file lays out its records. */
interface Layout {
  readonly little: boolean;
  readonly nanoseconds: boolean;
  readonly fileHeaderLen: number;
  recordHeaderLen: number;
  /** Before version 2.3, and in DG/UX's 543.0, the two lengths are interchanged; in 2.3 sometimes. */
  readonly lengths: 'as now' | 'swapped' | 'perhaps swapped';
  readonly linktype: number;
  readonly snaplen: number;
  readonly fcsLen: number;
}

function readLayout(window: Window, little: boolean): Layout {
  const { view, at } = window;
  const magic = view.getUint32(at, little);
  const major = view.getUint16(at + MAJOR, little);
  const minor = view.getUint16(at + MINOR, little);
  const word = view.getUint32(at + LINKTYPE, little);
  const ixia = magic === MAGIC_IXIA_HARDWARE || magic === MAGIC_IXIA_SOFTWARE;
  const aix = magic === MAGIC_MICROSECONDS && major === 2 && minor === 2 && word in AIX_LINKTYPE;
  const old = (major === 2 && minor < 3) || major === 543;
  return {
    little,
    nanoseconds: magic === MAGIC_NANOSECONDS || magic === MAGIC_NAVTEL || aix,
    fileHeaderLen: FILE_HEADER_LEN + (ixia ? IXIA_SIZE_LEN : 0),
    recordHeaderLen: magic === MAGIC_MODIFIED ? MODIFIED_HEADER_LEN : RECORD_HEADER_LEN,
    lengths: old ? 'swapped' : major === 2 && minor === 3 ? 'perhaps swapped' : 'as now',
    linktype: aix ? AIX_LINKTYPE[word]! : word & 0xffff,
    snaplen: view.getUint32(at + SNAPLEN, little),
    fcsLen: (word & FCS_PRESENT) === 0 ? -1 : 2 * (word >>> 28), // in units of 16 bits
  };
}

/**
 * Whether what follows a whole record is the start of another one that was cut off, and not the first record's
 * last bytes read as a header: then it starts with a time of the same day.
 */
function cutLikely(window: Window, layout: Layout, at: Offset): boolean {
  const first = window.at + layout.fileHeaderLen;
  if (window.end - at < 4) return false;
  const { view } = window;
  return (
    Math.abs(view.getUint32(at, layout.little) - view.getUint32(first, layout.little)) <= 86_400
  );
}

/** Faults of the first record that has any, of three, read with record headers of this length. */
function demerits(window: Window, layout: Layout, headerLen: number): number {
  const { view, end } = window;
  const fileEnd = window.input.length < 0 ? Number.POSITIVE_INFINITY : window.input.length;
  let at = window.at + layout.fileHeaderLen;
  const usual = headerLen === layout.recordHeaderLen; // its files may be cut short
  for (let n = 0; n < 3 && window.positionOf(at) < fileEnd; n++) {
    if (window.positionOf(at + headerLen) > fileEnd) {
      return usual && (n > 1 || (n === 1 && cutLikely(window, layout, at))) ? 0 : 1;
    }
    if (end - at < headerLen) return 0; // not there yet
    const swapped = layout.lengths === 'swapped';
    const captured = view.getUint32(at + (swapped ? ORIGINAL : CAPTURED), layout.little);
    const original = view.getUint32(at + (swapped ? CAPTURED : ORIGINAL), layout.little);
    let faults = 0;
    if (!layout.nanoseconds && view.getUint32(at + FRACTION, layout.little) >= 1e6) faults++;
    if (captured > CAPLEN_MAX) faults++;
    if (original > ORIGINAL_PLAUSIBLE_MAX) faults++;
    if (captured > layout.snaplen) faults++;
    if (captured > original) faults++;
    if (faults > 0) return faults;
    at += headerLen + captured;
    if (window.positionOf(at) > fileEnd) return usual && n > 0 ? 0 : 1;
  }
  return 0;
}

/**
 * The length of record headers, where the magic number leaves it open: Red Hat 6.1 and Nokia write longer
 * ones under the standard magic, SuSE 6.3 under the modified one. The first with the fewest faults.
 */
function guessHeaderLen(window: Window, layout: Layout): number {
  const magic = window.view.getUint32(window.at, layout.little);
  let candidates: readonly number[] = [layout.recordHeaderLen];
  if (magic === MAGIC_MODIFIED) candidates = [MODIFIED_HEADER_LEN, SS990915_HEADER_LEN];
  else if (magic === MAGIC_MICROSECONDS && !layout.nanoseconds) {
    candidates = [RECORD_HEADER_LEN, MODIFIED_HEADER_LEN, NOKIA_HEADER_LEN];
  }
  let best = candidates[0]!;
  let fewest = Number.POSITIVE_INFINITY;
  for (const headerLen of candidates) {
    const faults = demerits(window, layout, headerLen);
    if (faults < fewest) [best, fewest] = [headerLen, faults];
  }
  return best;
}

/** Wait for so many bytes of the file header. Rejects with a CaptureError. */
async function atLeast(window: Window, of: CaptureFile, needed: number): Promise<void> {
  while (window.end - window.at < needed && (await window.more())) {}
  if (window.failure !== undefined) throw window.failure;
  const left = window.end - window.at;
  if (left >= needed) return;
  const what = { code: 'capture-cut', part: 'pcap-header', needed, left } as const;
  throw new CaptureError('NETLENS_CAPTURE_CUT', of.file, 0, what);
}

export class PcapReader implements Reader {
  fault: CaptureError | undefined = undefined;
  private frames = 0;
  private readonly file: string;
  private readonly headerLen: number;
  private readonly little: boolean;
  private readonly unit: number;
  private readonly capturedAt: Offset;
  private readonly originalAt: Offset;
  private readonly perhapsSwapped: boolean;
  private readonly iface: number;
  /** The batch whose constant columns are set. */
  private prepared: FrameBatch | undefined = undefined;

  private constructor(of: CaptureFile, layout: Layout, findings: Findings) {
    this.file = of.file;
    this.headerLen = layout.recordHeaderLen;
    this.little = layout.little;
    this.unit = layout.nanoseconds ? 1 : 1000;
    this.capturedAt = layout.lengths === 'swapped' ? ORIGINAL : CAPTURED;
    this.originalAt = layout.lengths === 'swapped' ? CAPTURED : ORIGINAL;
    this.perhapsSwapped = layout.lengths === 'perhaps swapped';
    this.iface = findings.interfaces.length;
    findings.interfaces.push({
      index: this.iface,
      linktype: layout.linktype,
      snaplen: layout.snaplen,
      name: undefined,
      description: undefined,
      file: of.file,
      fileIndex: of.fileIndex,
      node: of.node,
      filter: undefined,
      fcsLen: layout.fcsLen,
      tickNanoseconds: this.unit,
      dropped: -1,
    });
  }

  /** The reader of the file whose first byte is at the window's start. Rejects with a CaptureError. */
  static async open(window: Window, of: CaptureFile, findings: Findings): Promise<PcapReader> {
    await atLeast(window, of, FILE_HEADER_LEN);
    const little = pcapOrder(window.view, window.at) ?? true;
    const major = window.view.getUint16(window.at + MAJOR, little);
    if (major < 2) {
      const what = { code: 'pcap-version', version: major } as const;
      throw new CaptureError('NETLENS_NOT_A_CAPTURE', of.file, MAJOR, what);
    }
    const layout = readLayout(window, little);
    await atLeast(window, of, layout.fileHeaderLen);
    layout.recordHeaderLen = guessHeaderLen(window, layout);
    window.at += layout.fileHeaderLen;
    return new PcapReader(of, layout, findings);
  }

  /** Columns that are the same for every frame of a pcap file. */
  private prepare(batch: FrameBatch): void {
    batch.iface.fill(this.iface);
    batch.flags.fill(0);
    this.prepared = batch;
  }

  parse(window: RecordSpan, batch: FrameBatch): Parsed {
    if (this.prepared !== batch) this.prepare(batch);
    const { view, end } = window;
    const { little, headerLen, unit, capturedAt, originalAt } = this;
    const { at: frameAt, caplen, len, seconds, nanoseconds, number } = batch;
    const capacity = frameAt.length;
    const first = batch.count;
    const before = this.frames - first;
    let row = first;
    let at = window.at;
    let parsed: Parsed = NEED_MORE;
    while (end - at >= headerLen) {
      if (row === capacity) {
        parsed = FULL;
        break;
      }
      let captured = view.getUint32(at + capturedAt, little);
      let original = view.getUint32(at + originalAt, little);
      if (this.perhapsSwapped && captured > original) {
        const swapped = captured;
        captured = original;
        original = swapped;
      }
      if (captured > CAPLEN_MAX) {
        parsed = DAMAGED;
        break;
      }
      if (end - at - headerLen < captured) break;
      const fraction = view.getUint32(at + FRACTION, little) * unit;
      frameAt[row] = at + headerLen;
      caplen[row] = captured;
      len[row] = Math.min(original, INT32_MAX);
      seconds[row] = view.getUint32(at + SECONDS, little);
      nanoseconds[row] = fraction;
      if (fraction >= 1e9) carry(batch, row, fraction);
      row++;
      number[row - 1] = before + row;
      at += headerLen + captured;
    }
    this.frames = before + row;
    batch.count = row;
    window.at = at;
    if (batch.position !== undefined) this.notePositions(window, batch, first);
    if (parsed === DAMAGED) this.damaged(window);
    return parsed;
  }

  /** Where the records of the batch's rows from `first` on start. */
  private notePositions(
    window: RecordSpan,
    { at, count, position }: FrameBatch,
    first: number,
  ): void {
    const zero = window.positionOf(0) - this.headerLen;
    for (let row = first; row < count; row++) position![row] = zero + at[row]!;
  }

  again(span: RecordSpan, batch: FrameBatch): boolean {
    const { frames, fault, prepared } = this;
    batch.count = 0;
    this.prepare(batch); // other files' readers use the same one
    const parsed = this.parse(span, batch);
    Object.assign(this, { frames, fault, prepared });
    return batch.count > 0 && parsed !== DAMAGED;
  }

  /** Captured length of the record at `at`, of which the header is there. */
  private capturedOf(view: DataView, at: Offset): number {
    const captured = view.getUint32(at + this.capturedAt, this.little);
    return this.perhapsSwapped
      ? Math.min(captured, view.getUint32(at + this.originalAt, this.little))
      : captured;
  }

  private damaged(window: RecordSpan): void {
    const captured = this.capturedOf(window.view, window.at);
    const what = { code: 'pcap-record-too-long', captured, most: CAPLEN_MAX } as const;
    const position = window.positionOf(window.at);
    this.fault = new CaptureError('NETLENS_CAPTURE_DAMAGED', this.file, position, what);
  }

  cut(window: Window): CaptureError | undefined {
    const left = window.end - window.at;
    if (left === 0) return undefined;
    const hasHeader = left >= this.headerLen;
    const captured = hasHeader ? this.capturedOf(window.view, window.at) : 0;
    const what = {
      code: 'capture-cut',
      part: hasHeader ? 'record' : 'record-header',
      needed: this.headerLen + captured,
      left,
    } as const;
    const position = window.positionOf(window.at);
    return new CaptureError('NETLENS_CAPTURE_CUT', this.file, position, what);
  }
}

/** A fraction of a second beyond a second, which no writer should leave: the time is taken as meant. */
function carry(batch: FrameBatch, row: number, fraction: number): void {
  batch.seconds[row] = batch.seconds[row]! + Math.floor(fraction / 1e9);
  batch.nanoseconds[row] = fraction % 1e9;
}
