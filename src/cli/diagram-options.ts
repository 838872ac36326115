/** What `netlens shot --diagram` and `--homework` were asked to do: argv to one checked object. */
import { extname } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import type { Language } from '../view/diagram/words.ts';
import { LANGUAGES, languageOf } from '../words/language-names.ts';
import { UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions, type KnowledgeOptions, knowledgeOptions } from './knowledge.ts';
import { boundedText, oneLine, positive, scaleOf } from './option-values.ts';

export type DiagramFormat = 'svg' | 'png' | 'mmd' | 'md';

export interface DiagramCommand {
  /** Files, then the filter. */
  readonly words: readonly string[];
  readonly filterWords: readonly string[];
  readonly knowledge: KnowledgeOptions;
  /** A preset's name, `list`, or undefined for a diagram. */
  readonly homework: string | undefined;
  readonly view: 'journey' | 'topology';
  readonly conversation: number | undefined;
  /** Undefined = standard output, as text. */
  readonly output: string | undefined;
  readonly format: DiagramFormat;
  readonly language: Language;
  readonly theme: 'dark' | 'light';
  readonly scale: number;
  readonly title: string | undefined;
  readonly tag: string;
}

const EXAMPLES = `
A diagram shows a conversation's way (or the whole cluster) with nodes as boxes, headers as bands,
translations where they happen, dashed what no capture shows. A homework sheet is one page: question,
evidence as the capture has it, and what to do where it has none.

Examples:
  netlens shot w1.pcap w0.pcap --diagram --conversation 12 -o journey.svg
  netlens shot w*.pcap --diagram -o journey.png 'pod default/web-0'   the one seen at most places
  netlens shot w*.pcap --diagram --view topology --kube-json dump/ -o cluster.png
  netlens shot w*.pcap --diagram --view topology -o cluster.mmd       Mermaid
  netlens shot --homework list
  netlens shot --homework pod-to-pod w1.pcap w0.pcap --lang ko --tag kim -o sheet.png
  netlens shot --homework snat node.pcapng -o sheet.md                pictures beside it

Exit codes: 0 done, 1 a file failed or nothing fits, 2 wrong usage.`;

/** Whether the command line asks for a diagram or a sheet, and so is not for the cells' painter. */
export function asksDiagram(argv: readonly string[]): boolean {
  const ends = argv.indexOf('--');
  const words = ends < 0 ? argv : argv.slice(0, ends);
  return words.some((word) => /^--(diagram|homework)(=|$)/.test(word));
}

/** The options, or undefined when help was asked for and shown. */
export function parseDiagram(argv: readonly string[]): DiagramCommand | undefined {
  const ends = argv.indexOf('--');
  const command = define();
  try {
    command.parse(ends < 0 ? argv : argv.slice(0, ends), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'shot'));
  }
  const given = command.opts<Record<string, unknown>>();
  const homework = given.homework as string | undefined;
  if (homework !== undefined && given.diagram === true) {
    throw new UsageError('--diagram, --homework: one of them; a sheet has its diagrams in it');
  }
  const output = given.output === '-' ? undefined : (given.output as string | undefined);
  return {
    words: command.args,
    filterWords: ends < 0 ? [] : argv.slice(ends + 1),
    knowledge: knowledgeOptions(given),
    homework,
    view: given.view as 'journey' | 'topology',
    conversation: given.conversation as number | undefined,
    output,
    format: formatOf(output, homework !== undefined),
    language: (given.lang as Language | undefined) ?? languageOf(process.env),
    theme: given.theme as 'dark' | 'light',
    scale: given.scale as number,
    title: given.title as string | undefined,
    tag: (given.tag as string | undefined) ?? '',
  };
}

function formatOf(output: string | undefined, isSheet: boolean): DiagramFormat {
  const text = isSheet ? 'md' : 'mmd';
  if (output === undefined) return text;
  const end = extname(output).toLowerCase();
  if (end === '.svg' || end === '.png') return end.slice(1) as DiagramFormat;
  if (end === `.${text}`) return text;
  throw new UsageError(`-o ${output}: the name's end tells the format: .svg .png .${text}`);
}

function define(): Command {
  const command = tidyHelp(new Command('netlens shot'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[words...]')
    .usage('--diagram|--homework NAME [OPTIONS] CAPTURE... [FILTER]')
    .description('Draw the way of a conversation, a cluster, or a homework sheet.')
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .option('--diagram', 'a drawn picture instead of the cells of the terminal UI')
    .option('--homework <name>', 'a sheet for an exercise; list shows the names')
    .addOption(
      new Option('--view <view>', 'what the diagram shows')
        .choices(['journey', 'topology'])
        .default('journey'),
    )
    .option('--conversation <number>', 'the one whose journey it is', positive)
    .option('-o, --output <file>', 'FILE.svg, .png, .mmd (diagrams) or .md (sheets)')
    .addOption(new Option('--lang <language>', 'by LANG if not given').choices(LANGUAGES))
    .addOption(new Option('--theme <theme>', 'colours').choices(['dark', 'light']).default('light'))
    .option('--scale <factor>', 'pixels of a PNG for each unit', scaleOf, 2)
    .option('--title <text>', 'in place of its own title', boundedText)
    .option('--tag <text>', 'your name or number, at the foot', boundedText);
  addKnowledgeOptions(command);
  return command;
}
