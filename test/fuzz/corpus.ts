/** The frames that fuzzing starts from: samples, fixtures, and shared captures where they are at hand. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pcap } from '../oracle/samples-as-files.ts';
import { capturesIn } from '../oracle/survey.ts';
import { pcapng } from '../support/pcapng.ts';
import { readCapture } from '../support/read-capture.ts';
import { samples } from '../support/samples.ts';
import { BYTES_MAX, type FuzzFrame } from './mutate.ts';

/** Frames taken of one capture at most. */
const PER_FILE_MAX = 40;
/** Largest file that is taken whole, bytes. */
const FILE_SEED_MAX = 20_000;

function captureFiles(): string[] {
  const shared = process.env.NETLENS_CAPTURES ?? '../shared/captures';
  const captures = [...capturesIn('fixtures', ''), ...capturesIn(path.resolve(shared), '')];
  return captures.map(({ file }) => file);
}

/** Small capture files of every format, as they are, and some made of samples. */
export function seedFiles(): Uint8Array[] {
  const frames = samples.slice(0, 40).map((s) => ({ ...s, len: s.bytes.length }));
  const made = [
    pcapng(frames),
    pcap(
      1,
      frames.filter((f) => f.linktype === 1).map((f) => f.bytes),
    ),
    gzipSync(pcapng(frames)),
  ];
  const files = captureFiles().map((file) => readFileSync(file));
  return [...made, ...files.filter((bytes) => bytes.length <= FILE_SEED_MAX)];
}

/** Spread over each file, so that a long one is not only its beginning. */
export async function seedFrames(): Promise<FuzzFrame[]> {
  const seeds: FuzzFrame[] = samples.map(({ bytes, linktype }) => ({
    bytes,
    linktype,
    len: bytes.length,
  }));
  for (const file of captureFiles()) {
    const frames = await framesOf(file);
    const step = Math.max(1, Math.floor(frames.length / PER_FILE_MAX));
    for (let i = 0; i < frames.length; i += step) seeds.push(frames[i]!);
  }
  return seeds;
}

async function framesOf(file: string): Promise<FuzzFrame[]> {
  try {
    const { frames } = await readCapture(file);
    return frames.map(({ bytes, linktype, len }) => {
      const caplen = Math.min(bytes.length, BYTES_MAX);
      return { bytes: bytes.slice(0, caplen), linktype, len: Math.max(len, caplen) };
    });
  } catch {
    return []; // not a capture, or a damaged one: the reader's fuzzing has those
  }
}
