/**
 * The keyboard's bytes on their way to blessed: a sequence that came in two reads becomes one again, a
 * mouse report comes alone (blessed drops what comes with it), and pasted text does not act as keys.
 */
import { PassThrough } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

/** How long the rest of a sequence may take; then it was the escape key. */
const REST_MS = 40;
/** Longest paste that is kept. */
const PASTE_MAX = 1 << 16;
const ESCAPE = '\x1b';
const PASTE_START = `${ESCAPE}[200~`;
const PASTE_END = `${ESCAPE}[201~`;

/** A sequence whose rest is still to come. */
const UNFINISHED = new RegExp(`${ESCAPE}(?:\\[(?:<?[\\d;]*|M.{0,2})|O)?$`, 's');
const MOUSE = new RegExp(`${ESCAPE}\\[(?:<\\d+;\\d+;\\d+[mM]|M.{3})`, 'gs');

export class TerminalInput extends PassThrough {
  /** As of a terminal, for blessed. */
  readonly isTTY = true;
  isRaw = false;
  private readonly from: ReadStream;
  private readonly onPaste: (text: string) => void;
  private readonly decoder = new StringDecoder('utf8');
  private held = '';
  private pasted: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly listener = (bytes: Buffer): void => this.receive(this.decoder.write(bytes));

  constructor(from: ReadStream, onPaste: (text: string) => void) {
    super();
    this.from = from;
    this.onPaste = onPaste;
    from.on('data', this.listener);
  }

  setRawMode(isRaw: boolean): this {
    this.from.setRawMode(isRaw);
    this.isRaw = isRaw;
    return this;
  }

  /** Give the terminal back. */
  release(): void {
    clearTimeout(this.timer);
    this.from.off('data', this.listener);
    this.from.pause();
  }

  /** Stop and go on reading, while something else has the terminal. */
  hold(isHeld: boolean): void {
    if (isHeld) this.from.pause();
    else this.from.resume();
  }

  private receive(text: string): void {
    clearTimeout(this.timer);
    let rest = this.held + text;
    this.held = '';
    while (rest !== '')
      rest = this.pasted === undefined ? this.takeKeys(rest) : this.takePaste(rest);
  }

  /** Pass keys on up to a paste; yields what is left. */
  private takeKeys(text: string): string {
    const start = text.indexOf(PASTE_START);
    if (start >= 0) {
      this.pass(text.slice(0, start));
      this.pasted = '';
      return text.slice(start + PASTE_START.length);
    }
    const open = UNFINISHED.exec(text);
    if (open === null) this.pass(text);
    else {
      this.pass(text.slice(0, open.index));
      this.held = open[0];
      this.timer = setTimeout(() => {
        this.held = '';
        this.pass(open[0]);
      }, REST_MS);
    }
    return '';
  }

  private takePaste(text: string): string {
    const whole = this.pasted! + text;
    const end = whole.indexOf(PASTE_END);
    if (end < 0) {
      this.pasted = whole.slice(0, PASTE_MAX);
      return '';
    }
    this.pasted = undefined;
    this.onPaste(whole.slice(0, end));
    return whole.slice(end + PASTE_END.length);
  }

  private pass(text: string): void {
    let at = 0;
    for (const match of text.matchAll(MOUSE)) {
      if (match.index > at) this.write(text.slice(at, match.index));
      this.write(match[0]);
      at = match.index + match[0].length;
    }
    if (at < text.length) this.write(text.slice(at));
  }
}
