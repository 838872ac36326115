import assert from 'node:assert/strict';
import { ZstdFraming } from '../../src/source/zstd-framing.ts';
import { hex } from '../support/frames.ts';
import { zstdStored } from './zstd-bytes.ts';

const parts: readonly { readonly what: string; readonly bytes: Uint8Array }[] = [
  { what: 'an empty frame, window of 1 KiB', bytes: hex('28 b5 2f fd 00 00 01 00 00') },
  {
    what: 'single segment, size of 1 byte, RLE block',
    bytes: hex('28 b5 2f fd 20 05 2b 00 00 61'),
  },
  {
    what: 'dictionary id of 4 bytes, size of 2, checksum',
    bytes: hex('28 b5 2f fd 47 00 01 02 03 04 00 01 09 00 00 61 de ad be ef'),
  },
  {
    what: 'window, size of 8 bytes, two blocks',
    bytes: hex('28 b5 2f fd c0 00 02 00 00 00 00 00 00 00 08 00 00 61 09 00 00 62'),
  },
  { what: 'a skippable frame', bytes: hex('5f 2a 4d 18 03 00 00 00 28 b5 2f') },
  { what: 'an empty skippable frame', bytes: hex('50 2a 4d 18 00 00 00 00') },
  { what: 'stored', bytes: zstdStored(new Uint8Array(200)) },
];

describe('zstd framing (RFC 8878 section 3.1)', () => {
  for (const { what, bytes } of parts) {
    it(`finds the end of ${what}, and no other`, () => {
      const framing = new ZstdFraming();
      const ends: number[] = [];
      for (let i = 0; i < bytes.length; i++) {
        framing.feed(bytes.subarray(i, i + 1));
        if (framing.isBetweenFrames) ends.push(i + 1);
      }
      assert.deepEqual(ends, [bytes.length]);
    });
  }

  it('comes to the same in pieces of any size', () => {
    const all = Buffer.concat(parts.map(({ bytes }) => bytes));
    const isEnd = new Set(parts.map((_, i) => endOf(i)));
    for (let size = 1; size <= 64; size++) {
      const framing = new ZstdFraming();
      for (let at = 0; at < all.length; at += size) {
        framing.feed(all.subarray(at, at + size));
        const end = Math.min(all.length, at + size);
        assert.equal(framing.isBetweenFrames, isEnd.has(end), `pieces of ${size}, byte ${end}`);
      }
    }
  });

  it('follows nothing beyond bytes that are no frame', () => {
    const framing = new ZstdFraming();
    framing.feed(hex('00 00 00 00 28 b5 2f fd 00'));
    assert.ok(framing.isBetweenFrames); // the decompressor's to tell
  });
});

function endOf(i: number): number {
  return parts.slice(0, i + 1).reduce((sum, { bytes }) => sum + bytes.length, 0);
}
