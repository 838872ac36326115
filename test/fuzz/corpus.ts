/** The frames that fuzzing starts from: samples, fixtures, and shared captures where they are at hand. */
import path from 'node:path';
import { capturesIn } from '../oracle/survey.ts';
import { readCapture } from '../support/read-capture.ts';
import { samples } from '../support/samples.ts';
import { BYTES_MAX, type FuzzFrame } from './mutate.ts';

/** Frames taken of one capture at most. */
const PER_FILE_MAX = 40;

/** Spread over each file, so that a long one is not only its beginning. */
export async function seedFrames(): Promise<FuzzFrame[]> {
  const shared = process.env.NETLENS_CAPTURES ?? '../shared/captures';
  const files = [...capturesIn('fixtures', ''), ...capturesIn(path.resolve(shared), '')];
  const seeds: FuzzFrame[] = samples.map(({ bytes, linktype }) => ({
    bytes,
    linktype,
    len: bytes.length,
  }));
  for (const { file } of files) {
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
