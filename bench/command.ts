/** Whole commands, timed from outside. */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';

export interface Run {
  readonly seconds: number;
  /** Largest resident set seen, MB; -1 where /proc does not tell. */
  readonly peakMb: number;
}

/** One command, its output thrown away. */
export function run(command: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const sink = openSync('/dev/null', 'w');
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', sink, 'ignore'] });
    let peakMb = -1;
    const watch = setInterval(() => {
      peakMb = Math.max(peakMb, residentMb(child.pid));
    }, 20);
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(watch);
      resolve({ seconds: (performance.now() - begin) / 1000, peakMb });
    });
  });
}

/** High-water mark of a process's resident set. */
function residentMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? -1024) / 1024;
  } catch {
    return -1;
  }
}

export function isInstalled(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

export interface Comparison {
  /** Medians, seconds, and of each round's ratio of ours to theirs. */
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  /** Highest of ours. */
  readonly peakMb: number;
}

/** Two commands in turn, so that what else the machine does meets both alike. */
export async function compare(
  ours: readonly string[],
  theirs: readonly string[],
  rounds: number,
): Promise<Comparison> {
  const times: [number[], number[]] = [[], []];
  const ratios: number[] = [];
  let peakMb = -1;
  await run(ours); // both files and programs into memory
  await run(theirs);
  for (let round = 0; round < rounds; round++) {
    const a = await run(ours);
    const b = await run(theirs);
    times[0].push(a.seconds);
    times[1].push(b.seconds);
    ratios.push(a.seconds / b.seconds);
    peakMb = Math.max(peakMb, a.peakMb);
  }
  return { ours: median(times[0]), theirs: median(times[1]), ratio: median(ratios), peakMb };
}
