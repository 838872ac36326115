import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import { RecentFrames, type RecentWriter } from '../../src/view/recent-frames.ts';
import { batchOf } from '../support/frames.ts';

/** What was written, file after file: time and first byte of each frame. */
class Files {
  readonly all: [number, number][][] = [];

  readonly open = async (): Promise<RecentWriter> => {
    const frames: [number, number][] = [];
    this.all.push(frames);
    return {
      file: 'x',
      get frames() {
        return frames.length;
      },
      lost: 0,
      isFull: false,
      readerGone: false,
      write: (batch: FrameBatch, i: number) => {
        const time = batch.seconds[i]! + batch.nanoseconds[i]! / 1e9;
        frames.push([time, batch.bytes[batch.at[i]!]!]);
      },
      flush: async () => {},
      close: async () => {},
    };
  };
}

const batches = new Map<number, FrameBatch>();

function add(recent: RecentFrames, time: number, value: number, len = 100): void {
  const batch = batches.get(len) ?? batchOf([new Uint8Array(len)]);
  batches.set(len, batch);
  batch.bytes.fill(value);
  batch.seconds[0] = Math.floor(time);
  batch.nanoseconds[0] = Math.round((time - Math.floor(time)) * 1e9);
  recent.write(batch, 0);
}

describe('the latest frames of a capture', () => {
  it('are those of the time before the last one, in order', async () => {
    const files = new Files();
    const recent = new RecentFrames({ seconds: 10, bytesMax: 1 << 30 }, files.open, () => {});
    for (let t = 0; t < 30; t++) add(recent, t + 0.5, t);
    await recent.close();
    assert.deepEqual(files.all, [Array.from({ length: 11 }, (_, i) => [19.5 + i, 19 + i])]);
    assert.equal(recent.frames, 30);
    assert.equal(recent.lost, 0);
  });

  it('are written when they are wanted, each once', async () => {
    const files = new Files();
    const recent = new RecentFrames({ seconds: 10, bytesMax: 1 << 30 }, files.open, () => {});
    add(recent, 1, 1);
    await recent.flush();
    assert.deepEqual(files.all, []);
    recent.want();
    await recent.flush();
    add(recent, 2, 2);
    await recent.flush();
    await recent.close();
    assert.deepEqual(files.all, [[[1, 1]], [[2, 2]]]);
  });

  it('take no more memory than they may; what had to go within the time is counted', async () => {
    const files = new Files();
    const recent = new RecentFrames({ seconds: 1e6, bytesMax: 4 << 20 }, files.open, () => {});
    const len = 1000;
    const count = 60_000;
    for (let t = 0; t < count; t++) add(recent, t, t & 255, len);
    const kept = count - recent.lost;
    assert.ok(kept * len < 4 << 20 && kept > 2000, `${kept}`);
    await recent.close();
    assert.equal(files.all[0]!.length, kept);
    assert.equal(files.all[0]!.at(-1)![0], count - 1);
  });

  it('hold frames of any length', async () => {
    const files = new Files();
    const recent = new RecentFrames({ seconds: 10, bytesMax: 1 << 30 }, files.open, () => {});
    for (const len of [0, 262_144, 1, 262_144, 262_144]) add(recent, 1, 7, len);
    await recent.close();
    assert.equal(files.all[0]!.length, 5);
  });
});
