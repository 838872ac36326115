/** The engine on a live capture, in a thread of its own. */
import assert from 'node:assert/strict';
import { EngineClient } from '../../src/engine/engine-client.ts';
import { namespaceOf } from '../../src/source/live/namespace.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Wire } from '../support/wire.ts';

describe('engine on a live capture', () => {
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'python3', 'ping');
    wire = new Wire();
  });

  after(() => wire?.close());

  it('shows packets as they come, and all of them once it is stopped', async () => {
    const engine = await EngineClient.open({
      kind: 'live',
      filter: 'icmp',
      live: {
        devices: ['v0'],
        promiscuous: false,
        direction: 'inout',
        snaplen: 262_144,
        programs: [],
        namespaces: [namespaceOf(wire.near)],
        bufferLen: 64 << 20,
        latencyMs: 50,
        node: 'here',
      },
    });
    wire.ping(20);
    let page = await engine.packets({ filter: '', from: 0, count: 100 });
    for (let waits = 0; page.total < 40 && waits < 400; waits++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      page = await engine.packets({ filter: '', from: 0, count: 100 });
    }
    assert.equal((await engine.status()).phase, 'reading');
    assert.equal(page.total, 40);
    assert.ok(page.rows.every(({ protocol }) => protocol === 'icmp'));
    assert.ok(page.rows.every((row) => row.interface?.endsWith('v0') && row.node === 'here'));
    await engine.stop();
    await engine.settled();
    const status = await engine.status();
    assert.deepEqual([status.phase, status.live, status.captureDrops], ['complete', true, 0]);
    assert.equal(status.captureFilter, 'icmp');
    const { rows } = await engine.conversations({
      filter: '',
      sort: 'start',
      descending: false,
      from: 0,
      count: 10,
    });
    assert.equal(rows.length, 1);
    assert.deepEqual(rows[0]!.packets, { toServer: 20, toClient: 20 });
    await engine.close();
  });
});
