import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { openCaptures } from '../../src/source/open.ts';
import { type CaptureWriterOptions, openCaptureWriter } from '../../src/view/capture-writer.ts';
import { type CaptureContents, WriteError } from '../../src/view/capture-writer-contents.ts';
import { addressBytes } from '../../src/view/capture-writer-pcapng.ts';
import { hasTool, needTools, skip } from '../support/skip.ts';
import {
  ByteWriter,
  type Option,
  PcapngBytes,
  payload,
  pcap,
  type ReadFrame,
  readAll,
  Scratch,
} from './capture-bytes.ts';

const scratch = new Scratch();
after(() => scratch.remove());

interface Copied {
  readonly path: string;
  readonly before: ReadFrame[];
  readonly after: ReadFrame[];
  readonly contents: CaptureContents;
}

/** Write every frame of these files to another and read that. */
async function copy(
  inputs: readonly string[],
  name: string,
  options: Partial<CaptureWriterOptions> = {},
): Promise<Copied> {
  const source = await openCaptures(inputs);
  const path = scratch.path(name);
  const writer = await openCaptureWriter(path, { contents: source, inputs, ...options });
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) writer.write(batch, i);
    await writer.flush();
  }
  await writer.close();
  await source.close();
  const before = await readAll(await openCaptures(inputs));
  const written = await openCaptures([path]);
  const read = await readAll(written);
  assert.deepEqual(written.damage, []);
  return { path, before, after: read, contents: written };
}

const comparable = ({
  iface,
  seconds,
  nanoseconds,
  caplen,
  len,
  flags,
  comment,
  bytes,
}: ReadFrame) => ({
  iface,
  seconds,
  nanoseconds,
  caplen,
  len,
  flags,
  comment,
  bytes,
});

const frames = (count: number, unit = 1) =>
  Array.from({ length: count }, (_, i) => ({
    seconds: 1_700_000_000 + i,
    fraction: (i * 7919 * unit) % 1_000_000,
    bytes: payload(i % 300, i),
    len: (i % 300) + (i % 4),
  }));

/** Everything a pcapng can tell that we keep. */
function rich(little = true): Uint8Array {
  const u64 = (value: bigint): Uint8Array => new ByteWriter(little).u64(value).done();
  const flags = new ByteWriter(little).u32(0x0001_0202).done();
  const options: Option[] = [
    [1, 'pod default/web-0\nsecond line'],
    [2, flags],
  ];
  const file = new PcapngBytes(little).section([
    [2, 'x86_64'],
    [3, 'Linux'],
    [4, 'tester'],
    [1, 'lab ü'],
  ]);
  file.face(113, 96, [
    [2, 'any'],
    [3, 'all of them'],
    [9, Uint8Array.of(9)],
    [11, '\0tcp'],
    [13, Uint8Array.of(4)],
    [1, 'c'],
  ]);
  file.face(101, 0, [
    [2, 'tunl0'],
    [9, Uint8Array.of(3)],
    [14, u64(-4_000_000_000n)],
  ]);
  file.frame(1_700_000_000_123_456_789n, payload(61), { options, len: 90 });
  file.frame(5n, payload(20), { face: 1 });
  file.names([
    [1, new Uint8Array([10, 0, 0, 1, ...Buffer.from('web-0.default\0')])],
    [2, new Uint8Array([0xfd, 1, ...new Uint8Array(13), 9, ...Buffer.from('six.example\0')])],
  ]);
  file.frame((1n << 64n) - 1n, payload(3), { face: 0 });
  file.statistics(1, [
    [5, u64(5n)],
    [7, u64(1n << 33n)],
  ]);
  return file.done();
}

describe('view/capture-writer: pcapng', () => {
  for (const little of [true, false]) {
    it(`keeps frames, times, interfaces, comments, flags, names and drops (${little ? 'little' : 'big'}-endian)`, async () => {
      const input = scratch.file(`rich-${little}.pcapng`, rich(little));
      const { before, after: read, contents } = await copy([input], `rich-${little}-out.pcapng`);
      assert.equal(before.length, 3);
      assert.deepEqual(read.map(comparable).slice(0, 1), before.map(comparable).slice(0, 1));
      const timesAndBytes = ({ seconds, nanoseconds, bytes }: ReadFrame) => ({
        seconds,
        nanoseconds,
        bytes,
      });
      assert.deepEqual(read.map(timesAndBytes), before.map(timesAndBytes));
      assert.deepEqual([before[1]!.seconds, before[1]!.nanoseconds], [-4_000_000_000, 5_000_000]);
      const source = await openCaptures([input]);
      await readAll(source);
      for (const face of source.interfaces) {
        const other = contents.interfaces.find((one) => one.name === face.name)!;
        for (const key of [
          'linktype',
          'snaplen',
          'description',
          'filter',
          'fcsLen',
          'comments',
          'dropped',
        ] as const) {
          assert.deepEqual(other[key], face[key], `${face.name} ${key}`);
        }
      }
      assert.deepEqual(
        contents.names.map(({ address, name }) => `${address} ${name}`),
        ['10.0.0.1 web-0.default', 'fd01::9 six.example'],
      );
      const [section] = contents.sections!;
      assert.deepEqual(
        [section!.hardware, section!.os, section!.comments],
        ['x86_64', 'Linux', ['lab ü']],
      );
    });
  }

  it('is read by tshark with the same times, lengths, flags, comments and names', async function () {
    needTools(this, 'tshark');
    const { path } = await copy([scratch.file('t.pcapng', rich())], 't-out.pcapng');
    const fields = [
      'frame.time_epoch',
      'frame.len',
      'frame.cap_len',
      'frame.packet_flags',
      'frame.comment',
      'frame.interface_name',
    ];
    const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
    const { stdout } = spawnSync('tshark', args, { encoding: 'utf8' });
    assert.equal(
      stdout.split('\n')[0],
      [
        '1700000000.123456789',
        '90',
        '61',
        '0x00010202',
        'pod default/web-0\\nsecond line',
        'any',
      ].join('\t'),
    );
    if (!hasTool('capinfos')) return;
    const { stdout: facts } = spawnSync('capinfos', [path], { encoding: 'utf8' });
    assert.match(facts, /Number of resolved IPv4 addresses in file: 1/);
    assert.match(facts, /Number of resolved IPv6 addresses in file: 1/);
  });

  it('keeps any time to the nanosecond', async () => {
    const stamp = fc.bigInt(0n, (1n << 64n) - 1n);
    await fc.assert(
      fc.asyncProperty(fc.array(stamp, { minLength: 1, maxLength: 20 }), async (stamps) => {
        const file = new PcapngBytes().section().face(1, 0, [[9, Uint8Array.of(9)]]);
        for (const one of stamps) file.frame(one, payload(1));
        const { before, after: read } = await copy(
          [scratch.file('s.pcapng', file.done())],
          's-out.pcapng',
        );
        assert.deepEqual(
          read.map((f) => [f.seconds, f.nanoseconds]),
          before.map((f) => [f.seconds, f.nanoseconds]),
        );
        const last = stamps.at(-1)!;
        assert.deepEqual(
          [read.at(-1)!.seconds, read.at(-1)!.nanoseconds],
          [Number(last / 1_000_000_000n), Number(last % 1_000_000_000n)],
        );
      }),
      { numRuns: 60 },
    );
  });

  it('keeps interfaces that saw no frame, of several files', async () => {
    const inputs = [
      scratch.file('p.pcap', pcap(frames(50), { linktype: 276 })),
      scratch.file(
        'q.pcapng',
        new PcapngBytes()
          .section()
          .face(101, 0, [[2, 'tunl0']])
          .face(1, 0, [[2, 'eth0']])
          .done(),
      ),
    ];
    const { contents, after: read } = await copy(inputs, 'pq.pcapng');
    assert.deepEqual(
      contents.interfaces.map((face) => [face.linktype, face.name]),
      [
        [276, undefined],
        [101, 'tunl0'],
        [1, 'eth0'],
      ],
    );
    assert.equal(read.length, 50);
  });

  it('is a file without frames when none matched', async () => {
    const input = scratch.file('none.pcap', pcap([], { linktype: 101 }));
    assert.deepEqual((await copy([input], 'none.pcapng')).after, []);
    assert.deepEqual(
      (await copy([input], 'none-out.pcap')).contents.interfaces.map((face) => face.linktype),
      [101],
    );
  });

  it('splits a comment too long for one option between characters', async () => {
    const long = 'ü'.repeat(40_000);
    const options: Option[] = [
      [1, long.slice(0, 30_000)],
      [1, long.slice(30_000)],
    ];
    const file = new PcapngBytes().section().face().frame(1n, payload(1), { options });
    const { after: read } = await copy(
      [scratch.file('long.pcapng', file.done())],
      'long-out.pcapng',
    );
    assert.equal(read[0]!.comment!.replaceAll('\n', ''), long);
  });
});

describe('view/capture-writer: pcap', () => {
  it('makes the same bytes of a pcap, micro- or nanoseconds', async () => {
    for (const magic of [0xa1b2c3d4, 0xa1b23c4d]) {
      const bytes = pcap(frames(3000), { magic, linktype: 0x2400_0071, snaplen: 96 });
      const { path } = await copy([scratch.file('in.pcap', bytes)], 'out.pcap');
      assert.deepEqual(readFileSync(path), Buffer.from(bytes));
    }
  });

  it('has nanoseconds when any input may have them', async () => {
    const fine = new PcapngBytes()
      .section()
      .face(1, 0, [[9, Uint8Array.of(9)]])
      .frame(1_000_000_001n, payload(4));
    const inputs = [
      scratch.file('us.pcap', pcap(frames(3))),
      scratch.file('ns.pcapng', fine.done()),
    ];
    const { path, before, after: read } = await copy(inputs, 'mixed.cap');
    assert.equal(readFileSync(path).readUInt32LE(0), 0xa1b23c4d);
    assert.deepEqual(
      read.map((f) => f.nanoseconds),
      before.map((f) => f.nanoseconds),
    );
  });

  it('says so when frames have several link types, or a time that does not fit', async () => {
    const two = new PcapngBytes()
      .section()
      .face(1)
      .face(101)
      .frame(1n, payload(4))
      .frame(2n, payload(4), { face: 1 });
    await assert.rejects(
      copy([scratch.file('two.pcapng', two.done())], 'two.pcap'),
      (error) =>
        error instanceof WriteError &&
        /two\.pcap: a pcap holds one link type, and the frames have 1 and 101: name it \.pcapng$/.test(
          error.message,
        ),
    );
    const late = new PcapngBytes()
      .section()
      .face(1, 0, [[9, Uint8Array.of(0)]])
      .frame(1n << 33n, payload(4));
    await assert.rejects(
      copy([scratch.file('late.pcapng', late.done())], 'late.pcap'),
      /does not fit a pcap: name it \.pcapng$/,
    );
  });
});

describe('view/capture-writer: where it writes', () => {
  const input = (): string => scratch.file('w.pcap', pcap(frames(400)));

  it('refuses a file that is being read, whatever its name', async () => {
    const path = input();
    execFileSync('ln', ['-sf', path, scratch.path('link.pcap')]);
    await assert.rejects(
      copy([path], 'link.pcap'),
      /is being read \(.*w\.pcap\): write to another file$/,
    );
    assert.ok(statSync(path).size > 24);
  });

  it('says what is wrong with the place', async () => {
    await assert.rejects(copy([input()], 'no/such/dir.pcap'), /no such directory: make it first$/);
    await assert.rejects(copy([input()], '.'), /is a directory: name a file in it$/);
  });

  it('says that the disk is full', async function () {
    if (spawnSync('test', ['-c', '/dev/full']).status !== 0) skip(this, 'no /dev/full');
    const source = await openCaptures([input()]);
    const writer = await openCaptureWriter('/dev/full', { contents: source });
    const batch = (await source.next())!;
    for (let i = 0; i < batch.count; i++) writer.write(batch, i);
    await assert.rejects(async () => {
      await writer.flush();
      await writer.close();
    }, /\/dev\/full: the disk is full/);
    await source.close();
  });

  it('leaves only whole records when a file may grow no further', async function () {
    if (process.platform !== 'linux') skip(this, 'needs ulimit -f');
    const source = JSON.stringify(new URL('../../src/source/open.js', import.meta.url).href);
    const writer = JSON.stringify(
      new URL('../../src/view/capture-writer.js', import.meta.url).href,
    );
    const script = scratch.file(
      'full.mjs',
      `process.on('SIGXFSZ', () => {});
      const { openCaptures } = await import(${source});
      const { openCaptureWriter } = await import(${writer});
      const source = await openCaptures([process.argv[2]]);
      const writer = await openCaptureWriter(process.argv[3], { contents: source });
      try {
        for (let b = await source.next(); b !== undefined; b = await source.next()) {
          for (let i = 0; i < b.count; i++) writer.write(b, i);
          await writer.flush();
        }
        await writer.close();
      } catch (error) { console.log(error.message); await writer.close().catch(() => {}); }`,
    );
    const big = scratch.file('big.pcap', pcap(frames(20_000)));
    const out = scratch.path('limited.pcapng');
    const command = 'ulimit -f 2000; exec "$1" "$2" "$3" "$4"';
    const run = spawnSync('sh', ['-c', command, 'sh', process.execPath, script, big, out], {
      encoding: 'utf8',
    });
    assert.match(
      run.stdout,
      /the disk is full, or the file too large: the file ends after the last frames that fitted/,
    );
    const cut = await openCaptures([out]);
    const read = await readAll(cut);
    assert.deepEqual(cut.damage, []);
    assert.ok(read.length > 0 && read.length < 20_000, String(read.length));
  });

  it('says that the reader of a pipe has gone', () => {
    const source = JSON.stringify(new URL('../../src/source/open.js', import.meta.url).href);
    const writer = JSON.stringify(
      new URL('../../src/view/capture-writer.js', import.meta.url).href,
    );
    const script = scratch.file(
      'gone.mjs',
      `const { openCaptures } = await import(${source});
      const { openCaptureWriter } = await import(${writer});
      const source = await openCaptures([process.argv[2]]);
      const writer = await openCaptureWriter('-', { contents: source });
      try {
        for (let b = await source.next(); b !== undefined; b = await source.next()) {
          for (let i = 0; i < b.count; i++) writer.write(b, i);
          await writer.flush();
        }
        await writer.close();
      } catch (error) { console.error(error.message); }
      await source.close();`,
    );
    const big = scratch.file('gone.pcap', pcap(frames(20_000)));
    const run = (command: string) =>
      spawnSync('sh', ['-c', command, 'sh', process.execPath, script, big], { encoding: 'utf8' });
    assert.equal(
      run('"$1" "$2" "$3" | head -c 100 > /dev/null').stderr.trim(),
      '-: the reader of the pipe has gone',
    );
    assert.equal(run('"$1" "$2" "$3" | wc -c').stderr, '');
  });
});

describe('view/capture-writer: addresses', () => {
  it('reads what it shows', () => {
    const cases: [string, string | undefined][] = [
      ['10.0.0.1', '0a000001'],
      ['fd00::1', `fd${'00'.repeat(14)}01`],
      ['::', '00'.repeat(16)],
      ['::ffff:10.1.2.3', `${'00'.repeat(10)}ffff0a010203`],
      ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
      ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
      ['1::2::3', undefined],
      ['1:2:3', undefined],
      ['host', undefined],
      ['1:2:3:4:5:6:7:8:9', undefined],
      ['::10.0.0.999', undefined],
    ];
    for (const [text, hex] of cases) {
      const bytes = addressBytes(text);
      assert.equal(bytes && Buffer.from(bytes).toString('hex'), hex, text);
    }
  });
});
