/** Captures over several files: named and cut as tcpdump does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileNames, openRotation } from '../../src/view/capture-rotation.ts';
import { fileTime, hasFileTime } from '../../src/view/file-time.ts';
import { netlens, withDirectory } from '../cli/run.ts';
import { batchOf, plainInterface } from '../support/frames.ts';
import { needTools } from '../support/skip.ts';

const FRAMES = 2400;
const FRAME_LEN = 1200;

/** A pcap of 2.9 million bytes, microseconds. */
function bigCapture(): Buffer {
  const file = Buffer.alloc(24 + FRAMES * (16 + FRAME_LEN));
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(262_144, 16);
  file.writeUInt32LE(1, 20);
  for (let i = 0; i < FRAMES; i++) {
    const at = 24 + i * (16 + FRAME_LEN);
    file.writeUInt32LE(1_700_000_000 + i, at);
    file.writeUInt32LE(FRAME_LEN, at + 8);
    file.writeUInt32LE(FRAME_LEN, at + 12);
  }
  return file;
}

function sizesIn(folder: string): [string, number][] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('out'))
    .sort()
    .map((name) => [name, statSync(join(folder, name)).size]);
}

/** Frames into files by a clock of ours; yields the names and how many frames each has. */
async function written(
  folder: string,
  name: string,
  rotation: { sizeMax?: number; seconds?: number; filesMax?: number },
  times: readonly number[],
): Promise<{ files: [string, number][]; isFull: boolean }> {
  let now = times[0]!;
  const contents = { interfaces: [plainInterface(1)], names: [] };
  const all = { sizeMax: 0, seconds: 0, filesMax: 0, ...rotation };
  const writer = await openRotation(join(folder, name), { contents }, all, () => now);
  const frames = batchOf([new Uint8Array(60)]);
  for (const time of times) {
    now = time;
    writer.write(frames, 0);
    await writer.flush();
  }
  await writer.close();
  const files = readdirSync(folder)
    .sort()
    .map((file): [string, number] => {
      const { out } = netlens(['read', join(folder, file), '--count']);
      return [file, Number.parseInt(out, 10)];
    });
  return { files, isFull: writer.isFull };
}

describe('captures over several files', function () {
  this.timeout(30_000);

  for (const args of [
    ['-C', '1'],
    ['-C', '1', '-W', '2'],
    ['-C', '1', '-W', '12'],
    ['-C', '1', '-W', '1'],
  ]) {
    it(`are as tcpdump's: ${args.join(' ')}`, async function () {
      needTools(this, 'tcpdump');
      await withDirectory(async (ours) => {
        await withDirectory((theirs) => {
          const input = join(ours, 'in.pcap');
          writeFileSync(input, bigCapture());
          const { code, err } = netlens(['read', input, '-w', join(ours, 'out.pcap'), ...args]);
          assert.equal(code, 0, err);
          const user = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
          const output = ['-w', join(theirs, 'out.pcap')];
          execFileSync('tcpdump', ['-r', input, ...output, ...args, ...user], { stdio: 'ignore' });
          assert.deepEqual(sizesIn(ours), sizesIn(theirs));
          for (const [name] of sizesIn(ours)) {
            const [a, b] = [ours, theirs].map((folder) => readFileSync(join(folder, name)));
            assert.deepEqual(a!.subarray(24), b!.subarray(24), name);
          }
        });
      });
    });
  }

  it('are named by time, the seconds of -G counted from the frame that began a file', async () => {
    await withDirectory(async (folder) => {
      const { files, isFull } = await written(
        folder,
        'x-%s.pcapng',
        { seconds: 10 },
        [100, 109.9, 110, 111, 131],
      );
      assert.deepEqual(files, [
        ['x-100.pcapng', 2],
        ['x-110.pcapng', 2],
        ['x-131.pcapng', 1],
      ]);
      assert.equal(isFull, false);
    });
  });

  it('end with the last that -W asks of -G', async () => {
    await withDirectory(async (folder) => {
      const { files, isFull } = await written(
        folder,
        'x%s',
        { seconds: 5, filesMax: 2 },
        [1, 6, 7, 11, 12],
      );
      assert.deepEqual(files, [
        ['x1', 1],
        ['x6', 2],
      ]);
      assert.equal(isFull, true);
    });
  });

  it('count anew within each time; -W then says only how wide the numbers are', async () => {
    await withDirectory(async (folder) => {
      const rotation = { seconds: 10, sizeMax: 300, filesMax: 20 };
      const { files } = await written(folder, 'x%s.pcap', rotation, [1, 1, 1, 1, 1, 1, 11]);
      assert.deepEqual(files, [
        ['x1.pcap00', 4],
        ['x1.pcap01', 2],
        ['x11.pcap00', 1],
      ]);
    });
  });

  it('have names of as many digits as the last takes', () => {
    const first = (filesMax: number): string =>
      new FileNames('f', { sizeMax: 1, seconds: 0, filesMax }).of(0, new Date(0));
    assert.deepEqual([0, 1, 2, 10, 11, 100, 101].map(first), [
      'f',
      'f',
      'f0',
      'f0',
      'f00',
      'f00',
      'f000',
    ]);
  });

  it('refuse what makes no sense, in one line', () => {
    for (const [args, why] of [
      [['-C', '1'], /-C: -w is missing/],
      [['-W', '3', '-w', 'x'], /-W: -C or -G is missing/],
      [['-C', '0', '-w', 'x'], /million bytes/],
      [['-C', '1', '-w', '-'], /-C: standard output/],
    ] as const) {
      const { code, err } = netlens(['read', 'nothing.pcap', ...args]);
      assert.equal(code, 2, err);
      assert.match(err, why);
      assert.equal(err.trim().split('\n').length, 1);
    }
  });
});

describe('times in names of files', () => {
  const moments = [
    '2026-01-01T00:00:00Z',
    '2024-12-30T13:05:09Z',
    '2027-01-03T23:59:59Z',
    '2024-02-29T12:00:00Z',
  ];

  it('are what date makes of the same format', function () {
    needTools(this, 'date');
    const letters = 'aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYz%';
    for (const moment of moments) {
      for (const letter of letters) {
        const env = { ...process.env, LC_ALL: 'C', TZ: process.env.TZ ?? 'UTC' };
        const theirs = execFileSync('date', ['-d', moment, `+<%${letter}>`], {
          encoding: 'utf8',
          env,
        });
        assert.equal(
          `${fileTime(`<%${letter}>`, new Date(moment))}\n`,
          theirs,
          `%${letter} of ${moment}`,
        );
      }
    }
  });

  it('leave alone what is no conversion', () => {
    assert.equal(fileTime('50%-%q-%', new Date(0)), '50%-%q-%');
    assert.deepEqual(['x', '%q', '%%', 'x%H'].map(hasFileTime), [false, false, false, true]);
  });
});
