/** Captures that were opened lately, kept for the next time in the user's directory of state (XDG). */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RECENTS_MAX } from '../screens/loading.ts';

type Recents = readonly (readonly string[])[];

/** Longest file that is taken for ours, characters. */
const TEXT_MAX = 1 << 20;

/** Undefined = there is no place to keep it. */
export function recentsFile(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state !== undefined && path.isAbsolute(state)) return path.join(state, 'netlens/recent.json');
  return home === undefined || !path.isAbsolute(home)
    ? undefined
    : path.join(home, '.local/state/netlens/recent.json');
}

/** The latest first; [] when nothing is known. */
export function readRecents(file: string | undefined): Recents {
  if (file === undefined) return [];
  try {
    const text = readFileSync(file, 'utf8');
    const all: unknown = text.length > TEXT_MAX ? [] : JSON.parse(text);
    return Array.isArray(all) ? all.filter(isFiles).slice(0, RECENTS_MAX) : [];
  } catch {
    return []; // none, or not ours: nothing that a user must hear of
  }
}

function isFiles(one: unknown): one is readonly string[] {
  return Array.isArray(one) && one.length > 0 && one.every((name) => typeof name === 'string');
}

/** The files first among those that are kept; what cannot be written is left. */
export function keepRecent(file: string | undefined, files: readonly string[]): void {
  if (file === undefined || files.includes('-')) return;
  const whole = files.map((one) => path.resolve(one));
  const others = readRecents(file).filter((one) => one.join('\n') !== whole.join('\n'));
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    const text = JSON.stringify([whole, ...others].slice(0, RECENTS_MAX));
    writeFileSync(fresh, `${text}\n`, { mode: 0o600 });
    renameSync(fresh, file);
  } catch {
    // a home that cannot be written to: nothing is remembered
  }
}
