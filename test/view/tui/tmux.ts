/** A real terminal for tests: a tmux server of its own, whose window runs one command. */
import { execFileSync, spawnSync } from 'node:child_process';

const POLL_MS = 40;
const LIMIT_MS = 15_000;
let servers = 0;

export class Tmux {
  private readonly socket = `netlens-test-${process.pid}-${servers++}`;

  /** `environment` for the command, beside what tmux sets. */
  constructor(columns: number, rows: number, command: string, environment: readonly string[] = []) {
    const size = ['-x', String(columns), '-y', String(rows)];
    const set = environment.flatMap((one) => ['-e', one]);
    this.run('new-session', '-d', '-s', 't', ...size, ...set, command);
    this.run('set', '-g', 'status', 'off');
    this.run('set', '-g', 'remain-on-exit', 'on');
    this.run('set', '-sg', 'escape-time', '5');
    this.resize(columns, rows);
  }

  private run(...argv: string[]): string {
    const all = ['-u', '-f', '/dev/null', '-L', this.socket, ...argv];
    return execFileSync('tmux', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  keys(...keys: string[]): void {
    for (const key of keys) this.run('send-keys', '-t', 't', key);
  }

  resize(columns: number, rows: number): void {
    this.run('resize-window', '-t', 't', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen, spaces at the ends of lines left out. */
  screen(): string {
    const lines = this.run('capture-pane', '-p', '-t', 't').split('\n');
    return lines.map((line) => line.trimEnd()).join('\n');
  }

  /** Of the terminal: `#{cursor_flag}`, `#{alternate_on}`, `#{mouse_any_flag}`. */
  flag(format: string): string {
    return this.run('display-message', '-p', '-t', 't', format).trim();
  }

  /** The process id of the window's command. */
  get pid(): number {
    return Number(this.flag('#{pane_pid}'));
  }

  /** Rejects with the screen when it does not come to be so. */
  async until(isSo: (screen: string) => boolean, what: string): Promise<string> {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const screen = this.screen();
      if (isSo(screen)) return screen;
      if (Date.now() > end) throw new Error(`${what}: not within ${LIMIT_MS} ms\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  close(): void {
    spawnSync('tmux', ['-L', this.socket, 'kill-server']);
  }
}
