/**
 * A key that does something while a capture runs in a terminal. The terminal then hands over every key at once, also
 * those that end or stop a program: they mean what they always mean. In the background no key is ours.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

const STDIN = 0;
/** What the terminal would send for these keys (termios(3)): Ctrl-C, Ctrl-Z, Ctrl-\\. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  '\x03': 'SIGINT',
  '\x1a': 'SIGTSTP',
  '\x1c': 'SIGQUIT',
};

export class KeyPress {
  private readonly key: string;
  private readonly onKey: () => void;
  private isTaken = false;
  private readonly onData = (bytes: Buffer): void => this.take(bytes.toString('latin1'));
  private readonly onContinue = (): void => {
    this.giveBack(); // the shell has set the terminal as it likes it
    this.listen();
  };
  private readonly onExit = (): void => this.giveBack();

  private constructor(key: string, onKey: () => void) {
    this.key = key;
    this.onKey = onKey;
  }

  /** Listen until `release`; undefined where standard input is no terminal. */
  static on(key: string, onKey: () => void): KeyPress | undefined {
    if (!isatty(STDIN)) return undefined;
    const press = new KeyPress(key, onKey);
    process.on('SIGCONT', press.onContinue);
    process.on('exit', press.onExit);
    press.listen();
    return press;
  }

  release(): void {
    process.off('SIGCONT', this.onContinue);
    process.off('exit', this.onExit);
    this.giveBack();
  }

  private listen(): void {
    if (!isForeground()) return; // to read would stop us
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.onData).resume();
    this.isTaken = true;
  }

  private giveBack(): void {
    if (!this.isTaken) return;
    this.isTaken = false;
    process.stdin.off('data', this.onData).pause();
    try {
      process.stdin.setRawMode(false);
    } catch {
      // the terminal is gone: nothing to give back
    }
  }

  private take(keys: string): void {
    for (const key of keys) {
      const signal = SIGNALS[key];
      if (key === this.key) this.onKey();
      if (signal === undefined) continue;
      if (signal !== 'SIGINT') this.giveBack();
      process.kill(0, signal); // to all of the job, as the terminal does
    }
  }
}

/** The terminal is this job's; where that cannot be told, it is taken to be. */
function isForeground(): boolean {
  try {
    const text = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return true;
  }
}
