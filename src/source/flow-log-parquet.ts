/**
 * Flow logs as Apache Parquet, as VPC Flow Logs writes them to S3: one row a record, columns named as the
 * fields with `_` for `-`, compressed with gzip; Snappy, zstd and no compression are read too.
 */
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { FlowLogRecord } from '../base/flow-log.ts';
import { fieldName, hasAddresses, orderOf } from './flow-log-fields.ts';
import { type DamagedLine, type NoTraffic, recordOf } from './flow-log-record.ts';
import { CaptureError } from './source.ts';

/** Rows of one row group at most: all of a group's columns are in memory at once. */
const GROUP_ROWS_MAX = 1 << 22;
/** Bytes that one page may swell to. */
const PAGE_LEN_MAX = 1 << 28;

/** Columns that records are made of; others are not read. */
const USED: ReadonlySet<string> = new Set([
  ...['interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes'],
  ...['start', 'end', 'action', 'log-status', 'instance-id', 'tcp-flags', 'pkt-srcaddr'],
  ...['pkt-dstaddr', 'pkt-src-aws-service', 'pkt-dst-aws-service', 'flow-direction'],
  ...['traffic-path', 'ecs-service-name', 'ecs-task-id', 'reject-reason', 'resource-id'],
  'encryption-status',
]);

type Note = (read: FlowLogRecord | NoTraffic | DamagedLine, row: number) => void;

/** Give each row to `note`, row group by row group. Rejects with a CaptureError at the first damage. */
export async function readParquet(
  path: string,
  fileIndex: number,
  note: Note,
  pause: () => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (path === '-') throw damage(path, 'a Parquet file cannot be read from a pipe: save it first');
  const parquet = await loadReader(path);
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file = {
      byteLength: size,
      slice: async (start: number, end: number = size): Promise<ArrayBuffer> => {
        const from = Math.max(0, Math.min(size, start));
        const length = Math.max(0, Math.min(size, end) - from);
        const { buffer } = await handle.read(new Uint8Array(length), 0, length, from);
        return buffer.buffer;
      },
    };
    const metadata = await parquet.parquetMetadataAsync(file);
    const columns = parquet
      .parquetSchema(metadata)
      .children.map(({ element }) => element.name)
      .filter((name) => USED.has(fieldName(name)));
    const order = orderOf(columns.map(fieldName));
    if (!hasAddresses(order))
      throw damage(path, 'is Parquet, but no flow log: it has no column srcaddr or pkt_srcaddr');
    const compressors = await loadCompressors();
    let row = 0;
    for (const group of metadata.row_groups) {
      const count = Number(group.num_rows);
      if (count > GROUP_ROWS_MAX) throw damage(path, `a row group of ${count} rows is too large`);
      const onComplete = (rows: unknown[][]): void => {
        for (const values of rows) {
          const told = (field: string): string | undefined => {
            const column = order.columns.get(field);
            return column === undefined ? undefined : textOf(values[column]);
          };
          row++;
          note(recordOf(told, fileIndex, row), row);
        }
      };
      const range = { rowStart: row, rowEnd: row + count };
      await parquet.parquetRead({ file, metadata, columns, compressors, onComplete, ...range });
      pause();
      if (signal?.aborted === true) return;
    }
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    throw damage(path, `the Parquet data is damaged: ${(error as Error).message}`);
  } finally {
    await handle.close();
  }
}

async function loadReader(path: string): Promise<typeof import('hyparquet')> {
  try {
    return await import('hyparquet');
  } catch {
    const what = 'reading Parquet needs the package hyparquet: npm install hyparquet';
    throw new CaptureError('NETLENS_FILE', path, -1, what);
  }
}

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

async function loadCompressors(): Promise<Record<string, Decompress>> {
  const { decompress } = await import('fzstd');
  return {
    GZIP: (input, outputLength) => gunzipSync(input, { maxOutputLength: bounded(outputLength) }),
    ZSTD: (input, outputLength) => decompress(input, new Uint8Array(bounded(outputLength))),
  };
}

function bounded(length: number): number {
  if (length < 0 || length > PAGE_LEN_MAX) throw new Error(`a page of ${length} bytes`);
  return Math.max(1, length);
}

/** A cell as the text log would have it. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '' || value === '-') return undefined;
  if (value instanceof Date) return String(Math.floor(value.getTime() / 1000));
  return String(value);
}

function damage(path: string, what: string): CaptureError {
  return new CaptureError('NETLENS_CAPTURE_DAMAGED', path, -1, what);
}
