/** Colours on terminals, as SGR sequences. With colour off every function yields its text unchanged. */
import type { Label } from '../classify/record.ts';

const LABEL_COLORS: Record<Label, string> = {
  'same-node': '32', // green
  'cross-node': '36', // cyan
  external: '33', // yellow
  host: '35', // magenta
  unknown: '2', // dim
};

export class Painter {
  readonly on: boolean;

  constructor(on: boolean) {
    this.on = on;
  }

  private sgr(codes: string, text: string): string {
    return this.on && text !== '' ? `\x1b[${codes}m${text}\x1b[0m` : text;
  }

  bold(text: string): string {
    return this.sgr('1', text);
  }

  dim(text: string): string {
    return this.sgr('2', text);
  }

  good(text: string): string {
    return this.sgr('32', text);
  }

  trouble(text: string): string {
    return this.sgr('31', text);
  }

  label(label: Label, text: string): string {
    return this.sgr(LABEL_COLORS[label], text);
  }
}
