/**
 * Decoding of Parquet in a thread of its own: the library trusts the numbers in a file, so a damaged one can
 * keep it busy for ever or make it claim all memory. The thread can be ended, see flow-log-parquet.ts.
 */
import { open } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';

/** What the thread is to read. */
export interface ParquetTask {
  readonly path: string;
  /** Columns wanted, by their names as fields of a flow log. */
  readonly fields: readonly string[];
}

/** What it answers: the columns there are, then rows of them as text, then that it is done, or why not. */
export type ParquetAnswer =
  | { readonly kind: 'columns'; readonly names: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly (string | undefined)[])[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damage'; readonly why: string };

/** Rows of one row group at most: all of a group's columns are in memory at once. */
const GROUP_ROWS_MAX = 1 << 22;
/** Bytes that one page may swell to. */
const PAGE_LEN_MAX = 1 << 28;
/** Rows told at once. */
const ROWS_TOLD = 4096;

type Hyparquet = typeof import('hyparquet');
type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

async function readFile(parquet: Hyparquet, { path, fields }: ParquetTask): Promise<void> {
  const handle = await open(path);
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
    .filter((name) => fields.includes(name.replaceAll('_', '-').toLowerCase()));
  tell({ kind: 'columns', names: columns });
  const compressors = await loadCompressors();
  let rowStart = 0;
  for (const { num_rows, columns: chunks } of metadata.row_groups) {
    const count = Number(num_rows);
    if (!(count >= 0 && count <= GROUP_ROWS_MAX)) throw new Error(`a row group of ${count} rows`);
    for (const { meta_data } of chunks) {
      const values = Number(meta_data?.num_values ?? 0);
      if (values !== count) throw new Error(`a column of ${values} values for ${count} rows`);
    }
    const rowEnd = rowStart + count;
    const onComplete = tellRows;
    await parquet.parquetRead({
      file,
      metadata,
      columns,
      compressors,
      onComplete,
      rowStart,
      rowEnd,
    });
    rowStart = rowEnd;
  }
  tell({ kind: 'done' });
}

function tellRows(rows: readonly unknown[][]): void {
  for (let at = 0; at < rows.length; at += ROWS_TOLD) {
    tell({ kind: 'rows', rows: rows.slice(at, at + ROWS_TOLD).map((row) => row.map(textOf)) });
  }
}

async function loadCompressors(): Promise<Record<string, Decompress>> {
  const { decompress } = await import('fzstd');
  return {
    GZIP: (input, outputLength) => gunzipSync(input, { maxOutputLength: bounded(outputLength) }),
    ZSTD: (input, outputLength) => decompress(input, new Uint8Array(bounded(outputLength))),
  };
}

function bounded(length: number): number {
  if (!(length >= 0 && length <= PAGE_LEN_MAX)) throw new Error(`a page of ${length} bytes`);
  return Math.max(1, length);
}

/** A cell as the text log would have it. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '' || value === '-') return undefined;
  if (value instanceof Date) return String(Math.floor(value.getTime() / 1000));
  return String(value);
}

function tell(answer: ParquetAnswer): void {
  parentPort?.postMessage(answer);
}

async function main(): Promise<void> {
  const parquet = await import('hyparquet').catch(() => undefined);
  if (parquet === undefined) return tell({ kind: 'absent' });
  try {
    await readFile(parquet, workerData as ParquetTask);
  } catch (error) {
    tell({ kind: 'damage', why: String((error as Error)?.message ?? error) });
  }
}

await main();
