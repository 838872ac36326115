import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, openSync, truncateSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { FileInput } from '../../src/source/input.ts';
import { type OpenOptions, openCaptures } from '../../src/source/open.ts';
import { CaptureError, type Source } from '../../src/source/source.ts';
import { Arena, Window, windowLen } from '../../src/source/window.ts';
import { skip } from '../support/skip.ts';
import {
  framesOf,
  PcapngBytes,
  payload,
  pcap,
  type ReadFrame,
  readAll,
  Scratch,
} from './capture-bytes.ts';
import { zstdProgram, zstdStored } from './zstd-bytes.ts';

const scratch = new Scratch();
after(() => scratch.remove());

const frames = (count: number, start = 0, step = 1) =>
  Array.from({ length: count }, (_, i) => ({
    seconds: 1000 + start + i * step,
    fraction: i % 1_000_000,
    bytes: payload(40 + (i % 60), i),
  }));
const caplens = (read: readonly ReadFrame[]): number[] => read.map((frame) => frame.caplen);

async function failure(paths: readonly string[], options: OpenOptions = {}): Promise<CaptureError> {
  try {
    const source = await openCaptures(paths, options);
    await source.close();
  } catch (error) {
    assert.ok(error instanceof CaptureError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error;
  }
  throw new assert.AssertionError({ message: 'opened' });
}

describe('source/open: what cannot be opened', () => {
  const cases: [string, () => string, string, string][] = [
    [
      'a missing file',
      () => scratch.path('no.pcap'),
      'NETLENS_FILE',
      'no such file: check the name and the directory',
    ],
    [
      'a directory',
      () => scratch.directory,
      'NETLENS_FILE',
      'is a directory, a capture file was expected: name the files in it',
    ],
    [
      'an empty file',
      () => scratch.file('empty.pcap', ''),
      'NETLENS_NOT_A_CAPTURE',
      'is empty: a pcap or pcapng capture was expected',
    ],
    [
      'text',
      () => scratch.file('notes.pcap', 'hello, world'),
      'NETLENS_NOT_A_CAPTURE',
      'is not a capture: a pcap or pcapng (plain, gzip or zstd) was expected, it starts with 68 65 6c 6c',
    ],
    [
      'three bytes',
      () => scratch.file('three.pcap', Uint8Array.of(0xd4, 0xc3, 0xb2)),
      'NETLENS_NOT_A_CAPTURE',
      'is not a capture: a pcap or pcapng (plain, gzip or zstd) was expected, it starts with d4 c3 b2',
    ],
    [
      'another compression',
      () => scratch.file('x.pcap.xz', Buffer.from('fd377a585a000004', 'hex')),
      'NETLENS_NOT_A_CAPTURE',
      'is xz compressed: decompress it first (xz -dk)',
    ],
    [
      'text within gzip',
      () => scratch.file('notes.gz', gzipSync('hello, world')),
      'NETLENS_NOT_A_CAPTURE',
      'is not a capture: a pcap or pcapng (plain, gzip or zstd) was expected, it starts with 68 65 6c 6c',
    ],
  ];
  for (const [name, make, code, what] of cases) {
    it(`says so of ${name}`, async () => {
      const path = make();
      const error = await failure([path]);
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith(path), error.message);
      assert.ok(error.message.endsWith(`: ${what}`), error.message);
    });
  }

  it('says so of a pcap shorter than its header', async () => {
    const path = scratch.file('short.pcap', pcap([]).slice(0, 20));
    const error = await failure([path]);
    assert.equal(
      error.message,
      `${path}: byte 0: pcap file header needs 24 bytes, file ends after 20`,
    );
  });

  it('says so of a file that may not be read', async function () {
    if (process.getuid?.() === 0) skip(this, 'root may read every file');
    const path = scratch.file('secret.pcap', pcap([]));
    chmodSync(path, 0);
    assert.match(
      (await failure([path])).message,
      /permission denied: run as a user who may read it$/,
    );
  });

  it('says which of several it is, and when there are none, too many or the same pipe twice', async () => {
    const good = scratch.file('good.pcap', pcap(frames(1)));
    assert.match((await failure([good, scratch.path('gone')])).message, /gone: no such file/);
    assert.match((await failure([])).message, /no capture file given/);
    assert.match(
      (await failure(Array<string>(1501).fill(good))).message,
      /at most 1500 can be merged at once/,
    );
    assert.match((await failure(['-', good, '-'])).message, /more than once/);
  });
});

describe('source/open: one file', () => {
  it('reads a plain pcap and pcapng, and tells progress', async () => {
    const bytes = pcap(frames(9000));
    const source = await openCaptures([scratch.file('one.pcap', bytes)]);
    assert.equal(source.progress.bytesTotal, bytes.length);
    const read = await readAll(source);
    assert.equal(read.length, 9000);
    assert.equal(source.progress.bytesRead, bytes.length);
    assert.equal(read[8999]!.number, 9000);
    const ng = new PcapngBytes().section().face().frame(1n, payload(5)).done();
    assert.equal((await readAll(await openCaptures([scratch.file('one', ng)]))).length, 1);
  });

  it('reads frames that lie over the ends of the pieces it reads, to the last byte', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({
      seconds: i,
      fraction: 0,
      bytes: payload(200_000 + i, i),
    }));
    const read = await readAll(await openCaptures([scratch.file('large.pcap', pcap(many))]));
    assert.equal(read.length, 60);
    for (let i = 0; i < 60; i++)
      assert.equal(read[i]!.bytes, Buffer.from(many[i]!.bytes).toString('hex'));
  });

  it('delivers what precedes damage, then ends with one line of damage', async () => {
    const good = pcap(frames(5000));
    const path = scratch.file('damaged.pcap', new Uint8Array([...good, ...payload(15)]));
    const source = await openCaptures([path]);
    assert.equal((await readAll(source)).length, 5000);
    assert.equal(source.damage.length, 1);
    assert.equal(
      source.damage[0]!.message,
      `${path}: byte ${good.length}: record header needs 16 bytes, file ends after 15`,
    );
    assert.equal(await source.next(), undefined);
  });

  it('reads the same ahead of need as on demand, and from one to the other', async () => {
    const many = Array.from({ length: 9000 }, (_, i) => ({
      seconds: i,
      fraction: 0,
      bytes: payload(i % 1500, i),
    }));
    const bytes = pcap(many);
    const path = scratch.file('ways.pcap', bytes);
    const digest = (from: Uint8Array): string => createHash('sha256').update(from).digest('hex');
    for (const onDemand of [[true], [false], [true, true, false], [false, true]]) {
      const input = new FileInput(path, openSync(path, 'r'), bytes.length);
      const readNow = input.readNow.bind(input);
      let asked = 0;
      input.readNow = (...where) =>
        onDemand[asked++ % onDemand.length] ? readNow(...where) : undefined;
      const window = new Window(input, new Arena(windowLen(4, 300_000)), 4, 300_000);
      const got: Uint8Array[] = [];
      while (await window.more()) {
        got.push(window.bytes.slice(window.at, window.end));
        window.at = window.end;
        await sleep(0);
      }
      assert.equal(digest(Buffer.concat(got)), digest(bytes), String(onDemand));
      await window.close();
    }
  });

  it('reads at places beyond 4 GiB', async () => {
    const path = scratch.file('sparse', '');
    const far = 5 * 2 ** 30 + 3; // the file system stores nothing of what lies before
    truncateSync(path, far);
    appendFileSync(path, 'beyond');
    const input = new FileInput(path, openSync(path, 'r'), far + 6, far - 2);
    const bytes = new Uint8Array(20);
    assert.equal(await input.read(bytes, 1, 19), 8);
    assert.equal(Buffer.from(bytes).toString('latin1', 0, 10), '\0\0\0beyond\0');
    await input.close();
    truncateSync(path, 0);
  });

  it('ends when its signal is aborted', async () => {
    const stop = new AbortController();
    const source = await openCaptures([scratch.file('stop.pcap', pcap(frames(9000)))], {
      signal: stop.signal,
    });
    assert.ok((await source.next()) !== undefined);
    stop.abort();
    assert.equal(await source.next(), undefined);
    assert.deepEqual(source.damage, []);
    await source.close();
  });

  it('can be closed at any time, more than once', async () => {
    const source = await openCaptures([scratch.file('close.pcap', pcap(frames(9000)))]);
    await source.close();
    await source.close();
    assert.equal(await source.next(), undefined);
  });
});

describe('source/open: compressed files', () => {
  const bytes = pcap(frames(20_000));

  async function expectAll(path: string, count = 20_000): Promise<void> {
    const source = await openCaptures([path]);
    assert.equal((await readAll(source)).length, count);
    assert.deepEqual(source.damage, []);
  }

  it('reads gzip whatever its name', () => expectAll(scratch.file('zipped', gzipSync(bytes))));

  it('reads any number of gzip members', async () => {
    const parts = [0, 10, 24, 30, 100_000, bytes.length].map((at, i, all) =>
      bytes.subarray(all[i - 1] ?? 0, at),
    );
    await expectAll(scratch.file('members.gz', Buffer.concat(parts.map((part) => gzipSync(part)))));
  });

  it('reads zstd, in several frames and with skippable ones', async () => {
    const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
    const half = 300_000;
    const parts = [
      skippable,
      zstdStored(bytes.subarray(0, half)),
      skippable,
      zstdStored(bytes.subarray(half)),
    ];
    await expectAll(scratch.file('stored.zst', Buffer.concat(parts)));
    const path = zstdProgram(scratch.file('plain.pcap', bytes));
    if (path !== undefined) await expectAll(path);
  });

  it('yields every frame before gzip data is cut, then says where', async () => {
    const zipped = gzipSync(bytes);
    const path = scratch.file('cut.gz', zipped.subarray(0, zipped.length / 2));
    const source = await openCaptures([path]);
    const read = await readAll(source);
    assert.ok(read.length > 5000 && read.length < 15_000, String(read.length));
    assert.equal(source.damage.length, 1);
    assert.equal(source.damage[0]!.code, 'NETLENS_CAPTURE_CUT');
    assert.match(
      source.damage[0]!.message,
      /the gzip data ends in the middle, after \d+ compressed bytes: the file is cut short$/,
    );
  });

  it('yields every frame of gzip data whose checksum alone is wrong', async () => {
    const zipped = gzipSync(bytes);
    zipped[zipped.length - 8]! ^= 1;
    const source = await openCaptures([scratch.file('sum.gz', zipped)]);
    assert.equal((await readAll(source)).length, 20_000);
    assert.match(
      source.damage[0]!.message,
      /the gzip data is damaged between its bytes \d+ and \d+: incorrect data check$/,
    );
  });

  it('yields the frames before damage within gzip data', async () => {
    const zipped = gzipSync(bytes);
    for (let i = 0; i < 40; i++) zipped[(zipped.length >> 1) + i] = 0xff;
    const source = await openCaptures([scratch.file('broken.gz', zipped)]);
    const read = await readAll(source);
    const whole = await readAll(await openCaptures([scratch.file('whole.pcap', bytes)]));
    assert.ok(read.length > 8000 && read.length < 20_000, String(read.length));
    assert.equal(source.damage.length, 1);
    const sound = Math.floor(read.length * 0.9); // a flipped code may decode to wrong bytes before it is noticed
    assert.deepEqual(read.slice(0, sound), whole.slice(0, sound));
  });

  it('yields the frames before what follows zstd data and is none', async () => {
    const path = scratch.file('tail.zst', Buffer.concat([zstdStored(bytes), payload(50)]));
    const source = await openCaptures([path]);
    assert.equal((await readAll(source)).length, 20_000);
    assert.match(source.damage[0]!.message, /the zstd data is damaged between its bytes/);
  });

  it('yields the frames before zstd data is cut, then says so', async () => {
    const stored = zstdStored(bytes);
    const source = await openCaptures([
      scratch.file('cut.zst', stored.subarray(0, stored.length - 200_000)),
    ]);
    const read = await readAll(source);
    assert.ok(read.length > 10_000 && read.length < 20_000, String(read.length));
    assert.equal(source.damage.length, 1);
    assert.equal(source.damage[0]!.code, 'NETLENS_CAPTURE_CUT');
    assert.match(
      source.damage[0]!.message,
      /the zstd data ends in the middle, after \d+ compressed bytes: the file is cut short$/,
    );
  });
});

describe('source/open: several files', () => {
  it('merges in time order, of equal times the file given first', async () => {
    const even = scratch.file('even.pcap', pcap(frames(5000, 0, 2)));
    const odd = scratch.file('odd.pcap', pcap(frames(5000, 1, 2)));
    const same = scratch.file('same.pcap', pcap(frames(5000, 0, 2)));
    const source = await openCaptures([odd, even, same]);
    const read = await readAll(source);
    assert.equal(read.length, 15_000);
    assert.deepEqual(
      read.slice(0, 6).map((frame) => [frame.seconds, frame.file, frame.number]),
      [
        [1000, 1, 1],
        [1000, 2, 1],
        [1001, 0, 1],
        [1002, 1, 2],
        [1002, 2, 2],
        [1003, 0, 2],
      ],
    );
    for (let i = 1; i < read.length; i++) assert.ok(read[i - 1]!.seconds <= read[i]!.seconds);
    assert.deepEqual(
      source.interfaces.map((face) => [face.index, face.file, face.fileIndex]),
      [
        [0, odd, 0],
        [1, even, 1],
        [2, same, 2],
      ],
    );
  });

  it('merges bytes, comments and flags with their frames, whatever the kind of file', async () => {
    const ng = new PcapngBytes().section().face(101);
    const stamp = (i: number): bigint => BigInt(1000 + i) * 1_000_000n;
    for (let i = 0; i < 3000; i++) {
      const flags = new Uint8Array([i % 3, 0, 0, 0]);
      ng.frame(stamp(i), payload(30 + (i % 9), i), {
        options:
          i % 5 === 0
            ? [
                [1, `n${i}`],
                [2, flags],
              ]
            : [],
      });
    }
    const inputs = [
      scratch.file('m1.pcapng', ng.done()),
      scratch.file('m2.pcap.gz', gzipSync(pcap(frames(3000)))),
      scratch.file('m3.pcap', pcap(frames(3000), { little: false })),
    ];
    const merged = await readAll(await openCaptures(inputs));
    for (const [fileIndex, path] of inputs.entries()) {
      const alone = await readAll(await openCaptures([path]));
      const own = merged.filter((frame) => frame.file === fileIndex);
      const same = (frame: ReadFrame) => ({ ...frame, file: 0, iface: 0 });
      assert.deepEqual(own.map(same), alone.map(same));
    }
    assert.equal(merged.find((frame) => frame.comment === 'n5')?.number, 6);
  });

  it('keeps every frame of a batch in place until the next is asked for', async () => {
    const large = (step: number) =>
      Array.from({ length: 250 }, (_, i) => ({
        seconds: 1000 + i * step,
        fraction: 0,
        bytes: payload(1000 + ((i * 7919) % 60_000), i * step),
      }));
    const inputs = [1, 2, 3].map((step) => ({
      frames: large(step),
      path: scratch.file(`large-${step}.pcap`, pcap(large(step))),
    }));
    const read = await readAll(await openCaptures(inputs.map(({ path }) => path)));
    assert.equal(read.length, 750);
    for (const frame of read) {
      const { bytes } = inputs[frame.file]!.frames[frame.number - 1]!;
      assert.equal(
        frame.bytes === Buffer.from(bytes).toString('hex'),
        true,
        `frame ${frame.number}`,
      );
    }
  });

  it('delivers a file whose frames are out of order in its order', async () => {
    const order = [5, 3, 900, 1, 2].map((seconds) => ({
      seconds,
      fraction: 0,
      bytes: payload(seconds % 50),
    }));
    const odd = scratch.file('order.pcap', pcap(order));
    const steady = scratch.file('steady.pcap', pcap(frames(10, -998)));
    const read = await readAll(await openCaptures([odd, steady]));
    assert.equal(read.length, 15);
    assert.deepEqual(
      read.filter((frame) => frame.file === 0).map((frame) => frame.seconds),
      [5, 3, 900, 1, 2],
    );
    const others = read.filter((frame) => frame.file === 1).map((frame) => frame.number);
    assert.deepEqual(others, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('reads the other files to their end when one is damaged', async () => {
    const bad = scratch.file('bad.pcap', pcap(frames(2000)).slice(0, -3));
    const good = scratch.file('fine.pcap', pcap(frames(2000)));
    const source = await openCaptures([bad, good]);
    assert.equal((await readAll(source)).length, 3999);
    assert.deepEqual(
      source.damage.map((fault) => fault.file),
      [bad],
    );
  });

  it('merges 300 files of 500 frames', async () => {
    const paths = Array.from({ length: 300 }, (_, i) =>
      scratch.file(`many-${i}.pcap`, pcap(frames(500, i % 7, 3))),
    );
    const read = await readAll(await openCaptures(paths));
    assert.equal(read.length, 150_000);
    for (let i = 1; i < read.length; i++) assert.ok(read[i - 1]!.seconds <= read[i]!.seconds);
  });

  it('merges one-frame files, empty ones among them', async () => {
    const paths = [0, 3, 0, 1, 2].map((n, i) =>
      scratch.file(`few-${i}.pcap`, pcap(frames(n, 10 - i))),
    );
    assert.equal((await readAll(await openCaptures(paths))).length, 6);
  });
});

describe('source/open: pipes and growing files', () => {
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill();
  });

  /** A fifo and what is written to it, piece by piece. */
  function fifo(name: string): { path: string; write(bytes: Uint8Array): void; end(): void } {
    const path = scratch.path(name);
    execFileSync('mkfifo', [path]);
    const child = spawn('sh', ['-c', 'cat > "$1"', 'sh', path], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    children.push(child);
    return {
      path,
      write: (bytes) => void child.stdin!.write(bytes),
      end: () => child.stdin!.end(),
    };
  }

  async function take(source: Source): Promise<ReadFrame[]> {
    const batch = await source.next();
    return batch === undefined ? [] : framesOf(batch);
  }

  it('delivers frames of a pipe as they come, not when a buffer is full', async () => {
    const bytes = pcap(frames(3));
    const pipe = fifo('live');
    pipe.write(bytes.subarray(0, 24 + 16 + 40));
    const source = await openCaptures([pipe.path]);
    assert.deepEqual(caplens(await take(source)), [40]);
    assert.equal(source.progress.bytesTotal, -1);
    pipe.write(bytes.subarray(24 + 16 + 40, -5)); // the second frame, and most of the third
    assert.deepEqual(caplens(await take(source)), [41]);
    pipe.write(bytes.subarray(-5));
    assert.deepEqual(caplens(await take(source)), [42]);
    pipe.end();
    assert.deepEqual(await take(source), []);
    assert.deepEqual(source.damage, []);
    await source.close();
  });

  it('reads a long pipe whole, and compressed ones', async () => {
    const bytes = pcap(frames(50_000));
    const plain = fifo('long');
    plain.write(bytes);
    plain.end();
    assert.equal((await readAll(await openCaptures([plain.path]))).length, 50_000);
    const zipped = fifo('long-gz');
    zipped.write(gzipSync(bytes));
    zipped.end();
    assert.equal((await readAll(await openCaptures([zipped.path]))).length, 50_000);
  });

  it('stops waiting for a pipe when aborted, without calling the rest damage', async () => {
    const pipe = fifo('aborted');
    pipe.write(pcap(frames(2)).subarray(0, -5));
    const stop = new AbortController();
    const source = await openCaptures([pipe.path], { signal: stop.signal });
    assert.deepEqual(caplens(await take(source)), [40]);
    const waiting = source.next();
    await sleep(20);
    stop.abort();
    assert.equal(await waiting, undefined);
    assert.deepEqual(source.damage, []);
    await source.close();
  });

  it('goes on with the other files when a pipe has nothing for a while', async () => {
    const pipe = fifo('slow');
    pipe.write(pcap(frames(1)));
    const file = scratch.file('beside.pcap', pcap(frames(5)));
    const source = await openCaptures([pipe.path, file]);
    const got: ReadFrame[] = [];
    while (got.length < 6) got.push(...(await take(source)));
    pipe.write(pcap(frames(1, 2)).subarray(24));
    const late = await take(source);
    assert.deepEqual([late.length, late[0]!.file], [1, 0]);
    pipe.end();
    assert.deepEqual(await take(source), []);
    await source.close();
  });

  it('follows a growing file: half a record is waited for, not damage', async () => {
    const bytes = pcap(frames(3));
    const path = scratch.file('growing.pcap', bytes.subarray(0, 10));
    const stop = new AbortController();
    const opening = openCaptures([path], { follow: true, signal: stop.signal });
    await sleep(150);
    appendFileSync(path, bytes.subarray(10, 24 + 16 + 40 + 20));
    const source = await opening;
    assert.deepEqual(caplens(await take(source)), [40]);
    const next = take(source);
    await sleep(150);
    appendFileSync(path, bytes.subarray(24 + 16 + 40 + 20));
    assert.deepEqual(caplens(await next), [41, 42]);
    const waiting = source.next();
    appendFileSync(path, payload(7));
    await sleep(150);
    stop.abort();
    assert.equal(await waiting, undefined);
    assert.deepEqual(source.damage, []);
    await source.close();
  });

  it('follows a growing gzip file, and stops without damage', async () => {
    const path = scratch.file('growing.gz', gzipSync(pcap(frames(2))));
    const stop = new AbortController();
    const source = await openCaptures([path], { follow: true, signal: stop.signal });
    assert.deepEqual(caplens(await take(source)), [40, 41]);
    const next = take(source);
    await sleep(150);
    appendFileSync(path, gzipSync(pcap(frames(1)).subarray(24)));
    assert.deepEqual(caplens(await next), [40]);
    const waiting = source.next();
    appendFileSync(path, gzipSync(payload(99)).subarray(0, 20));
    await sleep(150);
    stop.abort();
    assert.equal(await waiting, undefined);
    assert.deepEqual(source.damage, []);
    await source.close();
  });

  it('stops waiting for the first byte when aborted', async () => {
    const path = scratch.file('still-empty.pcap', '');
    const stop = new AbortController();
    const opening = failure([path], { follow: true, signal: stop.signal });
    await sleep(50);
    stop.abort();
    assert.match((await opening).message, /reading was stopped before a capture came$/);
  });

  it('says so when a followed file shrinks', async () => {
    const path = scratch.file('shrinks.pcap', pcap(frames(3)));
    const stop = new AbortController();
    const source = await openCaptures([path], { follow: true, signal: stop.signal });
    assert.equal((await take(source)).length, 3);
    truncateSync(path, 24);
    assert.equal(await source.next(), undefined);
    assert.match(
      source.damage[0]!.message,
      /has shrunk to 24 bytes while it was read: was it written anew\?$/,
    );
    await source.close();
  });

  it('reads standard input, a pipe as well as a redirected file', () => {
    const path = scratch.file('stdin.pcap', pcap(frames(700)));
    mkdirSync(scratch.path('run'));
    const program = `
      const { openCaptures } = await import(${JSON.stringify(new URL('../../src/source/open.js', import.meta.url).href)});
      const source = await openCaptures(['-']);
      let count = 0;
      for (let b = await source.next(); b !== undefined; b = await source.next()) count += b.count;
      await source.close();
      console.log(count, source.progress.bytesTotal);`;
    const script = scratch.file('count.mjs', program);
    const run = (command: string): string =>
      execFileSync('sh', ['-c', command, 'sh', process.execPath, script, path], {
        encoding: 'utf8',
      }).trim();
    assert.equal(run('"$1" "$2" < "$3"'), `700 ${pcap(frames(700)).length}`);
    assert.equal(run('cat "$3" | "$1" "$2"'), '700 -1');
    assert.equal(run('(head -c 0; exec "$1" "$2") < "$3"'), `700 ${pcap(frames(700)).length}`);
  });
});
