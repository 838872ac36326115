import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openEngine } from '../../src/engine/open.ts';
import type { Model } from '../../src/view/model.ts';
import { Random } from '../support/random.ts';

const CAPTURE = join(
  new URL('../../../', import.meta.url).pathname,
  'fixtures/calico-ipip/any.pcapng',
);

/** Ask until the answer is whole. */
async function totalOf(model: Model, filter: string): Promise<number> {
  for (;;) {
    const query = { filter, sort: 'id', descending: false, from: 0, count: 1 } as const;
    const { progress, total } = await model.conversations(query);
    if (progress === 1) return total;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('conversations that a filter chooses', () => {
  it('are not called all while the packets that decide were not all asked when it chose', async () => {
    const real = performance.now;
    const engine = await openEngine({ kind: 'files', files: [CAPTURE], nodes: [], knowledge: {} });
    try {
      await engine.settled();
      const random = new Random(2026);
      let now = real.call(performance);
      performance.now = () => {
        now += random.below(12); // slices end here and there, as on a busy machine
        return now;
      };
      for (let i = 1; i <= 60; i++) {
        assert.equal(await totalOf(engine, `icmp and greater ${i}`), 6, `filter ${i}`);
      }
    } finally {
      performance.now = real;
      await engine.close();
    }
  });
});
