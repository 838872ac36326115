/** What `netlens capture` was asked to do: argv, tcpdump's letters included, to one checked object. */
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { RotationOptions } from '../view/capture-rotation.ts';
import type { RecentOptions } from '../view/recent-frames.ts';
import { THEME_NAMES, type ThemeName } from '../view/theme-names.ts';
import { whyNoScreen } from '../view/tui/terminal-kind.ts';
import { LANGUAGES, type LanguageName, languageOf } from '../words/language-names.ts';
import { UsageError } from './errors.ts';
import { addFrameOptions, type FrameOptions, frameOptions } from './frame-options.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions, type KnowledgeOptions, knowledgeOptions } from './knowledge.ts';
import { append, increase, oneLine, positive } from './option-values.ts';
import {
  addRecentOptions,
  addRotationOptions,
  annotates,
  recentOptions,
  rotationOptions,
} from './write-options.ts';

export type CaptureFormat = 'table' | 'text' | 'jsonl';

const FORMATS: readonly string[] = ['tui', 'table', 'text', 'jsonl'];

export interface CaptureOptions extends FrameOptions {
  /** Empty = all. */
  readonly devices: readonly string[];
  readonly netns: readonly string[];
  readonly pods: readonly string[];
  readonly backend: 'ring' | 'libpcap';
  readonly snaplen: number;
  readonly bufferLen: number;
  readonly promiscuous: boolean;
  readonly direction: 'in' | 'out' | 'inout';
  readonly kernelFilter: boolean;
  /** How often `-d` was given: show the filter as the kernel would take it, and capture nothing. */
  readonly dumpFilter: number;
  readonly latencyMs: number;
  readonly filterText: string;
  readonly filterFile: string | undefined;
  readonly limit: number;
  /** Undefined = table on a terminal that takes no screen, else text; nothing with -w. */
  readonly format: CaptureFormat | undefined;
  /** `-o tui`: on the terminal UI, in these colours and this language. */
  readonly screen: boolean;
  readonly theme: ThemeName | undefined;
  readonly language: LanguageName;
  readonly frames: boolean;
  readonly count: boolean;
  readonly names: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly width: number | undefined;
  /** JSON Lines of conversations that go on, this often; undefined = only when they end. */
  readonly intervalMs: number | undefined;
  readonly idleMs: number;
  readonly maxFlows: number;
  readonly write: string | undefined;
  /** How `write` is spread over files. */
  readonly rotation: RotationOptions | undefined;
  /** Frames get comments once their file is finished. */
  readonly annotate: boolean;
  /** What is kept in memory until it is wanted. */
  readonly recent: RecentOptions | undefined;
  readonly print: boolean;
  readonly ledger: string | undefined;
  readonly user: string | undefined;
  readonly node: string;
  readonly knowledge: KnowledgeOptions;
  readonly listDevices: boolean;
}

const SNAPLEN_MAX = 262_144;
const BUFFER_KIB = 65_536;
const LATENCY_MS = 50;
const IDLE_S = 60;
/** Flows that live at one time; what they take is bounded by it. */
const FLOWS_MAX = 1 << 17;

/** tcpdump's letters that are not for this, and why. */
const REFUSED: readonly [flag: string, why: string][] = [
  ['-r <file>', 'netlens read reads files'],
  ['-I', 'there is no monitor mode here'],
  ['-y <linktype>', "each device's frames keep their own link type"],
  ['-j <type>', 'times are those of the kernel'],
  ['-J', 'times are those of the kernel'],
  ['-L', "each device's frames keep their own link type"],
  ['-z <command>', 'no command is run on files'],
  ['-E <secret>', 'ESP is not decrypted'],
  ['-M <secret>', 'TCP-MD5 is not verified'],
  ['-m <module>', 'SNMP is not decoded'],
  ['-T <type>', 'what a packet holds is told by its bytes'],
  ['-V <file>', 'netlens read reads files'],
  ['-f', 'names come from the cluster and the traffic, not from DNS'],
  ['-N', 'names come from the cluster and the traffic, not from DNS'],
  ['-H', '802.11 is not decoded'],
];

const EXAMPLES = `
Examples:
  sudo netlens capture                            conversations of all devices, as they happen; ? shows the keys
  sudo netlens capture -i eth0 port 80            one device, one port, inside tunnels too
  sudo netlens capture -o table                   the latest conversations alone, drawn anew
  sudo netlens capture -o jsonl > seen.jsonl      a line when a conversation ends
  sudo netlens -ni any --frames -c 100            frames, as tcpdump prints them
  sudo netlens capture -w node1.pcapng            into a file: an interface block for each device
  sudo netlens capture -o tui -w node1.pcapng     the same, and the terminal UI beside it
  sudo netlens capture --pod default/web-0        inside a pod's network namespace
  sudo netlens capture --kube 'pod default/web-0' names from the Kubernetes API

Needs CAP_NET_RAW, by sudo or once and for all by
  sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"
--netns and --pod need CAP_SYS_ADMIN too.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C (all that was captured is shown or
written before that).`;

/** The options, or undefined when help was asked for and shown. */
export function parseCapture(argv: readonly string[]): CaptureOptions | undefined {
  const ends = argv.indexOf('--');
  const command = defineCapture();
  try {
    command.parse(ends < 0 ? argv : argv.slice(0, ends), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'capture'));
  }
  const given = command.opts<Record<string, unknown>>();
  for (const [flag, why] of REFUSED) {
    const letter = flag.slice(0, 2);
    if (given[letter.slice(1)] !== undefined) throw new UsageError(`${letter}: ${why}`);
  }
  return checked(given, [...command.args, ...(ends < 0 ? [] : argv.slice(ends + 1))]);
}

function defineCapture(): Command {
  const command = tidyHelp(new Command('netlens capture'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[filter...]')
    .usage('[OPTIONS] [FILTER]')
    .description(
      'Show the conversations that pass this machine as they happen, with their labels.\nFILTER is asked of every IP layer of a frame; netlens help read tells more of it.',
    )
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text');
  addSourceOptions(command.optionsGroup('What is captured:'));
  addOutputOptions(command.optionsGroup('What is shown and kept:'));
  addKnowledgeOptions(command.optionsGroup('What is known of the cluster:'), 'live');
  addFrameOptions(command.optionsGroup('How frames are shown, as by tcpdump:'));
  for (const [flag] of REFUSED) command.addOption(new Option(flag).hideHelp());
  return command;
}

function addSourceOptions(command: Command): void {
  command
    .option(
      '-i, --interface <device>',
      'a device; may be repeated; any = all (default)',
      append,
      [],
    )
    .option('-D, --list-interfaces', 'list the devices, as netlens interfaces does')
    .option('--netns <path|pid|name>', 'inside this network namespace; self = here', append, [])
    .option('--pod <namespace/name>', "inside this pod's network namespace", append, [])
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .option(
      '--no-kernel-filter',
      'ask the filter in netlens alone: slower, but conversations are shown whole, with the hops at which the filter does not match',
    )
    .option(
      '-d, --dump-filter',
      'show the filter as the kernel takes it, and end; -dd as C, -ddd as numbers',
      increase,
      0,
    )
    .option('-s, --snapshot-length <bytes>', 'bytes kept of a frame; 0 = all', snaplen, SNAPLEN_MAX)
    .option('-p, --no-promiscuous-mode', 'only what is for this machine')
    .addOption(
      new Option('-Q, --direction <way>', 'only frames that come in or go out')
        .choices(['in', 'out', 'inout'])
        .default('inout'),
    )
    .option('-B, --buffer-size <KiB>', `the kernel's ring (default ${BUFFER_KIB})`, positive)
    .option('--immediate-mode', 'show frames at once, at the cost of many wake-ups')
    .addOption(
      new Option('--backend <kind>', "the kernel's ring, or libpcap through the package cap")
        .choices(['ring', 'libpcap'])
        .default('ring'),
    )
    .option('-Z, --relinquish-privileges <user>', 'become this user once the devices are open')
    .option('--node <name>', 'name of this node (default: NODE_NAME, else the host name)');
}

function addOutputOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '-o, --output <format>',
        'tui: all views of the terminal UI; conversations as a table that is drawn anew, lines, or JSON Lines (default tui on a terminal, else text)',
      ).choices(FORMATS),
    )
    .addOption(
      new Option('--lang <language>', 'language of the tui; LANG decides').choices(LANGUAGES),
    )
    .addOption(new Option('--theme <name>', 'colours of the tui').choices(THEME_NAMES))
    .option('--frames', 'show frames, a line each, not conversations')
    .option('--interval <seconds>', 'show conversations that go on again after so long', seconds)
    .option('--idle <seconds>', `over when silent for so long (default ${IDLE_S})`, seconds)
    .option('-c, --limit <n>', 'stop after n frames that match', positive)
    .option('--count', 'only say how many frames matched')
    .option('-w, --write <file>', 'write the frames; .pcap for pcap, else pcapng; - for a pipe')
    .option(
      '--annotate',
      'with -w: a comment on each frame, its conversation and label, once the file is finished',
    )
    .option('--print', 'with -w, show as well')
    .option('--ledger <file>', 'write what was captured, lost and left out as JSON')
    .option('--max-flows <n>', `flows that live at one time (default ${FLOWS_MAX})`, positive)
    .option('-n, --numeric', 'addresses only, no names', increase, 0)
    .option('--width <n>', 'columns of the table, whatever the terminal has', positive)
    .addOption(
      new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
    );
  addRotationOptions(command, true);
  addRecentOptions(command);
}

function snaplen(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) > SNAPLEN_MAX) {
    throw new InvalidArgumentError(`a whole number from 0 to ${SNAPLEN_MAX} is expected`);
  }
  return Number(value) === 0 ? SNAPLEN_MAX : Number(value);
}

function seconds(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0.1 && number <= 86_400) return number;
  throw new InvalidArgumentError('seconds from 0.1 to 86400 are expected');
}

/** Throws a UsageError where no file is finished that could be written anew. */
function annotatesFiles(given: Record<string, unknown>): boolean {
  if (!annotates(given)) return false;
  const file = given.write as string;
  const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? file !== '-';
  if (isFile) return true;
  const what = file === '-' ? 'standard output' : file;
  throw new UsageError(
    `--annotate: ${what} is no file that can be written anew: name one, or let netlens read annotate what was saved`,
  );
}

/** Options that ask for something else than the terminal UI. */
const NOT_ON_SCREEN = [
  'limit',
  'count',
  'ledger',
  'interval',
  'print',
  'width',
  'last',
  'annotate',
] as const;

function refuseBesideScreen(given: Record<string, unknown>, frames: boolean): void {
  if (frames)
    throw new UsageError(
      '-o tui: frames are one of its views; leave out what asks for them as text',
    );
  if (given.relinquishPrivileges !== undefined) {
    throw new UsageError(
      '-o tui: -Z is not for it; let node alone capture, by setcap (see --help)',
    );
  }
  const option = NOT_ON_SCREEN.find((name) => Boolean(given[name]));
  if (option !== undefined) {
    throw new UsageError(
      `-o tui: --${option} is not for it; :save in it writes what it holds, -w beside it all frames`,
    );
  }
}

/** Nothing asks for text, and there is a terminal for the screen. */
function suitsScreen(given: Record<string, unknown>): boolean {
  const asksForText = ['output', 'relinquishPrivileges', 'dumpFilter', 'write', ...NOT_ON_SCREEN];
  if (asksForText.some((name) => Boolean(given[name]))) return false;
  if (given.color !== 'auto' || given.backend !== 'ring') return false;
  return whyNoScreen(process.stdin, process.stdout, process.env) === undefined;
}

function checked(given: Record<string, unknown>, filterWords: readonly string[]): CaptureOptions {
  const { style, implied } = frameOptions(given);
  const frames = given.frames === true || (implied && given.output === undefined);
  const screen = given.output === 'tui' || (!frames && suitsScreen(given));
  if (screen) refuseBesideScreen(given, frames);
  const format = screen ? undefined : (given.output as CaptureFormat | undefined);
  if (frames && format === 'table') {
    throw new UsageError('-o table: frames come as text or jsonl; the table is for conversations');
  }
  const devices = (given.interface as string[]).filter((name) => name !== 'any');
  return {
    ...style,
    devices: (given.interface as string[]).includes('any') ? [] : [...new Set(devices)],
    netns: given.netns as string[],
    pods: given.pod as string[],
    backend: given.backend as 'ring' | 'libpcap',
    snaplen: given.snapshotLength as number,
    bufferLen: ((given.bufferSize as number | undefined) ?? BUFFER_KIB) * 1024,
    promiscuous: given.promiscuousMode !== false,
    direction: given.direction as 'in' | 'out' | 'inout',
    kernelFilter: given.kernelFilter !== false,
    dumpFilter: given.dumpFilter as number,
    latencyMs: given.immediateMode === true ? 1 : LATENCY_MS,
    filterText: filterWords.join(' '),
    filterFile: given.filterFile as string | undefined,
    limit: (given.limit as number | undefined) ?? Number.POSITIVE_INFINITY,
    format,
    screen,
    theme: given.theme as ThemeName | undefined,
    language: (given.lang as LanguageName | undefined) ?? languageOf(process.env),
    frames,
    count: given.count === true,
    names: Number(given.numeric ?? 0) === 0,
    color: given.color as 'auto' | 'always' | 'never',
    width: given.width as number | undefined,
    intervalMs: given.interval === undefined ? undefined : 1000 * (given.interval as number),
    idleMs: 1000 * ((given.idle as number | undefined) ?? IDLE_S),
    maxFlows: (given.maxFlows as number | undefined) ?? FLOWS_MAX,
    write: given.write as string | undefined,
    rotation: rotationOptions(given, given.write as string | undefined),
    annotate: annotatesFiles(given),
    recent: recentOptions(given, given.write as string | undefined),
    print: given.print === true,
    ledger: given.ledger as string | undefined,
    user: given.relinquishPrivileges as string | undefined,
    node: (given.node as string | undefined) ?? process.env.NODE_NAME ?? hostname(),
    knowledge: knowledgeOptions(given),
    listDevices: given.listInterfaces === true,
  };
}
