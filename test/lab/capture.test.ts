/** Real captures in network namespaces, with tcpdump beside them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { openCaptures } from '../../src/source/open.ts';
import { withDirectory } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';

interface Seen {
  readonly time: string;
  readonly device: string | undefined;
  readonly len: number;
  readonly flags: number;
  readonly hex: string;
}

async function framesOf(file: string): Promise<Seen[]> {
  const source = await openCaptures([file]);
  const seen: Seen[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.at[i]!;
      seen.push({
        time: `${batch.seconds[i]}.${String(batch.nanoseconds[i]).padStart(9, '0')}`,
        device: batch.interfaces[batch.iface[i]!]!.name,
        len: batch.len[i]!,
        flags: batch.flags[i]!,
        hex: Buffer.from(batch.bytes.subarray(at, at + batch.caplen[i]!)).toString('hex'),
      });
    }
  }
  await source.close();
  assert.deepEqual(source.damage, []);
  return seen;
}

const sameAs = ({ time, len, hex }: Seen): string => `${time} ${len} ${hex}`;

/** The same with an 802.1Q tag behind the addresses. */
function tagged(frame: Uint8Array, tci: number): Uint8Array {
  const tag = Uint8Array.of(0x81, 0, tci >> 8, tci);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

describe('netlens capture', () => {
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'tcpdump', 'python3', 'ping');
  });

  beforeEach(() => {
    wire = new Wire();
  });

  afterEach(() => wire?.close());

  it('holds what tcpdump holds: every byte, length and nanosecond, VLAN tags in place', async () => {
    const plain = Array.from({ length: 300 }, (_, i) => {
      const frame = new Uint8Array(60 + (i % 900)).fill(i);
      frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46]);
      return frame;
    });
    const frames = [...plain, ...plain.map((frame, i) => tagged(frame, i + 1))];
    await withDirectory(async (folder) => {
      const [ours, theirs] = [join(folder, 'ours.pcapng'), join(folder, 'theirs.pcap')];
      const netlens = await Running.netlens(wire.far, ['-i', 'v1', '-w', ours]);
      const options = ['-i', 'v1', '-U', '-Z', 'root', '--time-stamp-precision=nano', '-B', '8192'];
      const tcpdump = await Running.tcpdump(wire.far, [...options, '-w', theirs]);
      wire.send(frames);
      await new Promise((resolve) => setTimeout(resolve, 1500)); // tcpdump's ring hands over within a second
      const { code, err } = await netlens.end();
      await tcpdump.end();
      assert.equal(code, 130);
      assert.match(err, /Captured 600 frames .*\nLost: nothing\./);
      const seen = await framesOf(ours);
      assert.deepEqual(seen.map(sameAs), (await framesOf(theirs)).map(sameAs));
      const sent = frames.map((frame) => Buffer.from(frame).toString('hex'));
      assert.deepEqual(
        seen.map(({ hex }) => hex),
        sent,
      );
    });
  });
});
