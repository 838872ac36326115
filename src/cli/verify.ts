/** `netlens verify`: whether captures show what a picture says they do, by making it again. */
import { Command, CommanderError } from 'commander';
import { escapeText } from '../view/escape.ts';
import { Output, say } from '../view/output.ts';
import { formatOf } from '../view/picture/formats.ts';
import { type NamedDigest, type PictureRecord, recordIn } from '../view/picture/record.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import {
  addKnowledgeOptions,
  type KnowledgeOptions,
  knowledgeOptions,
  nodeAndPath,
} from './knowledge.ts';
import { oneLine } from './option-values.ts';
import { version } from './version.ts';

const STDOUT = 1;

const EXAMPLES = `
The picture holds what made it: the captures' SHA-256, the view, the filter, the size. It is made again
from the captures given and compared. That shows that the picture follows from the captures, not who
made it. Files that named pods (--kube-json, ...) must be given again as they were.
Diagrams and homework sheets hold no such record: make them again and compare the files.

Examples:
  netlens verify homework.png w1.pcap
  netlens verify journey.svg w1.pcap w0.pcap --kube-json dump/

Exit codes: 0 the same, 1 not the same or a file failed, 2 wrong usage.`;

interface VerifyOptions {
  readonly picture: string;
  readonly captures: readonly string[];
  readonly knowledge: KnowledgeOptions;
}

/** Run the command; yields the exit code. */
export async function runVerify(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options === undefined) return EXIT_DONE;
  const lines = await findings(options);
  const output = new Output(STDOUT);
  const name = options.picture;
  if (lines.length === 0) {
    await say(output, `${escapeText(name)}: made again from the captures, the same\n`);
    return EXIT_DONE;
  }
  await say(output, lines.map((line) => `${escapeText(`${name}: ${line}`)}\n`).join(''));
  return EXIT_FAILED;
}

function parse(argv: readonly string[]): VerifyOptions | undefined {
  const command = tidyHelp(new Command('netlens verify'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('<picture>')
    .argument('<captures...>')
    .usage('[OPTIONS] PICTURE CAPTURE...')
    .description('Check that a picture of netlens shot shows what these captures hold.')
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text');
  addKnowledgeOptions(command);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(oneLine(error.message, 'verify'));
  }
  const [picture = '', ...captures] = command.args;
  return { picture, captures, knowledge: knowledgeOptions(command.opts()) };
}

/** What is not as the picture says, the weightiest first; [] = all is. */
async function findings({ captures, knowledge, picture }: VerifyOptions): Promise<string[]> {
  const { makePicture } = await import('./picture.ts');
  const { readPicture, recordOf } = await import('./picture-record.ts');
  const { parseRecord } = await import('../view/picture/record-schema.ts');
  const bytes = readPicture(picture);
  const format = formatOf(bytes);
  const json = recordIn(bytes, format);
  if (json === undefined)
    return [
      'holds no record to make it again by: a diagram or a homework sheet (make it again and compare), of another program, or stripped of it',
    ];
  const record = parseRecord(json);
  if (typeof record === 'string') return [record];
  const words = captures.map((word) => nodeAndPath(word));
  const files = words.map(({ path }) => path);
  // nodes are as the picture says: they stand in it
  const nodes = files.map((_, i) => record.captures[i]?.node ?? words[i]!.node);
  const inputs = { files, nodes, knowledge: { ...knowledge, skew: record.skew } };
  const now = await recordOf(inputs, record.request);
  const other = [
    ...differingFiles('capture', record.captures, now.captures),
    ...differingFiles('knowledge', record.knowledge, now.knowledge),
  ];
  if (other.length > 0) return [...other, ...versionNote(record)];
  if (record.request === null) {
    return ['a screen of the terminal UI: its captures are these, but it cannot be made again'];
  }
  const { differences } = await import('../view/picture/compare.ts');
  const made = await makePicture(inputs, record.request, format);
  const found = differences(bytes, made.bytes, format, record.request.scale);
  return found.length === 0 ? [] : [...found, ...versionNote(record)];
}

function versionNote({ version: made }: PictureRecord): string[] {
  if (made === version()) return [];
  return [`made by netlens ${made}, this is ${version()}: that alone may be the difference`];
}

function differingFiles(
  what: string,
  theirs: readonly NamedDigest[],
  ours: readonly NamedDigest[],
): string[] {
  const lines: string[] = [];
  for (const [i, { name, sha256 }] of theirs.entries()) {
    const here = ours[i];
    const given = 'option' in theirs[i]! ? `${String(theirs[i].option)} ${name}` : name;
    if (here === undefined)
      lines.push(`made with ${given} (sha256 ${sha256}), which was not given`);
    else if (here.sha256 !== sha256) {
      lines.push(
        `${what} ${here.name} has sha256 ${here.sha256}; the picture is of ${name}, sha256 ${sha256}`,
      );
    }
  }
  for (const { name } of ours.slice(theirs.length)) lines.push(`made without ${what} ${name}`);
  return lines;
}
