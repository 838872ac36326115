/** `netlens capture`: frames as they pass this machine in; conversations, frames or a capture file out. */
import type { Ledger } from '../classify/record.ts';
import { LiveKnowledge } from '../engine/live-knowledge.ts';
import type { BpfProgram } from '../filter/bpf/compile.ts';
import { compileFilter, type Filter } from '../filter/filter.ts';
import { run, Tally } from '../pipeline.ts';
import { openLibpcap } from '../source/live/libpcap-source.ts';
import { type LiveSource, openLive } from '../source/live/live-source.ts';
import { escapeText } from '../view/escape.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import { english } from '../words/say.ts';
import { type CaptureOptions, parseCapture } from './capture-options.ts';
import { type CaptureTask, captureTaskOf } from './capture-tasks.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { filterOf } from './filter-text.ts';
import { type Interrupt, takeSignals } from './interrupt.ts';
import { loadFiles } from './knowledge.ts';
import { writeLedger } from './ledger-file.ts';
import { namespacesOf, placesOf } from './namespaces.ts';
import { Notices } from './notices.ts';
import { becomeUser } from './privileges.ts';

const STDOUT = 1;
const STDERR = 2;

/** Run the command; yields the exit code. Rejects with what prevents capturing. */
export async function runCapture(argv: readonly string[]): Promise<number> {
  const options = parseCapture(argv);
  if (options === undefined) return EXIT_DONE;
  if (options.listDevices) return (await import('./interfaces.ts')).runInterfaces([]);
  const filter = await filterOf(options.filterText, options.filterFile);
  if (options.dumpFilter > 0) return showProgram(options, filter);
  if (options.screen) {
    const { captureOnScreen } = await import('./capture-screen.ts');
    return captureOnScreen(options, filter, await programsOf(options, filter));
  }
  refuseChoices(options, filter);
  const programs = await programsOf(options, filter);
  const interrupt = takeSignals();
  const notices = new Notices();
  const source = await openSource(options, filter, programs, interrupt, notices);
  const isExact = programs[source.form]?.exact === true;
  if (options.user !== undefined) becomeUser(options.user);
  const began = performance.now();
  const notice = (text: string): void => notices.say(text);
  const questions = { ...options.knowledge, node: options.node, notice };
  const knowledge = await LiveKnowledge.open(questions, await loadFiles(options.knowledge));
  const output = new Output(STDOUT);
  const task = await captureTaskOf({
    options,
    knowledge,
    source,
    output,
    filter,
    isExact,
    began,
    interrupt,
    notices,
  });
  await announce(options);
  const tally = await captureAll(options, source, task, knowledge);
  await source.close();
  const seconds = (performance.now() - began) / 1000;
  const counted = { ...tally.ledgerOf(source), ...liveLedger(source, seconds) };
  const ledger = await task.finish(counted);
  await notices.release();
  await knowledge.close();
  return conclude(options, output, ledger, interrupt);
}

/** Frames are written, counted and shown as they come: words of whole conversations cannot choose them yet. */
function refuseChoices(options: CaptureOptions, filter: Filter | undefined): void {
  if (filter?.needsConversation !== true) return;
  if (!options.frames && !options.count && options.write === undefined) return;
  throw new UsageError(
    'words of whole conversations in the filter: they cannot choose frames while capturing; save all with -w, and choose with netlens read',
  );
}

async function openSource(
  options: CaptureOptions,
  filter: Filter | undefined,
  programs: readonly BpfProgram[],
  { signal }: Interrupt,
  notices: Notices,
): Promise<LiveSource> {
  const open = options.backend === 'libpcap' ? openLibpcap : openLive;
  return open({
    ...options,
    namespaces: namespacesOf(options),
    promiscuous: options.promiscuous,
    programs: programs.map(({ instructions }) => instructions),
    filterText: filter?.text,
    notice: (what) => notices.say(english(what)),
    signal,
  });
}

/** The filter as the kernel takes it, and shorter forms. */
async function programsOf(
  { kernelFilter }: CaptureOptions,
  filter: Filter | undefined,
): Promise<readonly BpfProgram[]> {
  // where whole conversations are chosen, all their frames must come
  if (filter === undefined || filter.prefersConversation || !kernelFilter) return [];
  const { compileBpfBySize } = await import('../filter/bpf/compile.ts');
  return compileBpfBySize(filter);
}

/** `-d`: what the kernel would be given. */
async function showProgram(
  { dumpFilter }: CaptureOptions,
  filter: Filter | undefined,
): Promise<number> {
  const { compileBpf } = await import('../filter/bpf/compile.ts');
  const { showBpf, showBpfNumbers, showBpfStructs } = await import('../filter/bpf/show.ts');
  const show = [showBpf, showBpfStructs, showBpfNumbers][Math.min(dumpFilter, 3) - 1]!;
  const output = new Output(STDOUT);
  await say(output, show(compileBpf(filter ?? compileFilter(''))));
  return EXIT_DONE;
}

/** Frames are received from here on: for who waits, and for scripts. */
async function announce(options: CaptureOptions): Promise<void> {
  const devices = options.devices.length === 0 ? 'all devices' : options.devices.join(', ');
  const filter = options.filterText === '' ? '' : `, capture filter: ${options.filterText}`;
  await say(
    new Output(STDERR),
    `${escapeText(`netlens: capturing on ${devices} of ${placesOf(options)}${filter}; Ctrl-C ends it`)}\n`,
  );
}

async function captureAll(
  options: CaptureOptions,
  source: LiveSource,
  { stage, filter }: CaptureTask,
  knowledge: LiveKnowledge,
): Promise<Tally> {
  const tally = new Tally();
  let changes = 0;
  await run(source, stage, tally, {
    filter,
    limit: options.limit,
    signal: new AbortController().signal, // the source ends by the interrupt, when it has delivered all
    onBatch: () => {
      knowledge.tick(source.changes !== changes, tally.frames);
      changes = source.changes;
    },
  });
  return tally;
}

/** What the source says of its losses. */
function liveLedger(source: LiveSource, seconds: number): Partial<Ledger> {
  const { received, dropped, freezes, damaged } = source.statistics;
  return {
    captureDrops: dropped,
    live: {
      seconds,
      devices: source.interfaces.length,
      listening: source.listening,
      received,
      ringFull: freezes,
      damaged,
      unwritten: 0,
      unshown: 0,
    },
  };
}

/** All is shown: the sum of it, and the exit code. */
async function conclude(
  options: CaptureOptions,
  output: Output,
  ledger: Ledger,
  interrupt: Interrupt,
): Promise<number> {
  await output.flush();
  await say(new Output(STDERR), showLedger(ledger));
  if (options.ledger !== undefined) await writeLedger(options.ledger, ledger);
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
  interrupt.release();
  if (output.error !== undefined) throw output.error;
  const { damage, live } = ledger;
  return damage.length > 0 || live?.uncommented !== undefined ? EXIT_FAILED : EXIT_DONE;
}
