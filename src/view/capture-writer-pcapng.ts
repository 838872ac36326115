/** Frames as pcapng (draft-ietf-opsawg-pcapng), little-endian, one section, nanoseconds. */
import { parseIpv4 } from '../base/address.ts';
import type { CaptureInterface, FrameBatch } from '../base/frames.ts';
import {
  SNAPSHOT_ENTERPRISE,
  SNAPSHOT_PART_LEN,
  SNAPSHOT_PARTS_MAX,
  snapshotHead,
} from '../base/snapshot-block.ts';
import type { RecordBuffer } from './capture-writer-buffer.ts';
import type { CaptureContents, RecordWriter } from './capture-writer-contents.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const NAME_RESOLUTION = 4;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const CUSTOM = 0xbad;
const BYTE_ORDER = 0x1a2b3c4d;

const COMMENT = 1;
const IF_OS = 12;
const IF_HARDWARE = 15;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;
const ISB_FILTERACCEPT = 6;
const ISB_USRDELIV = 8;
const TWO_32 = 4_294_967_296;
/** Seconds from an interface's offset to the last one that 64 bits of nanoseconds hold. */
const SPAN = 18_446_744_073;
/** Offsets of interfaces whose frames lie before 1970 or after 2554 are multiples of this, seconds. */
const OFFSET_STEP = 1 << 30;
/** A name block is closed when it is this long, bytes; Wireshark takes blocks up to 16 MiB. */
const NAMES_LEN = 60_000;

export class PcapngRecords implements RecordWriter {
  private readonly out: RecordBuffer;
  private readonly contents: CaptureContents;
  private readonly application: string;
  private started = false;
  /** Interfaces and names already written, the snapshot written last, and how many frames. */
  private described = 0;
  private named = 0;
  private taken: object | undefined = undefined;
  private frames = 0;
  /** Interface blocks written so far; the number of the next. */
  private blocks = 0;
  /** Columns by interface: its first and latest block's number, the latter's offset in seconds, time of its last frame. */
  private readonly firstBlock: number[] = [];
  private readonly block: number[] = [];
  private readonly offset: number[] = [];
  private readonly lastHigh: number[] = [];
  private readonly lastLow: number[] = [];
  /** Frames written, by interface. */
  private readonly delivered: number[] = [];
  /** Low and high half of the timestamp made last. */
  private low = 0;
  private high = 0;

  constructor(out: RecordBuffer, contents: CaptureContents, application: string) {
    this.out = out;
    this.contents = contents;
    this.application = application;
  }

  /** Write the section and the interfaces and names that have become known. */
  catchUp(): void {
    const { interfaces, names } = this.contents;
    if (!this.started) this.section();
    for (; this.described < interfaces.length; this.described++) {
      const face = interfaces[this.described]!;
      this.lastHigh.push(0);
      this.lastLow.push(0);
      this.delivered.push(0);
      this.firstBlock.push(this.blocks);
      this.describe(face, 0);
    }
    if (this.named < names.length) this.names();
    // behind a frame: Wireshark lists these blocks, and counts times from the first that it lists
    if (this.frames > 0) this.snapshot();
  }

  frame(batch: FrameBatch, i: number): void {
    const { out } = this;
    const row = batch.iface[i]!;
    if (row >= this.described) this.catchUp();
    const caplen = batch.caplen[i]!;
    const flags = batch.flags[i]!;
    const comment = batch.comments?.get(i);
    const seconds = batch.seconds[i]!;
    const from = seconds - this.offset[row]!;
    if (from < 0 || from >= SPAN) this.describeAgain(row, seconds);
    this.stamp(seconds - this.offset[row]!, batch.nanoseconds[i]!);
    this.lastHigh[row] = this.high;
    this.lastLow[row] = this.low;
    this.delivered[row]!++;
    this.frames++;
    const start = out.length;
    const length = 32 + ((caplen + 3) & ~3);
    out.room(length + 16);
    out.u32(ENHANCED_PACKET);
    out.u32(0);
    out.u32(this.block[row]!);
    out.u32(this.high);
    out.u32(this.low);
    out.u32(caplen);
    out.u32(batch.len[i]!);
    out.copy(batch.bytes, batch.at[i]!, batch.at[i]! + caplen);
    out.pad();
    if (flags !== 0) {
      out.u16(2); // epb_flags
      out.u16(4);
      out.u32(flags);
    }
    out.text(COMMENT, comment);
    this.end(start, flags !== 0 || comment !== undefined);
  }

  /** Counts of frames, at the end of all: received and lost where that is known, and those delivered here. */
  finish(): void {
    this.catchUp();
    this.snapshot();
    for (const face of this.contents.interfaces) {
      if (face.dropped < 0) continue;
      const { out } = this;
      const start = out.length;
      out.room(96);
      out.u32(INTERFACE_STATISTICS);
      out.u32(0);
      out.u32(this.firstBlock[face.index]!);
      out.u32(this.lastHigh[face.index]!);
      out.u32(this.lastLow[face.index]!);
      if (face.received !== undefined) {
        if (face.filter === undefined) this.count(ISB_IFRECV, face.received);
        this.count(ISB_FILTERACCEPT, face.received);
      }
      this.count(ISB_IFDROP, face.dropped); // as dumpcap: frames that the kernel had no room for
      this.count(ISB_USRDELIV, this.delivered[face.index]!);
      this.end(start, true);
    }
  }

  private count(code: number, value: number): void {
    const { out } = this;
    out.u16(code);
    out.u16(8);
    out.u32(value % TWO_32);
    out.u32(Math.floor(value / TWO_32));
  }

  private section(): void {
    const { out, contents } = this;
    const start = out.length;
    out.room(64);
    out.u32(SECTION_HEADER);
    out.u32(0);
    out.u32(BYTE_ORDER);
    out.u16(1);
    out.u16(0);
    out.u32(0xffff_ffff); // section length: not told
    out.u32(0xffff_ffff);
    const sections = contents.sections ?? [];
    if (sections.length === 1) {
      out.text(2, sections[0]!.hardware);
      out.text(3, sections[0]!.os);
    }
    out.text(4, this.application);
    for (const { comments } of sections) for (const comment of comments) out.text(COMMENT, comment);
    this.end(start, true);
    this.started = true;
  }

  private describe(face: CaptureInterface, offset: number): void {
    const { out } = this;
    const start = out.length;
    out.room(128);
    out.u32(INTERFACE_DESCRIPTION);
    out.u32(0);
    out.u16(face.linktype);
    out.u16(0);
    out.u32(face.snaplen);
    out.text(2, face.name);
    out.text(3, this.contents.describe?.(face) ?? face.description);
    out.option(9, Uint8Array.of(9)); // if_tsresol: nanoseconds
    if (face.filter !== undefined) out.text(11, `\0${face.filter}`); // 0: as text
    out.text(IF_OS, face.os);
    out.text(IF_HARDWARE, face.hardware);
    if (face.fcsLen >= 0) out.option(13, Uint8Array.of(face.fcsLen));
    if (offset !== 0) {
      out.room(16);
      out.u16(14); // if_tsoffset
      out.u16(8);
      out.view.setBigInt64(out.length, BigInt(offset), true);
      out.length += 8;
    }
    for (const comment of face.comments ?? []) out.text(COMMENT, comment);
    this.end(start, true);
    this.block[face.index] = this.blocks++;
    this.offset[face.index] = offset;
  }

  /** The interface once more, with an offset that brings this second within 64 bits of nanoseconds. */
  private describeAgain(row: number, seconds: number): void {
    const offset = Math.floor(seconds / OFFSET_STEP) * OFFSET_STEP;
    this.describe(
      this.contents.interfaces[row]!,
      offset >= 0 && offset < SPAN - OFFSET_STEP ? 0 : offset,
    );
  }

  /** seconds * 10^9 + nanoseconds as two halves; seconds below SPAN, so that no step exceeds 2^53. */
  private stamp(seconds: number, nanoseconds: number): void {
    const upper = Math.floor(seconds / 65_536) * 1e9;
    const lower = (seconds % 65_536) * 1e9 + nanoseconds;
    const sum = (upper % 65_536) * 65_536 + lower;
    this.low = sum % TWO_32;
    this.high = Math.floor(upper / 65_536) + Math.floor(sum / TWO_32);
  }

  /** The names not written yet; a record holds one name, as Wireshark takes any number of records. */
  private names(): void {
    const { out } = this;
    const { names } = this.contents;
    while (this.named < names.length) {
      const start = out.length;
      out.room(NAMES_LEN);
      out.u32(NAME_RESOLUTION);
      out.u32(0);
      while (this.named < names.length && out.length - start < NAMES_LEN) {
        const { address, name } = names[this.named++]!;
        const bytes = addressBytes(address);
        if (bytes === undefined) continue;
        const text = new TextEncoder().encode(name).subarray(0, 0xffff - 17);
        const record = new Uint8Array(bytes.length + text.length + 1);
        record.set(bytes);
        record.set(text, bytes.length);
        out.option(bytes.length === 4 ? 1 : 2, record); // a record is laid out as an option is
      }
      this.end(start, true);
    }
  }

  /** What is known of the cluster, if that is new, in as many Custom Blocks as it takes. */
  private snapshot(): void {
    const { out } = this;
    const latest = this.contents.snapshots?.at(-1);
    if (latest === undefined || latest === this.taken) return;
    this.taken = latest;
    const { text } = latest;
    const bytes = new TextEncoder().encode(text);
    const parts = Math.max(1, Math.ceil(bytes.length / SNAPSHOT_PART_LEN));
    if (parts > SNAPSHOT_PARTS_MAX) return;
    for (let part = 1; part <= parts; part++) {
      const from = (part - 1) * SNAPSHOT_PART_LEN;
      const body = bytes.subarray(from, from + SNAPSHOT_PART_LEN);
      const head = new TextEncoder().encode(snapshotHead(part, parts));
      const start = out.length;
      out.room(head.length + body.length + 32);
      out.u32(CUSTOM);
      out.u32(0);
      out.u32(SNAPSHOT_ENTERPRISE);
      out.copy(head, 0, head.length);
      out.copy(body, 0, body.length);
      out.pad();
      this.end(start, false);
    }
  }

  /** Close the block begun at `start`: the end of options or records if it has any, and its two lengths. */
  private end(start: number, options: boolean): void {
    const { out } = this;
    out.room(8);
    if (options) out.u32(0);
    const length = out.length - start + 4;
    out.u32(length);
    out.view.setUint32(start + 4, length, true);
  }
}

/** The 4 or 16 bytes of an address, undefined when the text is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return Uint8Array.of(ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8, ipv4);
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const last = tail === null ? undefined : parseIpv4(tail[2]!);
  if (tail !== null && last === undefined) return undefined;
  const whole =
    last === undefined
      ? text
      : `${tail![1]}${(last >>> 16).toString(16)}:${(last & 0xffff).toString(16)}`;
  const halves = whole.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - groups.flat().length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  if (!groups.flat().every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const zeros = halves.length === 2 ? Array<string>(missing).fill('0') : [];
  const values = [...groups[0]!, ...zeros, ...(groups[1] ?? [])].map((g) => Number.parseInt(g, 16));
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}
