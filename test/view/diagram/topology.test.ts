import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ConversationRecord } from '../../../src/classify/record.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { noFacts } from '../../../src/topology/facts.ts';
import { readKubeJson } from '../../../src/topology/kube-json.ts';
import { type ClusterModel, clusterModel } from '../../../src/view/diagram/cluster-model.ts';
import { ClusterTraffic } from '../../../src/view/diagram/cluster-traffic.ts';
import { lanesOf } from '../../../src/view/diagram/lanes.ts';
import { topologyMermaid } from '../../../src/view/diagram/topology-mermaid.ts';
import { topologySvg } from '../../../src/view/diagram/topology-svg.ts';
import { fixtures } from '../../golden/outputs.ts';
import { HOSTILE, hostileRecord } from '../../support/hostile-record.ts';
import { readXml } from '../../support/xml.ts';

const LIGHT = { language: 'en', theme: 'light' } as const;

function recordsOf(fixture: string): ConversationRecord[] {
  const text = readFileSync(join(fixture, 'expected/conversations.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ConversationRecord);
}

function trafficOf(records: readonly ConversationRecord[]): ClusterTraffic {
  const traffic = new ClusterTraffic();
  for (const record of records) traffic.add(record);
  return traffic;
}

async function modelOf(fixture: string): Promise<ClusterModel> {
  const facts = await readKubeJson([join(fixture, 'kube')]);
  return clusterModel(buildTopology(facts), trafficOf(recordsOf(fixture)));
}

const empty = buildTopology(noFacts());

describe('topology diagram', () => {
  for (const fixture of fixtures()) {
    it(`is well-formed for ${basename(fixture)}, with every listed node`, async () => {
      const model = await modelOf(fixture);
      const { nodes } = await readKubeJson([join(fixture, 'kube')]);
      const listed = new Set(nodes.flatMap(({ name }) => name ?? []));
      const drawn = new Set(model.nodes.map(({ name }) => name));
      const left = [...listed].filter((name) => !drawn.has(name));
      assert.ok(left.length <= model.more.nodes, left.join(' '));
      for (const language of ['en', 'ko'] as const) {
        const svg = topologySvg(model, { language, theme: 'dark' });
        for (const { attributes } of readXml(svg)) {
          for (const value of attributes.values()) {
            assert.doesNotMatch(value, /NaN|undefined|Infinity/);
          }
        }
      }
    });
  }

  it('takes traffic from outside through the node that received it, not straight to the pod', () => {
    const records = recordsOf(fixtures().find((f) => f.endsWith('calico-ipip'))!);
    const record = records.find(
      ({ direction, encapsulation }) => direction === 'ingress' && encapsulation.length > 0,
    )!;
    const links = [...trafficOf([record]).links.values()].map(
      ({ from, to, tunnel }) => `${from.id} ${to.id} ${tunnel}`,
    );
    assert.deepEqual(links, ['203.0.113.50 192.168.10.101 ', '192.168.10.101 192.168.20.100 ipip']);
  });

  it('places a link-local gateway in the node that saw it', () => {
    const records = recordsOf(fixtures().find((f) => f.endsWith('tricky'))!);
    const gateway = 'fe80::ecee:eeff:feee:eeee';
    const model = clusterModel(empty, trafficOf(records));
    assert.ok(records.some(({ client, server }) => [client.ip, server.ip].includes(gateway)));
    assert.ok(model.nodes.every(({ name }) => name !== gateway));
    const record = records.find(
      ({ client, server }) => client.ip === gateway && server.kind === 'pod',
    )!;
    const traffic = trafficOf([
      { ...record, client: { ...record.client, name: null, node: null } },
    ]);
    assert.deepEqual([...traffic.within.keys()], [record.server.node]);
    assert.equal(traffic.links.size, 0);
  });

  it('counts every conversation once: drawn, within a node, or said to be left out', async () => {
    for (const fixture of fixtures()) {
      const records = recordsOf(fixture);
      const traffic = trafficOf(records);
      assert.equal(traffic.conversations, records.length);
      const placed = records.filter(
        ({ client, server }) =>
          ![client.kind, server.kind].some((kind) => kind === 'unknown' || kind === 'service'),
      );
      assert.equal(traffic.unplaced, records.length - placed.length);
    }
  });

  it('draws a bounded part of a large cluster and says how much is left out', () => {
    const facts = noFacts();
    for (let n = 0; n < 300; n++) {
      facts.nodes.push({
        name: `node-${n}`,
        addresses: [{ address: `10.0.${n >> 8}.${n & 255}`, role: 'InternalIP' }],
        source: { kind: 'kubectl', detail: 'test' },
        score: 1,
      });
      for (let p = 0; p < 30; p++) {
        facts.pods.push({
          namespace: 'default',
          name: `pod-${n}-${p}`,
          addresses: [`10.${1 + (n >> 8)}.${n & 255}.${p}`],
          node: `node-${n}`,
          hostNetwork: false,
          source: { kind: 'kubectl', detail: 'test' },
          score: 1,
        });
      }
    }
    const svg = topologySvg(clusterModel(buildTopology(facts), new ClusterTraffic()), LIGHT);
    assert.match(svg, /and 292 more nodes/);
    assert.match(svg, /and 18 more pods/);
    assert.match(svg, /300 nodes, 9000 pods/);
    assert.ok(svg.length < 200_000);
  });

  it('says so when nothing is known', () => {
    const model = clusterModel(empty, new ClusterTraffic());
    readXml(topologySvg(model, LIGHT));
    assert.match(topologySvg(model, LIGHT), /Nothing is known of a cluster/);
    assert.equal(topologyMermaid(model, 'en'), 'flowchart TB\n');
  });

  it('escapes hostile text in SVG and Mermaid', () => {
    const model = clusterModel(empty, trafficOf(HOSTILE.map(hostileRecord)));
    const names = new Set(readXml(topologySvg(model, LIGHT)).map(({ name }) => name));
    const ours = ['svg', 'title', 'desc', 'rect', 'path', 'circle', 'text', 'g'];
    assert.deepEqual(
      [...names].filter((name) => !ours.includes(name)),
      [],
    );
    const line =
      /^(flowchart TB| {2}subgraph n\d+\["[^"]*"\]| {4}n\d+(p\d+|none|more)\["[^"]*"\]| {2}end| {2}[os]\d+(\(\["[^"]*"\]\)|\{\{"[^"]*"\}\})| {2}[on]\d+ (---|===)\|"[^"]*"\| [on]\d+)$/;
    for (const one of topologyMermaid(model, 'en').trimEnd().split('\n')) assert.match(one, line);
  });

  it('gives every line a lane of its own and leaves a box at different places', () => {
    const boxes = new Map(
      ['a', 'b', 'c'].map((key, i) => [key, { key, x: 100 + 200 * i, width: 150 }]),
    );
    const lines = [
      { from: 'a', to: 'c' },
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ];
    const lanes = lanesOf(lines, boxes, boxes);
    assert.equal(new Set(lanes.map(({ lane }) => lane)).size, 3);
    assert.equal(new Set(lanes.flatMap(({ fromX, toX }) => [fromX, toX])).size, 6);
    assert.equal(lanes[0]!.lane, 2, 'the longest line is the farthest from the boxes');
  });
});
