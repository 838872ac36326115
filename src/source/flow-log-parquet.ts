/**
 * Flow logs as Apache Parquet, as VPC Flow Logs writes them to S3: one row a record, columns named as the
 * fields with `_` for `-`, compressed with gzip; Snappy, zstd and no compression are read too.
 */
import { Worker } from 'node:worker_threads';
import type { FlowLogRecord } from '../base/flow-log.ts';
import type { Sentence } from '../words/sentence.ts';
import { fieldName, hasAddresses, orderOf } from './flow-log-fields.ts';
import type { ParquetAnswer, ParquetTask } from './flow-log-parquet-worker.ts';
import { type DamagedLine, type NoTraffic, recordOf, wordsIn } from './flow-log-record.ts';
import { CaptureError } from './source.ts';

/** Memory of the decoding thread, MiB; row groups of flow logs are far smaller. */
const HEAP_MAX_MIB = 2048;
/** A decoder that tells nothing for so long is caught in a damaged file. */
const STALL_MS = 60_000;

/** Columns that records are made of; others are not read. */
const USED: readonly string[] = [
  ...['interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets', 'bytes'],
  ...['start', 'end', 'action', 'log-status', 'instance-id', 'tcp-flags', 'pkt-srcaddr'],
  ...['pkt-dstaddr', 'pkt-src-aws-service', 'pkt-dst-aws-service', 'flow-direction'],
  ...['traffic-path', 'ecs-service-name', 'ecs-task-id', 'reject-reason', 'resource-id'],
  'encryption-status',
];

/** What is made of each row, whose number counts from 1 on. */
export type NoteRow = (read: FlowLogRecord | NoTraffic | DamagedLine, row: number) => void;

export interface ParquetOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of silence after which the file is called damaged. */
  readonly stallMs?: number | undefined;
}

/** Give each row to `note`, and call `pause` between pieces. Rejects with a CaptureError at the first damage. */
export function readParquet(
  path: string,
  fileIndex: number,
  note: NoteRow,
  pause: () => void,
  { signal, stallMs = STALL_MS }: ParquetOptions,
): Promise<void> {
  if (path === '-') {
    return Promise.reject(damage(path, { code: 'parquet-from-pipe' }));
  }
  const task: ParquetTask = { path, fields: USED };
  const worker = new Worker(new URL('./flow-log-parquet-worker.js', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
  });
  const rows = new RowReader(path, fileIndex, note);
  return new Promise<void>((resolve, reject) => {
    const end = (error?: CaptureError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      worker.removeAllListeners();
      worker.on('error', () => undefined);
      void worker.terminate();
      if (error === undefined) resolve();
      else reject(error);
    };
    const stop = (): void => end();
    const stalled = (): void => end(damage(path, { code: 'parquet-endless' }));
    let timer = setTimeout(stalled, stallMs);
    signal?.addEventListener('abort', stop);
    worker.on('message', (answer: ParquetAnswer) => {
      clearTimeout(timer);
      timer = setTimeout(stalled, stallMs);
      if (answer.kind === 'done') return end();
      const error = rows.take(answer);
      if (error !== undefined) end(error);
      else pause();
    });
    worker.on('error', (error) =>
      end(damage(path, { code: 'parquet-damaged', error: error.message })),
    );
    worker.on('exit', () => end(damage(path, { code: 'parquet-decoder-ended' })));
  });
}

/** Makes records of what the decoder tells. */
class RowReader {
  private readonly path: string;
  private readonly fileIndex: number;
  private readonly note: NoteRow;
  private order = orderOf([]);
  private row = 0;

  constructor(path: string, fileIndex: number, note: NoteRow) {
    this.path = path;
    this.fileIndex = fileIndex;
    this.note = note;
  }

  /** Yields what ends the file, undefined when it goes on. */
  take(answer: ParquetAnswer): CaptureError | undefined {
    switch (answer.kind) {
      case 'columns':
        this.order = orderOf(answer.names.map(fieldName));
        if (hasAddresses(this.order)) return undefined;
        return damage(this.path, { code: 'parquet-no-flow-log' });
      case 'rows':
        for (const values of answer.rows) {
          this.row++;
          const told = wordsIn(this.order, values, 0);
          this.note(recordOf(told, this.fileIndex, this.row), this.row);
        }
        return undefined;
      case 'absent':
        return new CaptureError('NETLENS_FILE', this.path, -1, { code: 'parquet-needs-package' });
      case 'damage':
        return damage(this.path, { code: 'parquet-damaged', error: answer.why });
      case 'done':
        return undefined;
    }
  }
}

function damage(path: string, what: Sentence): CaptureError {
  return new CaptureError('NETLENS_CAPTURE_DAMAGED', path, -1, what);
}
