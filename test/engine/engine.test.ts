/** The engine shows what `netlens read` prints: the same conversations, packets, fields and filters. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { openEngine } from '../../src/engine/open.ts';
import { escapeText } from '../../src/view/escape.ts';
import type { FrameRecord } from '../../src/view/frames/json.ts';
import type { FieldDetail, Model, PacketRow, Page } from '../../src/view/model.ts';
import { captures, interfaceCaptures } from '../support/fixtures.ts';

const NETLENS = path.resolve('bin/netlens.js');

function read<Row>(files: readonly string[], ...options: string[]): Row[] {
  const args = [NETLENS, 'read', ...files, '-o', 'jsonl', ...options];
  const { status, stdout, stderr } = spawnSync('node', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** All rows of a list, by pages of odd sizes. */
async function all<Row>(
  model: Model,
  page: (from: number, count: number) => Promise<Page<Row>>,
): Promise<Row[]> {
  for (let first = await page(0, 0); first.progress < 1; first = await page(0, 0)) {
    await model.settled();
  }
  const rows: Row[] = [];
  for (let more = true; more; ) {
    const { rows: got, total } = await page(rows.length, 1 + ((rows.length * 7) % 97));
    rows.push(...got);
    more = got.length > 0 && rows.length < total;
  }
  return rows;
}

const bySort = { sort: 'start', descending: false } as const;

async function withEngine(
  { files }: { files: readonly string[] },
  use: (model: Model) => Promise<void>,
): Promise<void> {
  const engine = await openEngine({ kind: 'files', files });
  try {
    await engine.settled();
    await use(engine);
  } finally {
    await engine.close();
  }
}

const FILTERS = [
  'tcp port 80',
  'host 10.0.0.1 or udp',
  'label cross-node',
  'label same-node and not tcp',
  'sni *',
  'dns *',
  'label external and tcp[13] & 2 != 0',
  'not arp',
  'icmp',
  'greater 200',
];

describe('engine on files', () => {
  const sets = [...captures().map((file) => [file]), interfaceCaptures('tricky')];

  for (const files of sets) {
    const name = path.relative('fixtures', files[0]!);

    it(`has the conversations of ${name}`, async () => {
      const expected = read(files);
      await withEngine({ files }, async (model) => {
        const rows = await all(model, (from, count) =>
          model.conversations({ filter: '', ...bySort, from, count }),
        );
        assert.deepEqual(JSON.parse(JSON.stringify(rows)), expected);
      });
    });

    it(`has the packets of ${name}, with all their fields`, async () => {
      const expected = read<FrameRecord>(files, '--frames');
      await withEngine({ files }, async (model) => {
        const rows = await all(model, (from, count) => model.packets({ filter: '', from, count }));
        assert.equal(rows.length, expected.length);
        for (const [i, row] of rows.entries()) {
          checkRow(row, expected[i]!);
          if (i % 3 === 0) await checkDetail(model, i, expected[i]!);
        }
      });
    });
  }

  it('filters packets and conversations as read does', async () => {
    for (const files of [captures().slice(0, 1), captures().slice(3, 4)]) {
      await withEngine({ files }, async (model) => {
        for (const filter of FILTERS) {
          const frames = read<FrameRecord>(files, '--frames', '--', filter);
          const packets = await all(model, (from, count) => model.packets({ filter, from, count }));
          assert.deepEqual(
            packets.map(({ number, file }) => [number, file]),
            frames.map(({ number, file }) => [number, file]),
            filter,
          );
          const expected = read<{ id: number }>(files, '--', filter).map(({ id }) => id);
          const rows = await all(model, (from, count) =>
            model.conversations({ filter, ...bySort, from, count }),
          );
          assert.deepEqual(
            rows.map(({ id }) => id),
            expected,
            filter,
          );
        }
      });
    }
  });

  it('sorts as read does', async () => {
    const files = captures().slice(0, 1);
    await withEngine({ files }, async (model) => {
      for (const sort of ['bytes', 'duration', 'rtt', 'client', 'server', 'label'] as const) {
        for (const descending of [false, true]) {
          const expected = read<{ id: number }>(
            files,
            '--sort',
            `${sort}:${descending ? 'desc' : 'asc'}`,
          );
          const rows = await all(model, (from, count) =>
            model.conversations({ filter: '', sort, descending, from, count }),
          );
          assert.deepEqual(
            rows.map(({ id }) => id),
            expected.map(({ id }) => id),
            `${sort} ${descending}`,
          );
        }
      }
    });
  });

  it('says what is wrong with a filter, and where', async () => {
    await withEngine({ files: captures().slice(0, 1) }, async (model) => {
      const { fault, rows } = await model.packets({ filter: 'tcp prot 80', from: 0, count: 5 });
      assert.equal(rows.length, 0);
      assert.equal(fault?.position, 4);
      const advice = await model.advise('tcp po', 6);
      assert.ok(advice.words.includes('port'));
      assert.equal(advice.at, 4);
    });
  });
});

function checkRow(row: PacketRow, frame: FrameRecord): void {
  assert.equal(row.missing, null);
  const { number, file, node, interface: device, time, length, captured, notes, comment } = frame;
  const own = [row.number, row.file, row.node, row.interface, row.time, row.length, row.captured];
  assert.deepEqual(own, [number, file, node, device, time, length, captured]);
  assert.deepEqual([row.notes, row.comment], [notes, comment]);
  const ip = frame.layers.filter(({ protocol }) => protocol === 'ip' || protocol === 'ipv6');
  const quotes = frame.layers.some(({ protocol }) => protocol.startsWith('icmp'));
  if (quotes) return;
  const src = ip.map(({ fields }) => fields['ip.src'] ?? fields['ipv6.src']);
  assert.equal(row.inner?.src, src.at(-1));
  assert.equal(row.outer?.src, src.length > 1 ? src[0] : undefined);
}

async function checkDetail(model: Model, packet: number, frame: FrameRecord): Promise<void> {
  const detail = await model.frame(packet);
  assert.equal(detail!.bytes.length, frame.captured);
  assert.deepEqual(
    detail!.layers.map(({ protocol, at, length }) => [protocol, at, length]),
    frame.layers.map(({ protocol, offset, length }) => [protocol, offset, length]),
  );
  for (const [i, layer] of detail!.layers.entries()) {
    const values = new Map<string, string[]>();
    gather(layer.fields, values, detail!.bytes.length);
    const told = Object.entries(frame.layers[i]!.fields).map(([name, value]) => [
      name,
      [value].flat().map(asText),
    ]);
    assert.deepEqual(Object.fromEntries(values), Object.fromEntries(told));
  }
}

function gather(fields: readonly FieldDetail[], into: Map<string, string[]>, end: number): void {
  for (const { name, value, at, length, fields: below } of fields) {
    assert.ok(at >= 0 && at + length <= end, `${name} at ${at}, ${length} bytes, of ${end}`);
    if (name !== null) into.set(name, [...(into.get(name) ?? []), value]);
    gather(below, into, end);
  }
}

function asText(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return escapeText(String(value));
}
