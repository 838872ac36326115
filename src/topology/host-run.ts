/** Asks a live Linux machine what host.ts reads, and files that hold the same. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve, sep } from 'node:path';
import { type ConntrackTable, parseConntrack } from './conntrack.ts';
import type { DeviceRoutes } from './device-roles.ts';
import { type Facts, TopologyError } from './facts.ts';
import { hostDocumentKind, hostFacts } from './host.ts';
import { type HostDevice, hostDevices } from './host-devices.ts';
import { listAt, textAt } from './json-value.ts';

const TIMEOUT_MS = 10_000;
const OUTPUT_MAX = 64 * 1024 * 1024;

const COMMANDS: readonly (readonly string[])[] = [
  ['-j', 'address'],
  ['-j', '-4', 'route'],
  ['-j', '-6', 'route'],
  ['-j', 'neigh'],
];

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX, encoding: 'utf8' },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
  });
}

/** Facts of this machine. A command that fails leaves a line in `problems`; it never throws. */
export async function readHost(node: string = hostname()): Promise<Facts> {
  const documents: { value: unknown; name: string }[] = [];
  const problems: string[] = [];
  for (const args of COMMANDS) {
    const name = `ip ${args.join(' ')}`;
    try {
      const text = await run('ip', args);
      documents.push({ value: text.trim() === '' ? [] : JSON.parse(text), name });
    } catch (error) {
      problems.push(`${name}: ${reason(error)}`);
    }
  }
  const facts = hostFacts({ node, documents });
  facts.problems.push(...problems);
  return facts;
}

function reason(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'not installed (package iproute2)';
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]!;
}

/** This machine's connection table: from the kernel's file, else from conntrack(8). Empty with a problem when neither can be read. */
export async function readHostConntrack(): Promise<ConntrackTable> {
  const file = '/proc/net/nf_conntrack';
  try {
    return parseConntrack(readFileSync(file, 'utf8'), file);
  } catch {
    // Distributions build the kernel without this file; the tool uses netlink.
  }
  try {
    return parseConntrack(await run('conntrack', ['-L', '-o', 'extended']), 'conntrack -L');
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'not installed (package conntrack)'
        : reason(error);
    return { entries: [], problems: [`conntrack: ${why}`] };
  }
}

/**
 * Facts of one node from files that hold the commands' output: files, or a directory whose *.json are
 * looked at (those of another kind are passed over). Throws TopologyError for what cannot be read.
 */
export function readHostFiles(paths: readonly string[], node: string): Facts {
  const documents: { value: unknown; name: string }[] = [];
  for (const path of paths) {
    const isDirectory = statOf(path).isDirectory();
    const files = isDirectory
      ? readdirSync(path)
          .filter((f) => f.endsWith('.json'))
          .sort()
          .map((f) => join(path, f))
      : [path];
    for (const file of files) {
      const value = jsonOf(file);
      if (isDirectory && hostDocumentKind(value) === undefined) continue;
      documents.push({ value, name: basename(file) });
    }
  }
  return hostFacts({ node, documents });
}

/** The node that a path is named for, where the user names none: `nodes/k8s-w1` and `nodes/k8s-w1/ip-route.json` are k8s-w1's. */
export function nodeOfPath(path: string): string {
  const parts = resolve(path).split(sep);
  const last = parts.pop() ?? path;
  return /\.(json|txt)$/.test(last) ? (parts.pop() ?? last) : last;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new TopologyError(
      'NETLENS_HOST',
      `${path}: ${code === 'ENOENT' ? 'no such file' : String(error)}`,
    );
  }
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TopologyError('NETLENS_HOST', `${file}: not JSON: ${reason(error)}`);
  }
}

/** The devices of this machine, and those of its default routes. Throws TopologyError when they cannot be listed. */
export async function readHostDevices(): Promise<{ devices: HostDevice[]; routes: DeviceRoutes }> {
  const [devices, v4, v6] = await Promise.all(
    [
      ['-d', 'address'],
      ['-4', 'route'],
      ['-6', 'route'],
    ].map(async (args) => {
      try {
        const text = await run('ip', ['-j', ...args]);
        return text.trim() === '' ? [] : (JSON.parse(text) as unknown);
      } catch (error) {
        throw new TopologyError('NETLENS_HOST', `ip ${args.join(' ')}: ${reason(error)}`);
      }
    }),
  );
  const uplinks = new Set<string>();
  for (const route of [...listAt(v4), ...listAt(v6)]) {
    const device = textAt(route, 'dev');
    if (textAt(route, 'dst') === 'default' && device !== undefined) uplinks.add(device);
  }
  return { devices: hostDevices(devices), routes: { uplinks } };
}
