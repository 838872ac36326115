/** `netlens explain`: why a conversation is said to be what it is, hop by hop. */
import { Command, CommanderError, Option } from 'commander';
import { LANGUAGES } from '../words/language-names.ts';
import { UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions } from './knowledge.ts';
import { runWith } from './read.ts';
import { parseRead } from './read-options.ts';

const EXAMPLES = `
ID is the number in the first column of netlens read's table; FILTER chooses by words, as for read.

Examples:
  netlens explain w1.pcap w2.pcap 12                    conversation 12: journey, reasons, what was not seen
  netlens explain w*.pcap --kube-json dump/ 'pod default/web-0 and port 8080'
  netlens explain node.pcapng 'label unknown'           what is missing to label these
  netlens explain --lang ko w1.pcap 12                  the same in Korean

Exit codes: 0 done, 1 a file failed or nothing fits, 2 wrong usage.`;

/** Options of explain that read has too, with the arguments they take. */
const HELP = tidyHelp(new Command('netlens explain'))
  .usage('[OPTIONS] FILE... ID|FILTER')
  .description(
    "Show a conversation's journey hop by hop (node, interface, tuple, outer header,\nTTL, time since the first hop, what was rewritten), then the reasons for its\nlabel, then what could not be seen.",
  )
  .helpOption('-h, --help', 'this text')
  .addHelpText('after', EXAMPLES);

/** Run the command; yields the exit code. */
export async function runExplain(argv: readonly string[]): Promise<number> {
  if (argv.includes('-h') || argv.includes('--help')) {
    addKnowledgeOptions(HELP);
    HELP.addOption(
      new Option('--lang <language>', 'language; by LANG if not given').choices(LANGUAGES),
    );
    process.stdout.on('error', () => {}); // | head
    HELP.outputHelp();
    return 0;
  }
  const { ids, rest } = takeIds(argv);
  let options: ReturnType<typeof parseRead>;
  try {
    options = parseRead(rest);
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(error.message);
    throw error;
  }
  if (options === undefined) return 0;
  return runWith({ ...options, format: 'explain', ids });
}

/** Numbers at the end of the words are conversations; `#7` is one wherever it stands. */
function takeIds(argv: readonly string[]): { ids: number[]; rest: string[] } {
  const rest = [...argv];
  const ids: number[] = [];
  while (rest.length > 1 && /^#?\d+$/.test(rest.at(-1)!) && !startsFilterWord(rest.at(-2)!)) {
    ids.unshift(Number(rest.pop()!.replace('#', '')));
  }
  return { ids, rest };
}

/** `port 80`, `-c 5`: the number belongs to the word before it. */
function startsFilterWord(word: string): boolean {
  return /^(-\w|--[a-z-]+|port|src|dst|less|greater|proto|vlan|mpls|=|==|!=|[<>]=?)$/.test(word);
}
