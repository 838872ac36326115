/** A direction of TCP in order, however its segments come. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TcpStream } from '../../src/engine/tcp-stream.ts';

interface Got {
  text: string;
  missing: number;
}

function gather(feed: (stream: TcpStream<number>) => void): Got & { retransmitted: number } {
  const got: Got = { text: '', missing: 0 };
  const stream = new TcpStream<number>(({ bytes, missingBefore }) => {
    got.text += '?'.repeat(missingBefore) + new TextDecoder().decode(bytes);
  });
  feed(stream);
  stream.finish();
  return { ...got, missing: stream.missing, retransmitted: stream.retransmitted };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a TCP stream', () => {
  const START = 0xffff_fff0; // the sequence numbers wrap within each text

  it('is the text that was sent, whatever the order, overlap and repeats of its segments', () => {
    const text = 'The quick brown fox jumps over the lazy dog, again and again and again.';
    const segment = fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 40 }), fc.boolean(), (segments, opened) => {
        const got = gather((stream) => {
          stream.open(START - 1);
          for (const [at, length] of segments) {
            stream.add((START + at) >>> 0, bytes(text.slice(at, at + length)), 0, at);
            if (opened) stream.open(START - 1); // a SYN once more changes nothing
          }
        });
        const seen = new Set(
          segments.flatMap(([at, length]) =>
            Array.from({ length: Math.min(length, text.length - at) }, (_, i) => at + i),
          ),
        );
        const last = Math.max(-1, ...seen);
        const expected = [...text.slice(0, last + 1)].map((c, i) => (seen.has(i) ? c : '?'));
        assert.equal(got.text, expected.join(''));
        assert.equal(got.missing, expected.filter((_, i) => !seen.has(i)).length);
      }),
    );
  });

  it('counts what came again once', () => {
    const got = gather((stream) => {
      stream.open(9);
      stream.add(10, bytes('abc'), 0, 0);
      stream.add(10, bytes('abc'), 0, 1);
      stream.add(12, bytes('cde'), 0, 2);
    });
    assert.deepEqual(got, { text: 'abcde', missing: 0, retransmitted: 4 });
  });

  it('says where the snaplen cut bytes off', () => {
    const got = gather((stream) => {
      stream.open(0);
      stream.add(1, bytes('ab'), 3, 0);
      stream.add(6, bytes('fg'), 0, 1);
    });
    assert.deepEqual(got, { text: 'ab???fg', missing: 3, retransmitted: 0 });
  });

  it('does not wait for ever for what never comes', () => {
    const got = gather((stream) => {
      stream.open(0);
      stream.add(1, bytes('a'), 0, 0);
      for (let i = 0; i < 5000; i++) stream.add(1000 + i, bytes('x'), 0, i);
    });
    assert.equal(got.missing, 998);
    assert.equal(got.text.replaceAll('?', ''), `a${'x'.repeat(5000)}`);
  });

  it('begins with the first segment where no SYN was seen', () => {
    const got = gather((stream) => stream.add(77, bytes('abc'), 0, 0));
    assert.deepEqual(got, { text: 'abc', missing: 0, retransmitted: 0 });
  });
});
