import assert from 'node:assert/strict';
import { CUT, MALFORMED } from '../../src/decode/packet.ts';
import {
  acknowledgment,
  flags,
  sequence,
  tcpFindOption,
  tcpMss,
  tcpTimestampAt,
  window,
} from '../../src/decode/protocols/tcp.ts';
import { hex } from '../support/frames.ts';
import { ipv4 } from '../support/headers.ts';
import { decodeFrame, layers, values } from './decoded.ts';

const PORTS = '9c 40 23 28';
/** A segment with these options (a multiple of 4 bytes) and payload. */
const segment = (options: string, payload = '', options_: object = {}) => {
  const words = 5 + hex(options).length / 4;
  const bytes = hex(`${PORTS} de ad be ef 01 02 03 04 ${words.toString(16)}0 18 fa f0 12 34 00 07
                     ${options} ${payload}`);
  return decodeFrame(ipv4(6, bytes), options_);
};
const header = (packet: ReturnType<typeof segment>) =>
  [packet.view, packet.at[1]!, packet.payloadAt[1]!] as const;

describe('TCP', () => {
  it('is read as RFC 9293 section 3.1 draws it', () => {
    const packet = segment('', '61 62 63');
    assert.equal(layers(packet), 'ip tcp');
    const [view, at] = header(packet);
    assert.equal(sequence(view, at), 0xdeadbeef);
    assert.equal(acknowledgment(view, at), 0x01020304);
    assert.equal(flags(view, at), 0x18);
    assert.equal(window(view, at), 64_240);
    assert.deepEqual([packet.srcPort, packet.dstPort, packet.transport], [40_000, 9000, 1]);
    for (const [name, value] of [
      ['tcp.seq_raw', '3735928559'],
      ['tcp.ack_raw', '16909060'],
      ['tcp.hdr_len', '20'],
      ['tcp.len', '3'],
      ['tcp.flags', '0x0018'],
      ['tcp.flags.ack', '1'],
      ['tcp.flags.push', '1'],
      ['tcp.flags.syn', '0'],
      ['tcp.window_size_value', '64240'],
      ['tcp.checksum', '0x1234'],
      ['tcp.urgent_pointer', '7'],
    ] as const) {
      assert.deepEqual(values(packet, name), [value], name);
    }
  });

  it('with a data offset below 5 is malformed; beyond the packet it is not whole', () => {
    const start = `${PORTS} 00000001 00000001`;
    const short = decodeFrame(ipv4(6, hex(`${start} 40 10 ff ff 00 00 00 00`)));
    assert.deepEqual([layers(short), short.notes], ['ip', MALFORMED]);
    const long = decodeFrame(ipv4(6, hex(`${start} 60 10 ff ff 00 00 00 00`)));
    assert.deepEqual([layers(long), long.notes], ['ip', MALFORMED]);
    assert.equal(decodeFrame(ipv4(6, hex(`${start} 50 10 ff ff 00 00 00`))).notes, MALFORMED);
  });

  it('cut by the capture has its length from the IP header', () => {
    const packet = segment('', '00'.repeat(100), { caplen: 50 });
    assert.deepEqual(values(packet, 'tcp.len'), ['100']);
    assert.equal(segment('', '00'.repeat(100), { caplen: 39 }).notes, CUT);
  });
});

describe('TCP options', () => {
  const SYN = '02 04 05 b4  04 02  08 0a 00 00 10 01 00 00 20 02  01  03 03 07';

  it('of a SYN are walked in order (RFC 9293 section 3.1, RFC 7323, RFC 2018)', () => {
    const packet = segment(SYN);
    assert.deepEqual(values(packet, 'tcp.option_kind'), ['2', '4', '8', '1', '3']);
    assert.deepEqual(values(packet, 'tcp.option_len'), ['4', '2', '10', '3']);
    assert.deepEqual(values(packet, 'tcp.options.mss_val'), ['1460']);
    assert.deepEqual(values(packet, 'tcp.options.timestamp.tsval'), ['4097']);
    assert.deepEqual(values(packet, 'tcp.options.timestamp.tsecr'), ['8194']);
    assert.deepEqual(values(packet, 'tcp.options.wscale.shift'), ['7']);
    assert.deepEqual(values(packet, 'tcp.options.wscale.multiplier'), ['128']);
    assert.equal(packet.notes, 0);
    assert.equal(tcpMss(...header(packet)), 1460);
  });

  it('hold a time stamp wherever it stands', () => {
    for (const [options, offset] of [
      ['01 01 08 0a 00 00 10 01 00 00 20 02', 24],
      [SYN, 28],
      ['08 0a 00 00 10 01 00 00 20 02 00 00', 22],
      ['01 01 05 0a 00 00 00 01 00 00 00 02  01 01 08 0a 00 00 10 01 00 00 20 02', 36],
    ] as const) {
      const packet = segment(options);
      const at = tcpTimestampAt(...header(packet));
      assert.equal(at, packet.at[1]! + offset, options);
      assert.equal(packet.view.getUint32(at), 4097);
    }
  });

  it('hold none when there is none, or not a whole one', () => {
    for (const options of [
      '',
      '01 01 01 01',
      '00 00 08 0a 00 00 10 01 00 00 20 02',
      '01 01 08 0a 00 00 10 01',
      '01 01 08 08 00 00 10 01 00 00 20 02',
      '01 01 00 00 08 0a 00 00 10 01 00 00 20 02 00 00',
    ]) {
      assert.equal(tcpTimestampAt(...header(segment(options))), -1, options);
    }
  });

  it('of selective acknowledgment list their blocks (RFC 2018 section 3)', () => {
    const packet = segment('01 01 05 12 00000001 00000002 00000005 00000009');
    assert.deepEqual(values(packet, 'tcp.options.sack_le'), ['1', '5']);
    assert.deepEqual(values(packet, 'tcp.options.sack_re'), ['2', '9']);
    assert.deepEqual(values(packet, 'tcp.options.sack.count'), ['2']);
  });

  it('name digests, cookies, timeouts, experiments; of others show the bytes', () => {
    assert.deepEqual(values(segment(`13 12 ${'ab'.repeat(16)} 01 01`), 'tcp.options.md5.digest'), [
      'ab'.repeat(16),
    ]);
    const fastOpen = segment('22 0a 0102030405060708 01 01');
    assert.deepEqual(values(fastOpen, 'tcp.options.tfo.cookie'), ['0102030405060708']);
    assert.deepEqual(values(segment('1c 04 80 1e'), 'tcp.options.user_to_val'), ['30']);
    const experiment = segment('fe 06 f9 89 01 02 00 00');
    assert.deepEqual(values(experiment, 'tcp.options.experimental.exid'), ['0xf989']);
    assert.deepEqual(values(experiment, 'tcp.options.experimental.data'), ['0102']);
    assert.deepEqual(values(segment('c8 04 aa bb'), 'tcp.options.unknown.payload'), ['aabb']);
  });

  it('with a wrong length are noted; the segment stands', () => {
    for (const options of ['02 00 00 00', '02 01 00 00', '02 05 00 00', '01 01 01 02']) {
      const packet = segment(options, '61');
      assert.equal(layers(packet), 'ip tcp', options);
      assert.equal(packet.notes, MALFORMED, options);
      assert.deepEqual(values(packet, 'tcp.options.mss_val'), [], options);
      assert.equal(tcpFindOption(...header(packet), 2), -1, options);
    }
  });

  it('end at kind 0, whatever follows it', () => {
    const packet = segment('00 02 00 00');
    assert.equal(packet.notes, 0);
    assert.deepEqual(values(packet, 'tcp.option_kind'), ['0']);
  });
});
