import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ConversationRecord } from '../../../src/classify/record.ts';
import { journeyMermaid } from '../../../src/view/diagram/journey-mermaid.ts';
import { type JourneyModel, journeyModel } from '../../../src/view/diagram/journey-model.ts';
import { journeySvg } from '../../../src/view/diagram/journey-svg.ts';
import { pngOf } from '../../../src/view/picture/png.ts';
import { ROOT } from '../../cli/run.ts';
import { fixtures } from '../../golden/outputs.ts';
import { recordsOfFixture } from '../../support/fixture-records.ts';
import { HOSTILE, hostileRecord } from '../../support/hostile-record.ts';
import { readXml } from '../../support/xml.ts';

async function recordOf(fixture: string, id: number): Promise<ConversationRecord> {
  return (await recordsOfFixture(join(ROOT, 'fixtures', fixture)))[id - 1]!;
}

/** Zones with their steps, in short: `w1: client cali.. DNAT eth0`. */
function shape({ zones }: JourneyModel): string[] {
  return zones.map(({ name, captured, steps }) => {
    const words = steps.map((step) => {
      switch (step.kind) {
        case 'end':
          return step.role;
        case 'place':
          return step.place.hop.interface;
        case 'rewrite':
          return step.changes.map(({ type }) => type.toUpperCase()).join('+');
        default:
          return step.kind;
      }
    });
    return `${name ?? '-'}${captured ? '' : ' (dashed)'}: ${words.join(' ')}`;
  });
}

const LIGHT = { language: 'en', theme: 'light' } as const;

describe('journey diagram', () => {
  it('puts translations on their node and dashes what was not captured', async () => {
    // NodePort, policy Cluster, a pod of another node; captured on the first node alone
    const model = journeyModel(await recordOf('calico-ipip', 44));
    assert.deepEqual(shape(model), [
      '- (dashed): client',
      '192.168.10.101: eth0 DNAT+SNAT tunl0 eth0',
      '192.168.20.100 (dashed): server',
    ]);
    assert.equal(model.crossings[0]!.tunnel, null);
    assert.equal(model.crossings[1]!.tunnel!.type, 'ipip');
  });

  it('shows a proxy between the client that its header names and the node', async () => {
    const record = (await recordsOfFixture(join(ROOT, 'fixtures/nlb'))).find(
      ({ proxyProtocol }) => proxyProtocol?.source != null,
    )!;
    const [client, proxy] = journeyModel(record).zones;
    assert.equal(client!.steps[0]!.kind, 'end');
    assert.equal(proxy!.steps[0]!.kind, 'proxy');
    assert.equal(proxy!.captured, false);
  });

  it('takes two captures of one moment at one device for one place', async () => {
    const record = await recordOf('calico-ipip', 44);
    const [first, ...rest] = record.hops;
    const twice = { ...first!, interface: '#2', file: 'other.any.pcap', offsetUs: 3, frame: 7 };
    const model = journeyModel({ ...record, hops: [first!, twice, ...rest] });
    const steps = model.zones.flatMap(({ steps }) => steps);
    const places = steps.flatMap((step) => (step.kind === 'place' ? [step.place] : []));
    assert.equal(places.length, record.hops.length);
    assert.deepEqual(
      places[0]!.also.map(({ frame }) => frame),
      [7],
    );
  });

  it('does not take them for one when they are forwarding time apart', async () => {
    const record = await recordOf('calico-ipip', 44);
    const [first, ...rest] = record.hops;
    const later = { ...first!, interface: '#2', file: 'other.any.pcap', offsetUs: 400 };
    const steps = journeyModel({ ...record, hops: [first!, later, ...rest] }).zones.flatMap(
      (zone) => zone.steps,
    );
    const places = steps.filter(({ kind }) => kind === 'place');
    assert.equal(places.length, record.hops.length + 1);
  });

  it('draws translations that only conntrack tells before the first sighting', async () => {
    const record = await recordOf('calico-ipip', 44);
    const last = record.hops.at(-1)!;
    const model = journeyModel({ ...record, hops: [last] });
    assert.deepEqual(shape(model), [
      '- (dashed): client',
      '192.168.10.101: DNAT SNAT eth0',
      '192.168.20.100 (dashed): server',
    ]);
    const told = model.zones.flatMap(({ steps }) => steps).filter((s) => s.kind === 'rewrite');
    assert.ok(told.every((step) => step.kind === 'rewrite' && step.told));
  });

  it('folds the middle of a journey of very many places and says how many', async () => {
    const record = await recordOf('calico-ipip', 44);
    const hops = Array.from({ length: 500 }, (_, i) => ({
      ...record.hops[0]!,
      interface: `eth${i}`,
      ttl: 255 - (i % 200),
      offsetUs: 1000 * i,
    }));
    const svg = journeySvg({ ...record, hops }, LIGHT);
    assert.match(svg, /482 more places/);
    assert.ok(svg.length < 200_000);
  });

  for (const fixture of fixtures()) {
    it(`is well-formed for every conversation of ${fixture.split('/').at(-1)}`, async () => {
      for (const record of await recordsOfFixture(fixture)) {
        for (const language of ['en', 'ko'] as const) {
          const svg = journeySvg(record, { language, theme: 'dark' });
          for (const { name, attributes } of readXml(svg)) {
            for (const [key, value] of attributes) {
              assert.doesNotMatch(value, /NaN|undefined|Infinity/, `#${record.id} ${name} ${key}`);
            }
          }
        }
      }
    });
  }

  it('escapes hostile text in SVG', () => {
    for (const text of HOSTILE) {
      const svg = journeySvg(hostileRecord(text), { ...LIGHT, title: text, footer: [text] });
      const names = new Set(readXml(svg).map(({ name }) => name));
      const ours = ['svg', 'title', 'desc', 'rect', 'path', 'circle', 'text', 'g'];
      assert.deepEqual(
        [...names].filter((name) => !ours.includes(name)),
        [],
      );
      assert.ok(svg.length < 1_000_000, `${svg.length} bytes`);
    }
  });

  it('escapes hostile text in Mermaid: no line of another kind than ours', () => {
    const ours =
      /^(sequenceDiagram| {2}%% .*| {2}box .*| {4}participant p\d+ as .*| {2}end| {2}Note over p\d+,p\d+: .*| {2}p\d+-{1,2}>>p\d+: .*)$/;
    for (const text of HOSTILE) {
      const lines = journeyMermaid(hostileRecord(text), 'en').trimEnd().split('\n');
      for (const line of lines) {
        assert.match(line, ours);
        const free = line.replace(/^.*?(?: as |: |box |%% )/, '').replaceAll(/#\d+;/g, '');
        assert.doesNotMatch(free, /[<>"'`#;{}[\]|\\]/);
      }
    }
  });

  it('becomes a PNG with the bundled fonts', async () => {
    const png = pngOf(journeySvg(await recordOf('calico-ipip', 44), LIGHT));
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.deepEqual(pngOf(journeySvg(await recordOf('calico-ipip', 44), LIGHT)), png);
  });
});
