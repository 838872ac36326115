/** What holds of decoding for frames that nobody wrote down: random nesting, random damage. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { CUT, Packet, UNKNOWN_LINKTYPE, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { anyFrame, lawfulFrame } from '../support/arbitrary-frames.ts';
import { embed, reload } from '../support/frames.ts';
import { assertNested, enumerate, factsOf } from '../support/invariants.ts';

const frames = new FrameBatch(new Uint8Array(0));
const packet = new Packet();
const other = new Packet();
const RUNS = { numRuns: 3000 };

describe('decoding any frame', () => {
  it('never throws and finds layers that nest', () => {
    fc.assert(
      fc.property(anyFrame(), ({ bytes, linktype, len }) => {
        decode(reload(frames, bytes, { linktype, len }), 0, packet);
        assertNested(packet);
      }),
      { numRuns: 20_000 },
    );
  });

  it('yields fields that lie within their layers and can be shown', () => {
    fc.assert(
      fc.property(anyFrame(), ({ bytes, linktype, len }) => {
        decode(reload(frames, bytes, { linktype, len }), 0, packet);
        enumerate(packet);
      }),
      RUNS,
    );
  });

  it('does not depend on what surrounds the frame in memory', () => {
    fc.assert(
      fc.property(anyFrame(), ({ bytes, linktype, len }) => {
        decode(reload(frames, bytes, { linktype, len }), 0, packet);
        const alone = [factsOf(packet), enumerate(packet)];
        for (const filler of [0x00, 0x45, 0xff]) {
          decode(embed(frames, bytes, filler, { linktype, len }), 0, packet);
          assert.deepEqual([factsOf(packet), enumerate(packet)], alone);
        }
      }),
      RUNS,
    );
  });

  it('says the same of a frame however often and after whatever other frame', () => {
    fc.assert(
      fc.property(anyFrame(), anyFrame(), (a, b) => {
        decode(reload(frames, a.bytes, a), 0, other);
        const fresh = [factsOf(other), enumerate(other)];
        decode(reload(frames, b.bytes, b), 0, packet);
        decode(reload(frames, a.bytes, a), 0, packet);
        assert.deepEqual([factsOf(packet), enumerate(packet)], fresh);
        decode(frames, 0, packet);
        assert.deepEqual([factsOf(packet), enumerate(packet)], fresh);
      }),
      RUNS,
    );
  });
});

describe('decoding a frame cut by a snaplen', () => {
  it('finds a beginning of the layers of the whole, at the same places', () => {
    fc.assert(
      fc.property(lawfulFrame(), fc.nat(), ({ bytes, linktype }, cutAt) => {
        const caplen = cutAt % (bytes.length + 1);
        decode(reload(frames, bytes, { linktype }), 0, packet);
        const whole = factsOf(packet).rows as number[][];
        decode(reload(frames, bytes, { linktype, caplen }), 0, packet);
        const cut = factsOf(packet).rows as number[][];
        assert.ok(cut.length <= whole.length, `${cut.length} layers of ${whole.length}`);
        cut.forEach(([protocol, at, payloadAt, end], row) => {
          const [wholeProtocol, wholeAt, wholePayloadAt, wholeEnd] = whole[row]!;
          assert.deepEqual([protocol, at], [wholeProtocol, wholeAt]);
          assert.ok(payloadAt! <= wholePayloadAt!);
          assert.equal(end, Math.min(wholeEnd!, caplen), `row ${row}`);
        });
      }),
      { numRuns: 10_000 },
    );
  });

  it('is told cut, not malformed', () => {
    fc.assert(
      fc.property(lawfulFrame(), fc.nat(), ({ bytes, linktype }, cutAt) => {
        decode(reload(frames, bytes, { linktype }), 0, packet);
        const notes = packet.notes;
        const caplen = cutAt % (bytes.length + 1);
        decode(reload(frames, bytes, { linktype, caplen }), 0, packet);
        if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) return;
        // too few bytes may leave a guess open: an unknown payload is no blame
        const added = packet.notes & ~(CUT | UNKNOWN_PAYLOAD) & ~notes;
        assert.equal(added, 0, `notes ${packet.notes}, uncut ${notes}`);
      }),
      { numRuns: 10_000 },
    );
  });
});
