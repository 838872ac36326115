/** The built command as users run it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = new URL('../../../', import.meta.url).pathname;
export const NETLENS = join(ROOT, 'bin/netlens.js');
/** A capture of all interfaces of a node, some hundred frames. */
export const CAPTURE = join(ROOT, 'fixtures/calico-ipip/any.pcapng');

const ENV = { ...process.env, TZ: 'UTC', LC_ALL: 'C', NO_COLOR: '1' };

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: Buffer;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

export function netlens(args: readonly string[], options: RunOptions = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [NETLENS, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...ENV, ...options.env },
    input: options.input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Started, not awaited: for signals and pipes. */
export function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [NETLENS, ...args], { cwd: ROOT, env: ENV });
}

/** What a started command has written by its end, and how it ended. */
export function ended(
  child: ChildProcessWithoutNullStreams,
): Promise<Ran & { signal: string | null }> {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** Run `use` with a new directory that is gone afterwards. */
export async function withDirectory<T>(use: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'netlens-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
