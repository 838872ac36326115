/** `capture -w --annotate` on real devices: one file, several in turn, the latest frames, a disk without room for a copy. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { netlens, withDirectory } from '../cli/run.ts';
import { readCapture } from '../support/read-capture.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';

const LABELLED = /^netlens: \w[\w-]* \(\w+\), icmp 10\.77\.0\.1 -> /;

async function assertLabelled(file: string): Promise<number> {
  const { frames, damage } = await readCapture(file);
  assert.deepEqual(damage, []);
  for (const { comment } of frames) assert.match(comment ?? '', LABELLED, file);
  return frames.length;
}

describe('netlens capture --annotate', function () {
  this.timeout(60_000);
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'ping', 'mount');
    wire = new Wire();
  });

  after(() => wire?.close());

  const start = (...words: string[]): Promise<Running> =>
    Running.netlens(wire.far, ['-i', 'v1', '--no-host', '--annotate', ...words, 'icmp']);

  it('puts a label on every frame of the file, and opens in tshark without a word', async function () {
    needTools(this, 'tshark');
    await withDirectory(async (folder) => {
      const file = join(folder, 'a.pcapng');
      const running = await start('-w', file);
      wire.ping(20);
      const { code, err } = await running.end();
      assert.equal(code, 130, err);
      assert.match(err, /comments on 40 of 40 frames in 1 file/);
      assert.equal(await assertLabelled(file), 40);
      assert.deepEqual(readdirSync(folder), ['a.pcapng']);
      const fields = ['-r', file, '-Y', 'icmp', '-T', 'fields', '-e', 'frame.comment'];
      const seen = execFileSync('tshark', [...fields, '-e', '_ws.expert.message'], {
        encoding: 'utf8',
      });
      for (const line of seen.trim().split('\n')) assert.match(line, LABELLED);
    });
  });

  it('does so for each file of several, while the capture goes on', async () => {
    await withDirectory(async (folder) => {
      const running = await start('-w', join(folder, 'x'), '-C', '4k', '-W', '3');
      for (let i = 0; i < 5; i++) wire.ping(20);
      await running.until(() => readdirSync(folder).length >= 3);
      const { code, err } = await running.end();
      assert.equal(code, 130, err);
      const files = readdirSync(folder).sort();
      assert.deepEqual(files, ['x0', 'x1', 'x2']);
      for (const file of files) assert.ok((await assertLabelled(join(folder, file))) > 0);
    });
  });

  it('does so for what --last writes', async () => {
    await withDirectory(async (folder) => {
      const file = join(folder, 'last.pcapng');
      const running = await start('-w', file, '--last', '1h', '--print', '--frames');
      wire.ping(2);
      await running.until(() => running.out.match(/ICMP echo/g)?.length === 4);
      running.child.kill('SIGUSR2');
      await running.until(() => readdirSync(folder).includes('last.pcapng'));
      const { err } = await running.end();
      assert.match(err, /comments on 4 of 4 frames in 1 file/);
      assert.equal(await assertLabelled(file), 4);
    });
  });

  it('leaves the file whole where the disk has no room for another, and says so', async () => {
    await withDirectory(async (folder) => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
      try {
        const file = join(disk, 'a.pcapng');
        const running = await start('-w', file);
        wire.ping(120);
        const { code, err } = await running.end();
        assert.equal(code, 130, err);
        assert.match(err, /a\.pcapng: has no comments: the disk is full/);
        assert.match(err, /Lost: comments of 1 file\./);
        assert.deepEqual(readdirSync(disk), ['a.pcapng']);
        assert.equal(netlens(['read', file, '--count']).out, '240 packets\n');
        assert.doesNotMatch(readFileSync(file, 'latin1'), /netlens: /);
      } finally {
        execFileSync('umount', [disk]);
      }
    });
  });

  it('is refused where no file could be written anew', () => {
    const cases: [words: string[], why: RegExp][] = [
      [['--annotate'], /-w is missing/],
      [['--annotate', '-w', '-'], /standard output is no file that can be written anew/],
      [['--annotate', '-w', '/dev/null'], /\/dev\/null is no file that can be written anew/],
      [['--annotate', '-w', 'x.pcap'], /a pcap holds no comments/],
    ];
    for (const [words, why] of cases) {
      const { code, err } = netlens(['capture', ...words]);
      assert.equal(code, 2, words.join(' '));
      assert.match(err, why);
    }
  });
});
