import assert from 'node:assert/strict';
import { join } from 'node:path';
import { factsOf, recordsOf } from '../truth/score.ts';

const CANAL = new URL('../../../fixtures/canal/', import.meta.url).pathname;

describe('a node’s address as source', () => {
  it('hides a client where its packets passed more routers than what the node sends to the same place', async () => {
    const capture = join(CANAL, 'captures/rke-w1.cali4b2c92ae4df.pcap');
    const records = await recordsOf([capture], await factsOf(CANAL));
    const seen = records
      .filter(({ client }) => client.ip === '10.42.0.0') // rke-cp, through flannel.1
      .map(({ label, confidence, hops }) => `${hops[0]!.ttl} ${label} ${confidence}`);
    assert.deepEqual(seen, ['63 host certain', '61 external guess']);
  });
});
