/**
 * `npm run bench`: whole commands beside the C tools, in turn on the same file, as ratios of one run.
 * Machines are noisy: the median of the ratios is the figure, not a time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 5;
const ROOT = new URL('../../', import.meta.url).pathname;
const NETLENS = join(ROOT, 'bin/netlens.js');
const CORPUS = join(ROOT, 'dist/bench/corpus.js');

interface Run {
  readonly seconds: number;
  /** Largest resident set seen, MB; -1 where /proc does not tell. */
  readonly peakMb: number;
}

interface Comparison {
  readonly what: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly target: string;
}

/** One command, its output thrown away. */
function run(command: readonly string[]): Promise<Run> {
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function compare({ what, ours, theirs, target }: Comparison): Promise<void> {
  const ratios: number[] = [];
  const times: [number[], number[]] = [[], []];
  let peakMb = -1;
  await run(ours);
  await run(theirs);
  for (let round = 0; round < ROUNDS; round++) {
    const a = await run(ours);
    const b = await run(theirs);
    ratios.push(a.seconds / b.seconds);
    times[0].push(a.seconds);
    times[1].push(b.seconds);
    peakMb = Math.max(peakMb, a.peakMb);
  }
  process.stdout.write(
    `${what.padEnd(46)} ${median(times[0]).toFixed(2)} s against ${median(times[1]).toFixed(2)} s: ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}), peak ${peakMb.toFixed(0)} MB; wanted ${target}\n`,
  );
}

/** The file, made by corpus.ts when it is not there yet. */
function corpus(kind: string, name: string): string {
  const directory = join(tmpdir(), 'netlens-bench');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.pcap`);
  if (!existsSync(file)) execFileSync(process.execPath, [CORPUS, kind, file], { stdio: 'inherit' });
  return file;
}

const big = corpus('ipip', 'big-ipip');
const many = corpus('many-flows', 'many-flows');
const node = process.execPath;
await compare({
  what: 'read 1 GB, 2,000,000 IPIP frames, jsonl',
  ours: [node, NETLENS, 'read', big, '-o', 'jsonl'],
  theirs: ['tcpdump', '-nr', big, 'host 1.1.1.1'],
  target: '1.0 or less, under 200 MB',
});
await compare({
  what: 'the same, a line a frame',
  ours: [node, NETLENS, 'read', big, '--frames', '-n'],
  theirs: ['tcpdump', '-nr', big],
  target: '0.33 or less',
});
await compare({
  what: '1,000,000 flows, counted (--top 1)',
  ours: [node, NETLENS, 'read', many, '--top', '1'],
  theirs: ['tcpdump', '-nr', many, 'host 1.1.1.1'],
  target: '1.5 Mpps, under 600 MB',
});
await compare({
  what: '--version against an empty script',
  ours: [node, NETLENS, '--version'],
  theirs: [node, '-e', '0'],
  target: 'under 0.10 s',
});
