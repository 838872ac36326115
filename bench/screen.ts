/**
 * The terminal UI in a real pseudo-terminal (util-linux `script`): how long until the first rows, how long from a key
 * to the repaint while the file is read, and what memory it takes. With --beside termshark the same file in that.
 * With --live, as root, the same keys while 300,000 frames a second arrive on a wire between two namespaces.
 *
 *   node dist/bench/screen.js FILE [--beside termshark] [--runs 3]
 *   node dist/bench/screen.js --live
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import xterm from '@xterm/headless';
import { Ground, sleep } from './live/ground.ts';

const COLUMNS = 120;
const ROWS = 40;
const FIRST_ROWS_TARGET_MS = 500;
const REPAINT_TARGET_MS = 50;
/** Between two keys, as of a quick user. */
const KEY_EVERY_MS = 30;
const LIMIT_MS = 120_000;

/** Keys, each with what the screen holds once it is painted anew, rows of the capture included. */
const TOUR: readonly (readonly [key: string, shows: RegExp])[] = [
  ['?', /\u256d\u2500 Keys/],
  ['q', /CLIENT/],
  ['P', /SEEN AT[\s\S]* \d\d:\d\d:\d\d\.\d{6} /],
  ['d', /0000 {2}[\da-f]{2} /],
  ['J', /\u25c6 client/],
  ['e', /Why\n/],
  ['t', /Nodes {2}\d/],
  ['s', /Rate over time/],
  ['C', /CLIENT[\s\S]*\n +\d+ [SXEH?] /],
];

interface Program {
  readonly name: string;
  readonly command: string;
  /** On the screen once the first rows are. */
  readonly firstRow: RegExp;
  readonly isComplete: (terminal: InTerminal) => boolean;
  readonly tour: typeof TOUR;
}

/** A program in a pseudo-terminal, and what a terminal shows of it. */
class InTerminal {
  readonly child: ChildProcessWithoutNullStreams;
  readonly startMs = performance.now();
  private readonly screenOf = new xterm.Terminal({
    cols: COLUMNS,
    rows: ROWS,
    allowProposedApi: true,
  });
  private wakers: (() => void)[] = [];

  constructor(command: string) {
    const sized = `stty cols ${COLUMNS} rows ${ROWS}; exec ${command}`;
    this.child = spawn('script', ['-qfec', sized, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color', COLORTERM: '' },
    });
    this.child.stdout.on('data', (bytes: Buffer) => {
      this.screenOf.write(bytes, () => {
        for (const wake of this.wakers.splice(0)) wake();
      });
    });
  }

  screen(): string {
    const { active } = this.screenOf.buffer;
    const rows = Array.from({ length: ROWS }, (_, row) => active.getLine(row));
    return rows.map((row) => row?.translateToString(true).trimEnd() ?? '').join('\n');
  }

  /** Milliseconds until the screen matches. */
  async until(text: RegExp): Promise<number> {
    const start = performance.now();
    while (!text.test(this.screen())) {
      if (performance.now() - start > LIMIT_MS) {
        throw new Error(`never seen: ${text}\n${this.screen()}`);
      }
      await new Promise<void>((resolve) => {
        this.wakers.push(resolve);
        setTimeout(resolve, 1000).unref();
      });
    }
    return performance.now() - start;
  }

  /** Peak resident memory of the program and its children, MiB. */
  peakMemory(): number {
    let sum = 0;
    for (const pid of descendantsOf(this.child.pid!)) sum += peakOf(pid);
    return sum / 1024;
  }

  runs(name: string): boolean {
    return descendantsOf(this.child.pid!).some((pid) => read(`/proc/${pid}/comm`).trim() === name);
  }
}

function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
  }
  const isUnder = (pid: number): boolean => {
    for (let up = parents.get(pid), i = 0; up !== undefined && i < 20; up = parents.get(up), i++) {
      if (up === root) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isUnder);
}

function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

interface Run {
  readonly firstMs: number;
  readonly completeMs: number;
  readonly peakMib: number;
  readonly repaints: readonly (readonly [key: string, ms: number])[];
}

async function measure(program: Program): Promise<Run> {
  const terminal = new InTerminal(program.command);
  await terminal.until(program.firstRow);
  const firstMs = performance.now() - terminal.startMs;
  const repaints: [string, number][] = [];
  let peakMib = 0;
  for (let i = 0; !program.isComplete(terminal); i++) {
    await new Promise((resolve) => setTimeout(resolve, KEY_EVERY_MS));
    const [key, shows] = program.tour[i % program.tour.length] ?? ['', /^/];
    if (key !== '') {
      terminal.child.stdin.write(key);
      repaints.push([key, await terminal.until(shows)]);
    }
    if (i % 10 === 0) peakMib = Math.max(peakMib, terminal.peakMemory());
    if (performance.now() - terminal.startMs > LIMIT_MS) break;
  }
  const completeMs = performance.now() - terminal.startMs;
  peakMib = Math.max(peakMib, terminal.peakMemory());
  for (const pid of descendantsOf(terminal.child.pid!)) process.kill(pid, 'SIGTERM');
  return { firstMs, completeMs, peakMib, repaints };
}

async function show(program: Program, runs: number): Promise<void> {
  const all: Run[] = [];
  for (let i = 0; i < runs; i++) all.push(await measure(program));
  const median = (of: (run: Run) => number): number =>
    all.map(of).sort((a, b) => a - b)[all.length >> 1]!;
  const firstMs = median((run) => run.firstMs);
  console.log(`${program.name}, median of ${runs}`);
  console.log(`  first rows       ${firstMs.toFixed(0)} ms${told(firstMs, FIRST_ROWS_TARGET_MS)}`);
  console.log(`  all of the file  ${(median((run) => run.completeMs) / 1000).toFixed(1)} s`);
  const repaints = all.flatMap((run) => run.repaints);
  if (repaints.length > 0) showRepaints(repaints);
  console.log(
    `  peak memory      ${median((run) => run.peakMib).toFixed(0)} MiB, children included`,
  );
}

function showRepaints(repaints: readonly (readonly [key: string, ms: number])[]): void {
  const sorted = [...repaints].sort(([, a], [, b]) => a - b);
  const at = (part: number): readonly [string, number] =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  const [median, high, longest] = [at(0.5), at(0.95), at(1)].map(
    ([key, ms]) => `${ms.toFixed(1)} ms (${key})`,
  );
  console.log(
    `  key to repaint   ${sorted.length} keys meanwhile: median ${median}, ` +
      `95 % ${high}, longest ${longest}${told(at(0.95)[1], REPAINT_TARGET_MS)}`,
  );
}

function told(ms: number, targetMs: number): string {
  return ` (target ${targetMs} ms: ${ms <= targetMs ? 'met' : 'MISSED'})`;
}

/** Frames a second, and for how long. */
const LIVE_RATE = 300_000;
const LIVE_SECONDS = 8;

/** Keys to a live capture while frames come as fast as they are meant to. */
async function showLive(): Promise<void> {
  const ground = new Ground();
  try {
    const inside = `ip netns exec ${ground.far} ${process.execPath}`;
    const terminal = new InTerminal(`${inside} bin/netlens.js capture -i v1 -o tui --lang en`);
    await terminal.until(/waiting for the first packet/);
    const words = ['segments', 'v0', String(LIVE_RATE * LIVE_SECONDS), String(LIVE_RATE)];
    let isOver = false;
    const sending = ground.send(...words).then((sent) => {
      isOver = true;
      return sent;
    });
    await terminal.until(/\n +\d+ [SXEH?] /);
    const repaints: [string, number][] = [];
    for (let i = 0; !isOver; i++) {
      await sleep(KEY_EVERY_MS);
      const [key, shows] = TOUR[i % TOUR.length]!;
      terminal.child.stdin.write(key);
      repaints.push([key, await terminal.until(shows)]);
    }
    console.log(`live, ${await sending}`);
    showRepaints(repaints);
    console.log(`  ${terminal.screen().trimEnd().split('\n').at(-1)!.trim()}`);
    console.log(`  peak memory      ${terminal.peakMemory().toFixed(0)} MiB, children included`);
    for (const pid of descendantsOf(terminal.child.pid!)) process.kill(pid, 'SIGTERM');
  } finally {
    ground.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    beside: { type: 'string' },
    live: { type: 'boolean' },
    runs: { type: 'string', default: '3' },
  },
});
if (values.live) {
  await showLive();
  process.exit(0);
}
const [file] = positionals;
if (file === undefined) throw new Error('usage: screen FILE [--beside termshark] | --live');
const quoted = `'${file.replaceAll("'", `'\\''`)}'`;
const runs = Number(values.runs);
await show(
  {
    name: 'netlens',
    command: `${process.execPath} bin/netlens.js read ${quoted} --lang en`,
    firstRow: /\n +\d+ [SXEH?] /,
    isComplete: (terminal) => /\n read /.test(terminal.screen()),
    tour: TOUR,
  },
  runs,
);
if (values.beside === 'termshark') {
  await show(
    {
      name: 'termshark',
      command: `termshark -r ${quoted}`,
      firstRow: /TCP|UDP|ICMP/,
      isComplete: (terminal) => !terminal.runs('tshark'),
      tour: [],
    },
    runs,
  );
}
process.exit(0);
