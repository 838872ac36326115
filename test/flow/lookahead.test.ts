/** What is looked at ahead of a frame is what the frame then asks for. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowTable, NEAR_MAX, NO_FLOW } from '../../src/flow/flow-table.ts';
import { Lookahead } from '../../src/flow/lookahead.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { openCaptures } from '../../src/source/open.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;

/** Keeps the hashes that it is asked for. */
class Asked extends FlowTable {
  readonly hashes = new Set<number>();

  override bringNear(hashes: Int32Array, count: number): void {
    assert.ok(count <= NEAR_MAX);
    for (let k = 0; k < count; k++) this.hashes.add(hashes[k]!);
  }
}

/** How many frames of known flows there are, and of how many the flow's hash was asked for before they came. */
async function foretold(file: string): Promise<{ known: number; asked: number }> {
  const stage = new FlowStage(1 << 14);
  const table = new Asked(1);
  const { places, encapsulations } = stage;
  const hashOf = (flow: number): number => stage.flows.hashOfRow(flow);
  const packet = new Packet();
  let known = 0;
  let asked = 0;
  const source = await openCaptures([file]);
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    const lookahead = new Lookahead(table, places, encapsulations, 0);
    for (let i = 0; i < frames.count; i++) {
      const before = stage.flows.count;
      if (i % NEAR_MAX === 0) table.hashes.clear();
      lookahead.reach(frames, i);
      decode(frames, i, packet);
      stage.observe(packet, frames, i);
      if (stage.row === NO_FLOW || stage.flows.count > before) continue;
      known++;
      if (table.hashes.has(hashOf(stage.row))) asked++;
    }
  }
  await source.close();
  return { known, asked };
}

describe('looking ahead', () => {
  for (const name of ['calico-ipip', 'flannel-vxlan']) {
    it(`foretells most frames of ${name}`, async () => {
      const directory = join(FIXTURES, name, 'captures');
      assert.ok(existsSync(directory), `there is no ${directory}`);
      let known = 0;
      let asked = 0;
      for (const file of readdirSync(directory)) {
        const counts = await foretold(join(directory, file));
        known += counts.known;
        asked += counts.asked;
      }
      assert.ok(asked > 0.8 * known, `${asked} of ${known} frames`);
    });
  }
});
