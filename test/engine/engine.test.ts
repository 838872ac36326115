/** The engine shows what `netlens read` prints: the same conversations, packets and fields. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { conversationJson } from '../../src/view/conversation-json.ts';
import { escapeText } from '../../src/view/escape.ts';
import type { FrameRecord } from '../../src/view/frames/json.ts';
import type { FieldDetail, Model, PacketRow } from '../../src/view/model.ts';
import { captures, interfaceCaptures } from '../support/fixtures.ts';
import { all, bySort, read, withEngine } from './beside-read.ts';

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
        assert.deepEqual(JSON.parse(JSON.stringify(rows.map(conversationJson))), expected);
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
