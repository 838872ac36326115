/** Frames as classic pcap, little-endian: one link type, no interface names, no comments. */
import { CAPLEN_MAX, type CaptureInterface, type FrameBatch } from '../base/frames.ts';
import type { RecordBuffer } from './capture-writer-buffer.ts';
import { type CaptureContents, type RecordWriter, WriteError } from './capture-writer-contents.ts';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const FCS_PRESENT = 0x0400_0000;
const SECONDS_END = 4_294_967_296;

export class PcapRecords implements RecordWriter {
  private readonly out: RecordBuffer;
  private readonly contents: CaptureContents;
  private readonly file: string;
  private linktype = -1;
  /** Nanoseconds in the unit of the file's timestamps: 1 or 1000. */
  private unit = 1;

  constructor(out: RecordBuffer, contents: CaptureContents, file: string) {
    this.out = out;
    this.contents = contents;
    this.file = file;
  }

  catchUp(): void {}

  /** The header, once it is known whose frames the file holds. */
  private start(face: CaptureInterface | undefined): void {
    const { out, contents } = this;
    this.linktype = face?.linktype ?? 1;
    // microseconds where every file read has no finer ones; whatever may turn out finer gets nanoseconds
    this.unit = contents.interfaces.every((one) => one.tickNanoseconds === 1000) ? 1000 : 1;
    const fcsLen = face?.fcsLen ?? -1;
    const fcs = fcsLen < 0 ? 0 : FCS_PRESENT + (fcsLen >> 1) * 0x1000_0000;
    out.room(24);
    out.u32(this.unit === 1 ? NANOSECONDS : MICROSECONDS);
    out.u16(2);
    out.u16(4);
    out.u32(0); // zone: UTC
    out.u32(0);
    out.u32(
      contents.interfaces.reduce((most, one) => Math.max(most, one.snaplen || CAPLEN_MAX), 0) ||
        CAPLEN_MAX,
    );
    out.u32(this.linktype + fcs);
  }

  frame(batch: FrameBatch, i: number): void {
    const { out } = this;
    const face = batch.interfaces[batch.iface[i]!];
    if (this.linktype < 0) this.start(face);
    if (face !== undefined && face.linktype !== this.linktype) {
      throw new WriteError(this.file, {
        code: 'pcap-of-two-linktypes',
        one: this.linktype,
        other: face.linktype,
      });
    }
    const seconds = batch.seconds[i]!;
    const nanoseconds = batch.nanoseconds[i]!;
    const fraction = nanoseconds / this.unit;
    if (seconds < 0 || seconds >= SECONDS_END || !Number.isInteger(fraction)) {
      throw new WriteError(this.file, { code: 'pcap-time-beyond', seconds, nanoseconds });
    }
    const caplen = batch.caplen[i]!;
    out.room(16 + caplen);
    out.u32(seconds);
    out.u32(fraction);
    out.u32(caplen);
    out.u32(batch.len[i]!);
    out.copy(batch.bytes, batch.at[i]!, batch.at[i]! + caplen);
  }

  finish(): void {
    if (this.linktype < 0) this.start(this.contents.interfaces[0]);
  }
}
