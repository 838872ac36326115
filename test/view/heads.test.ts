import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { BARE_LINES, FrameLines } from '../../src/view/frames/line.ts';
import { Names } from '../../src/view/names.ts';
import { batch, hex } from '../support/frames.ts';
import * as h from '../support/headers.ts';

const RAW_IPV4 = 228;
const SOURCE = 12;
const SEQUENCE = 24;

const SEGMENT = `45 00 00 2c 00 01 40 00 40 06 00 00 00 00 00 00 0a 00 00 01  # ? > 10.0.0.1
  c3 50 00 50 00 00 00 00 00 00 00 01 50 10 00 ff 00 00 00 00     # 50000 > 80, ACK
  61 62 63 64`;

const IN_IPV4 = h.ipv4(6, h.tcp(50_000, 80, h.ascii('abcd')));
const DATAGRAM = h.udp(50_000, 4000, h.ascii('abcd'));
/** Every layer that a kept start may have: link type, bytes. */
const STACKS: readonly [linktype: number, bytes: Uint8Array][] = [
  [1, h.ethernet(0x8100, h.vlan(5, 0x0800, IN_IPV4))],
  [1, h.ethernet(0x0800, h.ipv4(4, h.ipv4(17, DATAGRAM)))],
  [1, h.ethernet(0x0800, h.ipv4(17, vxlan(h.ethernet(0x0800, IN_IPV4))))],
  [1, h.ethernet(0x86dd, h.ipv6(17, vxlan(h.ethernet(0x8100, h.vlan(7, 0x0800, IN_IPV4)))))],
  [113, h.sll(0x0800, IN_IPV4)],
  [276, h.sll2(0x86dd, h.ipv6(17, DATAGRAM))],
];

/** With a group policy. */
function vxlan(frame: Uint8Array): Uint8Array {
  return h.udp(50_000, 4789, h.vxlan(4096, frame, 0x8800_0005));
}

/** Every time that it is asked names have changed: nothing that was kept holds. */
class RestlessNames extends Names {
  private asked = 0;

  override get generation(): number {
    return this.asked++;
  }
}

/** Lines of frames, the same whether their starts were kept or not. */
class Lines {
  private readonly packet = new Packet();
  private readonly kept = new FrameLines(BARE_LINES);
  private readonly anew = new FrameLines({ ...BARE_LINES, names: new RestlessNames() });

  of(frames: FrameBatch): string {
    decode(frames, 0, this.packet);
    this.kept.add(this.packet, frames, 0);
    this.anew.add(this.packet, frames, 0);
    const text = Buffer.from(this.kept.context.out.take());
    const right = this.anew.context.out.take();
    if (Buffer.compare(text, right) !== 0) assert.equal(`${text}`, `${Buffer.from(right)}`);
    return text.toString();
  }
}

/** Segment `n` of flow `flow`. */
class Flows {
  private readonly frames = batch(hex(SEGMENT), { linktype: RAW_IPV4 });
  private readonly lines = new Lines();

  line(flow: number, n: number): string {
    this.frames.view.setUint32(SOURCE, 0x0b00_0000 + flow);
    this.frames.view.setUint32(SEQUENCE, 1000 + 4 * n);
    return this.lines.of(this.frames);
  }
}

describe('starts of lines that are kept', function () {
  this.timeout(60_000);

  it('are those written anew, whichever bit of a header is another', () => {
    for (const [linktype, bytes] of STACKS) {
      const lines = new Lines();
      const frames = batch(bytes, { linktype });
      lines.of(frames);
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        frames.bytes[bit >> 3]! ^= 1 << (bit & 7);
        lines.of(frames);
        frames.bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
  });

  it('are those written anew where only the protocol or the interface is another', () => {
    const lines = new Lines();
    lines.of(batch(h.sll(0x0800, IN_IPV4), { linktype: 113 })); // packet type 4: out
    const tagged = batch(h.ethernet(0x8100, h.vlan(4, 0x0800, IN_IPV4)));
    assert.match(lines.of(tagged), /^vlan 4 IP /);
    const segment = batch(IN_IPV4, { linktype: RAW_IPV4 });
    lines.of(segment);
    segment.interfaces = ['eth0', 'eth1'].map((name, index) => ({
      ...segment.interfaces[0]!,
      name,
      index,
    }));
    segment.iface[0] = 1;
    assert.match(lines.of(segment), /^eth1 IP /);
  });

  it('are those written anew, with more flows than there is room for', () => {
    const flows = new Flows();
    for (let n = 0; n < 3; n++) for (let flow = 0; flow < 20_000; flow++) flows.line(flow, n);
    assert.match(
      flows.line(7, 9),
      /^IP 11\.0\.0\.7\.50000 > 10\.0\.0\.1\.80: .* seq 36:40, ack 1,/,
    );
  });

  it('hold names only until there are more', () => {
    const known = [{ address: '10.0.0.1', name: 'a' }];
    const names = new Names(known);
    const lines = new FrameLines({ ...BARE_LINES, names });
    const frames = batch(IN_IPV4, { linktype: RAW_IPV4 });
    const packet = new Packet();
    decode(frames, 0, packet);
    const line = (): string => {
      lines.add(packet, frames, 0);
      return Buffer.from(lines.context.out.take()).toString();
    };
    assert.match(line(), /^IP 10\.0\.0\.1\(a\)\.50000 > 10\.0\.0\.2\.80: /);
    assert.match(line(), /^IP 10\.0\.0\.1\(a\)\.50000 > 10\.0\.0\.2\.80: /);
    known.push({ address: '10.0.0.2', name: 'b' });
    names.update();
    assert.match(line(), /^IP 10\.0\.0\.1\(a\)\.50000 > 10\.0\.0\.2\(b\)\.80: /);
  });

  it('outlive that all connections are forgotten', () => {
    const flows = new Flows();
    for (let flow = 0; flow < 2 ** 20; flow++) flows.line(flow, 0);
    assert.match(flows.line(2 ** 20 - 1, 1), / seq 4:8, /);
    assert.match(flows.line(2 ** 20, 0), / seq 1000:1004, /); // one too many
    assert.match(flows.line(2 ** 20 - 1, 2), / seq 1008:1012, /);
    assert.match(flows.line(2 ** 20, 1), / seq 4:8, /);
  });
});
