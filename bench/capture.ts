/**
 * `npm run bench:capture [-- frames|iperf|churn ...]`: live captures beside tcpdump on the same veth, in
 * namespaces of their own, in one run. Needs root, tcpdump, and iperf3 for its part; npm's cap is measured
 * where it is installed here, or in the folder that CAP_FOLDER names.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ground, NETLENS, Program, ROOT, residentMb, sleep } from './live/ground.ts';

const FRAMES = Number(process.env.FRAMES ?? 3_000_000);
const CONNECTIONS = 1_000_000;
const CONNECTIONS_A_SECOND = 10_000;
const IPERF_SECONDS = 5;
/** What was sent last has come into every ring by then. */
const SETTLE_MS = 1500;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly ready: RegExp;
  /** Frames that it says it got. */
  readonly got: RegExp;
  readonly target?: number;
}

const capture = (...words: string[]): string[] => [
  process.execPath,
  NETLENS,
  'capture',
  '-i',
  'v1',
  '--no-host',
  ...words,
];

const TCPDUMP: Contender = {
  name: 'tcpdump -w /dev/null',
  command: ['tcpdump', '-i', 'v1', '-Z', 'root', '-B', '65536', '-w', '/dev/null'],
  ready: /listening on/,
  got: /(\d+) packets captured/,
};

const CONTENDERS: readonly Contender[] = [
  TCPDUMP,
  {
    name: 'netlens: the ring alone',
    command: [process.execPath, `${ROOT}dist/bench/live/ring-alone.js`, 'v1'],
    ready: /capturing/,
    got: /Captured ([\d,]+) frames?/,
    target: 1.2,
  },
  {
    name: 'netlens capture -w /dev/null',
    command: capture('-w', '/dev/null'),
    ready: /capturing on/,
    got: /Captured ([\d,]+) frames?/,
  },
  {
    name: 'netlens capture -o jsonl',
    command: capture('-o', 'jsonl'),
    ready: /capturing on/,
    got: /Captured ([\d,]+) frames?/,
    target: 4,
  },
];

/** Where npm has installed cap. */
const CAP_FOLDER = process.env.CAP_FOLDER ?? ROOT;

const NPM_CAP: Contender = {
  name: 'npm cap',
  command: [process.execPath, `${ROOT}dist/bench/live/npm-cap.js`, 'v1', CAP_FOLDER],
  ready: /capturing/,
  got: /Captured ([\d,]+) frames?/,
};

function verdict(value: number, target: number | undefined): string {
  if (target === undefined) return '';
  return value <= target ? `(target ${target}: met)` : `(target ${target}: falls short)`;
}

/** CPU seconds of starting and ending, without a frame. */
async function idleCpu(ground: Ground, { command, ready }: Contender): Promise<number> {
  const program = await Program.start(ground.far, command, ready);
  await sleep(SETTLE_MS);
  return program.end();
}

/** Small IPIP frames as fast as one core can send them. Starting is told apart: it is the same for any number of them. */
async function benchFrames(ground: Ground): Promise<void> {
  const hasCap = existsSync(join(CAP_FOLDER, 'node_modules/cap'));
  const contenders = hasCap ? [...CONTENDERS, NPM_CAP] : CONTENDERS;
  let theirs = 0;
  let theirFrames = 0;
  for (const contender of contenders) {
    const { name, command, ready, got, target } = contender;
    const start = await idleCpu(ground, contender);
    const program = await Program.start(ground.far, command, ready);
    const sent = await ground.send('segments', 'v0', String(FRAMES));
    await sleep(SETTLE_MS);
    const cpu = await program.end();
    const frames = Number(got.exec(program.said)?.[1]?.replaceAll(',', '') ?? 0);
    const ofFrames = cpu - start;
    if (theirs === 0) {
      theirs = cpu;
      theirFrames = ofFrames;
    }
    const ratio = cpu / theirs;
    print(
      `${name}: ${FRAMES - frames} lost, ${cpu.toFixed(2)} s CPU, ${ratio.toFixed(2)} x tcpdump ${verdict(ratio, target)}; ${start.toFixed(2)} s of it to start and end, without it ${(ofFrames / theirFrames).toFixed(2)} x [${sent}]`,
    );
  }
}

/** What a TCP sender reaches beside each capture. */
async function benchIperf(ground: Ground): Promise<void> {
  const server = ['sh', '-c', 'exec iperf3 -s -B 10.88.0.2 --forceflush >&2'];
  const rates = new Map<string, number>();
  for (const one of [undefined, TCPDUMP, CONTENDERS[3]!]) {
    const serving = await Program.start(ground.far, server, /listening/);
    const program =
      one === undefined ? undefined : await Program.start(ground.far, one.command, one.ready);
    const words = ['netns', 'exec', ground.near, 'iperf3', '-c', '10.88.0.2', '-J'];
    const done = spawnSync('ip', [...words, '-t', String(IPERF_SECONDS), '-M', '1400'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const { end } = JSON.parse(done.stdout) as { end: { sum_sent: { bits_per_second: number } } };
    await sleep(SETTLE_MS);
    await program?.end();
    await serving.end();
    const name = one?.name ?? 'nobody captures';
    rates.set(name, end.sum_sent.bits_per_second);
    const gbps = (end.sum_sent.bits_per_second / 1e9).toFixed(2);
    const lost =
      program === undefined
        ? ''
        : `; ${/(Lost: .*|\d+ packets dropped by kernel)/.exec(program.said)?.[0]}`;
    print(`iperf3, ${name}: ${gbps} Gbit/s${lost}`);
  }
  const [alone, theirs, ours] = [...rates.values()] as [number, number, number];
  const slowed = (rate: number): number => 1 - rate / alone;
  const isMet = slowed(ours) <= slowed(theirs) + 0.2;
  print(
    `iperf3: slowed by ${(100 * slowed(theirs)).toFixed(0)} % beside tcpdump, by ${(100 * slowed(ours)).toFixed(0)} % beside netlens (target: at most 20 points more: ${isMet ? 'met' : 'falls short'})`,
  );
}

/** Memory over many short connections: at a tenth of them, and at the end. */
async function benchChurn(ground: Ground): Promise<void> {
  const program = await Program.start(ground.far, capture('-o', 'jsonl'), /capturing on/);
  const readings: number[] = [];
  const watch = setInterval(() => readings.push(residentMb(program.child.pid!)), 1000);
  const words = [String(CONNECTIONS), String(CONNECTIONS_A_SECOND)];
  const sent = await ground.send('connections', 'v0', ...words);
  clearInterval(watch);
  const cpu = await program.end();
  const tenth = Math.max(1, Math.floor(readings.length / 10));
  const early = Math.max(...readings.slice(tenth, 2 * tenth));
  const late = Math.max(...readings.slice(-tenth));
  print(
    `${CONNECTIONS} short connections [${sent}]: ${early.toFixed(0)} MB after a tenth, ${late.toFixed(0)} MB at the end, ${cpu.toFixed(1)} s CPU`,
  );
  print(program.said.replace(/^netlens: .*\n/, '').trim());
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const PARTS: Readonly<Record<string, (ground: Ground) => Promise<void>>> = {
  frames: benchFrames,
  iperf: benchIperf,
  churn: benchChurn,
};

const asked = process.argv.slice(2);
const ground = new Ground();
try {
  for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) await PARTS[name]!(ground);
} finally {
  ground.close();
}
