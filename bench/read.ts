/**
 * `npm run bench`: what `netlens read` promises of speed and memory, each measured beside its target. Commands run
 * in turn with what they are compared with, on the same file; of stages, the best of several rounds. Machines are
 * noisy: run it alone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, isInstalled, run } from './command.ts';
import type { StageCosts } from './stages.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const NODE = process.execPath;
const NETLENS = [NODE, join(ROOT, 'bin/netlens.js')];
const SMALL = join(ROOT, 'fixtures/calico-ipip/any.pcapng');
const DIRECTORY = join(tmpdir(), 'netlens-bench');

interface Claim {
  readonly what: string;
  readonly measured: number;
  readonly target: number;
  readonly unit: string;
  /** The target is a least, not a most. */
  readonly atLeast?: boolean;
  readonly remark?: string;
}

/** One line: measured, target, ratio of the two (above 1 = better than asked), verdict. */
function show({ what, measured, target, unit, atLeast = false, remark = '' }: Claim): void {
  const ratio = atLeast ? measured / target : target / measured;
  const digits = measured < 10 ? 2 : 0;
  const wanted = `${atLeast ? '>=' : '<='} ${target} ${unit}`;
  const verdict = ratio >= 1 ? 'pass' : 'FALLS SHORT';
  process.stdout.write(
    `${what.padEnd(58)} ${`${measured.toFixed(digits)} ${unit}`.padStart(10)}  ${wanted.padEnd(14)} ${ratio.toFixed(2).padStart(5)}  ${verdict.padEnd(11)}  ${remark}\n`,
  );
}

/** The file, made by corpus.ts when it is not there yet. */
function corpus(kind: string, name: string, ...options: string[]): string {
  mkdirSync(DIRECTORY, { recursive: true });
  const file = join(DIRECTORY, `${name}.pcap`);
  if (!existsSync(file)) {
    const make = join(ROOT, 'dist/bench/corpus.js');
    execFileSync(NODE, [make, kind, file, ...options], { stdio: 'inherit' });
  }
  return file;
}

function stagesOf(file: string, rounds: number): StageCosts {
  const script = join(ROOT, 'dist/bench/stages.js');
  return JSON.parse(execFileSync(NODE, [script, file, String(rounds)], { encoding: 'utf8' }));
}

const seconds = (n: number): string => `${n.toFixed(2)} s`;
const mpps = (frames: number, time: number): number => frames / time / 1e6;

async function bigFile(): Promise<void> {
  const big = corpus('ipip', 'big-ipip');
  if (isInstalled('tcpdump')) {
    const theirs = ['tcpdump', '-nr', big, 'host 1.1.1.1'];
    const {
      ours,
      theirs: their,
      ratio,
    } = await compare([...NETLENS, 'read', big, '-o', 'jsonl'], theirs, 7);
    const bare = await compare([NODE, join(ROOT, 'dist/bench/bare-read.js'), big], theirs, 3);
    const remark = `${seconds(ours)} against ${seconds(their)}; Node only reading the file: ${bare.ratio.toFixed(2)} x`;
    show({
      what: '1 GB, 2M IPIP frames, 1,000 flows: time of tcpdump',
      measured: ratio,
      target: 1,
      unit: 'x',
      remark,
    });
  }
  const costs = stagesOf(big, 5);
  const { frames, read, flows } = costs;
  const remark = `with reading ${mpps(frames, flows).toFixed(2)}, reading alone ${mpps(frames, read).toFixed(2)} Mpps`;
  show({
    what: 'the same: decode and flow stages',
    measured: mpps(frames, flows - read),
    target: 5,
    unit: 'Mpps',
    atLeast: true,
    remark,
  });
}

async function manyFlows(): Promise<void> {
  const many = corpus('many-flows', 'many-flows');
  const costs = stagesOf(many, 3);
  show({
    what: '1M packets over 1M flows: read, decode and flow stages',
    measured: mpps(costs.frames, costs.flows),
    target: 1.5,
    unit: 'Mpps',
    atLeast: true,
  });
  const whole = await compare([...NETLENS, 'read', many, '--top', '1'], [NODE, '-e', '0'], 3);
  const remark = `whole command with analysis, --top 1: ${seconds(whole.ours)}, ${mpps(costs.frames, whole.ours).toFixed(2)} Mpps`;
  show({ what: 'the same: peak memory', measured: whole.peakMb, target: 600, unit: 'MB', remark });
  const share = 100 * costs.stitchShare;
  show({
    what: 'the same: stitching on top of reading',
    measured: share,
    target: 25,
    unit: '%',
    remark: `best ${seconds(costs.stitch)} on ${seconds(costs.flows)}`,
  });
}

async function memory(): Promise<void> {
  const file = corpus('ipip', 'flows-100k', '--flows', '100000', '--frames', '1000000');
  const { seconds: time, peakMb } = await run([...NETLENS, 'read', file, '-o', 'jsonl']);
  show({
    what: '100,000 flows, jsonl: peak memory',
    measured: peakMb,
    target: 200,
    unit: 'MB',
    remark: seconds(time),
  });
}

async function frameLines(): Promise<void> {
  if (isInstalled('tcpdump')) {
    const big = corpus('ipip', 'big-ipip');
    const { ours, theirs } = await compare(
      [...NETLENS, 'read', big, '--frames', '-n'],
      ['tcpdump', '-nr', big],
      3,
    );
    const remark = `${seconds(ours)} against ${seconds(theirs)}`;
    show({
      what: '--frames: as fast as tcpdump',
      measured: theirs / ours,
      target: 3,
      unit: 'x',
      atLeast: true,
      remark,
    });
  }
  if (isInstalled('tshark')) {
    const part = corpus('ipip', 'ipip-200k', '--frames', '200000');
    const { ours, theirs } = await compare(
      [...NETLENS, 'read', part, '--frames', '-n'],
      ['tshark', '-nr', part],
      1,
    );
    const remark = `${seconds(ours)} against ${seconds(theirs)}, 200,000 frames`;
    show({
      what: '--frames: as fast as tshark',
      measured: theirs / ours,
      target: 20,
      unit: 'x',
      atLeast: true,
      remark,
    });
  }
}

async function start(): Promise<void> {
  writeFileSync(join(DIRECTORY, 'empty.mjs'), '');
  const empty = [NODE, join(DIRECTORY, 'empty.mjs')];
  const version = await compare([...NETLENS, '--version'], empty, 15);
  const remark = `an empty module: ${(1000 * version.theirs).toFixed(0)} ms`;
  show({ what: '--version', measured: 1000 * version.ours, target: 100, unit: 'ms', remark });
  const small = await compare([...NETLENS, 'read', SMALL, '-o', 'jsonl'], empty, 15);
  show({
    what: 'read of a small file',
    measured: 1000 * small.ours,
    target: 200,
    unit: 'ms',
    remark,
  });
}

const PARTS = { big: bigFile, many: manyFlows, memory, frames: frameLines, start };

const chosen = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) {
  if (chosen.length === 0 || chosen.includes(name)) await part();
}
