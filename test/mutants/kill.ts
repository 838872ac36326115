/**
 * Run with one mutant loaded: the sweep over the samples and a burst of fuzzing, without mocha.
 * Exits with 1 as soon as anything is wrong, the sooner the better.
 */
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { type FuzzFrame, mutate, Places } from '../fuzz/mutate.ts';
import { reload } from '../support/frames.ts';
import { assertNested, enumerate } from '../support/invariants.ts';
import { Random } from '../support/random.ts';
import { samples } from '../support/samples.ts';

const VALUES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 20, 32, 63, 64, 127, 128, 192, 254, 255];
const FUZZ_FRAMES = 60_000;

const frames = new FrameBatch(new Uint8Array(0));
const packet = new Packet();

function tryFrame(bytes: Uint8Array, linktype: number, len: number): void {
  decode(reload(frames, bytes, { linktype, len }), 0, packet);
  assertNested(packet);
  enumerate(packet);
}

/** Every snaplen of every sample, all fields shown. */
function cutSamples(): void {
  for (const { bytes, linktype } of samples) {
    for (let caplen = 0; caplen <= bytes.length; caplen++) {
      tryFrame(bytes.subarray(0, caplen), linktype, bytes.length);
      tryFrame(bytes.subarray(0, caplen), linktype, caplen);
    }
  }
}

function sweepSamples(): void {
  for (const { bytes, linktype } of samples) {
    for (let caplen = 0; caplen <= bytes.length; caplen++) {
      reload(frames, bytes, { linktype, caplen });
      for (let i = 0; i < caplen; i++) {
        for (const value of VALUES) {
          frames.bytes[i] = value;
          decode(frames, 0, packet);
          assertNested(packet);
        }
        frames.bytes[i] = bytes[i]!;
      }
    }
  }
}

function fuzz(): void {
  const random = new Random(20_260_101);
  const corpus: FuzzFrame[] = samples.map((s) => ({ ...s, len: s.bytes.length }));
  const places = new Places();
  for (let i = 0; i < FUZZ_FRAMES; i++) {
    const frame = random.pick(corpus);
    tryFrame(frame.bytes, frame.linktype, frame.len);
    const changed = mutate(frame, places.of(packet), random.pick(corpus), random);
    tryFrame(changed.bytes, changed.linktype, changed.len);
  }
}

cutSamples();
fuzz();
sweepSamples();
