import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSheet } from '../../src/cli/homework.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { noFacts } from '../../src/topology/facts.ts';
import { type FilledSheet, filled, requestsOf } from '../../src/view/homework/filled-sheet.ts';
import { PRESETS, presetNamed } from '../../src/view/homework/presets.ts';
import { sheetOf } from '../../src/view/homework/sheet.ts';
import { escapeMarkdown, sheetMarkdown } from '../../src/view/homework/sheet-markdown.ts';
import { sheetSvg } from '../../src/view/homework/sheet-svg.ts';
import { netlens, ROOT, withDirectory } from '../cli/run.ts';
import { HOSTILE, hostileRecord } from '../support/hostile-record.ts';
import { readXml } from '../support/xml.ts';

const KNOWN = {
  topology: [],
  kube: false,
  kubeconfig: undefined,
  context: undefined,
  host: false,
  hostJson: [],
  conntrack: [],
  skew: [],
};

async function sheetFor(
  fixture: string,
  name: string,
  language: 'en' | 'ko' = 'en',
  captures: 'any' | 'all' = 'any',
): Promise<FilledSheet> {
  const directory = join(ROOT, 'fixtures', fixture);
  const files =
    captures === 'any'
      ? [join(directory, 'any.pcapng')]
      : readdirSync(join(directory, 'captures')).map((one) => join(directory, 'captures', one));
  const { sheet } = await makeSheet(
    presetNamed(name)!,
    { files, nodes: files.map(() => undefined) },
    { ...KNOWN, kubeJson: [join(directory, 'kube')] },
    { language },
    new AbortController().signal,
  );
  return sheet;
}

/** `+` for each piece of evidence that the capture has, `-` for each that it has not. */
function judged({ evidence }: FilledSheet): string {
  return evidence.map(({ finding }) => (finding === undefined ? '-' : '+')).join('');
}

/** By fixture and preset, read claim by claim before it was written down. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'calico-ipip': {
    'pod-to-pod': '++',
    'same-node': '+++',
    'pod-density': '+-',
    'external-dns': '---',
    'nlb-instance': '--',
    'nlb-ip': '-',
    'nlb-tls': '---',
    'proxy-protocol-v2': '--',
    'private-cluster': '-+',
    snat: '+-',
    'calico-arp': '++',
    'calico-bgp': '+',
  },
  'calico-crosssubnet': { 'pod-to-pod': '++', 'same-node': '+++', snat: '+-', 'calico-bgp': '+' },
  'calico-vxlan': { 'pod-to-pod': '++', 'same-node': '+++', 'calico-arp': '++', 'calico-bgp': '-' },
  'flannel-vxlan': {
    'pod-to-pod': '++',
    'same-node': '+++',
    snat: '+-',
    'calico-arp': '--',
    'calico-bgp': '-',
    'private-cluster': '-+',
  },
  'aws-vpc-cni': {
    'pod-to-pod': '++',
    'same-node': '++-',
    snat: '+-',
    'calico-arp': '--',
    'nlb-ip': '-',
    'external-dns': '---',
  },
  'aws-vpc-cni-external-snat': { snat: '-+', 'pod-to-pod': '++' },
  nlb: {
    'pod-to-pod': '--',
    'nlb-ip': '+',
    'proxy-protocol-v2': '++',
    'private-cluster': '--',
    snat: '--',
  },
  nodeport: {
    'pod-to-pod': '-+',
    'nlb-instance': '--',
    'nlb-ip': '-',
    'proxy-protocol-v2': '--',
    'calico-arp': '++',
  },
  tricky: { 'pod-to-pod': '++', snat: '++', 'calico-bgp': '-', 'nlb-tls': '---' },
  'tricky-snaplen': { 'proxy-protocol-v2': '--', 'nlb-ip': '-', 'external-dns': '---' },
};

describe('homework sheets', function () {
  this.timeout(60_000);

  for (const [fixture, presets] of Object.entries(EXPECTED)) {
    it(`claim of ${fixture} what it shows and no more`, async () => {
      const found: Record<string, string> = {};
      for (const name of Object.keys(presets)) found[name] = judged(await sheetFor(fixture, name));
      assert.deepEqual(found, presets);
    });
  }

  it('find every mode of the load balancer in all its captures', async () => {
    for (const [name, expected] of [
      ['nlb-instance', '++'],
      ['nlb-tls', '+++'],
      ['proxy-protocol-v2', '++'],
    ] as const) {
      assert.equal(judged(await sheetFor('nlb', name, 'en', 'all')), expected, name);
    }
  });

  it('say what the truth of the lab says', async () => {
    const { evidence } = await sheetFor('calico-ipip', 'pod-to-pod');
    const [same, cross] = evidence.map(({ finding }) => finding!.journey!);
    const text = readFileSync(join(ROOT, 'fixtures/calico-ipip/truth.json'), 'utf8');
    const truth = JSON.parse(text) as {
      conversations: { label: string; client: { ip: string }; server: { ip: string } }[];
    };
    for (const [record, label] of [
      [same!, 'same-node'],
      [cross!, 'cross-node'],
    ] as const) {
      const of = truth.conversations.filter(
        ({ client, server }) => client.ip === record.client.ip && server.ip === record.server.ip,
      );
      assert.ok(of.length > 0 && of.every((one) => one.label === label));
    }
  });

  it('say so where the ends are only likely', async () => {
    const capture = { files: [join(ROOT, 'fixtures/calico-ipip/any.pcapng')], nodes: [undefined] };
    const seen = new Set<string>();
    for (const name of ['pod-to-pod', 'snat']) {
      const { sheet } = await makeSheet(
        presetNamed(name)!,
        capture,
        { ...KNOWN, kubeJson: [] },
        { language: 'en' },
        new AbortController().signal,
      );
      for (const { finding } of sheet.evidence) {
        if (finding?.journey === undefined) continue;
        const { confidence } = finding.journey;
        assert.equal(/likely, not certain/.test(finding.claim), confidence !== 'certain');
        seen.add(confidence);
      }
    }
    assert.deepEqual([...seen].sort(), ['certain', 'likely']);
  });

  it('show frames of the conversation, with outer and inner addresses', async () => {
    const { evidence } = await sheetFor('calico-ipip', 'pod-to-pod');
    const lines = evidence[1]!.finding!.frames.map(({ text }) => text);
    const { client, server, encapsulation } = evidence[1]!.finding!.journey!;
    const { src, dst } = encapsulation[0]!.outer;
    assert.ok(
      lines.some((line) => line.includes(`${src} > ${dst}: IPIP ${client.ip} > ${server.ip}`)),
    );
    assert.ok(lines.every((line) => line.includes(client.ip) && line.includes(server.ip)));
  });

  it('tell of BGP from UPDATE messages alone', async () => {
    const { evidence } = await sheetFor('calico-ipip', 'calico-bgp');
    assert.ok(evidence[0]!.finding!.frames.length > 0);
    for (const { text } of evidence[0]!.finding!.frames) assert.match(text, /BGP: .*Update/);
  });

  it('have all they say in both languages, and commands for all that is missing', () => {
    const topology = buildTopology(noFacts());
    const material = { records: [], total: 0, topology, density: undefined };
    for (const preset of PRESETS) {
      const [en, ko] = (['en', 'ko'] as const).map((language) => {
        return sheetOf(preset, material, language);
      });
      assert.notEqual(en!.title, ko!.title);
      for (const [i, evidence] of en!.evidence.entries()) {
        if (evidence.finding !== undefined) assert.ok(evidence.finding.standsOnRows, preset.name);
        assert.ok(evidence.otherwise.commands.length > 0, preset.name);
        assert.match(ko!.evidence[i]!.otherwise.text, /[가-힣]/);
        assert.doesNotMatch(evidence.otherwise.text, /[가-힣]/);
      }
      for (const text of ko!.explanation) assert.match(text, /[가-힣]/);
      assert.equal(ko!.explanation.length, en!.explanation.length);
    }
  });

  it('stay well-formed with hostile names, and write no markup of theirs into Markdown', () => {
    const records = HOSTILE.flatMap((text, i) => {
      const record = { ...hostileRecord(text), id: i + 1, confidence: 'certain' as const };
      const pod = { ...record.server, kind: 'pod' as const, ip: '10.0.0.2' };
      return [
        {
          ...record,
          label: 'cross-node' as const,
          server: pod,
          packets: { toServer: 1, toClient: 1 },
        },
        { ...record, proxyProtocol: { ...record.proxyProtocol!, command: 'LOCAL' as const } },
      ];
    });
    const topology = buildTopology(noFacts());
    const material = { records, total: records.length, topology, density: undefined };
    for (const preset of PRESETS) {
      const sheet = sheetOf(preset, material, 'en');
      const rows = requestsOf(sheet).map(() =>
        HOSTILE.map((text) => ({ frame: 1, file: text, text: text.slice(0, 500) })),
      );
      const full = filled(sheet, rows);
      const options = {
        language: 'en',
        theme: 'light',
        footer: HOSTILE,
        title: HOSTILE[0]!,
      } as const;
      const names = new Set(readXml(sheetSvg(full, options)).map(({ name }) => name));
      const ours = ['svg', 'title', 'desc', 'rect', 'path', 'circle', 'text', 'g'];
      assert.deepEqual(
        [...names].filter((name) => !ours.includes(name)),
        [],
      );
      const { text } = sheetMarkdown(full, options, (n) => `x-${n}.svg`);
      const prose = text.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '').replaceAll(/<sub>|<\/sub>/g, '');
      assert.doesNotMatch(prose.replace(/!\[[^\]]*\]\(<x-\d+\.svg>\)/g, ''), /(?<!\\)[<>`[\]]/);
    }
  });

  it('escape what Markdown would take for its own', () => {
    assert.equal(escapeMarkdown('a_b*c*`d`[x](y)<b>|'), 'a\\_b\\*c\\*\\`d\\`\\[x\\](y)\\<b\\>\\|');
    assert.equal(escapeMarkdown('\u202e'), '\\\\u202e');
  });

  it('are written by command as SVG, PNG and Markdown with pictures beside it', async () => {
    await withDirectory((directory) => {
      const capture = join(ROOT, 'fixtures/calico-ipip/any.pcapng');
      const args = ['shot', capture, '--homework', 'pod-to-pod', '--tag', 'kim'];
      for (const name of ['a.svg', 'b.svg', 'c.png', 'd.md']) {
        const ran = netlens([...args, '-o', join(directory, name)]);
        assert.equal(ran.code, 0, ran.err);
      }
      const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
      assert.equal(read('a.svg'), read('b.svg'));
      assert.match(read('a.svg'), /tag: kim/);
      assert.match(read('a.svg'), /any\.pcapng sha256 [0-9a-f]{64}/);
      assert.deepEqual(
        readdirSync(directory).filter((name) => name.startsWith('d')),
        ['d-1.svg', 'd-2.svg', 'd.md'],
      );
      assert.match(read('d.md'), /!\[Journey 1\]\(<d-1\.svg>\)/);
    });
  });

  it('are listed, and refuse what cannot be', () => {
    const { out } = netlens(['shot', '--homework', 'list']);
    assert.deepEqual(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
      PRESETS.map(({ name }) => name),
    );
    const capture = join(ROOT, 'fixtures/calico-ipip/any.pcapng');
    assert.match(netlens(['shot', '--homework', 'snta', capture]).err, /did you mean snat\?/);
    assert.equal(netlens(['shot', '--homework', 'snat']).code, 2);
    assert.equal(netlens(['shot', '--homework', 'snat', capture, '-o', 'x.mmd']).code, 2);
    assert.equal(netlens(['shot', '--homework', 'snat', capture, 'port 80']).code, 2);
    assert.equal(netlens(['shot', '--diagram', capture, 'host 9.9.9.9']).code, 1);
    assert.equal(netlens(['shot', '--diagram', capture, '--conversation', '999']).code, 2);
    assert.match(netlens(['shot', '--diagram', capture]).out, /^sequenceDiagram\n/);
    assert.match(netlens(['shot', '--homework', 'pod-density']).out, /none was given/);
  });
});
