/** `netlens read` of VPC flow logs: records in the place of frames, conversations out. */
import { isatty } from 'node:tty';
import type { AnalyseOptions } from '../classify/analyse.ts';
import { FlowLogConversations } from '../classify/flow-log-conversations.ts';
import { FlowLogTable } from '../classify/flow-log-table.ts';
import type { Ledger } from '../classify/record.ts';
import type { Filter } from '../filter/filter.ts';
import { NOTHING_READ } from '../pipeline.ts';
import { detectFlowLog, type FlowLogCounts, FlowLogs } from '../source/flow-log.ts';
import {
  FIELDS,
  type FieldOrder,
  FlowLogFormatError,
  parseFormat,
} from '../source/flow-log-fields.ts';
import type { Topology } from '../topology/topology.ts';
import { showLedger } from '../view/ledger-text.ts';
import type { Output } from '../view/output.ts';
import { showList } from './conversations.ts';
import { UsageError } from './errors.ts';
import type { Inputs } from './inputs.ts';
import type { ReadOptions } from './read-options.ts';

const STDERR = 2;

/** Whether the files are flow logs: by their content, or because the user gives their format. Throws UsageError. */
export async function areFlowLogs(
  options: Pick<ReadOptions, 'flowLogFormat'>,
  files: readonly string[],
): Promise<boolean> {
  if (options.flowLogFormat !== undefined) return true;
  let logs = 0;
  let capture: string | undefined;
  for (const file of files) {
    const kind = file === '-' ? undefined : await detectFlowLog(file);
    if (kind === 'unknown-order') {
      throw new UsageError(
        `${file}: looks like a flow log without a header whose fields are not those of version 2; give their order with --flow-log-format '\${version} \${account-id} …'`,
      );
    }
    if (kind === undefined) capture ??= file;
    else logs++;
  }
  if (logs > 0 && capture !== undefined) {
    throw new UsageError(
      `${capture}: captures and flow logs cannot be read together; read them apart`,
    );
  }
  return logs > 0;
}

/** What flow logs show of a cluster, beside what is known of it; `damage` holds a line for each fault. */
export async function learnFromFlowLogs(
  files: readonly string[],
  options: Pick<ReadOptions, 'flowLogFormat'>,
  knowledge: AnalyseOptions,
  signal: AbortSignal,
): Promise<{ topology: Topology; damage: readonly string[] }> {
  const logs = openLogs(files, options, signal);
  const table = new FlowLogTable();
  await logs.read(
    (record) => table.add(record),
    () => {},
  );
  const { topology } = new FlowLogConversations(table, files, knowledge);
  return { topology, damage: damageOfAll(logs) };
}

/** What reading needs to know of the run. */
export interface FlowLogContext {
  readonly options: ReadOptions;
  readonly knowledge: AnalyseOptions;
  readonly inputs: Inputs;
  readonly filter: Filter | undefined;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Read them and show their conversations; yields the ledger. */
export async function readFlowLogs({
  options,
  knowledge,
  inputs,
  filter,
  output,
  signal,
}: FlowLogContext): Promise<{ ledger: Ledger; showsLedger: boolean }> {
  refuseFrames(options, filter);
  const logs = openLogs(inputs.files, options, signal);
  const table = new FlowLogTable(options.maxFlows);
  await readAll(logs, table, options);
  const conversations = new FlowLogConversations(table, inputs.files, knowledge);
  const chooses =
    filter === undefined ? undefined : (c: number) => filter.conversation(conversations.record(c));
  const shown = await showList(conversations, chooses, { options, output });
  const joins = conversations.joins();
  const ledger: Ledger = {
    ...NOTHING_READ,
    files: inputs.files.length,
    conversations: conversations.count,
    ...shown,
    ...joins,
    flowLogs: { ...sums(logs.counts), untracked: table.untracked },
    damage: damageOfAll(logs),
  };
  const showsLedger = options.format !== 'jsonl' && options.format !== 'csv';
  if (showsLedger) await output.write(new TextEncoder().encode(showLedger(ledger)));
  return { ledger, showsLedger };
}

function openLogs(
  files: readonly string[],
  { flowLogFormat }: Pick<ReadOptions, 'flowLogFormat'>,
  signal: AbortSignal,
): FlowLogs {
  const order = flowLogFormat === undefined ? undefined : format(flowLogFormat);
  return new FlowLogs(files, { order, signal });
}

function damageOfAll(logs: FlowLogs): string[] {
  return [...logs.damage.map(({ message }) => message), ...logs.counts.flatMap(damageOf)];
}

async function readAll(logs: FlowLogs, table: FlowLogTable, options: ReadOptions): Promise<void> {
  if (!isatty(STDERR) || !options.progress) {
    await logs.read(
      (record) => table.add(record),
      () => {},
    );
    return;
  }
  const { Progress } = await import('../view/progress.ts');
  const progress = new Progress(() => logs.progress);
  try {
    await logs.read(
      (record) => table.add(record),
      () => progress.update(),
    );
  } finally {
    progress.stop();
  }
}

/** What only frames can answer is refused, not answered with nothing. */
function refuseFrames(options: ReadOptions, filter: Filter | undefined): void {
  const asked: readonly (readonly [boolean, string, string])[] = [
    [options.write !== undefined, '-w', 'a flow log holds no frames to write'],
    [options.frames, '--frames', 'a flow log holds no frames to show'],
    [
      options.count,
      '--count',
      'a flow log holds no frames to count; -o jsonl | wc -l counts conversations',
    ],
    [
      Number.isFinite(options.limit),
      '-c',
      'it counts frames, and a flow log holds none; see --top',
    ],
    [options.follow, '--follow', 'flow logs are read to their end'],
    [options.knowledge.skew.length > 0, '--skew', 'flow logs hold whole seconds of one clock'],
  ];
  for (const [isAsked, flag, why] of asked) if (isAsked) throw new UsageError(`${flag}: ${why}`);
  const [witness] = filter?.witnesses ?? [];
  if (witness !== undefined) {
    throw new UsageError(`${witness}: only frames can answer that, and a flow log holds none`);
  }
}

/** The order that --flow-log-format gives. */
function format(text: string): FieldOrder {
  try {
    return parseFormat(text);
  } catch (error) {
    if (!(error instanceof FlowLogFormatError)) throw error;
    const near = error.word === undefined ? undefined : FIELDS.find((f) => isNear(f, error.word!));
    const hint = near === undefined ? 'docs/flow-logs.md lists them' : `did you mean ${near}?`;
    throw new UsageError(`--flow-log-format: ${error.message}; ${hint}`);
  }
}

/** One is the other but for its hyphens, or holds it. */
function isNear(field: string, word: string): boolean {
  const [a, b] = [field.replaceAll('-', ''), word.replaceAll('-', '')];
  return a === b || (b.length > 3 && (a.startsWith(b) || b.startsWith(a)));
}

function sums(
  counts: readonly FlowLogCounts[],
): Omit<NonNullable<Ledger['flowLogs']>, 'untracked'> {
  const sum = { records: 0, noData: 0, skipData: 0, damagedLines: 0 };
  for (const one of counts) {
    sum.records += one.records;
    sum.noData += one.noData;
    sum.skipData += one.skipData;
    sum.damagedLines += one.damaged;
  }
  return sum;
}

function damageOf({ file, damaged, damagedLines }: FlowLogCounts): string[] {
  if (damaged === 0) return [];
  const more = damaged > damagedLines.length ? '; …' : '';
  return [
    `${file}: ${damaged} damaged ${damaged === 1 ? 'line' : 'lines'}: ${damagedLines.join('; ')}${more}`,
  ];
}
