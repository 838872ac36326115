import assert from 'node:assert/strict';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FrameLines } from '../../src/view/frames/line.ts';
import { Names } from '../../src/view/names.ts';
import { batch, hex } from '../support/frames.ts';

const OPTIONS = {
  verbosity: 0,
  quiet: false,
  link: false,
  absolute: false,
  time: 'none',
  nano: false,
  numbers: false,
  dump: 'none',
  dumpLink: false,
  files: false,
} as const;
const RAW_IPV4 = 228;
const SOURCE = 12;
const SEQUENCE = 24;

const SEGMENT = `45 00 00 2c 00 01 40 00 40 06 00 00 00 00 00 00 0a 00 00 01  # ? > 10.0.0.1
  c3 50 00 50 00 00 00 00 00 00 00 01 50 10 00 ff 00 00 00 00     # 50000 > 80, ACK
  61 62 63 64`;

/** The line of segment `n` of flow `flow`, the same whether its start was kept or not. */
class Flows {
  private readonly frames = batch(hex(SEGMENT), { linktype: RAW_IPV4 });
  private readonly packet = new Packet();
  private readonly kept = new FrameLines({ ...OPTIONS, names: undefined });
  private readonly anew = new FrameLines({ ...OPTIONS, names: new Names() }); // names may change: nothing is kept

  line(flow: number, n: number): string {
    const { frames, packet } = this;
    frames.view.setUint32(SOURCE, 0x0b00_0000 + flow);
    frames.view.setUint32(SEQUENCE, 1000 + 4 * n);
    decode(frames, 0, packet);
    this.kept.add(packet, frames, 0);
    this.anew.add(packet, frames, 0);
    const text = Buffer.from(this.kept.context.out.take());
    if (Buffer.compare(text, this.anew.context.out.take()) !== 0) {
      assert.fail(`flow ${flow}, segment ${n}: ${text}`);
    }
    return text.toString();
  }
}

describe('starts of lines that are kept', function () {
  this.timeout(60_000);

  it('are those written anew, with more flows than there is room for', () => {
    const flows = new Flows();
    for (let n = 0; n < 3; n++) for (let flow = 0; flow < 20_000; flow++) flows.line(flow, n);
    assert.match(
      flows.line(7, 9),
      /^IP 11\.0\.0\.7\.50000 > 10\.0\.0\.1\.80: .* seq 36:40, ack 1,/,
    );
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
