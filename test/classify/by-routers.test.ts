import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { english } from '../../src/words/say.ts';
import { recordsOf } from '../truth/score.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;

/** Label and server of each conversation that the rule decided, from one capture alone; a path, absolute or in fixtures/. */
async function decided(capture: string): Promise<{ label: string; ends: string; text: string }[]> {
  const records = await recordsOf([resolve(FIXTURES, capture)], []);
  return records
    .filter(({ evidence }) => evidence[0]?.rule === 'routers-passed')
    .map(({ label, confidence, client, server, evidence }) => {
      assert.equal(confidence, 'guess');
      return { label, ends: `${client.ip} ${server.ip}`, text: english(evidence[0]!.sentence) };
    });
}

describe('routers that packets passed, with no word of who owns an address', () => {
  it('at a pod’s interface: one is the node of both, two are two nodes', async () => {
    const seen = await decided('calico-ipip/captures/k8s-w1.calice0906292e2.pcap');
    const labels = new Map(seen.map(({ label, ends }) => [ends, label]));
    assert.equal(labels.get('172.16.158.1 172.16.158.2'), 'same-node');
    assert.equal(labels.get('172.16.158.1 172.16.34.1'), 'cross-node');
    assert.equal(labels.get('172.16.158.1 10.96.0.10'), 'cross-node'); // what is behind a Service
    assert.equal(labels.get('172.16.184.0 172.16.158.1'), 'host'); // a tunnel device's address
    const near = seen.find(({ label }) => label === 'same-node');
    assert.match(
      near!.text,
      /^at frame \d+, on the interface of 172\.16\.158\.1, packets of 172\.16\.158\.2 have passed one router: the node of both$/,
    );
  });

  it('on a tunnel’s device that no name tells: one on either side', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netlens-routers-'));
    const nameless = join(folder, 'capture.pcap');
    copyFileSync(join(FIXTURES, 'calico-ipip/captures/k8s-w1.tunl0.pcap'), nameless);
    const seen = (await decided(nameless)).filter(({ ends }) => !ends.includes('.0 '));
    rmSync(folder, { recursive: true });
    assert.ok(seen.length > 5);
    for (const { label, text } of seen) {
      assert.equal(label, 'cross-node');
      assert.match(text, /a router has passed on the packets of either end/);
    }
  });

  it('does not take for the node itself what it masquerades under its tunnel device’s address', async () => {
    const capture = join(FIXTURES, 'calico-ipip/captures/k8s-w0.cali0d7763386da.pcap');
    const sent = (await recordsOf([capture], [])).filter(({ client }) => client.ip.endsWith('.0'));
    const labels = sent.map(({ label, hops }) => `${hops[0]!.ttl} ${label}`);
    assert.ok(labels.includes('63 host'), labels.join(', '));
    assert.ok(
      labels.some((one) => /^6[012] unknown$/.test(one)),
      labels.join(', '),
    );
    assert.ok(!labels.some((one) => /^6[012] host$/.test(one)), labels.join(', '));
  });

  it('says nothing of a host on the node’s own subnet', async () => {
    const files = ['any', 'eni817517c44ab', 'eth0', 'eth1'].map((device) =>
      join(FIXTURES, `aws-vpc-cni/captures/ip-10-0-1-10.${device}.pcap`),
    );
    const server = (await recordsOf(files, [])).find(({ server: end }) => end.ip === '10.0.1.250');
    assert.notEqual(server, undefined);
    assert.notEqual(server!.label, 'same-node');
  });
});
