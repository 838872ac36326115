import assert from 'node:assert/strict';
import { openEngine } from '../../src/engine/open.ts';
import { CAPTURE } from '../cli/run.ts';

describe('a list that is asked for while its filter is at work', () => {
  it('is whole when it says so', async () => {
    const engine = await openEngine({ kind: 'files', files: [CAPTURE] });
    const query = { filter: 'encap ipip', sort: 'start', descending: false, from: 0 } as const;
    await engine.settled();
    let page = await engine.conversations({ ...query, count: 100 });
    while (page.progress < 1) {
      await new Promise((resolve) => setImmediate(resolve));
      page = await engine.conversations({ ...query, count: 100 });
    }
    const tunnelled = page.rows.filter(({ encapsulation }) => encapsulation.length > 0);
    assert.equal(page.total, 21);
    assert.equal(tunnelled.length, 21);
    await engine.close();
  });
});
