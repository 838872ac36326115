import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { FlowLogRecord } from '../../src/base/flow-log.ts';
import { detectFlowLog, type FlowLogOptions, FlowLogs } from '../../src/source/flow-log.ts';
import { FIELDS, fieldName, parseFormat } from '../../src/source/flow-log-fields.ts';
import { DamagedLine } from '../../src/source/flow-log-record.ts';
import { FlowLogLines, LineCutter } from '../../src/source/flow-log-text.ts';
import { CaptureError } from '../../src/source/source.ts';

/** The example record of the user guide's section on accepted traffic. */
const ACCEPTED =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
const NO_DATA = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA';
const SKIPPED = NO_DATA.replace('NODATA', 'SKIPDATA');

/** A format as the console writes it. */
const asInConsole = (...names: string[]): string =>
  names.map((name) => ['$', '{', name, '}'].join('')).join(' ');

let directory: string;
const fileOf = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

async function readAll(
  paths: readonly string[],
  options: FlowLogOptions = {},
): Promise<{ records: FlowLogRecord[]; logs: FlowLogs }> {
  const logs = new FlowLogs(paths, options);
  const records: FlowLogRecord[] = [];
  await logs.read(
    (record) => records.push(record),
    () => {},
  );
  return { records, logs };
}

/** Columns as VPC Flow Logs writes them to Parquet. */
function parquet(codec: 'GZIP' | 'SNAPPY' | 'UNCOMPRESSED', rows = 3): Buffer {
  const of = <T>(value: T): T[] => Array.from({ length: rows }, () => value);
  const status = of('OK');
  status[rows - 1] = 'NODATA';
  return Buffer.from(
    parquetWriteBuffer({
      codec,
      compressors: { GZIP: (bytes) => gzipSync(bytes) },
      rowGroupSize: 2,
      columnData: [
        { name: 'version', data: of(5), type: 'INT32' },
        { name: 'dstaddr', data: of('10.0.2.30'), type: 'STRING' },
        { name: 'srcaddr', data: of('10.0.1.161'), type: 'STRING' },
        { name: 'pkt_dstaddr', data: of('10.0.2.131'), type: 'STRING' },
        { name: 'pkt_srcaddr', data: of('10.0.1.161'), type: 'STRING' },
        { name: 'srcport', data: of(43210), type: 'INT32' },
        { name: 'dstport', data: of(8080), type: 'INT32' },
        { name: 'protocol', data: of(6), type: 'INT32' },
        { name: 'packets', data: of(8n), type: 'INT64' },
        { name: 'bytes', data: of(644n), type: 'INT64' },
        { name: 'start', data: of(1795327200n), type: 'INT64' },
        { name: 'end', data: of(1795327230n), type: 'INT64' },
        { name: 'action', data: of('REJECT'), type: 'STRING' },
        { name: 'log_status', data: status, type: 'STRING' },
      ],
    }),
  );
}

describe('VPC flow logs', () => {
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'netlens-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('knows a default format without a header, with one, and behind gzip by content', async () => {
    const header = 'srcaddr dstaddr packets\n10.0.0.1 10.0.0.2 3\n';
    assert.equal(await detectFlowLog(fileOf('a.bin', ACCEPTED)), 'text');
    assert.equal(await detectFlowLog(fileOf('b.bin', `\n${NO_DATA}\n`)), 'text');
    assert.equal(await detectFlowLog(fileOf('c.bin', header)), 'text');
    assert.equal(await detectFlowLog(fileOf('d.bin', gzipSync(ACCEPTED))), 'text');
    assert.equal(
      await detectFlowLog(fileOf('e.bin', `2014-12-14T04:06:50.000Z ${ACCEPTED}`)),
      'text',
    );
    assert.equal(await detectFlowLog(fileOf('f.bin', parquet('SNAPPY'))), 'parquet');
  });

  it('takes no other text and no capture for a flow log', async () => {
    for (const text of [
      '',
      '\n\n',
      'hello world',
      'version srcaddr',
      '1 2 3 4 5 6 7 8 9 10 11 12 13 14',
    ]) {
      assert.equal(await detectFlowLog(fileOf('x.bin', text)), undefined, text);
    }
    assert.equal(
      await detectFlowLog(fileOf('x.bin', Buffer.from('d4c3b2a102000400', 'hex'))),
      undefined,
    );
    assert.equal(await detectFlowLog(directory), undefined);
    assert.equal(await detectFlowLog(join(directory, 'absent')), undefined);
  });

  it('says of a log in another order that only the user knows it', async () => {
    const path = fileOf('x.bin', 'ACCEPT 10.0.0.1 10.0.0.2 eni-1235b8ca123456789 6 OK\n');
    assert.equal(await detectFlowLog(path), 'unknown-order');
  });

  it('reads the example of the user guide', async () => {
    const { records, logs } = await readAll([
      fileOf('a.log', `${ACCEPTED}\n${NO_DATA}\n${SKIPPED}\n`),
    ]);
    assert.equal(records.length, 1);
    const { interfaceId, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes } =
      records[0]!;
    assert.deepEqual(
      [interfaceId, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes],
      ['eni-1235b8ca123456789', '172.31.16.139', '172.31.16.21', 20641, 22, 6, 20, 4249],
    );
    assert.equal(records[0]!.rejected, false);
    assert.equal(records[0]!.pktSrcaddr, undefined);
    const { noData, skipData, damaged } = logs.counts[0]!;
    assert.deepEqual([noData, skipData, damaged], [1, 1, 0]);
  });

  it('reads every field order, whatever the version', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...FIELDS], { minLength: FIELDS.length }), (order) => {
        const values: Record<string, string> = {
          'pkt-srcaddr': '10.0.0.1',
          'pkt-dstaddr': '10.0.0.2',
          srcport: '1',
          dstport: '2',
          'tcp-flags': '19',
          'flow-direction': 'egress',
          'traffic-path': '8',
          'reject-reason': 'BPA',
          action: 'REJECT',
          'log-status': 'OK',
        };
        const lines = new FlowLogLines(0);
        assert.equal(lines.read(order.join(' ')), undefined);
        const record = lines.read(
          order.map((name) => values[name] ?? '-').join(' '),
        ) as FlowLogRecord;
        assert.equal(record.pktDstaddr, '10.0.0.2');
        assert.equal(record.srcaddr, undefined);
        assert.deepEqual([record.srcport, record.dstport, record.tcpFlags], [1, 2, 19]);
        assert.deepEqual([record.direction, record.trafficPath], ['egress', 8]);
        assert.deepEqual([record.rejected, record.rejectReason], [true, 'BPA']);
        assert.ok(Number.isNaN(record.start));
      }),
    );
  });

  it('takes a format as the console writes it, and refuses one without addresses or with unknown names', () => {
    const order = parseFormat(asInConsole('version', 'pkt-srcaddr', 'pkt-dstaddr'));
    assert.equal(order.columns.get('pkt-dstaddr'), 2);
    assert.equal(parseFormat('default').count, 14);
    assert.equal(fieldName('pkt_src_aws_service'), 'pkt-src-aws-service');
    assert.throws(() => parseFormat('version srcadr dstaddr'), /srcadr: no field/);
    assert.throws(() => parseFormat('version packets'), /neither srcaddr/);
    assert.throws(() => parseFormat('  '), /names no field/);
  });

  it('counts damaged lines with their numbers and reads the others', async () => {
    const bad = [
      ACCEPTED.replace(' 22 ', ' 65536 '),
      ACCEPTED.replace('172.31.16.21', '172.31.16.256'),
      ACCEPTED.replace('172.31.16.21', '2001:db8::1'),
      ACCEPTED.replace('ACCEPT', 'MAYBE'),
      ACCEPTED.replace('1418530070', '1418530000'),
      `${ACCEPTED} more`,
      'x'.repeat(100_000),
      ACCEPTED.replace(' 20 ', ' 2e1 '),
    ];
    const text = [ACCEPTED, ...bad, ACCEPTED].join('\n');
    const { records, logs } = await readAll([fileOf('bad.log', text)]);
    assert.deepEqual(
      records.map(({ line }) => line),
      [1, bad.length + 2],
    );
    assert.equal(logs.counts[0]!.damaged, bad.length);
    assert.match(logs.counts[0]!.damagedLines[0]!, /^line 2: dstport is "65536"$/);
    assert.equal(logs.counts[0]!.damagedLines.length, 3);
  });

  it('reads several files, gzip members one after the other, and a header in the midst', async () => {
    const first = fileOf('1.gz', Buffer.concat([gzipSync(`${ACCEPTED}\n`), gzipSync(ACCEPTED)]));
    const second = fileOf(
      '2.log',
      `${ACCEPTED}\r\ndstaddr srcaddr packets\r\n10.0.0.2 10.0.0.1 3\r\n`,
    );
    const { records } = await readAll([first, second]);
    assert.deepEqual(
      records.map(({ fileIndex, line, srcaddr }) => `${fileIndex} ${line} ${srcaddr}`),
      ['0 1 172.31.16.139', '0 2 172.31.16.139', '1 1 172.31.16.139', '1 3 10.0.0.1'],
    );
  });

  it('delivers what stands before the end of a gzip file that is cut, and says so', async () => {
    const random = Array.from({ length: 20_000 }, (_, i) =>
      ACCEPTED.replace('20641', String((i * 7919) % 65_536)),
    );
    const whole = gzipSync(random.join('\n'));
    const cut = fileOf('cut.gz', whole.subarray(0, whole.length / 2));
    const { records, logs } = await readAll([cut, fileOf('ok.log', ACCEPTED)]);
    assert.ok(records.length > 5000, String(records.length));
    assert.match(logs.damage[0]!.message, /cut short/);
    assert.equal(logs.counts[1]!.records, 1);
  });

  for (const codec of ['GZIP', 'SNAPPY', 'UNCOMPRESSED'] as const) {
    it(`reads Parquet, ${codec}, over several row groups`, async () => {
      const { records, logs } = await readAll([fileOf(`${codec}.parquet`, parquet(codec, 5))]);
      assert.equal(records.length, 4);
      const { line, srcaddr, pktDstaddr, dstport, packets, start, rejected } = records[3]!;
      assert.deepEqual(
        [line, srcaddr, pktDstaddr, dstport, packets, start, rejected],
        [4, '10.0.1.161', '10.0.2.131', 8080, 8, 1795327200, true],
      );
      assert.equal(logs.counts[0]!.noData, 1);
    });
  }

  it('refuses Parquet that is no flow log, and damaged Parquet, with the reason', async () => {
    const other = Buffer.from(
      parquetWriteBuffer({ columnData: [{ name: 'a', data: [1], type: 'INT32' }] }),
    );
    await assert.rejects(readAll([fileOf('o.parquet', other)]), /no flow log/);
    const cut = parquet('GZIP').subarray(0, 200);
    await assert.rejects(readAll([fileOf('c.parquet', cut)]), CaptureError);
  });

  it('ends with a CaptureError at worst, whatever byte of Parquet is changed', async () => {
    const good = parquet('SNAPPY');
    const path = join(directory, 'mutant.parquet');
    const at = fc.integer({ min: 4, max: good.length - 1 });
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 0, max: 255 }), async (i, value) => {
        const bytes = Buffer.from(good);
        bytes[i] = value;
        writeFileSync(path, bytes);
        await readAll([path], { parquetStallMs: 1500 }).catch((error) =>
          assert.ok(error instanceof CaptureError, String(error)),
        );
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }).timeout(120_000);

  it('never throws on a line, whatever it holds', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '-',
        '2',
        '10.0.0.1',
        'ACCEPT',
        'REJECT',
        'OK',
        'NODATA',
        '2001:db8::1',
        '99999',
        ...FIELDS,
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 20 }), { maxLength: 5 }), (all) => {
        const lines = new FlowLogLines(0);
        for (const words of all) {
          const read = lines.read(words.join(' '));
          if (read === undefined || typeof read === 'string' || read instanceof DamagedLine)
            continue;
          assert.ok(read.srcport >= 0 && read.srcport <= 65_535);
          assert.ok((read.pktSrcaddr ?? read.srcaddr) !== undefined);
          assert.ok((read.pktDstaddr ?? read.dstaddr) !== undefined);
        }
      }),
    );
  });

  it('cuts the same lines however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 }).map((s) => s.replaceAll('\n', ' '))),
        fc.integer({ min: 1, max: 17 }),
        (wanted, size) => {
          const bytes = Buffer.from(wanted.map((line) => `${line}\n`).join(''));
          const cutter = new LineCutter();
          const lines: (string | undefined)[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            cutter.push(bytes.subarray(at, at + size), (line) => lines.push(line));
          }
          cutter.finish((line) => lines.push(line));
          const text = wanted.map((line) => Buffer.from(line).toString('utf8'));
          assert.deepEqual(lines, text);
        },
      ),
    );
  });
});
