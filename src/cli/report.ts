/** `netlens report`: all that captures show in one HTML file. */
import { basename } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import type { ConversationRecord } from '../classify/record.ts';
import { NOTHING_READ } from '../pipeline.ts';
import { countOf } from '../view/amounts.ts';
import type { Language } from '../view/diagram/words.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { fileDigest } from './file-digest.ts';
import { tidyHelp } from './help.ts';
import { inputsOf } from './inputs.ts';
import { takeSignals } from './interrupt.ts';
import {
  addKnowledgeOptions,
  type KnowledgeOptions,
  knowledgeOptions,
  loadKnowledge,
} from './knowledge.ts';
import { type CaptureFiles, type Learned, readWhole } from './learn.ts';
import { oneLine } from './option-values.ts';
import { putFile } from './put-file.ts';
import { version } from './version.ts';

const STDERR = 2;
/** Captures named at the head, each with its digest. */
const CAPTURES_NAMED = 8;

const EXAMPLES = `
The page needs no network and no server: open it from the disk, mail it, attach it to an incident. It has
the conversations with search and sorting, the topology, the journey and the reasons of each conversation,
and what was lost. Nothing from the captures can run in it.

Examples:
  netlens report w1.pcap w0.pcap -o report.html
  netlens report w*.pcap --kube-json dump/ -o report.html 'pod default/web-0'
  netlens report w1.pcap --lang ko --title 'Incident 42' -o 보고서.html

Exit codes: 0 done, 1 a file failed or is damaged, 2 wrong usage.`;

interface ReportCommand {
  readonly words: readonly string[];
  readonly filterWords: readonly string[];
  readonly knowledge: KnowledgeOptions;
  readonly output: string;
  readonly language: Language;
  readonly title: string | undefined;
}

/** Run the command; yields the exit code. */
export async function runReport(argv: readonly string[]): Promise<number> {
  const command = parse(argv);
  if (command === undefined) return EXIT_DONE;
  const { words, filterWords } = command;
  const { files, nodes, filterText } = await inputsOf({ words, files: [], filterWords });
  if (files.includes('-')) {
    throw new UsageError(
      'report: it names its captures by SHA-256, so save the pipe to a file first',
    );
  }
  const { compileFilter } = await import('../filter/filter.ts');
  const filter = filterText === '' ? undefined : compileFilter(filterText);
  const knowledge = await loadKnowledge(command.knowledge, files);
  const interrupt = takeSignals();
  const captures = { files, nodes };
  const learned = await readWhole(captures, knowledge, interrupt.signal, filter);
  await putFile(
    command.output,
    await pageOf(command, captures, learned, filterText, !interrupt.signal.aborted),
  );
  interrupt.release();
  const { damage = [] } = learned.ledger;
  if (damage.length > 0)
    await say(new Output(STDERR), showLedger({ ...NOTHING_READ, ...learned.ledger }));
  if (interrupt.exitCode !== undefined) return interrupt.exitCode;
  return damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

async function pageOf(
  { language, title }: ReportCommand,
  captures: CaptureFiles,
  { conversations, chooses, ledger, recordOf }: Learned,
  filterText: string,
  isWhole: boolean,
): Promise<string> {
  const { reportHtml, ROWS_MAX } = await import('../view/report/report-html.ts');
  const { ClusterTraffic } = await import('../view/diagram/cluster-traffic.ts');
  const { clusterModel } = await import('../view/diagram/cluster-model.ts');
  const traffic = new ClusterTraffic();
  const records: ConversationRecord[] = [];
  let total = 0;
  for (let c = 0; c < conversations.count; c++) {
    if (!chooses(c)) continue;
    const record = recordOf(c);
    traffic.add(record);
    if (total++ < ROWS_MAX) records.push(record);
  }
  const chosen = filterText === '' ? {} : { chosen: total };
  return reportHtml({
    records,
    total,
    cluster: clusterModel(conversations.run.topology, traffic),
    ledger: { ...NOTHING_READ, ...ledger, ...chosen },
    footer: await headOf(captures, filterText, isWhole),
    title,
    language,
  });
}

/** Where the page comes from. */
async function headOf(
  { files }: CaptureFiles,
  filterText: string,
  isWhole: boolean,
): Promise<string[]> {
  const lines: string[] = [];
  for (const file of files.slice(0, CAPTURES_NAMED)) {
    lines.push(`${basename(file)} sha256 ${await fileDigest(file)}`);
  }
  if (!isWhole) lines.push('reading was ended before the end of the captures');
  const rest = files.length - CAPTURES_NAMED;
  if (rest > 0) lines.push(`and ${countOf(rest, 'capture')} more`);
  lines.push(
    [...(filterText === '' ? [] : [`filter: ${filterText}`]), `netlens ${version()}`].join(' · '),
  );
  return lines;
}

function parse(argv: readonly string[]): ReportCommand | undefined {
  const ends = argv.indexOf('--');
  const command = tidyHelp(new Command('netlens report'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[words...]')
    .usage('[OPTIONS] CAPTURE... [FILTER]')
    .description('Write all that captures show into one HTML file that needs nothing else.')
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .option('-o, --output <file>', 'the page', 'report.html')
    .addOption(
      new Option('--lang <language>', 'language of the page').choices(['en', 'ko']).default('en'),
    )
    .option('--title <text>', 'its heading');
  addKnowledgeOptions(command);
  try {
    command.parse(ends < 0 ? argv : argv.slice(0, ends), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'report'));
  }
  const given = command.opts<Record<string, unknown>>();
  const output = given.output as string;
  if (!/\.html?$/i.test(output)) throw new UsageError(`-o ${output}: a report ends in .html`);
  return {
    words: command.args,
    filterWords: ends < 0 ? [] : argv.slice(ends + 1),
    knowledge: knowledgeOptions(given),
    output,
    language: given.lang as Language,
    title: given.title as string | undefined,
  };
}
