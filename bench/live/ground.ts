/** What live measurements stand on: two namespaces with a wire between them, programs inside, and their CPU time. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

export const ROOT = new URL('../../../', import.meta.url).pathname;
export const NETLENS = `${ROOT}bin/netlens.js`;
const SENDER = `${ROOT}dist/bench/live/sender.js`;

const RUSAGE_CHILDREN = -1;
const RUSAGE_LEN = 144;
const getrusage = koffi.load(null).func('int getrusage(int, void *)');

/** CPU seconds, user and system, of all programs that were started here and have ended. */
export function cpuOfEnded(): number {
  const usage = new Uint8Array(RUSAGE_LEN);
  getrusage(RUSAGE_CHILDREN, usage);
  const view = new DataView(usage.buffer);
  const seconds = (at: number): number =>
    Number(view.getBigInt64(at, true)) + Number(view.getBigInt64(at + 8, true)) / 1e6;
  return seconds(0) + seconds(16);
}

/** Resident memory of a process now, MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class Ground {
  readonly near: string;
  readonly far: string;

  constructor() {
    this.near = `nlb-${process.pid}-a`;
    this.far = `nlb-${process.pid}-b`;
    for (const one of [this.near, this.far]) {
      ip('netns', 'add', one);
      ip('netns', 'exec', one, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
    }
    ip(
      '-n',
      this.near,
      'link',
      'add',
      'v0',
      'type',
      'veth',
      'peer',
      'name',
      'v1',
      'netns',
      this.far,
    );
    ip('-n', this.near, 'addr', 'add', '10.88.0.1/24', 'dev', 'v0');
    ip('-n', this.far, 'addr', 'add', '10.88.0.2/24', 'dev', 'v1');
    ip('-n', this.near, 'link', 'set', 'v0', 'up');
    ip('-n', this.far, 'link', 'set', 'v1', 'up');
  }

  /** What was sent: `3000000 frames in 9.1 s`. */
  async send(...words: string[]): Promise<string> {
    const child = spawn('ip', ['netns', 'exec', this.near, process.execPath, SENDER, ...words]);
    let said = '';
    child.stdout.on('data', (part) => (said += part));
    await ended(child);
    return said.trim();
  }

  close(): void {
    for (const one of [this.near, this.far]) spawnSync('ip', ['netns', 'del', one]);
  }
}

function ip(...args: string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr}`);
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.on('close', () => resolve()));
}

/** A program in a namespace, its standard output thrown away, once what it says on stderr matches. */
export class Program {
  readonly child: ChildProcess;
  said = '';

  private constructor(namespace: string, command: readonly string[]) {
    this.child = spawn('ip', ['netns', 'exec', namespace, ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr!.on('data', (part) => (this.said += part));
  }

  static async start(
    namespace: string,
    command: readonly string[],
    readyWhen: RegExp,
  ): Promise<Program> {
    const program = new Program(namespace, command);
    for (let waited = 0; !readyWhen.test(program.said); waited += 50) {
      if (waited > 10_000) throw new Error(`${command[0]} is not ready: ${program.said}`);
      await sleep(50);
    }
    return program;
  }

  /** End it as Ctrl-C does; yields the CPU seconds that it took in all. */
  async end(): Promise<number> {
    const before = cpuOfEnded();
    const closed = ended(this.child);
    this.child.kill('SIGINT');
    await closed;
    return cpuOfEnded() - before;
  }
}
