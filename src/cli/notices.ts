/** Lines for the user on standard error, which wait while a table has the screen. */
import { escapeText } from '../view/escape.ts';
import { Output, say } from '../view/output.ts';

const STDERR = 2;
/** Lines that wait; of more, the oldest go. */
const HELD_MAX = 200;

export class Notices {
  /** The line said last, escaped. */
  latest: string | undefined = undefined;
  private readonly output = new Output(STDERR);
  private held: string[] | undefined = undefined;

  say(text: string): void {
    const line = escapeText(text);
    this.latest = line;
    if (this.held === undefined) {
      void say(this.output, `netlens: ${line}\n`);
      return;
    }
    this.held.push(line);
    if (this.held.length > HELD_MAX) this.held.shift();
  }

  /** Keep them back from now on: who has the screen shows the latest. */
  hold(): void {
    this.held ??= [];
  }

  /** Say those that waited. */
  async release(): Promise<void> {
    const lines = this.held ?? [];
    this.held = undefined;
    await say(this.output, lines.map((line) => `netlens: ${line}\n`).join(''));
  }
}
