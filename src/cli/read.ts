/** `netlens read`: capture files in; conversations, frames, a count or another capture file out. */
import { isatty } from 'node:tty';
import type { AnalyseOptions } from '../classify/analyse.ts';
import type { Ledger } from '../classify/record.ts';
import type { Filter } from '../filter/filter.ts';
import { run, Tally } from '../pipeline.ts';
import { detectFile } from '../source/detect.ts';
import { openCaptures } from '../source/open.ts';
import type { Source } from '../source/source.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import { whyNoScreen } from '../view/tui/terminal-kind.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { filterOf } from './filter-text.ts';
import { type Inputs, inputsOf } from './inputs.ts';
import { type Interrupt, takeSignals } from './interrupt.ts';
import { loadKnowledge } from './knowledge.ts';
import { writeLedger } from './ledger-file.ts';
import { parseRead, type ReadOptions } from './read-options.ts';
import { type Choice, type Task, taskOf } from './tasks.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** Run the command; yields the exit code. Rejects with the error that stopped it before any frame. */
export async function runRead(argv: readonly string[]): Promise<number> {
  const options = parseRead(argv);
  return options === undefined ? EXIT_DONE : runWith(options);
}

/** The same with options in hand. */
export async function runWith(options: ReadOptions): Promise<number> {
  const inputs = await inputsOf(options);
  const filter = await filterOf(inputs.filterText, options.filterFile);
  if (takesScreen(options) && !(await holdFlowLogs(options, inputs))) {
    const { runOnScreen } = await import('./screen.ts');
    return runOnScreen(options, inputs, filter);
  }
  const knowledge = await loadKnowledge(options.knowledge, inputs.files);
  const interrupt = takeSignals();
  const output = new Output(STDOUT);
  if (await mayBeFlowLogs(options, inputs)) {
    const logs = await import('./flow-logs.ts');
    if (await logs.areFlowLogs(options, inputs.files)) {
      const context = { options, knowledge, inputs, filter, output, signal: interrupt.signal };
      const done = await logs.readFlowLogs(context);
      return conclude(options, output, done, interrupt, undefined);
    }
  }
  const choice = await choiceOf(options, inputs, filter, knowledge, interrupt);
  const source = await open(options, inputs, interrupt);
  const context = { options, knowledge, source, output, filter, files: inputs.files };
  const task = await taskOf(context, choice);
  const tally = await readAll(options, source, task, interrupt);
  const ledger = await task.finish(tally.ledgerOf(source));
  return conclude(options, output, { ledger, showsLedger: task.showsLedger }, interrupt, source);
}

/** Whether there is a terminal for the screen. Throws when one was asked for and cannot be. */
function takesScreen({ screen }: ReadOptions): boolean {
  if (screen === 'no') return false;
  const isWanted = screen === 'wanted';
  const stdin = { isTTY: isWanted || isatty(STDIN) }; // keys may come from /dev/tty
  const stdout = { isTTY: isatty(STDOUT) }; // process.stdout would take 5 ms to make
  const why = whyNoScreen(stdin, stdout, process.env);
  if (why !== undefined && isWanted) {
    throw new UsageError(`-o tui: ${why}; -o table writes the same as text`);
  }
  return why === undefined;
}

async function holdFlowLogs(options: ReadOptions, inputs: Inputs): Promise<boolean> {
  if (!(await mayBeFlowLogs(options, inputs))) return false;
  const logs = await import('./flow-logs.ts');
  const areLogs = await logs.areFlowLogs(options, inputs.files);
  if (areLogs && options.screen === 'wanted') {
    throw new UsageError('-o tui: flow logs come as text; -o table shows their conversations');
  }
  return areLogs;
}

/** All is shown: write the ledger where it is wanted, and yield the exit code. */
async function conclude(
  options: ReadOptions,
  output: Output,
  { ledger, showsLedger }: { ledger: Ledger; showsLedger: boolean },
  interrupt: Interrupt,
  source: Source | undefined,
): Promise<number> {
  await output.flush();
  if (!showsLedger && !output.closed) await say(new Output(STDERR), showLedger(ledger));
  if (options.ledger !== undefined) await writeLedger(options.ledger, ledger);
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
  await source?.close();
  interrupt.release();
  if (output.error !== undefined) throw output.error;
  return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

/** Not when the first file is a capture: then nothing more is loaded. */
async function mayBeFlowLogs(options: ReadOptions, inputs: Inputs): Promise<boolean> {
  if (options.flowLogFormat !== undefined) return true;
  const format = inputs.files.length === 1 ? await detectFile(inputs.files[0]!) : undefined;
  return format === undefined && inputs.files.some((file) => file !== '-');
}

/**
 * Which frames to show, and what to say of each. Where the filter has words of whole conversations, or
 * frames are to be annotated, the files are read twice: first for the conversations, then for the frames.
 */
async function choiceOf(
  options: ReadOptions,
  inputs: Inputs,
  filter: Filter | undefined,
  knowledge: AnalyseOptions,
  interrupt: Interrupt,
): Promise<Choice> {
  const takesFrames = options.frames || options.count || options.write !== undefined;
  const chooses = filter?.needsConversation === true && takesFrames;
  if (!chooses && !options.annotate) {
    return { filter: filter?.needsConversation === true ? undefined : filter?.frame };
  }
  if (options.follow || inputs.files.includes('-')) {
    const what = chooses
      ? 'words of whole conversations in the filter: frames of a pipe or a growing file cannot be chosen by them'
      : '--annotate: frames of a pipe or a growing file cannot be annotated';
    throw new UsageError(`${what}; save it first`);
  }
  const { firstRead } = await import('./chosen-frames.ts');
  const source = await open(options, inputs, interrupt);
  const settings = { ...options, knowledge, signal: interrupt.signal };
  return firstRead(source, filter, settings);
}

function open(options: ReadOptions, inputs: Inputs, interrupt: Interrupt): Promise<Source> {
  return openCaptures(inputs.files, {
    follow: options.follow,
    signal: interrupt.signal,
    nodes: inputs.nodes,
  });
}

async function readAll(
  options: ReadOptions,
  source: Source,
  { stage, filter }: Task,
  interrupt: Interrupt,
): Promise<Tally> {
  const tally = new Tally();
  const { limit } = options;
  const runOptions = { filter, limit, signal: interrupt.signal };
  // a bar is for those who wait: a terminal that shows nothing else meanwhile
  const quiet = !isatty(STDERR) || (options.frames && isatty(STDOUT));
  if (quiet || !options.progress) {
    await run(source, stage, tally, runOptions);
    return tally;
  }
  const { Progress } = await import('../view/progress.ts');
  const progress = new Progress(() => source.progress);
  try {
    await run(source, stage, tally, { ...runOptions, onBatch: () => progress.update() });
  } finally {
    progress.stop();
  }
  return tally;
}
