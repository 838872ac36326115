/** The engine on what cannot be read again, on frames without an end, on hostile frames, and within its bounds. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FrameBatch } from '../../src/base/frames.ts';
import { Engine } from '../../src/engine/engine.ts';
import { openEngine } from '../../src/engine/open.ts';
import { BYTES_A_PACKET, Packets } from '../../src/engine/packet-index.ts';
import { NO_FLOW } from '../../src/flow/flow-table.ts';
import type { Model, PacketRow } from '../../src/view/model.ts';
import { english } from '../../src/words/say.ts';
import { captures, interfaceCaptures } from '../support/fixtures.ts';
import { batchOf } from '../support/frames.ts';
import { MadeSource } from '../support/made-source.ts';
import { samples } from '../support/samples.ts';

async function packetsOf(model: Model, filter = ''): Promise<readonly PacketRow[]> {
  await model.settled();
  let page = await model.packets({ filter, from: 0, count: 10_000 });
  while (page.progress < 1) {
    await model.settled();
    page = await model.packets({ filter, from: 0, count: 10_000 });
  }
  return page.rows;
}

const withoutFile = ({ file: _, ...row }: PacketRow): Omit<PacketRow, 'file'> => row;

/** Big UDP frames: `count` of them, each with its number in it. */
function* bigFrames(count: number, payload: number): Generator<FrameBatch> {
  for (let n = 0; n < count; n++) {
    const frame = new Uint8Array(42 + payload);
    const view = new DataView(frame.buffer);
    view.setUint16(12, 0x0800);
    frame.set([0x45, 0, (28 + payload) >> 8, (28 + payload) & 255, 0, 0, 0, 0, 64, 17], 14);
    frame.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
    view.setUint16(34, 1000 + (n % 50));
    view.setUint16(36, 9);
    view.setUint16(38, 8 + payload);
    view.setUint32(42, n);
    yield batchOf([frame], { seconds: n });
  }
}

describe('engine', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'netlens-engine-'));
  after(() => rmSync(directory, { recursive: true }));

  it('keeps copies of compressed frames: the same packets as of the plain file, merged with it too', async () => {
    const [plain] = captures();
    const packed = path.join(directory, 'packed.pcapng.gz');
    writeFileSync(packed, gzipSync(readFileSync(plain!)));
    const expected = await openEngine({ kind: 'files', files: [plain!] });
    const rows = await packetsOf(expected);
    const engine = await openEngine({ kind: 'files', files: [packed] });
    assert.deepEqual((await packetsOf(engine)).map(withoutFile), rows.map(withoutFile));
    await engine.close();
    const both = await openEngine({ kind: 'files', files: [packed, plain!] });
    const merged = await packetsOf(both);
    for (const file of [packed, plain!]) {
      const own = merged
        .filter((row) => row.file === file)
        .map(({ line, number }) => [number, line]);
      assert.deepEqual(
        own,
        rows.map(({ line, number }) => [number, line]),
      );
    }
    await both.close();
    await expected.close();
  });

  it('spills copies into a temporary file, and finds each again', async () => {
    const count = 3000; // 2.4 times the 8 blocks that stay in memory
    const engine = new Engine(new MadeSource(bigFrames(count, 6000)), { inputs: ['made'] });
    await engine.settled();
    for (let i = 0, n = 0; i < count; i++, n = (n + 997) % count) {
      const detail = await engine.frame(n);
      assert.equal(new DataView(detail!.bytes.buffer).getUint32(42), n);
    }
    assert.deepEqual((await engine.status()).bounds, []);
    await engine.close();
  });

  it('says how many packets are in no list when the copies take too much', async () => {
    const engine = new Engine(new MadeSource(bigFrames(1000, 6000)), {
      inputs: ['made'],
      keptBytesMax: 2 << 20,
    });
    const rows = await packetsOf(engine);
    const status = await engine.status();
    assert.equal(status.frames, 1000);
    assert.equal(status.keptUntil, rows.length);
    assert.match(
      english(status.bounds[0]!),
      new RegExp(`^${1000 - rows.length} packets are in no list`),
    );
    await engine.close();
  });

  it('keeps the newest frames of a live capture, in order, whatever came', async () => {
    const engine = new Engine(new MadeSource(bigFrames(2000, 6000)), {
      inputs: ['made'],
      live: true,
      keptBytesMax: 4 << 20,
    });
    const rows = await packetsOf(engine);
    const { firstKept, bounds, frames } = await engine.status();
    assert.equal(frames, 2000);
    assert.ok(firstKept > 1000 && rows.length === 2000 - firstKept, `${firstKept}`);
    assert.equal(rows[0]!.index, firstKept);
    assert.ok(rows.every(({ missing }) => missing === null));
    assert.match(english(bounds[0]!), /no longer kept/);
    assert.equal(await engine.frame(0), undefined);
    const filtered = await packetsOf(engine, 'udp src port 1007');
    assert.equal(filtered.length, rows.filter(({ inner }) => inner?.sport === 1007).length);
    await engine.close();
  });

  it('stops when told, and is then complete with what it has', async () => {
    function* endless(): Generator<FrameBatch> {
      for (;;) yield* bigFrames(1000, 100);
    }
    const engine = new Engine(new MadeSource(endless()), { inputs: ['made'], live: true });
    while ((await engine.status()).frames < 100) await new Promise((r) => setTimeout(r, 5));
    assert.equal((await engine.status()).phase, 'reading');
    await engine.stop();
    await engine.settled();
    assert.equal((await engine.status()).phase, 'complete');
    await engine.close();
  });

  it('shows every sample frame cut at every length, and with each byte turned over', async () => {
    function* hostile(): Generator<FrameBatch> {
      for (const { bytes, linktype } of samples) {
        for (let caplen = 0; caplen <= bytes.length; caplen += 7) {
          yield batchOf([bytes.subarray(0, caplen)], { linktype });
        }
        for (let at = 0; at < bytes.length; at += 5) {
          const odd = bytes.slice();
          odd[at] = odd[at]! ^ 0xff;
          yield batchOf([odd], { linktype });
        }
      }
    }
    const engine = new Engine(new MadeSource(hostile()), { inputs: ['made'] });
    const rows = await packetsOf(engine);
    assert.ok(rows.length > 1000);
    for (const { index, line, info } of rows) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(line + info, /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
      const detail = await engine.frame(index);
      assert.equal(detail!.bytes.length, detail!.row.captured);
    }
    for (let id = 1; (await engine.record(id)) !== undefined; id += 3) await engine.stream(id);
    await engine.topology();
    await engine.settled();
    assert.equal((await engine.statistics()).progress, 1);
    await engine.close();
  });

  it('follows a stream: the bytes that were sent, at the one place that saw most', async () => {
    const engine = await openEngine({ kind: 'files', files: interfaceCaptures('calico-ipip') });
    await engine.settled();
    const query = {
      filter: 'tcp port 8080 or tcp port 80',
      sort: 'start',
      descending: false,
    } as const;
    let page = await engine.conversations({ ...query, from: 0, count: 100 });
    while (page.progress < 1) page = await engine.conversations({ ...query, from: 0, count: 100 });
    let followed = 0;
    for (const record of page.rows) {
      if (record.application?.protocol !== 'http' || record.tcp?.state !== 'closed') continue;
      const stream = await engine.stream(record.id);
      const text = (toServer: boolean): string =>
        Buffer.concat(
          stream.chunks.filter((one) => one.toServer === toServer).map(({ bytes }) => bytes),
        ).toString();
      assert.match(text(true), new RegExp(`^${record.application.method} `));
      assert.match(text(false), /^HTTP\/1/);
      assert.equal(stream.missing, 0);
      assert.deepEqual(stream.bytes, {
        toServer: record.payloadBytes.toServer,
        toClient: record.payloadBytes.toClient,
      });
      followed++;
    }
    assert.ok(followed > 3, `${followed} streams`);
    await engine.close();
  });

  it('saves the packets of a list: reading them again yields the same', async () => {
    const [file] = captures();
    const engine = await openEngine({ kind: 'files', files: [file!] });
    const rows = await packetsOf(engine, 'tcp');
    const saved = path.join(directory, 'saved.pcapng');
    const { packets, missing } = await engine.save(saved, { filter: 'tcp' });
    assert.deepEqual([packets, missing], [rows.length, 0]);
    await assert.rejects(engine.save(file!, { filter: '' }), /is being read/);
    await engine.close();
    const again = await openEngine({ kind: 'files', files: [saved] });
    const lines = (all: readonly PacketRow[]): string[] => all.map(({ time, line }) => time + line);
    assert.deepEqual(lines(await packetsOf(again)), lines(rows));
    await again.close();
  });

  it('finds a text in a list, either way', async () => {
    const engine = await openEngine({ kind: 'files', files: captures().slice(0, 1) });
    const rows = await packetsOf(engine);
    const holds = rows.flatMap(({ line }, n) => (line.includes('Flags [S]') ? [n] : []));
    const list = { filter: '', from: 0, count: 0 };
    const query = { in: list, list: 'packets', text: 'flags [s]' } as const;
    assert.equal(await engine.search({ ...query, from: 0, backwards: false }), holds[0]);
    const from = holds[0]! + 1;
    assert.equal(await engine.search({ ...query, from, backwards: false }), holds[1]);
    assert.equal(await engine.search({ ...query, from: 1e9, backwards: true }), holds.at(-1));
    assert.equal(await engine.search({ ...query, text: '\n', from: 0, backwards: false }), -1);
    await engine.close();
  });

  it('takes 16 bytes a packet in its index, whatever is in them', () => {
    const packets = new Packets(1 << 20);
    const before = process.memoryUsage().arrayBuffers;
    let position = 0;
    for (let n = 0; n < 1 << 20; n++, position += 999_983) {
      assert.ok(packets.add(position, n % 70_000, n + 1, n % 3 === 0 ? NO_FLOW : n));
    }
    assert.equal(packets.add(1, 1, 1, 1), false);
    assert.equal(packets.bytes, BYTES_A_PACKET << 20);
    const taken = process.memoryUsage().arrayBuffers - before;
    assert.ok(taken <= 1.05 * (BYTES_A_PACKET << 20), `${taken} bytes`);
    for (let n = 0; n < 1 << 20; n += 4093) {
      assert.equal(packets.position(n), n * 999_983);
      assert.equal(packets.iface(n), n % 70_000);
      assert.equal(packets.number(n), n + 1);
      assert.equal(packets.flow(n), n % 3 === 0 ? NO_FLOW : n);
    }
    packets.dropBefore(700_000);
    assert.equal(packets.has(699_999), false);
    assert.equal(packets.number(700_000), 700_001);
    assert.ok(packets.bytes <= 6 << 20);
  });
});
