import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packet } from '../../src/decode/packet.ts';
import { FactBook, NOTHING } from '../../src/flow/fact-book.ts';

describe('what the start of a direction says', () => {
  it('is nothing where its first byte is turned away, whatever follows', () => {
    const packet = new Packet();
    Object.assign(packet, { application: -1, srcPort: 50_000, dstPort: 9000 });
    let turnedAway = 0;
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.string({ minLength: 1, maxLength: 40 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (payload, atStart) => {
        for (let first = 0; first < 256; first++) {
          payload[0] = first;
          const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
          if (new FactBook().learn(view, 0, payload.length, atStart, false, packet) !== NOTHING)
            continue;
          turnedAway++;
          // without a packet every byte is looked at
          const all = new FactBook().learn(view, 0, payload.length, atStart, false, undefined);
          assert.equal(all, NOTHING, `first byte ${first}`);
        }
      }),
      { numRuns: 100 },
    );
    assert.ok(turnedAway > 10_000);
  });

  it('is looked at for the first byte of every method and of every other known start', () => {
    const packet = new Packet();
    Object.assign(packet, { application: -1, srcPort: 50_000, dstPort: 9000 });
    for (const text of [
      'GET / HTTP/1.1\r\n',
      'VERSION-CONTROL / HTTP/1.1\r\n',
      'ACL / HTTP/1.1\r\n',
      'HTTP/1.1 200 OK\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'G',
      'H',
      'V',
      '\r\n\r\n\0',
      '\x16\x03\x01',
      '\xff\xff\xff',
      '\0\0\0\x04\0\0\0\0\0',
    ]) {
      const payload = Uint8Array.from(text, (c) => c.charCodeAt(0));
      const view = new DataView(payload.buffer);
      const outcome = new FactBook().learn(view, 0, payload.length, true, false, packet);
      assert.notEqual(outcome, NOTHING, JSON.stringify(text));
    }
  });
});
