import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { BARE_LINES, type FrameLineOptions, FrameLines } from '../../src/view/frames/line.ts';
import { Names } from '../../src/view/names.ts';
import { batch, batchOf, hex } from '../support/frames.ts';

const RAW_IPV4 = 228;

/** The lines of all frames of the batch, without the last newline. */
function show(frames: FrameBatch, options: Partial<FrameLineOptions> = {}): string {
  const lines = new FrameLines({ ...BARE_LINES, ...options });
  const packet = new Packet();
  for (let i = 0; i < frames.count; i++) {
    decode(frames, i, packet);
    lines.add(packet, frames, i);
  }
  return lines.context.out.toString().replace(/\n$/, '');
}

const SYN = `45 00 00 34 00 01 40 00 40 06 00 00 ac 10 9e 01 ac 10 22 01  # 172.16.158.1 > 172.16.34.1
  ae 68 1f 90 00 00 00 01 00 00 00 00 80 02 fa f0 00 00 00 00     # 44648 > 8080, seq 1, SYN
  02 04 05 b4 01 03 03 07 01 01 04 02                            # mss 1460, wscale 7, sackOK`;

const IPIP = `45 00 00 48 00 00 40 00 3f 04 00 00 c0 a8 0a 65 c0 a8 14 64  # 192.168.10.101 > 192.168.20.100`;

const SYN_TEXT =
  '172.16.158.1.44648 > 172.16.34.1.8080: Flags [S], seq 1, win 64240, options [mss 1460,nop,wscale 7,nop,nop,sackOK], length 0';

describe('a frame as a line', () => {
  it('shows outer and inner on one line', () => {
    const frames = batch(hex(`${IPIP}\n${SYN}`), { linktype: RAW_IPV4 });
    assert.equal(show(frames), `IP 192.168.10.101 > 192.168.20.100: IPIP ${SYN_TEXT}`);
  });

  it('names the interface, its node, and the file where there are several', () => {
    const frames = batch(hex(SYN), { linktype: RAW_IPV4 });
    const [iface] = frames.interfaces;
    const at = (more: object, files = false): string => {
      frames.interfaces = [{ ...iface!, ...more }];
      return show(frames, { files });
    };
    assert.equal(at({ name: 'eth0' }), `eth0 IP ${SYN_TEXT}`);
    assert.equal(at({ name: 'eth0', node: 'w1' }), `w1:eth0 IP ${SYN_TEXT}`);
    assert.equal(at({ name: 'eth0', file: '/a/w1.pcap' }, true), `w1.pcap:eth0 IP ${SYN_TEXT}`);
    assert.equal(at({ name: '\x1b[31m' }), `\\x1b[31m IP ${SYN_TEXT}`);
  });

  it('puts names beside addresses, escaped', () => {
    const names = new Names([
      { address: '172.16.158.1', name: 'pod1' },
      { address: '172.16.34.1', name: 'x\x1b]0;y\x07' },
    ]);
    const frames = batch(hex(SYN), { linktype: RAW_IPV4 });
    const start = 'IP 172.16.158.1(pod1).44648 > 172.16.34.1(x\\x1b]0;y\\x07).8080: Flags [S]';
    assert.ok(show(frames, { names }).startsWith(start));
  });

  it('asks who has an address only once, and keeps what the capture names', () => {
    const asked: string[] = [];
    const names = new Names([{ address: '172.16.158.1', name: 'told' }], (address) => {
      asked.push(address);
      return address === '172.16.34.1' ? 'default/web-0' : undefined;
    });
    const frames = batchOf([hex(SYN), hex(SYN)], { linktype: RAW_IPV4 });
    const lines = show(frames, { names }).split('\n');
    for (const line of lines) {
      assert.ok(line.startsWith('IP 172.16.158.1(told).44648 > 172.16.34.1(default/web-0).8080: '));
    }
    assert.deepEqual(asked, ['172.16.34.1']);
  });

  it('tells sequence numbers from the first ACK on, both ways, unless -S', () => {
    const segment = (ports: string, addresses: string, rest: string): Uint8Array =>
      hex(`45 00 00 2c 00 01 40 00 40 06 00 00 ${addresses} ${ports} ${rest} 61 62 63 64`);
    const there = 'ac 10 9e 01 ac 10 22 01';
    const back = 'ac 10 22 01 ac 10 9e 01';
    const frames = batchOf(
      [
        segment('ae 68 1f 90', there, '00 00 03 e9 00 00 07 d1 50 18 00 ff 00 00 00 00'),
        segment('1f 90 ae 68', back, '00 00 07 d1 00 00 03 ed 50 18 00 ff 00 00 00 00'),
        segment('ae 68 1f 90', there, '00 00 03 ed 00 00 07 d5 50 18 00 ff 00 00 00 00'),
      ],
      { linktype: RAW_IPV4 },
    );
    const numbers = (text: string): string[] =>
      [...text.matchAll(/seq [^,]*, ack \d+/g)].map(String);
    assert.deepEqual(numbers(show(frames)), [
      'seq 1001:1005, ack 2001',
      'seq 1:5, ack 4',
      'seq 4:8, ack 5',
    ]);
    assert.deepEqual(numbers(show(frames, { absolute: true })), [
      'seq 1001:1005, ack 2001',
      'seq 2001:2005, ack 1005',
      'seq 1005:1009, ack 2005',
    ]);
  });

  it('keeps times apart: none, of day, since 1970, since the one before, since the first', () => {
    const frames = batchOf([hex(SYN), hex(SYN), hex(SYN)], { linktype: RAW_IPV4 });
    frames.seconds.set([1_700_000_000, 1_700_000_000, 1_700_003_661]);
    frames.nanoseconds.set([999_999_000, 1000, 5_000_000]);
    const times = (options: Partial<FrameLineOptions>): string[] =>
      show(frames, options)
        .split('\n')
        .map((line) => line.slice(0, line.indexOf('IP')));
    assert.deepEqual(times({ time: 'time' }), [
      '22:13:20.999999 ',
      '22:13:20.000001 ',
      '23:14:21.005000 ',
    ]);
    assert.deepEqual(times({ time: 'epoch', nano: true }), [
      '1700000000.999999000 ',
      '1700000000.000001000 ',
      '1700003661.005000000 ',
    ]);
    assert.deepEqual(times({ time: 'since-previous' }), [
      ' 00:00:00.000000 ',
      '-00:00:00.999998 ',
      ' 01:01:01.004999 ',
    ]);
    assert.deepEqual(times({ time: 'since-first' }), [
      ' 00:00:00.000000 ',
      '-00:00:00.999998 ',
      ' 01:01:00.005001 ',
    ]);
    assert.equal(times({ time: 'date' })[2], '2023-11-14 23:14:21.005000 ');
  });

  it('dumps bytes as tcpdump -x, -X and -A lay them out', () => {
    const udp = hex(`45 00 00 1f 00 00 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02
                     00 01 00 02 00 0b 00 00 61 1b 7a`);
    const frames = batch(udp, { linktype: RAW_IPV4 });
    const line = 'IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length 3';
    assert.equal(
      show(frames, { dump: 'hex' }),
      `${line}\n\t0x0000:  4500 001f 0000 0000 4011 0000 0a00 0001\n\t0x0010:  0a00 0002 0001 0002 000b 0000 611b 7a`,
    );
    assert.equal(
      show(frames, { dump: 'hex-ascii' }).split('\n')[2],
      '\t0x0010:  0a00 0002 0001 0002 000b 0000 611b 7a    ............a.z',
    );
    assert.ok(show(frames, { dump: 'ascii' }).endsWith('.a.z'));
  });

  it('says of a later fragment which datagram it is part of', () => {
    const fragment = hex(`45 00 00 1c 12 34 00 b9 40 11 00 00 0a 00 00 01 0a 00 00 02
                          00 00 00 00 00 00 00 00`);
    assert.equal(
      show(batch(fragment, { linktype: RAW_IPV4 })),
      'IP 10.0.0.1 > 10.0.0.2: udp, fragment of id 4660, offset 1480, length 8',
    );
  });

  it('tells what the capture cut from what the sender got wrong', () => {
    const cut = batch(hex(SYN), { linktype: RAW_IPV4, caplen: 24 });
    assert.equal(show(cut), 'IP 172.16.158.1.44648 > 172.16.34.1.8080: [|tcp]');
    const wrong = hex(SYN);
    wrong[32] = 0x10; // a TCP header of 4 bytes
    assert.equal(
      show(batch(wrong, { linktype: RAW_IPV4 })),
      'IP 172.16.158.1 > 172.16.34.1: tcp [malformed] 32',
    );
    assert.equal(
      show(batch(hex('01 02 03'), { linktype: 147 })),
      'link type 147 not decoded, length 3',
    );
  });
});
