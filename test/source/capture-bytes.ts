/** Capture files as bytes, built field by field, and frames read back as plain values. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameBatch } from '../../src/base/frames.ts';
import type { Source } from '../../src/source/source.ts';

/** Integers of one byte order, and bytes as they are. */
export class ByteWriter {
  length = 0;
  private readonly parts: Uint8Array[] = [];
  private readonly little: boolean;

  constructor(little: boolean) {
    this.little = little;
  }

  u16(...values: number[]): this {
    return this.each(values, 2, (view, value) => view.setUint16(0, value, this.little));
  }

  u32(...values: number[]): this {
    return this.each(values, 4, (view, value) => view.setUint32(0, value, this.little));
  }

  u64(value: bigint): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt.asUintN(64, value), this.little);
    this.add(new Uint8Array(view.buffer));
    return this;
  }

  raw(...parts: (Uint8Array | string)[]): this {
    for (const part of parts) this.add(typeof part === 'string' ? Buffer.from(part) : part);
    return this;
  }

  /** Zeros up to a multiple of 4. */
  pad(): this {
    return this.raw(new Uint8Array((4 - (this.length % 4)) % 4));
  }

  done(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.parts));
  }

  private each(values: number[], len: number, put: (view: DataView, value: number) => void): this {
    for (const value of values) {
      const view = new DataView(new ArrayBuffer(len));
      put(view, value);
      this.add(new Uint8Array(view.buffer));
    }
    return this;
  }

  private add(part: Uint8Array): void {
    this.parts.push(part);
    this.length += part.length;
  }
}

export interface PcapFrame {
  readonly seconds: number;
  readonly fraction: number;
  readonly bytes: Uint8Array;
  readonly len?: number;
}

export interface PcapShape {
  readonly little?: boolean;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly linktype?: number;
  readonly snaplen?: number;
  /** Bytes of record header after the first 16. */
  readonly extra?: number;
  /** Bytes of file header after the first 24. */
  readonly fileExtra?: number;
  readonly swappedLengths?: boolean;
}

export function pcap(frames: readonly PcapFrame[], shape: PcapShape = {}): Uint8Array {
  const { little = true, magic = 0xa1b2c3d4, version = [2, 4], linktype = 1 } = shape;
  const file = new ByteWriter(little).u32(magic).u16(...version);
  file.u32(0, 0, shape.snaplen ?? 65535, linktype).raw(new Uint8Array(shape.fileExtra ?? 0));
  for (const { seconds, fraction, bytes, len = bytes.length } of frames) {
    const lengths = shape.swappedLengths ? [len, bytes.length] : [bytes.length, len];
    file.u32(seconds, fraction, ...lengths).raw(new Uint8Array(shape.extra ?? 0), bytes);
  }
  return file.done();
}

export type Option = readonly [code: number, value: Uint8Array | string];

/** Blocks of a pcapng file, one byte order. */
export class PcapngBytes {
  readonly little: boolean;
  private readonly blocks: Uint8Array[] = [];

  constructor(little = true) {
    this.little = little;
  }

  writer(): ByteWriter {
    return new ByteWriter(this.little);
  }

  block(type: number, body: Uint8Array, trailer?: number): this {
    const total = 12 + body.length;
    this.blocks.push(
      this.writer()
        .u32(type, total)
        .raw(body)
        .u32(trailer ?? total)
        .done(),
    );
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.blocks.push(bytes);
    return this;
  }

  options(options: readonly Option[] = []): Uint8Array {
    const writer = this.writer();
    for (const [code, value] of options) {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      writer.u16(code, bytes.length).raw(bytes).pad();
    }
    return options.length > 0 ? writer.u32(0).done() : writer.done();
  }

  section(options: readonly Option[] = [], version: readonly [number, number] = [1, 0]): this {
    const body = this.writer()
      .u32(0x1a2b3c4d)
      .u16(...version)
      .u32(0xffffffff, 0xffffffff);
    return this.block(0x0a0d0d0a, body.raw(this.options(options)).done());
  }

  face(linktype = 1, snaplen = 0, options: readonly Option[] = []): this {
    const body = this.writer().u16(linktype, 0).u32(snaplen).raw(this.options(options));
    return this.block(1, body.done());
  }

  /** An Enhanced Packet Block; `stamp` in units of its interface. */
  frame(
    stamp: bigint,
    bytes: Uint8Array,
    of: { face?: number; len?: number; options?: readonly Option[] } = {},
  ): this {
    const body = this.writer().u32(of.face ?? 0, Number(stamp >> 32n), Number(stamp & 0xffffffffn));
    body
      .u32(bytes.length, of.len ?? bytes.length)
      .raw(bytes)
      .pad()
      .raw(this.options(of.options));
    return this.block(6, body.done());
  }

  simple(bytes: Uint8Array, len = bytes.length): this {
    return this.block(3, this.writer().u32(len).raw(bytes).pad().done());
  }

  obsolete(
    stamp: bigint,
    bytes: Uint8Array,
    of: { face?: number; drops?: number; len?: number; options?: readonly Option[] } = {},
  ): this {
    const body = this.writer().u16(of.face ?? 0, of.drops ?? 0xffff);
    body.u32(
      Number(stamp >> 32n),
      Number(stamp & 0xffffffffn),
      bytes.length,
      of.len ?? bytes.length,
    );
    return this.block(2, body.raw(bytes).pad().raw(this.options(of.options)).done());
  }

  names(records: readonly (readonly [type: number, value: Uint8Array])[]): this {
    const body = this.writer();
    for (const [type, value] of records) body.u16(type, value.length).raw(value).pad();
    return this.block(4, body.u32(0).done());
  }

  statistics(face: number, options: readonly Option[]): this {
    return this.block(5, this.writer().u32(face, 0, 0).raw(this.options(options)).done());
  }

  done(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.blocks));
  }
}

/** `length` bytes that differ from frame to frame. */
export function payload(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = seed * 31 + i * 7;
  return bytes;
}

/** One frame, out of its batch. */
export interface ReadFrame {
  readonly file: number;
  readonly iface: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly caplen: number;
  readonly len: number;
  readonly flags: number;
  readonly number: number;
  readonly comment: string | undefined;
  readonly bytes: string;
}

export function framesOf(batch: FrameBatch): ReadFrame[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    file: batch.interfaces[batch.iface[i]!]!.fileIndex,
    iface: batch.iface[i]!,
    seconds: batch.seconds[i]!,
    nanoseconds: batch.nanoseconds[i]!,
    caplen: batch.caplen[i]!,
    len: batch.len[i]!,
    flags: batch.flags[i]!,
    number: batch.number[i]!,
    comment: batch.comments?.get(i),
    bytes: Buffer.from(batch.bytes.subarray(batch.at[i], batch.at[i]! + batch.caplen[i]!)).toString(
      'hex',
    ),
  }));
}

/** All frames of a source, which is then closed. */
export async function readAll(source: Source): Promise<ReadFrame[]> {
  const frames: ReadFrame[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    frames.push(...framesOf(batch));
  }
  await source.close();
  return frames;
}

/** A directory for the files of one suite; gone after it. */
export class Scratch {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'netlens-source-'));

  path(name: string): string {
    return path.join(this.directory, name);
  }

  file(name: string, bytes: Uint8Array | string): string {
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
