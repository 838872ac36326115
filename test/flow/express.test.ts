/** The short way and the long way leave the same flows. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { Express } from '../../src/flow/express.ts';
import { COLD_SHIFT, INTS_SHIFT } from '../../src/flow/flow-table.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { openCaptures } from '../../src/source/open.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;
const FLOWS_MAX = 1 << 14;

function captures(): string[] {
  return readdirSync(FIXTURES).flatMap((name) => {
    const directory = join(FIXTURES, name, 'captures');
    return existsSync(directory) ? readdirSync(directory).map((file) => join(directory, file)) : [];
  });
}

/** Both ways over the same batches; how many frames went the short way. */
class Both {
  readonly long = new FlowStage(FLOWS_MAX);
  readonly short = new FlowStage(FLOWS_MAX);
  private readonly express = new Express(this.short);
  private readonly packet = new Packet();
  taken = 0;

  observe(frames: FrameBatch): void {
    for (let i = 0; i < frames.count; i++) {
      decode(frames, i, this.packet);
      this.long.observe(this.packet, frames, i);
      if (this.express.take(frames, i, i + 1) > i) {
        this.taken++;
        assert.equal(this.packet.notes, 0, `frame ${frames.number[i]} has notes`);
        assert.equal(this.packet.application, -1, `frame ${frames.number[i]} has an application`);
      } else this.short.observe(this.packet, frames, i);
      assert.equal(this.short.row, this.long.row, `row of frame ${frames.number[i]}`);
    }
  }

  assertSame(): void {
    const { count } = this.long.flows;
    assert.equal(this.short.flows.count, count);
    for (const [name, shift] of [
      ['ints', INTS_SHIFT],
      ['cold', COLD_SHIFT],
    ] as const) {
      const end = count << shift;
      assert.deepEqual(
        this.short.flows[name].subarray(0, end),
        this.long.flows[name].subarray(0, end),
        name,
      );
    }
    assert.deepEqual(this.short.flows.floats, this.long.flows.floats, 'floats');
    assert.equal(this.short.prints.count, this.long.prints.count);
    assert.equal(this.short.facts.size, this.long.facts.size);
  }
}

describe('the express way', () => {
  it('leaves the rows that decoding every frame leaves, on all fixtures', async () => {
    let taken = 0;
    for (const file of captures()) {
      const source = await openCaptures([file]);
      const both = new Both();
      for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
        both.observe(frames);
      }
      both.assertSame();
      taken += both.taken;
      await source.close();
    }
    assert.ok(taken > 1000, `only ${taken} frames went the short way`);
  });

  it('takes frames in a row as it takes them one by one', async () => {
    const packet = new Packet();
    for (const file of captures().filter((_, n) => n % 4 === 0)) {
      const source = await openCaptures([file]);
      const both = { single: new FlowStage(FLOWS_MAX), rows: new FlowStage(FLOWS_MAX) };
      const single = new Express(both.single);
      const rows = new Express(both.rows);
      for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
        for (let i = 0, end = 0; i < frames.count; i++) {
          if (i >= end) end = rows.take(frames, i, frames.count);
          const isTaken: boolean = single.take(frames, i, i + 1) > i;
          assert.equal(isTaken, i < end, `frame ${frames.number[i]} of ${file}`);
          if (isTaken) continue;
          decode(frames, i, packet);
          both.single.observe(packet, frames, i);
          both.rows.observe(packet, frames, i);
        }
      }
      const end = both.single.flows.count << INTS_SHIFT;
      assert.deepEqual(
        both.rows.flows.ints.subarray(0, end),
        both.single.flows.ints.subarray(0, end),
      );
      await source.close();
    }
  });

  it('does so when bytes are changed and frames cut', async () => {
    let random = 1;
    const next = (below: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    for (const file of captures().filter((_, n) => n % 4 === 0)) {
      const source = await openCaptures([file]);
      const both = new Both();
      for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
        for (let i = 0; i < frames.count; i++) {
          if (next(4) === 0) {
            const at = frames.at[i]! + next(Math.min(frames.caplen[i]!, 90));
            frames.bytes[at] = frames.bytes[at]! ^ (1 << next(8));
          }
          if (next(16) === 0) frames.caplen[i] = next(frames.caplen[i]! + 1);
        }
        both.observe(frames);
      }
      both.assertSame();
      await source.close();
    }
  });
});
