import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factsOf, recordsOf } from '../truth/score.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;

describe('the node on which a device was captured, of a file whose name does not tell it', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netlens-vantage-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  /** The nodes given to all sightings. */
  async function nodesOf(fixture: string, capture: string, as: string): Promise<Set<unknown>> {
    const file = join(folder, as);
    copyFileSync(join(FIXTURES, fixture, 'captures', capture), file);
    const records = await recordsOf([file], await factsOf(join(FIXTURES, fixture)));
    return new Set(records.flatMap(({ hops }) => hops.map(({ node }) => node ?? null)));
  }

  for (const [fixture, node, device] of [
    ['calico-ipip', 'k8s-w0', 'tunl0'],
    ['calico-ipip', 'k8s-w1', 'tunl0'],
    ['calico-ipip', 'k8s-w2', 'tunl0'],
    ['calico-vxlan', 'k8s-w2', 'vxlan.calico'],
    ['flannel-vxlan', 'k8s-w0', 'flannel.1'],
    ['cilium-geneve', 'kind-control-plane', 'cilium_geneve'],
    ['aws-vpc-cni', 'ip-10-0-1-10', 'eth1'],
  ] as const) {
    it(`${fixture}: ${device} of ${node}, whoever masquerades at the other end`, async () => {
      const found = await nodesOf(fixture, `${node}.${device}.pcap`, `${device}.pcap`);
      assert.deepEqual(
        [...found].map((one) => `${one}`.split('.')[0]),
        [node],
      );
    });
  }

  it('knows it where the name of the device is not told either', async () => {
    const found = await nodesOf('calico-ipip', 'k8s-w0.tunl0.pcap', 'x.pcap');
    assert.deepEqual(found, new Set(['k8s-w0']));
  });

  it('leaves it open where all that passes is between the same two nodes', async () => {
    for (const [fixture, capture, as] of [
      ['tricky', 'node-b.tunl0.pcap', 'tunl0.pcap'],
      ['flannel-host-gw', 'rack2-n1.eth0.pcap', 'eth0.pcap'],
    ] as const) {
      assert.deepEqual(await nodesOf(fixture, capture, as), new Set([null]), fixture);
    }
  });
});
