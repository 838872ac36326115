import assert from 'node:assert/strict';
import { ByteWriter, type Option, PcapngBytes, payload } from './capture-bytes.ts';
import { GapInput, readBytes, readInput } from './memory-input.ts';

const MICROSECONDS = 1_700_000_000_123_456n;
const byte = (value: number): Uint8Array => Uint8Array.of(value);
const u32 = (value: number, little: boolean): Uint8Array =>
  new ByteWriter(little).u32(value).done();
const u64 = (value: bigint, little: boolean): Uint8Array =>
  new ByteWriter(little).u64(value).done();

describe('source/pcapng-file', () => {
  for (const little of [true, false]) {
    describe(little ? 'little-endian' : 'big-endian', () => {
      const begun = (): PcapngBytes => new PcapngBytes(little).section().face();

      it('reads enhanced packets with flags and comments', async () => {
        const options: Option[] = [
          [1, 'first\0'],
          [2, u32((1 << 9) | 2, little)],
          [1, 'second'],
        ];
        const file = begun().frame(MICROSECONDS, payload(61), { len: 1514, options });
        const { frames, fault } = await readBytes(file.frame(MICROSECONDS + 1n, payload(2)).done());
        assert.equal(fault, undefined);
        assert.equal(frames.length, 2);
        const [one, two] = frames;
        assert.deepEqual([one!.seconds, one!.nanoseconds], [1_700_000_000, 123_456_000]);
        assert.deepEqual([one!.caplen, one!.len, one!.flags, one!.number], [61, 1514, 514, 1]);
        assert.equal(one!.comment, 'first\nsecond');
        assert.equal(one!.bytes, Buffer.from(payload(61)).toString('hex'));
        assert.deepEqual([two!.nanoseconds, two!.flags, two!.comment], [123_457_000, 0, undefined]);
      });

      it('reads what interfaces say of themselves', async () => {
        const file = new PcapngBytes(little).section().face(113, 96, [
          [2, 'eth0'],
          [3, 'to the router'],
          [9, byte(9)],
          [11, '\0tcp port 80'],
          [13, byte(4)],
          [14, u64(-5n, little)],
          [1, 'why'],
        ]);
        file.frame(7_000_000_001n, payload(4));
        const { frames, findings } = await readBytes(file.face(1, 0, [[13, byte(32)]]).done());
        const [face, plain] = findings.interfaces;
        assert.deepEqual(
          [
            face!.linktype,
            face!.snaplen,
            face!.name,
            face!.description,
            face!.filter,
            face!.fcsLen,
          ],
          [113, 96, 'eth0', 'to the router', 'tcp port 80', 4],
        );
        assert.deepEqual(face!.comments, ['why']);
        assert.deepEqual(
          [plain!.name, plain!.filter, plain!.fcsLen, plain!.dropped],
          [undefined, undefined, 4, -1],
        );
        assert.deepEqual([frames[0]!.seconds, frames[0]!.nanoseconds], [2, 1]);
      });

      it('reads the longest frame, and a wire length beyond 31 bits as the most that is kept', async () => {
        const file = begun().frame(1n, payload(262_144)).simple(payload(262_144));
        file.obsolete(1n, payload(262_144)).frame(1n, payload(3), { len: 0xffff_ffff });
        const { frames, fault } = await readBytes(file.done());
        assert.equal(fault, undefined);
        assert.deepEqual(
          frames.map((f) => [f.caplen, f.len]),
          [
            [262_144, 262_144],
            [262_144, 262_144],
            [262_144, 262_144],
            [3, 0x7fff_ffff],
          ],
        );
      });

      it('says so of a simple frame before any interface', async () => {
        const { fault } = await readBytes(
          new PcapngBytes(little).section().simple(payload(4)).done(),
        );
        assert.match(
          fault!.message,
          /frame of interface 0, but its section has declared 0 so far$/,
        );
      });

      it('reads simple packets: first interface, its snaplen, no time', async () => {
        const file = new PcapngBytes(little).section().face(1, 10).simple(payload(10), 99);
        const { frames } = await readBytes(file.simple(payload(7)).done());
        assert.deepEqual(
          frames.map((f) => [f.caplen, f.len, f.seconds, f.nanoseconds, f.iface]),
          [
            [10, 99, 0, 0, 0],
            [7, 7, 0, 0, 0],
          ],
        );
      });

      it('reads obsolete packets with their drop counts and flags', async () => {
        const options: Option[] = [[2, u32(1, little)]];
        const file = begun()
          .face(101)
          .obsolete(MICROSECONDS, payload(9), { face: 1, drops: 3, options });
        file.obsolete(MICROSECONDS, payload(9), { face: 1, drops: 4 }).obsolete(0n, payload(1));
        const { frames, findings } = await readBytes(file.done());
        assert.deepEqual(
          frames.map((f) => [f.iface, f.seconds, f.flags, f.caplen]),
          [
            [1, 1_700_000_000, 1, 9],
            [1, 1_700_000_000, 0, 9],
            [0, 0, 0, 1],
          ],
        );
        assert.deepEqual(
          findings.interfaces.map((i) => i.dropped),
          [-1, 7],
        );
      });

      it('reads names of IPv4 and IPv6 addresses, each once', async () => {
        const v4 = new Uint8Array([10, 0, 0, 1, ...Buffer.from('a.example\0b.example\0')]);
        const v6 = new Uint8Array([
          0xfd,
          ...new Uint8Array(14),
          9,
          ...Buffer.from('six.example\0'),
        ]);
        const file = begun().names([
          [1, v4],
          [2, v6],
          [3, payload(8)],
          [1, v4],
          [1, payload(2)],
        ]);
        const { findings, fault } = await readBytes(file.done());
        assert.equal(fault, undefined);
        assert.deepEqual(findings.names, [
          { address: '10.0.0.1', name: 'a.example', file: 'memory' },
          { address: '10.0.0.1', name: 'b.example', file: 'memory' },
          { address: 'fd00::9', name: 'six.example', file: 'memory' },
        ]);
      });

      it('reads options that no end of options follows', async () => {
        const flags = new ByteWriter(little).u16(2, 4).u32(513).done();
        const frame = new ByteWriter(little).u32(0, 0, 1, 4, 4).raw(payload(4), flags).done();
        const { frames, fault } = await readBytes(begun().block(6, frame).done());
        assert.equal(fault, undefined);
        assert.deepEqual([frames[0]!.flags, frames[0]!.comment], [513, undefined]);
      });

      it('passes over an option or a name that claims more than its block, and keeps the rest', async () => {
        const claim = (code: number): Uint8Array =>
          new ByteWriter(little).u16(code, 40).raw(payload(8)).done();
        const face = new ByteWriter(little).u16(1, 0).u32(0).raw(claim(2)).done();
        const frame = new ByteWriter(little).u32(0, 0, 1, 4, 4).raw(payload(4), claim(1)).done();
        const file = new PcapngBytes(little)
          .section()
          .block(1, face)
          .block(6, frame)
          .block(4, claim(1));
        const { frames, findings, fault } = await readBytes(file.frame(2n, payload(9)).done());
        assert.equal(fault, undefined);
        assert.deepEqual(
          frames.map((f) => [f.caplen, f.comment]),
          [
            [4, undefined],
            [9, undefined],
          ],
        );
        assert.equal(findings.interfaces[0]!.name, undefined);
        assert.deepEqual(findings.names, []);
      });

      it('adds up what interface and system dropped; the last statistics count', async () => {
        const file = begun().face();
        file.frame(1n, payload(4), { options: [[4, u64(2n, little)]] });
        const both: Option[] = [
          [5, u64(1n, little)],
          [7, u64(5_000_000_000n, little)],
        ];
        const { findings } = await readBytes(
          file
            .statistics(1, [[5, u64(1n, little)]])
            .statistics(1, both)
            .statistics(9, both)
            .done(),
        );
        assert.deepEqual(
          findings.interfaces.map((i) => i.dropped),
          [2, 5_000_000_001],
        );
      });

      it('numbers interfaces on over sections, which count them from 0', async () => {
        const file = begun().face(101).frame(1n, payload(1), { face: 1 });
        const other = new PcapngBytes(!little).section().face(113).frame(2n, payload(2));
        const { frames, findings } = await readBytes(file.raw(other.done()).done());
        assert.deepEqual(
          frames.map((f) => f.iface),
          [1, 2],
        );
        assert.deepEqual(
          findings.interfaces.map((i) => i.linktype),
          [1, 101, 113],
        );
        assert.equal(frames[1]!.nanoseconds, 2000);
      });

      it('passes over unknown blocks however large, and over options beyond a megabyte', async () => {
        const huge = new Uint8Array(3 << 20);
        const file = begun().block(0x77, huge).frame(1n, payload(5));
        const comments: Option[] = Array.from({ length: 20 }, () => [1, 'x'.repeat(65_000)]);
        file.frame(2n, payload(6), { options: comments }).frame(3n, payload(7));
        const { frames, fault } = await readBytes(file.done());
        assert.equal(fault, undefined);
        assert.deepEqual(
          frames.map((f) => f.caplen),
          [5, 6, 7],
        );
      });

      it('passes over blocks of 4 GiB, and names places beyond them', async () => {
        const start = begun()
          .frame(1n, payload(5))
          .raw(new ByteWriter(little).u32(0x77, 0xffff_fff0).done());
        const gapAt = start.done().length;
        const gap = 0xffff_fff0 - 12;
        const file = start
          .raw(new ByteWriter(little).u32(0xffff_fff0).done())
          .frame(2n, payload(6));
        const whole = await readInput(new GapInput(file.done(), gapAt, gap));
        assert.equal(whole.fault, undefined);
        assert.deepEqual(
          whole.frames.map((f) => f.caplen),
          [5, 6],
        );
        const { frames, fault } = await readInput(
          new GapInput(file.raw(payload(9)).done(), gapAt, gap),
        );
        assert.equal(frames.length, 2);
        assert.equal(fault!.offset, file.done().length - 9 + gap);
      });

      it('reads more names than fit into memory at once', async () => {
        const record = (i: number): [number, Uint8Array] => [
          1,
          new Uint8Array([
            10,
            i >> 8,
            i & 255,
            1,
            ...Buffer.from(`host-${i}-${'y'.repeat(200)}\0`),
          ]),
        ];
        const file = begun().names(Array.from({ length: 9000 }, (_, i) => record(i)));
        const { findings, frames } = await readBytes(file.frame(1n, payload(5)).done());
        assert.equal(findings.names.length, 9000);
        assert.equal(findings.names[8999]!.address, '10.35.39.1');
        assert.equal(frames.length, 1);
      });

      it('counts custom and journal blocks in frame numbers, as Wireshark does', async () => {
        const file = begun().block(0xbad, payload(8)).frame(1n, payload(1)).block(9, payload(8));
        file.block(0x40000bad, payload(8)).block(10, payload(8)).frame(1n, payload(1));
        const { frames } = await readBytes(file.done());
        assert.deepEqual(
          frames.map((f) => f.number),
          [2, 5],
        );
      });

      it('keeps who wrote the section and its comments', async () => {
        const file = new PcapngBytes(little).section([
          [2, 'x86_64'],
          [3, 'Linux 6.18'],
          [4, 'dumpcap'],
          [1, 'lab 3'],
        ]);
        const { findings } = await readBytes(file.done());
        assert.deepEqual(findings.sections, [
          {
            file: 'memory',
            fileIndex: 0,
            hardware: 'x86_64',
            os: 'Linux 6.18',
            application: 'dumpcap',
            comments: ['lab 3'],
          },
        ]);
      });

      it('takes block lengths that leave out the padding, as early writers had them', async () => {
        const body = new ByteWriter(little).u16(0, 0xffff).u32(0, 1000, 5, 5).raw(payload(5)).pad();
        const unpadded = new ByteWriter(little).u32(2, 37).raw(body.done()).u32(37).done();
        assert.equal(unpadded.length, 40);
        const { frames, fault } = await readBytes(
          begun().raw(unpadded).frame(1n, payload(3)).done(),
        );
        assert.equal(fault, undefined);
        assert.deepEqual(
          frames.map((f) => f.caplen),
          [5, 3],
        );
      });

      const faults: [string, (file: PcapngBytes) => PcapngBytes, string][] = [
        [
          'a length below the least',
          (file) => file.raw(new ByteWriter(little).u32(6, 28).raw(payload(20)).u32(28).done()),
          'block of type 0x6 claims a length of 28 bytes, at least 32 were expected',
        ],
        [
          'a length of 0',
          (file) => file.raw(new ByteWriter(little).u32(0x77, 0, 0).done()),
          'block of type 0x77 claims a length of 0 bytes, at least 12 were expected',
        ],
        [
          'lengths that disagree',
          (file) => file.block(6, new ByteWriter(little).u32(0, 0, 0, 0, 0).done(), 36),
          'block of 32 bytes says at its end that it has 36: the file is damaged from here on',
        ],
        [
          'lengths of an unknown block that disagree',
          (file) => file.block(0x77, payload(100_000), 4),
          'block of 100012 bytes says at its end that it has 4: the file is damaged from here on',
        ],
        [
          'a frame of an interface nobody declared',
          (file) => file.frame(1n, payload(4), { face: 1 }),
          'frame of interface 1, but its section has declared 1 so far',
        ],
        [
          'a frame longer than its block',
          (file) => file.block(6, new ByteWriter(little).u32(0, 0, 0, 9, 9).raw(payload(8)).done()),
          'frame claims 9 captured bytes, at most 8 were expected in its block',
        ],
        [
          'a frame longer than any may be',
          (file) => file.frame(1n, payload(262_145)),
          'frame claims 262145 captured bytes, at most 262144 were expected in its block',
        ],
        [
          'an obsolete frame longer than any may be',
          (file) => file.obsolete(1n, payload(262_145)),
          'frame claims 262145 captured bytes, at most 262144 were expected in its block',
        ],
        [
          'a simple frame longer than any may be',
          (file) => file.simple(payload(262_145)),
          'frame claims 262145 captured bytes, at most 262144 were expected in its block',
        ],
        [
          'an obsolete frame longer than its block',
          (file) =>
            file.block(2, new ByteWriter(little).u16(0, 0).u32(0, 0, 9, 9).raw(payload(8)).done()),
          'frame claims 9 captured bytes, at most 8 were expected in its block',
        ],
        [
          'an obsolete frame of an interface nobody declared',
          (file) => file.obsolete(1n, payload(4), { face: 7 }),
          'frame of interface 7, but its section has declared 1 so far',
        ],
        [
          'lengths of a simple frame that disagree',
          (file) => file.block(3, new ByteWriter(little).u32(4).raw(payload(4)).done(), 16),
          'block of 20 bytes says at its end that it has 16: the file is damaged from here on',
        ],
        [
          'a simple frame longer than its block',
          (file) => file.block(3, new ByteWriter(little).u32(9).raw(payload(8)).done()),
          'frame claims 9 captured bytes, at most 8 were expected in its block',
        ],
        [
          'a section of another version',
          (file) => file.section([], [2, 0]),
          'pcapng version 2 is not supported, version 1 was expected',
        ],
        [
          'a section without byte order',
          (file) => file.block(0x0a0d0d0a, payload(16)),
          'section header without the byte-order mark 1a 2b 3c 4d',
        ],
      ];
      for (const [name, add, what] of faults) {
        it(`stops at ${name}, after the frames before it`, async () => {
          const good = begun().frame(1n, payload(10)).done();
          const file = begun().frame(1n, payload(10));
          const { frames, fault } = await readBytes(add(file).frame(2n, payload(1)).done());
          assert.equal(frames.length, 1);
          assert.equal(fault!.message, `memory: byte ${good.length}: ${what}`);
          assert.equal(fault!.code, 'NETLENS_CAPTURE_DAMAGED');
        });
      }

      it('stops where interfaces are declared without end', async () => {
        const face = new PcapngBytes(little).face().done();
        const faces = new Uint8Array(face.length * 65_537);
        for (let i = 0; i < 65_537; i++) faces.set(face, i * face.length);
        const { fault, findings } = await readBytes(
          new PcapngBytes(little).section().raw(faces).done(),
        );
        assert.equal(findings.interfaces.length, 65_536);
        assert.match(fault!.message, /more than 65536 interfaces/);
      });
    });
  }
});
