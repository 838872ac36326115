import assert from 'node:assert/strict';
import fc from 'fast-check';
import { showIpv4, showIpv6, showMac } from '../../src/base/address.ts';
import { TextBuffer } from '../../src/view/text-buffer.ts';

/** What one call writes. */
function written(write: (out: TextBuffer) => void, capacity = 1): string {
  const out = new TextBuffer(capacity); // tiny: every write must make its own room
  write(out);
  return out.toString();
}

describe('TextBuffer', () => {
  it('writes whole numbers as String does', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        assert.equal(
          written((out) => out.uint(n)),
          String(n),
        );
      }),
    );
    for (const n of [0, 9, 10, 99, 100, 255, 256, 999, 1000, 2 ** 31, 2 ** 32 - 1, 1e15]) {
      assert.equal(
        written((out) => out.uint(n)),
        String(n),
      );
    }
  });

  it('writes hexadecimal digits, fixed and as many as needed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (n) => {
        assert.equal(
          written((out) => out.hexShort(n)),
          n.toString(16),
        );
        assert.equal(
          written((out) => out.hex(n, 8)),
          n.toString(16).padStart(8, '0'),
        );
      }),
    );
  });

  it('writes addresses as the base does', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    // zero groups are what compression is about: make them frequent
    const sparse = bytes.map((all) => all.map((byte, i) => (byte < 170 - i ? 0 : byte)));
    const mapped = bytes.map((all) => all.map((byte, i) => (i < 10 ? 0 : i < 12 ? 255 : byte)));
    fc.assert(
      fc.property(fc.oneof(bytes, sparse, mapped), (address) => {
        const view = new DataView(address.buffer, address.byteOffset, 16);
        assert.equal(
          written((out) => out.ipv6(view, 0)),
          showIpv6(view, 0),
        );
        assert.equal(
          written((out) => out.ipv4(view.getInt32(0))),
          showIpv4(view.getInt32(0)),
        );
        assert.equal(
          written((out) => out.mac(view, 3)),
          showMac(view, 3),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('writes foreign text escaped, in UTF-8, and JSON that reads back', () => {
    assert.equal(
      written((out) => out.text('a\x1b[31m\u202e\uc11c')),
      'a\\x1b[31m\\u202e\uc11c',
    );
    for (const value of ['plain', '\x7f', 'caf\u00e9', '\u202e', '\x9b']) {
      const text = written((out) => out.json({ value }));
      assert.deepEqual(JSON.parse(text), { value });
      assert.doesNotMatch(text, /[\x7f-\x9f\u202e]/);
    }
  });

  it('hands over what was written and starts afresh, the text before untouched', () => {
    const out = new TextBuffer(4);
    out.ascii('first');
    const first = out.take();
    out.ascii('second');
    assert.equal(Buffer.from(first).toString(), 'first');
    assert.equal(Buffer.from(out.take()).toString(), 'second');
    assert.equal(out.take().length, 0);
  });
});
