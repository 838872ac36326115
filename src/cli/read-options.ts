/** What `netlens read` was asked to do: argv, tcpdump's letters included, to one checked object. */
import { Command, CommanderError, Option } from 'commander';
import type { RotationOptions } from '../view/capture-rotation.ts';
import { THEME_NAMES, type ThemeName } from '../view/theme-names.ts';
import { LANGUAGES, type LanguageName, languageOf } from '../words/language-names.ts';
import { UsageError } from './errors.ts';
import { addFrameOptions, type FrameOptions, frameOptions } from './frame-options.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions, type KnowledgeOptions, knowledgeOptions } from './knowledge.ts';
import { append, increase, oneLine, positive } from './option-values.ts';
import { addRotationOptions, annotates, rotationOptions } from './write-options.ts';

export type OutputFormat = 'table' | 'text' | 'jsonl' | 'csv' | 'explain';

export const FORMATS: readonly string[] = ['tui', 'table', 'text', 'jsonl', 'csv'];

/** What a conversation list can be sorted by, and whether the largest comes first unless told. */
export const SORT_ORDERS: Record<string, 'asc' | 'desc'> = {
  start: 'asc',
  bytes: 'desc',
  packets: 'desc',
  duration: 'desc',
  rtt: 'desc',
  retransmissions: 'desc',
  client: 'asc',
  server: 'asc',
  label: 'asc',
  protocol: 'asc',
};

export interface ReadOptions extends FrameOptions {
  /** Words that are not options: files, then the filter. */
  readonly words: readonly string[];
  /** What is known of the cluster beside the capture. */
  readonly knowledge: KnowledgeOptions;
  /** Only these conversations, 1-based; empty = all. */
  readonly ids: readonly number[];
  /** Words after `--`: filter. */
  readonly filterWords: readonly string[];
  /** Of -r. */
  readonly files: readonly string[];
  /** Of -F. */
  readonly filterFile: string | undefined;
  readonly format: OutputFormat;
  /** The screen: when asked for, where there is a terminal and nothing asks for text, or not at all. */
  readonly screen: 'wanted' | 'possible' | 'no';
  readonly theme: ThemeName | undefined;
  readonly language: LanguageName;
  readonly frames: boolean;
  readonly sort: { readonly key: string; readonly descending: boolean } | undefined;
  readonly top: number | undefined;
  /** A table lists neighbour discovery and group memberships too. */
  readonly all: boolean;
  readonly limit: number;
  readonly count: boolean;
  readonly maxFlows: number | undefined;
  /** Order of the fields of VPC flow logs without a header, as given. */
  readonly flowLogFormat: string | undefined;
  readonly follow: boolean;
  readonly names: boolean;
  readonly width: number | undefined;
  readonly color: 'auto' | 'always' | 'never';
  readonly progress: boolean;
  readonly write: string | undefined;
  /** Comments on the frames that `write` writes. */
  readonly annotate: boolean;
  /** How `write` is spread over files. */
  readonly rotation: RotationOptions | undefined;
  readonly ledger: string | undefined;
}

/** tcpdump's letters that mean nothing when reading files, and why. */
const REFUSED: readonly [flag: string, why: string][] = [
  ['-i <interface>', 'reading files, not capturing; interfaces are those in the file'],
  ['-D', 'reading files, not capturing; there are no interfaces to list'],
  ['-p', 'reading files, not capturing; there is no promiscuous mode'],
  ['-s <length>', 'the frames are captured already; their length stands'],
  ['-B <size>', 'reading files, not capturing; there is no buffer to size'],
  ['-G <seconds>', 'files end by time only while capturing; -C ends them by size'],
  ['-I', 'reading files, not capturing; there is no monitor mode'],
  ['-y <linktype>', 'the file tells its link types'],
  ['-j <type>', 'the file tells its time stamps'],
  ['-J', 'the file tells its time stamps'],
  ['-L', 'the file tells its link types'],
  ['-Q <direction>', 'reading files, not capturing'],
  ['-z <command>', 'no file is rotated'],
  ['-Z <user>', 'no privileges are needed to read'],
  ['-d', 'a file is not filtered by the kernel; netlens capture -d shows what it would be given'],
  ['-O', 'the filter is not compiled to BPF'],
  ['-E <secret>', 'ESP is not decrypted'],
  ['-M <secret>', 'TCP-MD5 is not verified'],
  ['-m <module>', 'SNMP is not decoded'],
  ['-T <type>', 'what a packet holds is told by its bytes'],
  ['-V <file>', 'name the files on the command line'],
  ['-f', 'names come from the capture, not from DNS'],
  ['-N', 'names come from the capture, not from DNS'],
  ['-H', '802.11 is not decoded'],
  ['-a', 'names come from the capture, not from DNS'],
  ['-b', 'reading files, not capturing'],
  ['-u', 'NFS is not decoded'],
];

const EXAMPLES = `
FILTER is the language of pcap-filter(7), asked of every IP layer of a frame, inner and outer:
  host 10.0.0.5 and tcp port 80      outer host 192.168.10.101      inner net 172.16.0.0/16
Words that are no files, or all after --, are the filter.

Examples:
  netlens read node1.pcapng                       conversations: on a terminal to look into, else one line each
  netlens read w1=a.pcapng w2=b.pcapng            two nodes, named w1 and w2
  netlens read a.pcapng tcp port 80               only those of the filter
  netlens read a.pcapng -o jsonl | jq .server.ip  one JSON object a line
  netlens read a.pcapng --sort bytes --top 10     the ten largest
  netlens -nr a.pcap --frames -c 20               frames, as tcpdump prints them
  ssh node tcpdump -i any -w - | netlens read -   frames of a pipe, as they come
  netlens read a.pcapng -w dns.pcapng port 53     the matching frames into a file

Exit codes: 0 done, 1 a file failed or is damaged, 2 wrong usage, 130 ended by Ctrl-C.`;

/** The options, or undefined when help was asked for and shown. */
export function parseRead(argv: readonly string[]): ReadOptions | undefined {
  const ends = argv.indexOf('--');
  const command = defineRead();
  try {
    command.parse(ends < 0 ? argv : argv.slice(0, ends), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'read'));
  }
  const given = command.opts<Record<string, unknown>>();
  for (const [flag, why] of REFUSED) {
    const letter = flag.slice(0, 2);
    if (given[letter.slice(1)] !== undefined) throw new UsageError(`${letter}: ${why}`);
  }
  return checked(given, command.args, ends < 0 ? [] : argv.slice(ends + 1));
}

function defineRead(): Command {
  const command = tidyHelp(new Command('netlens read'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[words...]')
    .usage('[OPTIONS] FILE... [FILTER]')
    .summary('read capture files and show the conversations, or the frames, in them')
    .description(
      'Read capture files (pcap, pcapng; plain, gzip or zstd; - is standard input)\nand show the conversations in them, or with --frames the frames. Several files\nare several places that saw the same traffic.',
    )
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text');
  addOutputOptions(command.optionsGroup('What is read and shown:'));
  addKnowledgeOptions(command.optionsGroup('What is known of the cluster:'));
  addFrameOptions(command.optionsGroup('How frames are shown, as by tcpdump:'));
  for (const [flag] of REFUSED) command.addOption(new Option(flag).hideHelp());
  return command;
}

function addOutputOptions(command: Command): void {
  command
    .option('-r, --read <file>', 'a capture file; may be repeated; - is standard input', append, [])
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(
      new Option(
        '-o, --output <format>',
        'how to show it; a terminal gets the tui, all else the table',
      ).choices(FORMATS),
    )
    .addOption(
      new Option('--lang <language>', 'language of the tui and of explain; LANG decides').choices(
        LANGUAGES,
      ),
    )
    .addOption(new Option('--theme <name>', 'colours of the tui').choices(THEME_NAMES))
    .option('--frames', 'show frames, a line each, not conversations')
    .option('--sort <key[:asc|:desc]>', `order: ${Object.keys(SORT_ORDERS).join(', ')}`)
    .option('--top <n>', 'only the first n conversations; sorted by bytes unless --sort', positive)
    .option(
      '--all',
      'also what hosts send to their own link: neighbour discovery, group memberships',
    )
    .option('-c, --limit <n>', 'stop after n frames that match', positive)
    .option('--count', 'only say how many frames match')
    .option(
      '-w, --write <file>',
      'write the frames that match; .pcap for pcap, else pcapng; - for a pipe',
    )
    .option('--annotate', 'with -w: a comment on each frame, its conversation and label')
    .option('--ledger <file>', 'write what was read, lost and left out as JSON')
    .option('--max-flows <n>', 'bound of memory: flows kept at once', positive)
    .option(
      '--flow-log-format <fields>',
      'order of the fields of VPC flow logs without a header, as the console writes it',
    )
    .option('--follow', 'wait for more at the end of the files')
    .option('-n, --numeric', 'addresses only, no names', increase, 0)
    .option('--names', 'show names beside addresses (the default)')
    .option('--width <n>', 'columns of the table, whatever the terminal has', positive)
    .addOption(
      new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
    )
    .option('--no-progress', 'no progress on standard error');
  addRotationOptions(command, false);
}

function checked(
  given: Record<string, unknown>,
  words: readonly string[],
  filterWords: readonly string[],
): ReadOptions {
  const { style, implied } = frameOptions(given);
  const frames = given.frames === true || implied;
  const output = (given.output as string | undefined) ?? 'table';
  const format = output === 'tui' ? 'table' : (output as OutputFormat);
  if (frames) refuseForFrames(given, format);
  return {
    words,
    ids: [],
    knowledge: knowledgeOptions(given),
    filterWords,
    files: given.read as string[],
    filterFile: given.filterFile as string | undefined,
    format,
    screen: screenOf(given, frames),
    theme: given.theme as ThemeName | undefined,
    language: (given.lang as LanguageName | undefined) ?? languageOf(process.env),
    frames,
    sort: sortOf(given.sort as string | undefined, given.top !== undefined),
    top: given.top as number | undefined,
    all: given.all === true,
    limit: (given.limit as number | undefined) ?? Number.POSITIVE_INFINITY,
    count: given.count === true,
    maxFlows: given.maxFlows as number | undefined,
    flowLogFormat: given.flowLogFormat as string | undefined,
    follow: given.follow === true,
    names: Number(given.numeric ?? 0) === 0,
    width: given.width as number | undefined,
    color: given.color as 'auto' | 'always' | 'never',
    progress: given.progress !== false,
    write: given.write as string | undefined,
    annotate: annotates(given),
    rotation: rotationOptions(given, given.write as string | undefined),
    ledger: given.ledger as string | undefined,
    ...style,
  };
}

/** Throws for what only conversations have. */
function refuseForFrames(given: Record<string, unknown>, format: OutputFormat): void {
  if (format === 'csv') {
    throw new UsageError('-o csv: frames come as text or jsonl; csv is for conversations');
  }
  if (given.sort !== undefined) {
    throw new UsageError('--sort: frames come in the order of time; conversations can be sorted');
  }
  if (given.top !== undefined) {
    throw new UsageError('--top: is for conversations; -c N stops after N frames');
  }
}

/** Options that ask for text, or for what the screen does not do. */
const TEXT_OPTIONS = [
  'top',
  'limit',
  'count',
  'write',
  'ledger',
  'width',
  'verbose',
  'quick',
  'flowLogFormat',
];

function screenOf(given: Record<string, unknown>, frames: boolean): ReadOptions['screen'] {
  if (given.output === 'tui') return 'wanted';
  if (given.output !== undefined || frames || given.color !== 'auto') return 'no';
  return TEXT_OPTIONS.some((name) => Boolean(given[name])) ? 'no' : 'possible';
}

function sortOf(text: string | undefined, top: boolean): ReadOptions['sort'] {
  if (text === undefined) return top ? { key: 'bytes', descending: true } : undefined;
  const [key = '', order, ...rest] = text.split(':');
  const usual = SORT_ORDERS[key];
  if (usual === undefined || !Object.hasOwn(SORT_ORDERS, key)) {
    throw new UsageError(
      `--sort ${text}: cannot sort by that; one of ${Object.keys(SORT_ORDERS).join(', ')}`,
    );
  }
  if ((order !== undefined && order !== 'asc' && order !== 'desc') || rest.length > 0) {
    throw new UsageError(`--sort ${text}: after ${key}: comes asc or desc`);
  }
  return { key, descending: (order ?? usual) === 'desc' };
}
