/** A grid as bytes for a terminal: only the cells that changed since the last one. */
import type { Grid, Style } from '../grid.ts';
import { appearanceOf, basicAppearanceOf, nearestOf256, type Rgb, type Theme } from '../theme.ts';

/** Colours that the terminal has: none, 8, 16, 256, or 24 bits. */
export type ColorDepth = 1 | 8 | 16 | 256 | 24;

const ASCII = /^[ -~]$/;
const CURSOR_UNKNOWN = -1;

export class TerminalPainter {
  private readonly depth: ColorDepth;
  private theme: Theme;
  private last: Grid | undefined;
  private sequences = new Map<Style, string>();

  constructor(depth: ColorDepth, theme: Theme) {
    this.depth = depth;
    this.theme = theme;
  }

  /** Another theme: everything is painted anew. */
  use(theme: Theme): void {
    if (theme === this.theme) return;
    this.theme = theme;
    this.sequences = new Map();
    this.last = undefined;
  }

  /** Nothing that is on the terminal can be relied on. */
  forget(): void {
    this.last = undefined;
  }

  /** What makes the terminal show the grid; '' when it does already. */
  paint(grid: Grid): string {
    const { last } = this;
    const isSameSize = last?.columns === grid.columns && last.rows === grid.rows;
    const before = isSameSize ? last : undefined;
    let out = before === undefined ? `${this.sequenceOf(0)}\x1b[2J` : '';
    for (let row = 0; row < grid.rows; row++) out += this.paintRow(grid, before, row);
    this.last = grid;
    return out === '' ? '' : `${out}\x1b[0m`;
  }

  /** After anything but ASCII the cursor is placed anew: terminals differ in how wide they think it is. */
  private paintRow(grid: Grid, before: Grid | undefined, row: number): string {
    let out = '';
    let cursor = CURSOR_UNKNOWN;
    let style = -1;
    for (let column = 0; column < grid.columns; column++) {
      const at = row * grid.columns + column;
      const text = grid.text[at]!;
      if (text === '' || isSameCell(grid, before, at)) continue;
      if (cursor !== column) out += `\x1b[${row + 1};${column + 1}H`;
      if (grid.style[at] !== style) {
        style = grid.style[at]!;
        out += this.sequenceOf(style);
      }
      out += text;
      cursor = ASCII.test(text) ? column + 1 : CURSOR_UNKNOWN;
    }
    return out;
  }

  private sequenceOf(style: Style): string {
    let sequence = this.sequences.get(style);
    if (sequence === undefined) {
      sequence = this.makeSequence(style);
      this.sequences.set(style, sequence);
    }
    return sequence;
  }

  private makeSequence(style: Style): string {
    const isBasic = this.depth === 8 || this.depth === 16;
    const look = isBasic ? basicAppearanceOf(this.theme, style) : appearanceOf(this.theme, style);
    const codes = ['0'];
    const hasColor = this.theme.hasColor && this.depth !== 1;
    const isBright = this.depth === 8 && look.foreground >= 8;
    if (look.bold || (hasColor && isBright)) codes.push('1');
    if (look.underline) codes.push('4');
    if (look.inverse) codes.push('7');
    if (hasColor) codes.push(this.color(look.foreground, false), this.color(look.background, true));
    return `\x1b[${codes.join(';')}m`;
  }

  private color(color: Rgb, isGround: boolean): string {
    switch (this.depth) {
      case 24: {
        const parts = [color >> 16, (color >> 8) & 0xff, color & 0xff].join(';');
        return `${isGround ? 48 : 38};2;${parts}`;
      }
      case 256:
        return `${isGround ? 48 : 38};5;${nearestOf256(color)}`;
      default: {
        const isBright = color >= 8 && this.depth === 16;
        return String((isGround ? 40 : 30) + (color & 7) + (isBright ? 60 : 0));
      }
    }
  }
}

/** The same text in the same style, and the same half of the same wide character. */
function isSameCell(grid: Grid, before: Grid | undefined, at: number): boolean {
  if (before === undefined) return false;
  const isSame = grid.text[at] === before.text[at] && grid.style[at] === before.style[at];
  if (!isSame) return false;
  const isWide = grid.text[at + 1] === '';
  return (
    isWide === (before.text[at + 1] === '') &&
    (!isWide || grid.style[at + 1] === before.style[at + 1])
  );
}

/** The terminal's colours, as terminfo counts them and the environment tells beyond that. */
export function colorDepthOf(
  environment: Readonly<Record<string, string | undefined>>,
  colors: number,
): ColorDepth {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return 1;
  if (/^(truecolor|24bit)$/i.test(environment.COLORTERM ?? '')) return 24;
  if (colors >= 256) return 256;
  if (colors >= 16) return 16;
  return colors >= 8 ? 8 : 1;
}
