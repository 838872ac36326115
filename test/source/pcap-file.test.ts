import assert from 'node:assert/strict';
import { type PcapShape, payload, pcap } from './capture-bytes.ts';
import { readBytes } from './memory-input.ts';

const frames = [
  { seconds: 1_700_000_000, fraction: 1, bytes: payload(60, 1) },
  { seconds: 1_700_000_001, fraction: 999_999, bytes: payload(61, 2), len: 1514 },
  { seconds: 4_294_967_295, fraction: 0, bytes: payload(0, 3) },
];
const shown = (unit: number) => [
  { seconds: 1_700_000_000, nanoseconds: unit, caplen: 60, len: 60, number: 1, bytes: hex(0) },
  {
    seconds: 1_700_000_001,
    nanoseconds: 999_999 * unit,
    caplen: 61,
    len: 1514,
    number: 2,
    bytes: hex(1),
  },
  { seconds: 4_294_967_295, nanoseconds: 0, caplen: 0, len: 0, number: 3, bytes: '' },
];
const hex = (i: number): string => Buffer.from(frames[i]!.bytes).toString('hex');

async function expectFrames(shape: PcapShape, unit = 1000): Promise<void> {
  const { frames: read, fault, findings } = await readBytes(pcap(frames, shape));
  assert.equal(fault, undefined);
  assert.equal(findings.interfaces.length, 1);
  const facts = read.map(({ seconds, nanoseconds, caplen, len, number, bytes }) => ({
    seconds,
    nanoseconds,
    caplen,
    len,
    number,
    bytes,
  }));
  assert.deepEqual(facts, shown(unit));
}

describe('source/pcap-file', () => {
  for (const little of [true, false]) {
    const order = little ? 'little-endian' : 'big-endian';
    it(`reads microseconds, ${order}`, () => expectFrames({ little }));
    it(`reads nanoseconds, ${order}`, () => expectFrames({ little, magic: 0xa1b23c4d }, 1));
    it(`reads Kuznetzov's 24-byte record headers, ${order}`, () =>
      expectFrames({ little, magic: 0xa1b2cd34, extra: 8 }));
    it(`reads the 28-byte record headers of SuSE 6.3, ${order}`, () =>
      expectFrames({ little, magic: 0xa1b2cd34, extra: 12 }));
    it(`reads Red Hat 6.1's 24-byte record headers under the standard magic, ${order}`, () =>
      expectFrames({ little, extra: 8 }));
    it(`reads Nokia's 20-byte record headers under the standard magic, ${order}`, () =>
      expectFrames({ little, extra: 4 }));
    it(`reads Ixia's longer file header, ${order}`, async () => {
      await expectFrames({ little, magic: 0x1c0001ac, fileExtra: 4 });
      await expectFrames({ little, magic: 0x1c0001ab, fileExtra: 4 });
    });
    it(`reads interchanged lengths before version 2.3 and in 543.0, ${order}`, async () => {
      await expectFrames({ little, version: [2, 2], swappedLengths: true });
      await expectFrames({ little, version: [543, 0], swappedLengths: true });
    });
    it(`reads version 2.3 with lengths either way, ${order}`, async () => {
      await expectFrames({ little, version: [2, 3], swappedLengths: true });
      await expectFrames({ little, version: [2, 3] });
    });
  }

  it('takes the frame check sequence out of the linktype word', async () => {
    const { findings } = await readBytes(pcap(frames, { linktype: 0x2400_0001 }));
    assert.equal(findings.interfaces[0]!.linktype, 1);
    assert.equal(findings.interfaces[0]!.fcsLen, 4);
    const without = await readBytes(pcap(frames, { linktype: 113 }));
    assert.equal(without.findings.interfaces[0]!.linktype, 113);
    assert.equal(without.findings.interfaces[0]!.fcsLen, -1);
  });

  it("translates AIX's interface types and reads its nanoseconds", async () => {
    const bytes = pcap(frames, { version: [2, 2], linktype: 6, swappedLengths: true });
    const { findings, frames: read } = await readBytes(bytes);
    assert.equal(findings.interfaces[0]!.linktype, 1);
    assert.equal(read[0]!.nanoseconds, 1);
  });

  it('carries a fraction beyond a second into the seconds', async () => {
    const odd = [{ seconds: 10, fraction: 1_500_000_000, bytes: payload(4) }];
    const { frames: read } = await readBytes(pcap(odd, { magic: 0xa1b23c4d }));
    assert.deepEqual([read[0]!.seconds, read[0]!.nanoseconds], [11, 500_000_000]);
    const most = [{ seconds: 10, fraction: 0xffff_ffff, bytes: payload(4) }];
    const [frame] = (await readBytes(pcap([...frames, ...most]))).frames.slice(-1);
    assert.deepEqual([frame!.seconds, frame!.nanoseconds], [10 + 4294, 967_295_000]);
  });

  it('keeps a captured length above the wire length and above snaplen', async () => {
    const odd = [...frames, { seconds: 1, fraction: 1, bytes: payload(100), len: 60 }];
    const { frames: read, fault } = await readBytes(pcap(odd, { snaplen: 80 }));
    assert.equal(fault, undefined);
    assert.deepEqual([read[3]!.caplen, read[3]!.len], [100, 60]);
  });

  it('takes a wire length beyond 31 bits as the most that is kept', async () => {
    const odd = [...frames, { seconds: 1, fraction: 1, bytes: payload(4), len: 0xffff_ffff }];
    assert.equal((await readBytes(pcap(odd))).frames[3]!.len, 0x7fff_ffff);
  });

  it('reads a frame of 262,144 bytes, and stops at one that claims more', async () => {
    const big = [{ seconds: 1, fraction: 0, bytes: payload(262_144) }];
    const { frames: read, fault } = await readBytes(
      pcap([...frames, ...big, ...frames], { snaplen: 0 }),
    );
    assert.equal(fault, undefined);
    assert.equal(read.length, 7);
    assert.equal(read[3]!.caplen, 262_144);

    const good = pcap(frames);
    const claim = pcap([{ seconds: 1, fraction: 0, bytes: payload(262_145) }]).subarray(24);
    const damaged = await readBytes(new Uint8Array([...good, ...claim]));
    assert.equal(damaged.frames.length, 3);
    assert.equal(damaged.fault!.code, 'NETLENS_CAPTURE_DAMAGED');
    assert.equal(damaged.fault!.offset, good.length);
    assert.equal(
      damaged.fault!.message,
      `memory: byte ${good.length}: record claims 262145 captured bytes, at most 262144 were expected: the file is damaged from here on`,
    );
  });

  it('reads no frames and no fault from a header alone', async () => {
    const { frames: read, fault, findings } = await readBytes(pcap([], { linktype: 276 }));
    assert.deepEqual([read.length, fault, findings.interfaces[0]!.linktype], [0, undefined, 276]);
  });

  it('refuses version 1', async () => {
    const { fault } = await readBytes(pcap(frames, { version: [1, 0] }));
    assert.equal(
      fault!.message,
      'memory: byte 4: pcap version 1 is not supported: versions from 2 on are',
    );
  });
});
