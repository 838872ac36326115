/** Metadata of a cluster that is not the captures'. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { analyse } from '../../src/classify/analyse.ts';
import { parseTopology } from '../../src/topology/file.ts';
import { Sightings, segment } from '../support/sightings.ts';
import { factsOf, recordsOf } from '../truth/score.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;
const SYN = 0x02;

const LISTED = `
complete: [nodes, pods, services]
nodes:
  - { name: w1, addresses: [192.168.7.1] }
  - { name: w2, addresses: [192.168.7.2] }
pods: [{ name: web-0, ips: [10.244.1.5], node: w1 }]
services: [{ name: api, clusterIp: 10.96.0.1, ports: [{ port: 443 }] }]
`;

function traffic(...tuples: string[]) {
  const seen = new Sightings();
  tuples.forEach((tuple, i) => {
    seen.see('n:eth0', 1000 * i, segment(tuple, 64, i + 1, { flags: SYN, seq: i }));
  });
  return analyse(seen.stage, { facts: [parseTopology(LISTED, 'c.yaml')] });
}

describe('lists of a cluster of which nothing was seen', () => {
  const OTHERS = ['10.42.0.5:4000 > 10.42.1.6:80', '10.42.0.7:4000 > 10.96.0.1:443'];

  it('prove nothing by what they lack, are guesses, and it is said', () => {
    const conversations = traffic(...OTHERS);
    const records = [conversations.record(0), conversations.record(1)];
    assert.deepEqual(
      records.map(({ label, confidence }) => `${label} ${confidence}`),
      ['unknown guess', 'unknown guess'],
    );
    assert.match(
      conversations.joins().conflicts.join('\n'),
      /none of its 2 nodes and 1 pods is in the captures/,
    );
  });

  it('count again as soon as one of their pods is met', () => {
    const conversations = traffic(...OTHERS, '10.244.1.5:4000 > 10.42.1.6:80');
    assert.equal(conversations.record(0).label, 'external');
    assert.deepEqual(conversations.joins().conflicts, []);
  });

  it('are not doubted for a handful of addresses', () => {
    assert.deepEqual(traffic('10.42.0.7:4000 > 10.96.0.1:443').joins().conflicts, []);
  });

  it('make nothing certain and wrong of a lab’s captures', async () => {
    const capture = join(FIXTURES, 'kubenet/captures/aks-pool1-31415-0.any.pcap');
    const records = await recordsOf([capture], await factsOf(join(FIXTURES, 'calico-ipip')));
    const named = records.flatMap(({ client, server }) => [client.name, server.name]);
    assert.ok(!named.includes('web-0'));
    assert.ok(
      records.every(({ label, confidence }) => label === 'external' || confidence !== 'certain'),
    );
  });
});
