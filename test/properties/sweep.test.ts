/** Every byte of a frame of each protocol, every value, every snaplen: nothing is left to luck. */
import assert from 'node:assert/strict';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet, UNKNOWN_LINKTYPE } from '../../src/decode/packet.ts';
import { dissectors } from '../../src/decode/protocols/index.ts';
import { reload } from '../support/frames.ts';
import { assertNested, describeFrame, enumerate } from '../support/invariants.ts';
import { type Sample, samples } from '../support/samples.ts';

const frames = new FrameBatch(new Uint8Array(0));
const packet = new Packet();

/** Decodes of one sample's sweep at most; a longer frame is swept with values left out. */
const DECODES_MAX = 1_500_000;

/** Values that a length, a count or a type is likely to go wrong at. */
const TELLING = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 19, 20, 31, 63, 64, 127, 128, 192, 254, 255];

function withFrame<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error) error.message += `\n${describeFrame(frames)}`;
    throw error;
  }
}

function sweep({ bytes, linktype }: Sample): void {
  const everyValue = ((bytes.length * bytes.length) / 2) * 256 <= DECODES_MAX;
  const values = everyValue ? Array.from({ length: 256 }, (_, value) => value) : TELLING;
  for (let snaplen = 0; snaplen <= bytes.length; snaplen++) {
    reload(frames, bytes, { linktype, caplen: snaplen });
    for (let i = 0; i < snaplen; i++) {
      for (const value of values) {
        frames.bytes[i] = value;
        decode(frames, 0, packet);
        assertNested(packet);
      }
      frames.bytes[i] = bytes[i]!;
    }
  }
}

function sweepFields({ bytes, linktype }: Sample): void {
  reload(frames, bytes, { linktype });
  for (let i = 0; i < bytes.length; i++) {
    for (let value = 0; value < 256; value++) {
      frames.bytes[i] = value;
      decode(frames, 0, packet);
      enumerate(packet);
    }
    frames.bytes[i] = bytes[i]!;
  }
}

describe('sweep', () => {
  it('has a sample of every protocol', () => {
    const seen = new Set<number>();
    for (const { bytes, linktype } of samples) {
      decode(reload(frames, bytes, { linktype }), 0, packet);
      for (let row = 0; row < packet.depth; row++) seen.add(packet.protocol[row]!);
    }
    // one without fields has no header: it only says which protocol begins
    const unseen = dissectors.filter((d) => d.fields.length > 0 && !seen.has(d.protocol));
    assert.deepEqual(
      unseen.map((d) => d.name),
      [],
    );
  });

  for (const sample of samples) {
    it(`${sample.name}: every byte, value and snaplen decodes to nested layers`, () => {
      decode(reload(frames, sample.bytes, { linktype: sample.linktype }), 0, packet);
      if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) return;
      withFrame(() => sweep(sample));
    });

    it(`${sample.name}: whatever a byte becomes, all fields can be shown`, () => {
      withFrame(() => sweepFields(sample));
    });
  }
});
