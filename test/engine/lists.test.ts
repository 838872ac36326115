/** Lists of the engine, filtered, sorted, while it reads: as `netlens read` prints them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { openEngine } from '../../src/engine/open.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import type { FrameRecord } from '../../src/view/frames/json.ts';
import type { PacketRow } from '../../src/view/model.ts';
import { captures, interfaceCaptures } from '../support/fixtures.ts';
import { all, bySort, read, withEngine } from './beside-read.ts';

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

describe('lists of an engine', () => {
  it('filters packets and conversations as read does', async () => {
    for (const files of [captures().slice(3, 4)]) {
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

  it('knows names that a filter may want', async () => {
    const [, , , file] = captures();
    const facts = [await readKubeJson([path.join(path.dirname(file!), 'kube')])];
    const engine = await openEngine({ kind: 'files', files: [file!], knowledge: { facts } });
    await engine.settled();
    const pods = (await engine.topology()).pods.map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );
    const [pod] = pods.sort();
    const wordsAfter = async (text: string): Promise<readonly string[]> =>
      (await engine.advise(text, text.length)).words;
    assert.equal((await wordsAfter('tcp and pod '))[0], pod);
    assert.ok((await wordsAfter(`pod ${pod!.slice(0, -2)}`)).includes(pod!));
    assert.ok((await wordsAfter(`pod ${pod!.split('/')[1]!.slice(0, 3)}`)).includes(pod!));
    const devices = (await engine.statistics()).interfaces.map((one) => one.interface);
    assert.deepEqual(await wordsAfter('iface '), [...new Set(devices)].sort());
    assert.ok((await wordsAfter('label s')).includes('same-node'));
    assert.deepEqual(await wordsAfter('pod nobody-has-this'), []);
    await engine.close();
  });

  it('shows while it reads what it shows in the end, and filters as if all had been read', async () => {
    const files = [...captures(), ...interfaceCaptures('tricky')];
    const engine = await openEngine({ kind: 'files', files });
    const filters = ['', 'tcp', 'label cross-node', 'sni *'];
    const early: (readonly PacketRow[])[] = filters.map(() => []);
    while ((await engine.status()).phase !== 'complete') {
      for (const [i, filter] of filters.entries()) {
        const { rows } = await engine.packets({ filter, from: 0, count: 40 });
        if (i === 0 || i === 1) early[i] = rows;
        await engine.conversations({ filter, ...bySort, from: 0, count: 10 });
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const [i, filter] of filters.entries()) {
      const packets = await all(engine, (from, count) => engine.packets({ filter, from, count }));
      const shown = early[i]!.map(({ line, time }) => time + line);
      assert.deepEqual(
        shown,
        packets.slice(0, shown.length).map(({ line, time }) => time + line),
      );
      const fresh = await openEngine({ kind: 'files', files });
      await fresh.settled();
      const expected = await all(fresh, (from, count) => fresh.packets({ filter, from, count }));
      assert.deepEqual(packets, expected);
      await fresh.close();
    }
    await engine.close();
  });
});
