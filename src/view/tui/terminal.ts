/** The terminal, through blessed: taken on start, given back whatever happens; keys, mouse, size, suspension. */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import type blessed from 'blessed';
import program from 'blessed/lib/program.js';
import type { Event } from '../screens/events.ts';
import { keyEventOf, mouseEventOf } from './blessed-events.ts';
import { TerminalInput } from './terminal-input.ts';
import { type ColorDepth, colorDepthOf } from './terminal-painter.ts';

const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
/** Clicks and the wheel, not every movement. */
const MOUSE = { vt200Mouse: true, sgrMouse: true } as const;
const ALIVE_MS = 1000;
/** Whatever state the screen is in: attributes off, mouse and paste modes off, cursor on, main buffer. */
const RESTORE = `\x1b[0m\x1b[?1000l\x1b[?1006l${PASTE_OFF}\x1b[?25h\x1b[?1049l`;

export interface TerminalHandlers {
  readonly onEvent: (event: Event) => void;
  /** The terminal is ours again after a suspension: all must be painted anew. */
  readonly onReturn: () => void;
  /** The terminal has taken what was written. */
  readonly onDrain: () => void;
}

/** The part of blessed's Program that is used; its type declarations leave some of it out. */
interface Program extends blessed.BlessedProgram {
  readonly tput: { readonly colors?: number };
  isAlt: boolean;
  setMouse(options: Readonly<Record<string, boolean>>, isOn: boolean): void;
}

export class Terminal {
  readonly depth: ColorDepth;
  private readonly input: TerminalInput;
  private readonly output: WriteStream & { readonly fd: number };
  private readonly program: Program;
  private readonly handlers: TerminalHandlers;
  private isOurs = false;
  private readonly onExit = (): void => this.restore();
  private readonly onStopSignal = (): void => this.suspend();

  constructor(
    stdin: ReadStream,
    stdout: WriteStream & { readonly fd: number },
    handlers: TerminalHandlers,
  ) {
    this.handlers = handlers;
    this.output = stdout;
    this.input = new TerminalInput(stdin, (text) => handlers.onEvent({ kind: 'paste', text }));
    this.program = program({
      input: this.input as unknown as NodeJS.ReadableStream,
      output: stdout,
      buffer: false,
      zero: true,
    } as unknown as blessed.Widgets.IScreenOptions) as unknown as Program;
    this.depth = colorDepthOf(process.env, this.program.tput.colors ?? 0);
    this.listen();
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.output.columns || 80, rows: this.output.rows || 24 };
  }

  /** Take the terminal: alternate buffer, no cursor, mouse. */
  enter(): void {
    this.isOurs = true;
    this.input.setRawMode(true);
    this.input.hold(false);
    this.program.alternateBuffer();
    this.program.hideCursor();
    this.program.setMouse(MOUSE, true);
    this.output.write(PASTE_ON);
    process.on('exit', this.onExit);
    process.on('SIGTSTP', this.onStopSignal);
  }

  /** False: the terminal is slow, wait for `onDrain`. */
  write(text: string): boolean {
    return text === '' || !this.isOurs || this.output.write(text);
  }

  /** Give the terminal back for good. */
  leave(): void {
    this.restore();
    process.off('exit', this.onExit);
    process.off('SIGTSTP', this.onStopSignal);
    this.program.destroy();
    this.input.release();
  }

  /** Stop this process as Ctrl-Z does; what follows happens after `fg`. */
  suspend(): void {
    if (!this.isOurs) return;
    this.restore();
    const alive = setInterval(() => {}, ALIVE_MS); // a signal that is waited for keeps no process running
    process.once('SIGCONT', () => {
      clearInterval(alive);
      process.off('exit', this.onExit);
      process.off('SIGTSTP', this.onStopSignal);
      this.program.isAlt = false;
      this.enter();
      this.handlers.onReturn();
    });
    process.kill(process.pid, 'SIGSTOP');
  }

  /** Whatever state things are in; writes at once, for the process may be about to end. */
  private restore(): void {
    if (!this.isOurs) return;
    this.isOurs = false;
    this.input.hold(true);
    try {
      this.input.setRawMode(false);
      writeSync(this.output.fd, RESTORE);
    } catch {
      // the terminal is gone: nothing to give back
    }
  }

  private listen(): void {
    const { onEvent, onDrain } = this.handlers;
    this.program.on('keypress', (text: string | undefined, key: unknown) => {
      const event = keyEventOf(text, key);
      if (event !== undefined) onEvent(event);
    });
    this.program.on('mouse', (data: unknown) => {
      const event = mouseEventOf(data);
      if (event !== undefined) onEvent(event);
    });
    this.program.on('resize', () => onEvent({ kind: 'resize', ...this.size }));
    this.output.on('drain', onDrain);
  }
}
