import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Framing,
  HEAD_LEN_MAX,
  MessageStream,
  StreamHead,
} from '../../src/flow/stream-head.ts';

const TEXT = Uint8Array.from({ length: 200 }, (_, i) => (i * 7 + 1) & 255);

/** A segment: bytes [from, to) of TEXT, in a buffer of their own. */
function segment(from: number, to: number): DataView {
  return new DataView(TEXT.slice(from, to).buffer);
}

function bytesOf(head: StreamHead): Uint8Array {
  return new Uint8Array(head.view.buffer, 0, head.length);
}

function add(head: StreamHead, from: number, to: number, base = head.base): boolean {
  return head.add(segment(from, to), 0, to - from, (base + from) | 0);
}

describe('head of a direction', () => {
  it('joins segments in any order, with overlaps and retransmissions', () => {
    const spans = fc.array(fc.tuple(fc.nat(199), fc.nat(199)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(spans, fc.integer(), (pairs, base) => {
        const head = new StreamHead(base | 0, true);
        const have = new Set<number>();
        for (const [a, b] of pairs) {
          const [from, to] = a < b ? [a, b] : [b, a];
          const before = head.length;
          const grew = add(head, from, to);
          for (let i = from; i < to; i++) have.add(i);
          assert.equal(grew, head.length > before);
        }
        let contiguous = 0;
        while (have.has(contiguous)) contiguous++;
        assert.equal(head.length, contiguous);
        assert.deepEqual(bytesOf(head), TEXT.slice(0, contiguous));
        for (const [from, to] of head.pieces()) {
          const piece = new Uint8Array(head.view.buffer, from, to - from);
          assert.deepEqual(piece, TEXT.slice(from, to));
        }
      }),
    );
  });

  it('goes on over the wrap of the sequence numbers, and leaves out what is before its base', () => {
    const head = new StreamHead(0x7fff_fff0, true); // 16 below the sign change of int32
    assert.equal(add(head, 0, 30), true);
    assert.equal(add(head, 30, 60), true);
    assert.deepEqual(bytesOf(head), TEXT.slice(0, 60));
    const later = new StreamHead(1000, false);
    assert.equal(later.add(segment(0, 20), 0, 20, 990), true); // ten bytes before the base
    assert.deepEqual(bytesOf(later), TEXT.slice(10, 20));
    assert.equal(later.add(segment(0, 5), 0, 5, 990), false);
  });

  it('keeps the bytes that came first when a retransmission says otherwise', () => {
    const head = new StreamHead(0, true);
    add(head, 0, 10);
    add(head, 20, 30);
    const other = new DataView(new Uint8Array(40).fill(0xee).buffer);
    head.add(other, 0, 40, 0);
    assert.deepEqual(bytesOf(head).slice(0, 10), TEXT.slice(0, 10));
    assert.deepEqual([...bytesOf(head).slice(10, 20)], Array(10).fill(0xee));
    assert.deepEqual(bytesOf(head).slice(20, 30), TEXT.slice(20, 30));
  });

  it('is bounded in bytes and in gaps', () => {
    const head = new StreamHead(0, true);
    const large = new DataView(new ArrayBuffer(3 * HEAD_LEN_MAX));
    head.add(large, 0, large.byteLength, 0);
    assert.equal(head.length, HEAD_LEN_MAX);
    assert.equal(head.full, true);
    const gaps = new StreamHead(0, true);
    for (let i = 1; i < 100; i++) gaps.add(large, 0, 1, 2 * i);
    assert.equal([...gaps.pieces()].length, 16);
    gaps.add(large, 0, 300, 0);
    assert.equal(gaps.length, 300);
    assert.equal([...gaps.pieces()].length, 0);
  });
});

/** Messages of a length byte, 0xaa, and as many bytes as the first says. */
const FRAMING: Framing = {
  lengthAt(view, at, end) {
    if (end - at < 2) return 0;
    return view.getUint8(at + 1) === 0xaa ? 2 + view.getUint8(at) : -1;
  },
  resync(view, at, end) {
    for (let i = at; end - i >= 2; i++) if (view.getUint8(i + 1) === 0xaa) return i;
    return -1;
  },
};

const MESSAGES = Array.from({ length: 40 }, (_, i) => {
  const len = (i * 5) % 23;
  return Uint8Array.of(len, 0xaa, ...Array.from({ length: len }, () => i + 1));
});
const STREAM = Uint8Array.from(MESSAGES.flatMap((message) => [...message]));

/** The messages that come out of the stream when these pieces [from, to) of it arrive, in this order. */
function messagesOf(pieces: readonly (readonly [number, number])[], base = 0): Uint8Array[] {
  const stream = new MessageStream(FRAMING, base);
  const found: Uint8Array[] = [];
  const take = (view: DataView, at: number, end: number) => {
    found.push(new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice());
  };
  for (const [from, to] of pieces) {
    const bytes = STREAM.slice(from, to);
    stream.add(new DataView(bytes.buffer), 0, bytes.length, bytes.length, (base + from) | 0, take);
  }
  stream.finish(take);
  return found;
}

describe('stream of messages', () => {
  it('is the same however it is cut into segments', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      assert.deepEqual(
        messagesOf([
          [0, cut],
          [cut, STREAM.length],
        ]),
        MESSAGES,
        `cut at ${cut}`,
      );
    }
    const each = Array.from(STREAM, (_, i) => [i, i + 1] as const);
    assert.deepEqual(messagesOf(each, 0x7fff_ffff), MESSAGES);
  });

  it('is the same when segments are sent again, overlap, and come in the wrong order', () => {
    const cuts = fc.array(fc.nat(STREAM.length), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(20)), (places, random) => {
        const ends = [...new Set([...places, 0, STREAM.length])].sort((a, b) => a - b);
        const pieces = ends.slice(1).map((to, i) => {
          const back = random.next().value!;
          return [Math.max(0, ends[i]! - back), to] as [number, number];
        });
        for (let i = 2; i < pieces.length; i += 3) {
          [pieces[i - 1], pieces[i]] = [pieces[i]!, pieces[i - 1]!]; // the first one stays first
          pieces.push(pieces[i]!);
        }
        assert.deepEqual(messagesOf(pieces), MESSAGES);
      }),
    );
  });

  it('after bytes that never come finds the next message, and counts the gap', () => {
    const third = MESSAGES[0]!.length + MESSAGES[1]!.length;
    const found = messagesOf([
      [0, third],
      [third + 5, STREAM.length],
    ]);
    assert.deepEqual(found.slice(0, 2), MESSAGES.slice(0, 2));
    assert.deepEqual(found.slice(2), MESSAGES.slice(3));
  });

  it('takes a segment that the capture cut for a gap', () => {
    const stream = new MessageStream(FRAMING, 0);
    const found: number[] = [];
    const take = (view: DataView, at: number) => found.push(view.getUint8(at));
    const bytes = STREAM.slice(0, 20);
    stream.add(new DataView(bytes.buffer), 0, 20, 60, 0, take); // 20 of 60 bytes captured
    assert.equal(stream.gaps, 1);
    const rest = STREAM.slice(60);
    stream.add(new DataView(rest.buffer), 0, rest.length, rest.length, 60, take);
    const lens = MESSAGES.map((message) => message[0]!);
    assert.deepEqual(found.slice(-20), lens.slice(-20));
  });

  it('keeps a bounded number of bytes behind a gap', () => {
    const stream = new MessageStream(FRAMING, 0);
    let count = 0;
    const bytes = new Uint8Array(4000).fill(0xaa);
    for (let i = 1; i < 100; i++) {
      stream.add(new DataView(bytes.buffer), 0, 4000, 4000, i * 4000 + 1, () => count++);
    }
    assert.ok(stream.gaps > 0);
    assert.ok(count > 0);
  });
});
