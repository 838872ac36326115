/** A grid of cells as text with colours, for `cat` in a terminal of 24-bit colour. */
import type { Grid, Style } from '../grid.ts';
import { appearanceOf, type Rgb, type Theme } from '../theme.ts';

const RESET = '\x1b[0m';

/** A line a row, each ended by a reset and a newline. */
export function ansiOf(grid: Grid, theme: Theme): string {
  const sequences = new Map<Style, string>();
  let all = '';
  for (let row = 0; row < grid.rows; row++) {
    let last = -1;
    for (let column = 0; column < grid.columns; column++) {
      const at = row * grid.columns + column;
      const style = grid.style[at]!;
      if (style !== last) {
        let sequence = sequences.get(style);
        if (sequence === undefined) {
          sequence = sequenceOf(style, theme);
          sequences.set(style, sequence);
        }
        all += sequence;
        last = style;
      }
      all += grid.text[at]!;
    }
    all += `${RESET}\n`;
  }
  return all;
}

function sequenceOf(style: Style, theme: Theme): string {
  const { background, bold, foreground, inverse, underline } = appearanceOf(theme, style);
  const codes = ['0'];
  if (bold) codes.push('1');
  if (underline) codes.push('4');
  if (inverse) codes.push('7');
  if (theme.hasColor) codes.push(`38;2;${triple(foreground)}`, `48;2;${triple(background)}`);
  return `\x1b[${codes.join(';')}m`;
}

function triple(rgb: Rgb): string {
  return `${rgb >> 16};${(rgb >> 8) & 0xff};${rgb & 0xff}`;
}
