/** A capture file that netlens wrote gives every name and label by itself, and opens in Wireshark. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SNAPSHOT_PART_LEN } from '../../src/base/snapshot-block.ts';
import { openCaptures } from '../../src/source/open.ts';
import { parseConntrack } from '../../src/topology/conntrack.ts';
import { showConntrack } from '../../src/topology/conntrack-text.ts';
import { readSnapshot } from '../../src/topology/snapshot.ts';
import { openCaptureWriter } from '../../src/view/capture-writer.ts';
import { block, interfaceDescription, option, sectionHeader } from '../support/pcapng.ts';
import { needTools } from '../support/skip.ts';
import { netlens, ROOT, withDirectory } from './run.ts';

const FIXTURES = ['calico-ipip', 'aws-vpc-cni', 'nlb'];
const CUSTOM = 0xbad;
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

function conversations(args: readonly string[], file: string): string {
  const { code, out, err } = netlens(['read', ...args, '-o', 'jsonl']);
  assert.equal(code, 0, err);
  return out.replaceAll(JSON.stringify(file).slice(1, -1), 'FILE');
}

/** A Custom Block of netlens: enterprise number 32473, little-endian. */
function snapshotBlock(data: string, enterprise = 32_473): Uint8Array {
  const body = new Uint8Array(4 + text(data).length);
  new DataView(body.buffer).setUint32(0, enterprise, true);
  body.set(text(data), 4);
  return block(CUSTOM, body);
}

function fileOf(...blocks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([sectionHeader(), interfaceDescription(1), ...blocks]);
}

async function snapshotsIn(bytes: Uint8Array): Promise<readonly string[]> {
  return withDirectory(async (folder) => {
    const file = join(folder, 'x.pcapng');
    writeFileSync(file, bytes);
    const source = await openCaptures([file]);
    while ((await source.next()) !== undefined);
    await source.close();
    assert.deepEqual(source.damage, []);
    return (source.snapshots ?? []).map((one) => one.text);
  });
}

describe('a capture file that describes itself', function () {
  this.timeout(30_000);

  for (const name of FIXTURES) {
    it(`gives the conversations of ${name} as they were with the cluster's JSON beside it`, async () => {
      await withDirectory((folder) => {
        const file = join(ROOT, 'fixtures', name, 'any.pcapng');
        const known = ['--kube-json', join(ROOT, 'fixtures', name, 'kube')];
        const [first, second] = [join(folder, 'first.pcapng'), join(folder, 'second.pcapng')];
        assert.equal(netlens(['read', file, ...known, '-w', first]).code, 0);
        assert.equal(netlens(['read', first, '-w', second]).code, 0);
        const wanted = conversations([file, ...known], file);
        assert.notEqual(conversations([file], file), wanted);
        assert.equal(conversations([first], first), wanted);
        const again = conversations([second], second).replaceAll(/snapshot in [^"]*?first/g, '');
        assert.equal(again.split('\n').length, wanted.split('\n').length);
        const labels = (lines: string): string[] => lines.match(/"label":"[^"]*"/g) ?? [];
        assert.deepEqual(labels(again), labels(wanted));
      });
    });
  }

  it('carries connection tables too', async () => {
    await withDirectory((folder) => {
      const file = join(ROOT, 'fixtures/nodeport/any.pcapng');
      const table = join(folder, 'conntrack.txt');
      const entry =
        'tcp 6 117 TIME_WAIT src=10.9.9.1 dst=10.9.9.2 sport=47372 dport=30080 src=10.9.8.1 dst=10.9.8.2 sport=8080 dport=25993 [ASSURED]';
      writeFileSync(table, `${entry}\n`);
      const written = join(folder, 'written.pcapng');
      assert.equal(
        netlens(['read', file, '--conntrack', `k8s-w1=${table}`, '-w', written]).code,
        0,
      );
      const { conntrack } = JSON.parse(
        /\{"schema":"netlens\.snapshot.*\}/.exec(readFileSync(written, 'latin1'))![0],
      );
      assert.equal(conntrack[0].node, 'k8s-w1');
      assert.deepEqual(parseConntrack(conntrack[0].entries).entries, parseConntrack(entry).entries);
    });
  });

  it('opens in tshark without a warning, names resolved', async function () {
    needTools(this, 'tshark');
    await withDirectory((folder) => {
      const name = join(ROOT, 'fixtures/calico-ipip');
      const file = join(folder, 'self.pcapng');
      netlens(['read', join(name, 'any.pcapng'), '--kube-json', join(name, 'kube'), '-w', file]);
      const args = ['-r', file, '-N', 'n', '-T', 'fields', '-e', 'ip.src_host', '-e', '_ws.expert'];
      const out = execFileSync('tshark', args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      assert.match(out, /^k8s-w1\b/m);
      assert.match(out, /default\/pod1/);
      assert.doesNotMatch(out, /Malformed|undecoded/i);
    });
  });

  it('says of each frame which conversation it is of, once, with --annotate', async function () {
    needTools(this, 'tshark');
    const commentsOf = (file: string): string[] =>
      execFileSync('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.comment'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .trimEnd()
        .split('\n');
    await withDirectory((folder) => {
      const name = join(ROOT, 'fixtures/calico-ipip');
      const [one, two] = [join(folder, 'one.pcapng'), join(folder, 'two.pcapng')];
      const known = ['--kube-json', join(name, 'kube')];
      const ran = netlens(['read', join(name, 'any.pcapng'), ...known, '-w', one, '--annotate']);
      assert.equal(ran.code, 0, ran.err);
      const comments = commentsOf(one);
      const frames = netlens(['read', one, '--count']).out;
      assert.equal(comments.length, Number.parseInt(frames, 10));
      assert.ok(comments.filter((line) => line.startsWith('netlens: ')).length > 800);
      assert.ok(
        comments.some((line) =>
          /^netlens: cross-node \(certain\), tcp default\/pod1 .* -> default\/web-0 .*, service default\/web .*, ipip .*, dnat/.test(
            line,
          ),
        ),
      );
      assert.equal(netlens(['read', one, '-w', two, '--annotate', 'label cross-node']).code, 0);
      const chosen = commentsOf(two).filter((line) => line !== '');
      assert.ok(chosen.length > 100);
      for (const line of chosen) assert.match(line, /^netlens: cross-node (?!.*netlens: )/);
    });
  });

  it('refuses comments where there can be none', () => {
    for (const [args, why] of [
      [['x.pcap', '--annotate'], /-w is missing/],
      [['x.pcap', '--annotate', '-w', 'y.pcap'], /a pcap holds no comments/],
      [['-', '--annotate', '-w', 'y.pcapng'], /pipe/],
    ] as const) {
      const { code, err } = netlens(['read', ...args]);
      assert.equal(code, 2, err);
      assert.match(err, why);
    }
  });

  it('holds a snapshot of any length in parts, and the latest counts', async () => {
    await withDirectory(async (folder) => {
      const file = join(folder, 'parts.pcapng');
      const snapshots = [{ text: 'old' }];
      const contents = { interfaces: [], names: [], snapshots };
      const writer = await openCaptureWriter(file, { contents });
      await writer.flush();
      const long = 'ä'.repeat(SNAPSHOT_PART_LEN + 1);
      snapshots.push({ text: long });
      await writer.close();
      const source = await openCaptures([file]);
      while ((await source.next()) !== undefined);
      await source.close();
      assert.deepEqual(
        source.snapshots?.map((one) => one.text === long),
        [true],
      );
    });
  });

  it("leaves others' blocks and broken parts alone", async () => {
    const part = (head: string): Uint8Array => snapshotBlock(`netlens.snapshot/1 ${head}\nx`);
    assert.deepEqual(await snapshotsIn(fileOf(snapshotBlock('netlens.snapshot/1 1/1\nx', 7))), []);
    assert.deepEqual(
      await snapshotsIn(fileOf(snapshotBlock('something else'), block(CUSTOM, text('abc')))),
      [],
    );
    for (const heads of [['2/2'], ['1/2'], ['1/3', '3/3'], ['0/1'], ['1/0'], ['1/999'], ['2/1']]) {
      assert.deepEqual(await snapshotsIn(fileOf(...heads.map(part))), [], heads.join(' '));
    }
    assert.deepEqual(await snapshotsIn(fileOf(part('1/2'), part('1/2'), part('2/2'))), ['xx']);
  });

  it('says what is wrong with a snapshot, and reads the frames all the same', async () => {
    for (const [content, why] of [
      ['{', /no JSON/],
      ['{}', /schema/],
      ['{"schema":"netlens.snapshot/1"}', /topology/],
      ['{"schema":"netlens.snapshot/1","topology":"pods: [{ip: x}]"}', /pods\[0\]/],
      ['{"schema":"netlens.snapshot/1","topology":"a: &a [*a]"}', /snapshot in x/],
      [
        '{"schema":"netlens.snapshot/1","topology":"","conntrack":[{"name":"t","entries":"?"}]}',
        /no conntrack entry/,
      ],
    ] as const) {
      const { facts } = readSnapshot(content, 'x.pcapng');
      assert.match(facts.problems.join('\n'), why, content);
    }
    await withDirectory((folder) => {
      const file = join(folder, 'bad.pcapng');
      const good = readFileSync(join(ROOT, 'fixtures/calico-ipip/any.pcapng'));
      writeFileSync(file, Buffer.concat([good, snapshotBlock('netlens.snapshot/1 1/1\n{')]));
      const { code, out } = netlens(['read', file]);
      assert.equal(code, 0);
      assert.ok(out.split('\n').length > 20);
    });
  });

  it('never throws on any snapshot', () => {
    const any = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json().map((json) => json),
    );
    fc.assert(
      fc.property(any, any, (a, b) => {
        readSnapshot(a, 'x');
        readSnapshot(
          JSON.stringify({
            schema: 'netlens.snapshot/1',
            topology: a,
            conntrack: [{ name: b, entries: b }],
          }),
          'x',
        );
      }),
      { numRuns: 500 },
    );
  });

  it('writes connections as they are read', () => {
    const lines = [
      'icmp 1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 mark=3',
      'udp 17 29 src=fd00::1 dst=fd00::2 sport=1 dport=53 packets=1 bytes=60 [UNREPLIED] src=fd00::2 dst=fd00::1 sport=53 dport=1 packets=0 bytes=0 zone=4',
      'tcp 6 431999 ESTABLISHED src=10.0.0.1 dst=10.96.0.10 sport=4 dport=80 src=10.1.1.1 dst=10.0.0.1 sport=8080 dport=4 [ASSURED] use=1',
    ];
    const { entries } = parseConntrack(lines.join('\n'));
    assert.equal(entries.length, 3);
    assert.deepEqual(parseConntrack(showConntrack(entries)).entries, entries);
  });

  it('names the node of an interface in its description, believed of files by netlens alone', async () => {
    const nodeOf = (application: string): Promise<string | undefined> =>
      withDirectory(async (folder) => {
        const file = join(folder, 'x.pcapng');
        const face = interfaceDescription(1, option(3, text('node=k8s-w1 pod=default/web-0')));
        writeFileSync(file, Buffer.concat([sectionHeader(option(4, text(application))), face]));
        const source = await openCaptures([file]);
        while ((await source.next()) !== undefined);
        await source.close();
        return source.interfaces[0]!.node;
      });
    assert.equal(await nodeOf('netlens 1.2.3'), 'k8s-w1');
    assert.equal(await nodeOf('other'), undefined);
  });
});
