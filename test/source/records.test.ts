/** Frames read again where they stand are the frames that were read. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { FrameBatch } from '../../src/base/frames.ts';
import { openCaptures } from '../../src/source/open.ts';
import type { Source } from '../../src/source/source.ts';
import { english } from '../../src/words/say.ts';
import { captures, interfaceCaptures } from '../support/fixtures.ts';

interface Seen {
  readonly position: number;
  readonly iface: number;
  readonly columns: readonly unknown[];
}

function columnsOf(frames: FrameBatch, i: number): unknown[] {
  const at = frames.at[i]!;
  const { caplen, len, seconds, nanoseconds, iface, flags, comments } = frames;
  const bytes = Buffer.from(frames.bytes.subarray(at, at + caplen[i]!)).toString('hex');
  return [bytes, len[i], seconds[i], nanoseconds[i], iface[i], flags[i], comments?.get(i)];
}

async function readAll(source: Source): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    for (let i = 0; i < frames.count; i++) {
      seen.push({
        position: frames.position![i]!,
        iface: frames.iface[i]!,
        columns: columnsOf(frames, i),
      });
    }
  }
  return seen;
}

describe('frames read again', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'netlens-records-'));
  after(() => rmSync(directory, { recursive: true }));

  it('are what they were, in any order, of one file and of many merged', async () => {
    const pcaps = interfaceCaptures('calico-ipip');
    for (const files of [...captures().map((file) => [file]), captures(), pcaps]) {
      const source = await openCaptures(files, { positions: true });
      const seen = await readAll(source);
      const dropped = source.interfaces.map((iface) => iface.dropped);
      const batch = new FrameBatch(new Uint8Array(0), 1);
      const step = 7919; // a prime: every frame once, far from the one before
      for (let n = 0, i = 0; n < seen.length; n++, i = (i + step) % seen.length) {
        const { position, iface, columns } = seen[i]!;
        assert.equal(source.again!(position, iface, batch), undefined, `frame ${i} of ${files[0]}`);
        assert.deepEqual(columnsOf(batch, 0), columns);
      }
      assert.deepEqual(
        source.interfaces.map((iface) => iface.dropped),
        dropped,
      );
      await source.close();
    }
  });

  it('can be asked for between two batches without disturbing the reading', async () => {
    const files = captures().slice(0, 3);
    const undisturbed = await openCaptures(files, { positions: true });
    const expected = await readAll(undisturbed);
    await undisturbed.close();
    const source = await openCaptures(files, { positions: true });
    const batch = new FrameBatch(new Uint8Array(0), 1);
    let n = 0;
    for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
      for (let i = 0; i < frames.count; i++, n++) {
        assert.deepEqual(columnsOf(frames, i), expected[n]!.columns);
        const { position, iface, columns } = expected[n >> 1]!;
        assert.equal(source.again!(position, iface, batch), undefined);
        assert.deepEqual(columnsOf(batch, 0), columns);
      }
    }
    assert.equal(n, expected.length);
    await source.close();
  });

  it('say so when the file has become shorter', async () => {
    const file = path.join(directory, 'short.pcapng');
    copyFileSync(captures()[0]!, file);
    const source = await openCaptures([file], { positions: true });
    const seen = await readAll(source);
    truncateSync(file, 200);
    const batch = new FrameBatch(new Uint8Array(0), 1);
    const { position, iface } = seen.at(-1)!;
    assert.match(english(source.again!(position, iface, batch)!), /changed since it was read/);
    await source.close();
  });

  it('have no position in a compressed file', async () => {
    const file = path.join(directory, 'packed.pcapng.gz');
    writeFileSync(file, gzipSync(readFileSync(captures()[0]!)));
    const source = await openCaptures([file], { positions: true });
    const frames = await source.next();
    assert.equal(frames!.position, undefined);
    await source.close();
    const merged = await openCaptures([file, captures()[0]!], { positions: true });
    const both = await merged.next();
    const isPlain = Array.from(
      both!.iface.subarray(0, both!.count),
      (row) => merged.interfaces[row]!.fileIndex === 1,
    );
    for (const [i, plain] of isPlain.entries()) assert.equal(both!.position![i]! >= 0, plain);
    await merged.close();
  });
});
