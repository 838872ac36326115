/** Which words of the command line are files, and which are the filter. */
import { existsSync } from 'node:fs';
import { UsageError } from './errors.ts';
import type { ReadOptions } from './read-options.ts';

export interface Inputs {
  readonly files: readonly string[];
  /** Node names by file; undefined where the user gave none. */
  readonly nodes: readonly (string | undefined)[];
  readonly filterText: string;
}

/** An error of a path: exit code 1, as for a file that cannot be opened. */
class FileArgumentError extends Error {
  readonly code = 'NETLENS_FILE';
}

/**
 * Words until the first that starts the filter are files: an existing path, `-`, or NODE=PATH is a
 * file; else a word of the filter language, or after a file several words in one, starts the filter.
 * Files given with -r leave every other word that is no file to the filter.
 */
export async function inputsOf(
  options: Pick<ReadOptions, 'words' | 'files' | 'filterWords'>,
): Promise<Inputs> {
  const files: string[] = [];
  const nodes: (string | undefined)[] = [];
  for (const file of options.files) addFile(file, files, nodes);
  let at = 0;
  for (; at < options.words.length; at++) {
    const word = options.words[at]!;
    if (isFile(word)) addFile(word, files, nodes);
    else if ((files.length > 0 && /\s/.test(word)) || (await startsFilter(word))) break;
    else throw await noFile(word, files.length > 0);
  }
  const filterText = [...options.words.slice(at), ...options.filterWords].join(' ');
  if (files.length === 0) {
    throw new UsageError('no capture file given; name one, or - for standard input');
  }
  if (files.filter((file) => file === '-').length > 1) {
    throw new UsageError('-: standard input can be read only once');
  }
  return { files, nodes, filterText };
}

function isFile(word: string): boolean {
  return word === '-' || existsSync(word) || nodeOf(word) !== undefined;
}

/** The node's name of NODE=PATH, where no file has that whole name and PATH is one. */
function nodeOf(word: string): string | undefined {
  const sign = word.indexOf('=');
  if (sign <= 0 || existsSync(word)) return undefined;
  const path = word.slice(sign + 1);
  return path === '-' || existsSync(path) ? word.slice(0, sign) : undefined;
}

function addFile(word: string, files: string[], nodes: (string | undefined)[]): void {
  const node = nodeOf(word);
  files.push(node === undefined ? word : word.slice(node.length + 1));
  nodes.push(node);
}

/** A quoted filter is one word of the command line: its first word decides. */
async function startsFilter(word: string): Promise<boolean> {
  const { looksLikeFilterWord } = await import('../filter/complete.ts');
  return looksLikeFilterWord(word.trimStart());
}

async function noFile(word: string, hasFiles: boolean): Promise<Error> {
  if (hasFiles && !/[./]/.test(word)) {
    const { filterWordNear } = await import('../filter/complete.ts');
    const near = filterWordNear(word);
    const hint = near === undefined ? 'netlens help read shows both' : `did you mean ${near}?`;
    return new UsageError(`${word}: neither a file nor a word of the filter language; ${hint}`);
  }
  return new FileArgumentError(`${word}: no such file; check the name and the directory`);
}
