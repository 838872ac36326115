/** What `netlens shot` was asked to do: argv to one checked object. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  formatOfName,
  PICTURE_EXTENSIONS,
  PICTURE_FORMATS,
  type PictureFormat,
} from '../view/picture/formats.ts';
import {
  COLUMNS_MAX,
  COLUMNS_MIN,
  type Mark,
  NOTES_MAX,
  PICTURE_VIEWS,
  type PictureRequest,
  ROWS_AUTO_MAX,
  ROWS_MAX,
  ROWS_MIN,
  usualColumns,
} from '../view/picture/request.ts';
import { THEME_NAMES, type ThemeName } from '../view/theme-names.ts';
import { LANGUAGES, type LanguageName, languageOf } from '../words/language-names.ts';
import { UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions, type KnowledgeOptions, knowledgeOptions } from './knowledge.ts';
import { boundedText, oneLine, positive, scaleOf } from './option-values.ts';
import { SORT_ORDERS } from './read-options.ts';

export interface ShotOptions {
  /** Words that are not options: files, then the filter. */
  readonly words: readonly string[];
  readonly filterWords: readonly string[];
  readonly knowledge: KnowledgeOptions;
  /** All but the filter, which is among the words. */
  readonly request: Omit<PictureRequest, 'filter'>;
  /** Where it goes; undefined = standard output. */
  readonly output: string | undefined;
  readonly format: PictureFormat | undefined;
}

const EXAMPLES = `
A picture is painted from the cells that the terminal UI shows, with bundled fonts: the same bytes on
every machine. Below it stand the capture's SHA-256, what is shown of how much, the filter, drops, the
version and your tag; the file holds the same, so that netlens verify can make it again.

Examples:
  netlens shot node1.pcapng -o list.png                       the conversations
  netlens shot w1.pcap w0.pcap 'encap ipip' --view packets -o packets.svg
  netlens shot w*.pcap --view journey --conversation 12 -o journey.png
  netlens shot w1.pcap icmp --view packets --mark 12 --note '12: outer header' --tag kim -o hw.png
  netlens shot w1.pcap --view statistics --lang ko --theme light -o 통계.png
  netlens shot w1.pcap --view explain --conversation 3        as text, to the terminal

Drawn instead of painted, with options of their own (--diagram --help):
  netlens shot w*.pcap --diagram --conversation 12 -o way.svg  the way with nodes, headers, translations
  netlens shot w*.pcap --diagram --view topology -o map.png    the cluster; FILE.mmd is Mermaid
  netlens shot w*.pcap --homework pod-to-pod -o sheet.png      a page for an exercise; list shows them

Exit codes: 0 done, 1 a file failed or is damaged, 2 wrong usage.`;

/** The options, or undefined when help was asked for and shown. */
export function parseShot(argv: readonly string[]): ShotOptions | undefined {
  const ends = argv.indexOf('--');
  const command = defineShot();
  try {
    command.parse(ends < 0 ? argv : argv.slice(0, ends), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'shot'));
  }
  const given = command.opts<Record<string, unknown>>();
  if (given.kube === true || given.host === true || given.kubeconfig !== undefined) {
    throw new UsageError(
      'shot: a picture rests on files: netlens topology --kube > cluster.yaml, then --topology cluster.yaml',
    );
  }
  const output = given.output as string | undefined;
  return {
    words: command.args,
    filterWords: ends < 0 ? [] : argv.slice(ends + 1),
    knowledge: knowledgeOptions(given),
    request: requestOf(given),
    output: output === '-' ? undefined : output,
    format: (given.format as PictureFormat | undefined) ?? formatByName(output),
  };
}

function requestOf(given: Record<string, unknown>): Omit<PictureRequest, 'filter'> {
  const sort = (given.sort as { key: string; descending: boolean } | undefined) ?? {
    key: 'start',
    descending: false,
  };
  const view = given.view as PictureRequest['view'];
  return {
    view,
    conversation: given.conversation as number | undefined,
    packet: given.packet as number | undefined,
    from: given.from as number,
    sort: sort.key as PictureRequest['sort'],
    descending: sort.descending,
    columns: (given.columns as number | undefined) ?? usualColumns(view),
    rows: given.rows as number | undefined,
    theme: given.theme as ThemeName,
    language: (given.lang as LanguageName | undefined) ?? languageOf(process.env),
    names: given.n !== true,
    scale: given.scale as number,
    timeZone: given.timeZone as string,
    title: given.title as string,
    tag: given.tag as string,
    marks: marksOf(given.mark as number[], given.note as Mark[]),
  };
}

/** Marks in the order of their numbers, each once with its note. */
function marksOf(numbers: readonly number[], notes: readonly Mark[]): Mark[] {
  const marks = new Map<number, Mark>();
  for (const number of numbers) marks.set(number, { number, note: '' });
  for (const mark of notes) {
    const known = marks.get(mark.number)?.note ?? '';
    marks.set(mark.number, known === '' ? mark : { ...mark, note: `${known}; ${mark.note}` });
  }
  if (marks.size > NOTES_MAX) throw new UsageError(`--mark: at most ${NOTES_MAX} rows`);
  return [...marks.values()].sort((a, b) => a.number - b.number);
}

function formatByName(output: string | undefined): PictureFormat | undefined {
  if (output === undefined || output === '-') return undefined;
  const format = formatOfName(output);
  if (format !== undefined) return format;
  throw new UsageError(
    `-o ${output}: the name's end tells the format: ${PICTURE_EXTENSIONS} (or --format)`,
  );
}

function defineShot(): Command {
  const command = tidyHelp(new Command('netlens shot'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[words...]')
    .usage('[OPTIONS] CAPTURE... [FILTER]')
    .description('Make a picture of what captures show, without a terminal.')
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .option('-o, --output <file>', 'FILE.png, .svg, .html, .txt or .ans; without it, text')
    .addOption(
      new Option('--format <format>', 'format, where the name does not tell').choices(
        PICTURE_FORMATS,
      ),
    );
  addWhat(command);
  addHow(command);
  addKnowledgeOptions(command);
  return command;
}

function addWhat(command: Command): void {
  command
    .addOption(
      new Option('--view <view>', 'what it shows').choices(PICTURE_VIEWS).default('conversations'),
    )
    .option('--conversation <number>', 'the one that journey, explain and stream show', positive)
    .option('--packet <number>', 'the one that detail shows', positive)
    .option('--from <row>', 'first row shown, from 1', positive, 1)
    .option('--sort <key>', `conversations by ${Object.keys(SORT_ORDERS).join(', ')}`, sortOf)
    .option('--mark <number>', 'light the row of this number; may be repeated', positives, [])
    .option('--note <number: text>', 'the same, with words below; may be repeated', noteOf, [])
    .option('--title <text>', 'a line above it', boundedText, '')
    .option('--tag <text>', 'your name or number, in the footer', boundedText, '');
}

function addHow(command: Command): void {
  command
    .option(
      '--columns <count>',
      'width in characters; else 160 for packets and detail, 120 for the others',
      between(COLUMNS_MIN, COLUMNS_MAX),
    )
    .option(
      '--rows <count>',
      `height in lines of the view; else as many as it has, at most ${ROWS_AUTO_MAX}`,
      between(ROWS_MIN, ROWS_MAX),
    )
    .addOption(new Option('--theme <theme>', 'colours').choices(THEME_NAMES).default('dark'))
    .addOption(new Option('--lang <language>', 'language; by LANG if not given').choices(LANGUAGES))
    .option('-n', 'addresses only, no names')
    .option('--scale <factor>', 'pixels of a PNG for each unit', scaleOf, 2)
    .option('--time-zone <zone>', 'zone of times of day, as Asia/Seoul', zoneOf, 'UTC');
}

function positives(value: string, all: number[]): number[] {
  return [...all, ...value.split(',').map(positive)];
}

/** `12: outer header` */
function noteOf(value: string, all: Mark[]): Mark[] {
  const match = /^#?(\d+)\s*:\s*(.+)$/s.exec(value);
  if (match === null)
    throw new InvalidArgumentError("NUMBER: TEXT is expected, as '12: outer header'");
  return [...all, { number: positive(match[1]!), note: boundedText(match[2]!) }];
}

function between(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is expected`);
  };
}

function zoneOf(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('the name of a time zone is expected, as UTC or Asia/Seoul');
  }
}

function sortOf(value: string): { key: string; descending: boolean } {
  const [key = '', order] = value.split(':');
  const usual = SORT_ORDERS[key];
  if (usual === undefined) {
    throw new InvalidArgumentError(`one of ${Object.keys(SORT_ORDERS).join(', ')} is expected`);
  }
  if (order !== undefined && order !== 'asc' && order !== 'desc') {
    throw new InvalidArgumentError('the order is asc or desc');
  }
  return { key, descending: (order ?? usual) === 'desc' };
}
