/** Fields at fixed places: read by offset, width and mask, shown as tshark shows them. */
import assert from 'node:assert/strict';
import { decode } from '../../src/decode/decode.ts';
import { type Dissector, type Field, fixed, found } from '../../src/decode/dissector.ts';
import {
  eachField,
  layerFields,
  type PacketSink,
  readFixed,
  showValue,
} from '../../src/decode/fields.ts';
import { Packet } from '../../src/decode/packet.ts';
import { batch, hex } from '../support/frames.ts';

const bytes = hex('01 23 45 67 89 ab cd ef  ff ff ff ff ff ff ff ff');
const view = new DataView(bytes.buffer);

function read(len: number, mask = 0, at = 0): number | string {
  return readFixed(fixed('x', 'X', 'uint', at, len, mask), view, at);
}

function show(field: Field, at: number, len = field.len): string {
  return showValue(field, readFixed(field, view, at), view, at, len);
}

describe('a field at a fixed place', () => {
  it('is big-endian, of 1 to 8 bytes', () => {
    assert.equal(read(1), 0x01);
    assert.equal(read(2), 0x0123);
    assert.equal(read(3), 0x012345);
    assert.equal(read(4), 0x01234567);
    assert.equal(read(5), 0x0123456789);
    assert.equal(read(6), 0x0123456789ab);
  });

  it('is never negative', () => {
    assert.equal(read(4, 0, 8), 0xffffffff);
    assert.equal(read(4, 0xf0000000, 8), 15);
  });

  it('comes as text above 2^53, exactly', () => {
    assert.equal(read(8), '81985529216486895');
    assert.equal(read(8, 0, 8), '18446744073709551615');
  });

  it('is the masked bits alone, shifted down', () => {
    assert.equal(read(1, 0xf0, 1), 2);
    assert.equal(read(2, 0x0fff), 0x123);
    assert.equal(read(2, 0x0080, 6), 1);
  });

  it('is text up to the first zero byte', () => {
    const text = hex('65 74 68 30 00 78 78');
    const field = fixed('x', 'X', 'text', 0, 7);
    assert.equal(readFixed(field, new DataView(text.buffer), 0), 'eth0');
  });
});

describe('a value is shown', () => {
  it('in hex with all digits of its width', () => {
    assert.equal(show(fixed('x', 'X', 'hex', 0, 2), 0), '0x0123');
    assert.equal(show(fixed('x', 'X', 'hex', 0, 3, 0x0f), 0), '0x000005');
    assert.equal(show(fixed('x', 'X', 'hex', 0, 8), 0), '0x0123456789abcdef');
    assert.equal(showValue(found('x', 'X', 'hex', 0, 4), 1, view, 0, 1), '0x00000001');
  });

  it('as addresses and bytes from where they stand', () => {
    assert.equal(show(fixed('x', 'X', 'ipv4', 0, 4), 0), '1.35.69.103');
    assert.equal(show(fixed('x', 'X', 'mac', 0, 6), 0), '01:23:45:67:89:ab');
    assert.equal(show(fixed('x', 'X', 'bytes', 0, 3), 0), '012345');
    const address = '123:4567:89ab:cdef:ffff:ffff:ffff:ffff';
    assert.equal(show(fixed('x', 'X', 'ipv6', 0, 16), 0), address);
  });

  it('as the beginning of an IPv6 address where no more stands there (RFC 4191 §2.3)', () => {
    const prefix = found('x', 'X', 'ipv6');
    assert.equal(showValue(prefix, 0, view, 0, 8), '123:4567:89ab:cdef::');
    assert.equal(showValue(prefix, 0, view, 16, 0), '::');
  });

  it('as text without control characters', () => {
    const text = found('x', 'X', 'text');
    assert.equal(
      showValue(text, 'a\n\t\\\x1b[31m\x7f\x9b', view, 0, 0),
      'a\\n\\t\\\\\\x1b[31m\\x7f\\x9b',
    );
  });
});

class Names implements PacketSink {
  readonly names: string[] = [];

  layer(dissector: Dissector): void {
    this.names.push(dissector.name);
  }

  field(field: Field): void {
    this.names.push(field.name);
  }

  open(): void {}
  close(): void {}
}

describe('the fields of a packet', () => {
  const packet = new Packet();
  const udp = `45 00 00 1e 00 00 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02  # IPv4 10.0.0.1 -> 10.0.0.2
               00 01 00 02 00 0a 00 00  de ad                               # UDP 1 -> 2`;

  it('come layer by layer, outermost first', () => {
    decode(batch(hex(udp), { linktype: 228 }), 0, packet);
    const sink = new Names();
    eachField(packet, sink);
    assert.equal(sink.names[0], 'ip');
    assert.ok(sink.names.indexOf('ip.dst') < sink.names.indexOf('udp'));
    assert.ok(sink.names.indexOf('udp') < sink.names.indexOf('udp.srcport'));
  });

  it('leave out those that the header does not reach', () => {
    decode(batch(hex(udp), { linktype: 228 }), 0, packet);
    packet.payloadAt[1] = packet.at[1]! + 5; // as if the UDP header had 5 bytes
    const sink = new Names();
    layerFields(packet, 1, sink);
    assert.ok(sink.names.includes('udp.dstport'));
    assert.ok(!sink.names.includes('udp.checksum'));
  });
});
