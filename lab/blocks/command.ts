/** Running programs, in a network namespace or outside: results as text, failures as one-line errors. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageFile } from '../../src/package-root.ts';

const OUTPUT_LEN_MAX = 64 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 60_000;

/** A lab could not be built or run; the message says which step and what the program answered. */
export class LabError extends Error {
  readonly code = 'NETLENS_LAB';
}

/** Path of one of the lab's own programs (lab/programs/NAME). */
export function programPath(name: string): string {
  return packageFile('lab', 'programs', name);
}

/** The system's Python when it is there: a version manager's shim costs 100 ms a start. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Those of `names` that are not executable files on the PATH. */
export function missingTools(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What the program printed on stdout. Throws LabError with its stderr when it fails or takes a minute. */
export function run(argv: readonly string[], input?: string): string {
  const [program = '', ...rest] = argv;
  const done = spawnSync(program, rest, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_LEN_MAX,
    timeout: COMMAND_TIMEOUT_MS,
    ...(input === undefined ? {} : { input }),
  });
  if (done.error !== undefined) throw new LabError(`${program}: ${done.error.message}`);
  if (done.status !== 0) {
    const said = done.stderr.trim().split('\n').slice(-3).join(' / ');
    throw new LabError(
      `${argv.slice(0, 14).join(' ')}: exit ${done.status ?? done.signal}: ${said}`,
    );
  }
  return done.stdout;
}

/** As `run`, but a failure gives undefined: for cleaning up what may not be there. */
export function attempt(argv: readonly string[]): string | undefined {
  const [program = '', ...rest] = argv;
  const done = spawnSync(program, rest, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_LEN_MAX,
    timeout: COMMAND_TIMEOUT_MS,
  });
  return done.status === 0 ? done.stdout : undefined;
}

/** `argv` to run inside network namespace `namespace`. */
export function inside(namespace: string, argv: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv];
}

/** A program in the background with pipes; the caller ends it by its pid. */
export function start(argv: readonly string[]): ChildProcess {
  const [program = '', ...rest] = argv;
  return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A program that outlives this process, its output thrown away; what it is for is known by its namespace. */
export function startDetached(argv: readonly string[]): void {
  const [program = '', ...rest] = argv;
  spawn(program, rest, { stdio: 'ignore', detached: true }).unref();
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `ready` yields a value, asking every 50 ms; throws LabError naming `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ready: () => T | undefined,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = ready();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new LabError(`${what}: not within ${timeoutMs} ms`);
    await sleep(50);
  }
}
