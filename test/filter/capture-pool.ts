/** Many captures as one file a link type, and which of its frames tcpdump, tshark and netlens let through. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { FRAMES_MAX, FrameBatch } from '../../src/base/frames.ts';
import {
  AH,
  ETHERNET,
  IPV6_EXTENSION,
  IPV6_FRAGMENT,
  NULL_LOOPBACK,
  SLL,
  SLL2,
} from '../../src/base/protocol-numbers.ts';
import { decode } from '../../src/decode/decode.ts';
import { CUT, MALFORMED, Packet, TOO_DEEP } from '../../src/decode/packet.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { innerRow, nextLayer, outerRow } from '../../src/filter/layers.ts';
import type { Capture } from '../oracle/survey.ts';
import { plainInterface } from '../support/frames.ts';
import { type ReadFrame, readCapture } from '../support/read-capture.ts';

const RECORD_HEADER_LEN = 16;
const FILE_HEADER_LEN = 24;

/** Frames of one link type, as a pcap file whose time stamps are the frames' places in `frames`. */
export interface Pool {
  readonly linktype: number;
  readonly file: string;
  readonly frames: readonly ReadFrame[];
  /** By frame: nothing is encapsulated in it, so that pinning to the outermost layer changes nothing. */
  readonly isPlain: readonly boolean[];
  /** Frames that are not compared, by reason. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Write the frames of these link types into files below the directory, but for those that `leave` names a reason for. */
export function makePools(
  frames: readonly ReadFrame[],
  linktypes: readonly number[],
  directory: string,
  leave: (packet: Packet) => string | undefined,
): Pool[] {
  return linktypes.map((linktype) => {
    const own = frames.filter((frame) => frame.linktype === linktype && frame.bytes.length > 0);
    const kept: ReadFrame[] = [];
    const isPlain: boolean[] = [];
    const leftOut = new Map<string, number>();
    eachDecoded(linktype, own, (packet, _batch, _i, index) => {
      const reason = leave(packet);
      if (reason !== undefined) {
        leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
        return;
      }
      kept.push(own[index]!);
      isPlain.push(hasOneLayer(packet));
    });
    const file = path.join(directory, `pool-${linktype}.pcap`);
    writeFileSync(file, fileOf(linktype, kept));
    return { linktype, file, frames: kept, isPlain, leftOut };
  });
}

function hasOneLayer(packet: Packet): boolean {
  const row = outerRow(packet);
  return row === innerRow(packet) && (row < 0 || packet.find(ETHERNET, row + 1) < 0);
}

function fileOf(linktype: number, frames: readonly ReadFrame[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + RECORD_HEADER_LEN + frame.bytes.length, 0);
  const file = new Uint8Array(FILE_HEADER_LEN + size);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, linktype, true);
  let at = FILE_HEADER_LEN;
  frames.forEach((frame, i) => {
    view.setUint32(at, i, true);
    view.setUint32(at + 8, frame.bytes.length, true);
    view.setUint32(at + 12, Math.max(frame.len, frame.bytes.length), true);
    file.set(frame.bytes, at + RECORD_HEADER_LEN);
    at += RECORD_HEADER_LEN + frame.bytes.length;
  });
  return file;
}

/** The first frames of each of these captures; of damaged ones none, they have tests of their own. */
export async function framesOf(captures: readonly Capture[], max: number): Promise<ReadFrame[]> {
  const frames: ReadFrame[] = [];
  for (const { file } of captures) {
    const read = await readCapture(file).catch(() => undefined);
    frames.push(...(read?.frames.slice(0, max) ?? []));
  }
  return frames;
}

/** Work through the queue with this many hands at a time: each a process of tcpdump or tshark. */
export async function inParallel<T>(
  hands: number,
  queue: readonly T[],
  work: (item: T, i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const hand = async (): Promise<void> => {
    while (next < queue.length) {
      const i = next++;
      await work(queue[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: hands }, hand));
}

type Visit = (packet: Packet, batch: FrameBatch, i: number, index: number) => void;

/** Decode each frame, in batches, and hand it over with its place in `frames`. */
export function eachDecoded(linktype: number, frames: readonly ReadFrame[], visit: Visit): void {
  const packet = new Packet();
  for (let start = 0; start < frames.length; start += FRAMES_MAX) {
    const part = frames.slice(start, start + FRAMES_MAX);
    const batch = batchOf(linktype, part);
    for (let i = 0; i < batch.count; i++) {
      decode(batch, i, packet);
      visit(packet, batch, i, start + i);
    }
  }
}

function batchOf(linktype: number, frames: readonly ReadFrame[]): FrameBatch {
  const batch = new FrameBatch(new Uint8Array(frames.reduce((sum, f) => sum + f.bytes.length, 0)));
  batch.interfaces = [plainInterface(linktype)];
  let at = 0;
  for (const { bytes, len } of frames) {
    const i = batch.count++;
    batch.bytes.set(bytes, at);
    batch.at[i] = at;
    batch.caplen[i] = bytes.length;
    batch.len[i] = len;
    batch.number[i] = i + 1;
    at += bytes.length;
  }
  return batch;
}

/** For each filter, the places of the frames it lets through. */
export function netlensMatches(pool: Pool, filters: readonly string[]): Set<number>[] {
  const compiled = filters.map((text) => compileFilter(text));
  const matched = filters.map(() => new Set<number>());
  eachDecoded(pool.linktype, pool.frames, (packet, batch, i, index) => {
    compiled.forEach((filter, f) => {
      if (filter.frame(packet, batch, i)) matched[f]!.add(index);
    });
  });
  return matched;
}

/** Places of the frames that tcpdump lets through; an Error when it does not take the expression. */
export async function tcpdumpMatches(pool: Pool, filter: string): Promise<Set<number> | Error> {
  const args = ['-n', '-r', pool.file, '-w', '-', '--', filter];
  const { code, output, complaint } = await run('tcpdump', args);
  if (code === 0) return placesIn(output);
  if (complaint.includes('rejects all packets')) return new Set();
  return new Error(complaint.split('\n').find((line) => line.startsWith('tcpdump: ')) ?? complaint);
}

/** tshark as netlens decodes: no reassembly, and VXLAN on the ports of Linux and of Weave too. */
const TSHARK = [
  ...['-n', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'],
  ...['-o', 'tcp.desegment_tcp_streams:FALSE', '-d', 'udp.port==8472,vxlan'],
  ...['-d', 'udp.port==6784,vxlan'],
];

/** Places of the frames that a display filter of tshark lets through; an Error when it does not take it. */
export async function tsharkMatches(pool: Pool, filter: string): Promise<Set<number> | Error> {
  const args = [...TSHARK, '-r', pool.file, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
  const { code, output, complaint } = await run('tshark', args);
  if (code !== 0) return new Error(complaint);
  return new Set(
    output
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((number) => Number(number) - 1),
  );
}

interface Result {
  readonly code: number | null;
  readonly output: Buffer;
  readonly complaint: string;
}

function run(program: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks), complaint }));
  });
}

function placesIn(file: Buffer): Set<number> {
  const places = new Set<number>();
  for (let at = FILE_HEADER_LEN; at + RECORD_HEADER_LEN <= file.length; ) {
    places.add(file.readUInt32LE(at));
    at += RECORD_HEADER_LEN + file.readUInt32LE(at + 8);
  }
  return places;
}

/** Link headers behind which tcpdump finds the network layer without being told. */
const TRANSPARENT: ReadonlySet<number> = new Set([ETHERNET, SLL, SLL2, NULL_LOOPBACK]);

/**
 * Why tcpdump and `outer (...)` may differ on a frame whatever the words: it is damaged or cut, has
 * headers between link and network layer, or IPv6 extension headers, which netlens sees through.
 */
export function odd(packet: Packet): string | undefined {
  if (packet.cut || (packet.notes & (CUT | MALFORMED | TOO_DEEP)) !== 0) return 'cut or malformed';
  const row = outerRow(packet);
  const before = row < 0 ? packet.depth : row;
  for (let link = 0; link < before; link++) {
    if (!TRANSPARENT.has(packet.protocol[link]!))
      return 'VLAN, MPLS, PPPoE, LLC or other link headers';
  }
  if (row < 0) return undefined;
  for (let above = row + 1; above < nextLayer(packet, row); above++) {
    const protocol = packet.protocol[above]!;
    if (protocol === AH || protocol === IPV6_EXTENSION || protocol === IPV6_FRAGMENT) {
      return 'IPv6 extension headers or AH';
    }
  }
  return undefined;
}
