/** argv -> one command. Only what a command needs is loaded; every error ends here as one line. */
import { existsSync } from 'node:fs';
import { EXIT_DONE, showError, UsageError } from './errors.ts';
import { asksVersion, showVersion } from './version.ts';

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Load and run it: argv without the command's name to exit code. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

const COMMANDS: readonly Command[] = [
  {
    name: 'read',
    summary: 'read capture files and show the conversations, or the frames, in them',
    run: async (argv) => (await import('./read.ts')).runRead(argv),
  },
  {
    name: 'capture',
    summary: 'show the conversations that pass this machine as they happen, or write them down',
    run: async (argv) => (await import('./capture.ts')).runCapture(argv),
  },
  {
    name: 'interfaces',
    summary: "list this machine's devices, with what each is for",
    run: async (argv) => (await import('./interfaces.ts')).runInterfaces(argv),
  },
  {
    name: 'explain',
    summary: 'why a conversation is what it is said to be, hop by hop',
    run: async (argv) => (await import('./explain.ts')).runExplain(argv),
  },
  {
    name: 'topology',
    summary: 'show who owns which address, and from where that is known',
    run: async (argv) => (await import('./topology.ts')).runTopology(argv),
  },
  {
    name: 'shot',
    summary: 'make a picture of what captures show: PNG, SVG, HTML, text',
    run: async (argv) => (await import('./shot.ts')).runShot(argv),
  },
  {
    name: 'verify',
    summary: 'check that a picture shows what captures hold, by making it again',
    run: async (argv) => (await import('./verify.ts')).runVerify(argv),
  },
  {
    name: 'report',
    summary: 'all that captures show in one HTML file, to be read anywhere',
    run: async (argv) => (await import('./report.ts')).runReport(argv),
  },
  {
    name: 'maxpods',
    summary: 'how many pods an EC2 instance type, or each node of a cluster, can hold',
    run: async (argv) => (await import('./maxpods.ts')).runMaxPods(argv),
  },
  {
    name: 'lab',
    summary: 'labs to learn on: build one, capture in it, have the capture checked',
    run: async (argv) => (await import('./lab.ts')).runLab(argv),
  },
  {
    name: 'help',
    summary: 'show how a command is used: netlens help read',
    run: runHelp,
  },
];

const HELP = `netlens: where Kubernetes traffic goes and who rewrote it on the way

Usage: netlens COMMAND [OPTIONS]
       netlens FILE... [FILTER]        the same as netlens read
       netlens -i DEVICE [FILTER]      the same as netlens capture

Commands:
${COMMANDS.map((command) => `  ${command.name.padEnd(12)}${command.summary}`).join('\n')}

Options:
  -h, --help      this text; after a command, that command's
  -V, --version   the version

Examples:
  netlens read node1.pcapng                      conversations: to look into, in a pipe one line each
  netlens read node1.pcapng 'host 10.0.0.5'      only those of one address
  netlens -nr node1.pcapng --frames              a line a frame, as tcpdump
  sudo netlens capture                           conversations as they happen
  ssh node tcpdump -i any -w - | netlens read -  frames of a pipe
  netlens help read                              all that read can do
`;

/** Run the command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    process.exitCode = await dispatch(argv);
  } catch (error) {
    const { text, exitCode } = showError(error);
    process.stderr.write(text);
    process.exitCode = exitCode;
  }
}

/** What the engine's thread runs. */
export async function serveEngine(): Promise<void> {
  await import('../engine/engine-worker.ts');
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '-h' || first === '--help') return show(HELP);
  if (asksVersion(argv)) return show(showVersion());
  const command = COMMANDS.find(({ name }) => name === first);
  if (command !== undefined) return command.run(rest);
  if (!first.startsWith('-') && !/[./]/.test(first) && !existsSync(first)) {
    throw await unknownCommand(first);
  }
  const name = isCapture(argv) ? 'capture' : 'read';
  return COMMANDS.find((one) => one.name === name)!.run(argv);
}

/** Without a command: tcpdump's -i and -D, also behind other letters (`-ni eth0`), mean capturing. */
function isCapture(argv: readonly string[]): boolean {
  const ends = argv.indexOf('--');
  return argv
    .slice(0, ends < 0 ? argv.length : ends)
    .some((word) => /^-[nvepqtAxXSKlU#]*[iD]|^--(interface|list-interfaces)(=|$)/.test(word));
}

async function runHelp(argv: readonly string[]): Promise<number> {
  const [name] = argv;
  if (name === undefined || name === 'help') return show(HELP);
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw await unknownCommand(name);
  return command.run(['--help']);
}

async function unknownCommand(word: string): Promise<UsageError> {
  const { nearest } = await import('../filter/error.ts');
  const meant = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  const hint = meant === undefined ? 'netlens --help lists the commands' : `did you mean ${meant}?`;
  return new UsageError(`${word}: neither a command nor a file; ${hint}`);
}

function show(text: string): number {
  process.stdout.on('error', () => {}); // | head
  process.stdout.write(text);
  return EXIT_DONE;
}
