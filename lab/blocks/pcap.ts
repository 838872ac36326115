/** Capture files on their way into a fixture: tcpdump's pcap read, shifted in time, joined into one pcapng. */
import { readFileSync, writeFileSync } from 'node:fs';
import { LabError } from './command.ts';

const MAGIC_NS_LE = 0xa1b23c4d;
const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const NS_PER_S = 1_000_000_000n;

/** One frame as captured; `timeNs` since 1970. */
export interface Frame {
  timeNs: bigint;
  len: number;
  data: Buffer;
}

/** A classic pcap file of this machine's byte order with nanoseconds, as the lab's tcpdump writes. */
export interface PcapFile {
  linktype: number;
  snaplen: number;
  frames: Frame[];
}

/** Reads what the lab's tcpdump wrote. Throws LabError when it is anything else or ends inside a record. */
export function readPcap(path: string): PcapFile {
  const bytes = readFileSync(path);
  if (bytes.length < FILE_HEADER_LEN || bytes.readUInt32LE(0) !== MAGIC_NS_LE) {
    throw new LabError(`${path}: not a little-endian nanosecond pcap`);
  }
  const frames: Frame[] = [];
  let at = FILE_HEADER_LEN;
  while (at < bytes.length) {
    const captured = at + RECORD_HEADER_LEN <= bytes.length ? bytes.readUInt32LE(at + 8) : Infinity;
    const end = at + RECORD_HEADER_LEN + captured;
    if (end > bytes.length) throw new LabError(`${path}: ends inside the record at byte ${at}`);
    frames.push({
      timeNs: BigInt(bytes.readUInt32LE(at)) * NS_PER_S + BigInt(bytes.readUInt32LE(at + 4)),
      len: bytes.readUInt32LE(at + 12),
      data: bytes.subarray(at + RECORD_HEADER_LEN, end),
    });
    at = end;
  }
  return { linktype: bytes.readUInt32LE(20), snaplen: bytes.readUInt32LE(16), frames };
}

/** Writes a nanosecond pcap. */
export function writePcap(path: string, file: PcapFile): void {
  const header = Buffer.alloc(FILE_HEADER_LEN);
  header.writeUInt32LE(MAGIC_NS_LE, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(file.snaplen, 16);
  header.writeUInt32LE(file.linktype, 20);
  const parts: Buffer[] = [header];
  for (const { timeNs, len, data } of file.frames) {
    const record = Buffer.alloc(RECORD_HEADER_LEN);
    record.writeUInt32LE(Number(timeNs / NS_PER_S), 0);
    record.writeUInt32LE(Number(timeNs % NS_PER_S), 4);
    record.writeUInt32LE(data.length, 8);
    record.writeUInt32LE(len, 12);
    parts.push(record, data);
  }
  writeFileSync(path, Buffer.concat(parts));
}

/** One interface of a pcapng in the making. */
export interface Interface {
  name: string;
  file: PcapFile;
}

/** Joins the captures of a node's interfaces, by time, into one pcapng with a typed, named interface each. */
export function writePcapng(path: string, interfaces: readonly Interface[]): void {
  const blocks = [sectionHeader()];
  for (const { name, file } of interfaces) blocks.push(interfaceBlock(name, file));
  const all = interfaces.flatMap(({ file }, i) => file.frames.map((frame) => ({ frame, i })));
  all.sort((a, b) =>
    a.frame.timeNs < b.frame.timeNs ? -1 : a.frame.timeNs > b.frame.timeNs ? 1 : 0,
  );
  for (const { frame, i } of all) blocks.push(packetBlock(frame, i));
  writeFileSync(path, Buffer.concat(blocks));
}

function block(type: number, body: Buffer): Buffer {
  const length = 12 + body.length;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, body, tail]);
}

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function sectionHeader(): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  return block(0x0a0d0d0a, body);
}

function interfaceBlock(name: string, file: PcapFile): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(file.linktype, 0);
  head.writeUInt32LE(file.snaplen, 4);
  const nanoseconds = option(9, Buffer.from([9]));
  return block(
    1,
    Buffer.concat([head, option(2, Buffer.from(name)), nanoseconds, Buffer.alloc(4)]),
  );
}

function packetBlock(frame: Frame, index: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(index, 0);
  head.writeUInt32LE(Number(frame.timeNs >> 32n), 4);
  head.writeUInt32LE(Number(frame.timeNs & 0xffffffffn), 8);
  head.writeUInt32LE(frame.data.length, 12);
  head.writeUInt32LE(frame.len, 16);
  const padding = Buffer.alloc((4 - (frame.data.length % 4)) % 4);
  return block(6, Buffer.concat([head, frame.data, padding]));
}
