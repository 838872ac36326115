/** The filter that a command was given, on its command line and in a file. */
import { readFileSync } from 'node:fs';
import type { Filter } from '../filter/filter.ts';
import { UsageError } from './errors.ts';

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'is a directory',
};

/** The filter of the command line and that of the file; where both are given both must hold. Undefined = none. */
export async function filterOf(
  text: string,
  file: string | undefined,
): Promise<Filter | undefined> {
  const parts = [text];
  if (file !== undefined) parts.unshift(readFilter(file));
  const given = parts.filter((part) => part.trim() !== '');
  if (given.length === 0) return undefined;
  const { compileFilter } = await import('../filter/filter.ts');
  return compileFilter(
    given.length === 1 ? given[0]! : given.map((part) => `(${part})`).join(' and '),
  );
}

/** A filter file's text without its comments: from # to the line's end. */
function readFilter(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/#.*$/gm, ' ').trim();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `-F ${file}: ${UNREADABLE[code] ?? message}; a file with the filter's text is expected`,
    );
  }
}
