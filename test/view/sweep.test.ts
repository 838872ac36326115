/** Whatever decodes can be shown: every sample cut anywhere and with bytes changed, in every style. */
import assert from 'node:assert/strict';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import type { FrameTextOptions } from '../../src/view/frames/context.ts';
import { frameRecord } from '../../src/view/frames/json.ts';
import { FrameLines } from '../../src/view/frames/line.ts';
import { reload } from '../support/frames.ts';
import { describeFrame } from '../support/invariants.ts';
import { samples } from '../support/samples.ts';

const STYLES: readonly FrameTextOptions[] = [
  { verbosity: 0, quiet: false, link: false, absolute: false, names: undefined },
  { verbosity: 0, quiet: true, link: true, absolute: true, names: undefined },
  { verbosity: 3, quiet: false, link: true, absolute: false, names: undefined },
];

/** Values that a length, a count or a type is likely to go wrong at. */
const TELLING = [0, 1, 2, 3, 5, 8, 27, 63, 127, 128, 192, 255];

const frames = new FrameBatch(new Uint8Array(0));
const packet = new Packet();
const shown = STYLES.map(
  (style) =>
    new FrameLines({
      ...style,
      time: 'time',
      nano: false,
      numbers: true,
      dump: 'none',
      dumpLink: false,
      files: false,
    }),
);

/** Show the frame in every style: nothing throws, nothing that steers a terminal comes out. */
function assertShown(): void {
  decode(frames, 0, packet);
  for (const [s, lines] of shown.entries()) {
    try {
      lines.add(packet, frames, 0);
    } catch (error) {
      throw new Error(`${String(error)}\n${describeFrame(frames)}`);
    }
    const text = lines.context.out.take();
    let newlines = 0;
    for (const byte of text) {
      if (byte === 10) newlines++;
      else if ((byte < 32 && byte !== 9) || byte === 127) {
        assert.fail(`byte ${byte} in style ${s}: ${Buffer.from(text)}\n${describeFrame(frames)}`);
      }
    }
    if (STYLES[s]!.verbosity === 0) assert.equal(newlines, 1, Buffer.from(text).toString());
  }
}

describe('frames as text and as JSON', () => {
  it('are shown wherever the capture cuts them', () => {
    for (const { bytes, linktype } of samples) {
      for (let snaplen = 0; snaplen <= bytes.length; snaplen++) {
        reload(frames, bytes, { linktype, caplen: snaplen });
        assertShown();
        assert.equal(frameRecord(packet, frames, 0).captured, snaplen);
      }
    }
  });

  it('are shown whatever one byte says', () => {
    for (const { bytes, linktype } of samples) {
      reload(frames, bytes, { linktype });
      for (let i = 0; i < bytes.length; i++) {
        for (const value of TELLING) {
          frames.bytes[i] = value;
          assertShown();
        }
        frames.bytes[i] = bytes[i]!;
      }
    }
  });
});
