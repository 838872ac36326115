/** Two network namespaces joined by a veth pair, and programs inside them: what live captures are tried on. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { NETLENS, type Ran } from '../cli/run.ts';

const READY_TIMEOUT_MS = 15_000;
const END_TIMEOUT_MS = 15_000;

/** Puts each line of standard input, hex, on the wire of a device, and ends. */
const SENDER = `
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind((sys.argv[1], 0))
for line in sys.stdin:
    wire.send(bytes.fromhex(line.strip()))
`;

let made = 0;

export class Wire {
  /** Names of the two namespaces; each has one end, `v0` and `v1`. */
  readonly near: string;
  readonly far: string;

  /** 10.77.0.1 at the near end, 10.77.0.2 at the far one. Throws with what `ip` says. */
  constructor() {
    const name = `nlw-${process.pid}-${made++}`;
    this.near = `${name}a`;
    this.far = `${name}b`;
    ip('netns', 'add', this.near);
    ip('netns', 'add', this.far);
    for (const one of [this.near, this.far]) {
      const quiet = ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1'];
      run('ip', ['netns', 'exec', one, ...quiet]);
      ip('-n', one, 'link', 'set', 'lo', 'up');
    }
    this.addLink('v0', 'v1', '10.77.0');
  }

  /** One more pair of devices between the two. */
  addLink(near: string, far: string, net: string): void {
    ip(
      '-n',
      this.near,
      'link',
      'add',
      near,
      'type',
      'veth',
      'peer',
      'name',
      far,
      'netns',
      this.far,
    );
    ip('-n', this.near, 'addr', 'add', `${net}.1/24`, 'dev', near);
    ip('-n', this.far, 'addr', 'add', `${net}.2/24`, 'dev', far);
    ip('-n', this.near, 'link', 'set', near, 'up');
    ip('-n', this.far, 'link', 'set', far, 'up');
  }

  removeLink(near: string): void {
    ip('-n', this.near, 'link', 'del', near);
  }

  /** Run to its end inside a namespace; yields what it printed. Throws when it fails. */
  inside(namespace: string, command: string, args: readonly string[], input = ''): string {
    return run('ip', ['netns', 'exec', namespace, command, ...args], input);
  }

  /** Put these frames on the near end's wire. */
  send(frames: readonly Uint8Array[], device = 'v0'): void {
    const lines = frames.map((frame) => Buffer.from(frame).toString('hex')).join('\n');
    this.inside(this.near, 'python3', ['-c', SENDER, device], lines);
  }

  ping(count = 1, address = '10.77.0.2'): void {
    this.inside(this.near, 'ping', ['-qc', String(count), '-i', '0.01', address]);
  }

  close(): void {
    Running.endAll();
    for (const one of [this.near, this.far]) spawnSync('ip', ['netns', 'del', one]);
  }
}

function ip(...args: string[]): void {
  run('ip', args);
}

function run(command: string, args: readonly string[], input = ''): string {
  const done = spawnSync(command, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`);
}

/** A capture that runs beside the test. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  out = '';
  err = '';

  /** Those that were started, for `endAll`. */
  private static readonly started: Running[] = [];

  private constructor(command: string, args: readonly string[], readyWhen: RegExp) {
    Running.started.push(this);
    this.child = spawn(command, args);
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.out += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.err += text));
    this.readyWhen = readyWhen;
  }

  private readonly readyWhen: RegExp;

  /** `netlens capture` in a namespace, receiving. */
  static async netlens(namespace: string, args: readonly string[]): Promise<Running> {
    const words = ['netns', 'exec', namespace, process.execPath, NETLENS, 'capture', ...args];
    const running = new Running('ip', words, /capturing on/);
    await running.ready();
    return running;
  }

  /** `netlens capture` outside of every namespace, receiving. */
  static async here(args: readonly string[]): Promise<Running> {
    const running = new Running(process.execPath, [NETLENS, 'capture', ...args], /capturing on/);
    await running.ready();
    return running;
  }

  /** Any program in a namespace, once it has said that it is ready. */
  static async command(
    namespace: string,
    command: string,
    args: readonly string[],
    readyWhen: RegExp,
  ): Promise<Running> {
    const words = ['netns', 'exec', namespace, command, ...args];
    const running = new Running('ip', words, readyWhen);
    await running.ready();
    return running;
  }

  /** tcpdump in a namespace, receiving. */
  static async tcpdump(namespace: string, args: readonly string[]): Promise<Running> {
    const running = new Running(
      'ip',
      ['netns', 'exec', namespace, 'tcpdump', ...args],
      /listening on/,
    );
    await running.ready();
    return running;
  }

  /** End what a failed test has left running. */
  static endAll(): void {
    for (const { child } of Running.started.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
  }

  private ready(): Promise<void> {
    return this.until(() => this.readyWhen.test(this.err + this.out), READY_TIMEOUT_MS);
  }

  /** Wait until this holds of what was printed. Throws with it when the program ends before, or too late. */
  async until(holds: () => boolean, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!holds()) {
      const { exitCode } = this.child;
      if (exitCode !== null || performance.now() > end) {
        throw new Error(`not so (exit code ${exitCode}): ${this.out}${this.err}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** End it with this signal; yields all that it printed. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<Ran & { signal: string | null }> {
    const closed = once(this.child, 'close', { signal: AbortSignal.timeout(END_TIMEOUT_MS) });
    if (this.child.exitCode === null) this.child.kill(signal);
    const [code, bySignal] = (await closed) as [number | null, string | null];
    return { code, signal: bySignal, out: this.out, err: this.err };
  }
}
