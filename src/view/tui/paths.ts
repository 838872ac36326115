/** Names of files that may be meant by what is typed so far. */
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Names that are offered at most. */
const NAMES_MAX = 200;

/** What is typed, completed: directories end in a slash, those that begin with a dot only when it is typed. */
export function pathsOf(typed: string): readonly string[] {
  const slash = typed.lastIndexOf('/') + 1;
  const directory = typed.slice(0, slash);
  const start = typed.slice(slash);
  try {
    return readdirSync(wholePath(directory === '' ? '.' : directory), { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
      .map((one) => `${directory}${one.name}${one.isDirectory() ? '/' : ''}`)
      .sort()
      .slice(0, NAMES_MAX);
  } catch {
    return []; // no such directory: nothing to offer
  }
}

/** With `~` as the user's home. */
export function wholePath(name: string): string {
  return name === '~' || name.startsWith('~/') ? path.join(homedir(), name.slice(1)) : name;
}

/** The name as one would type it here: what is below the working directory without it. */
export function fromHere(name: string): string {
  const relative = path.relative(process.cwd(), name);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative)
    ? name
    : relative;
}
