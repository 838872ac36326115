/** A grid of which every character can be drawn with the bundled fonts: what none has is shown as such. */
import { hasGlyph } from '../diagram/typeface.ts';
import { Grid } from '../grid.ts';

/** The replacement character, which the fonts have. */
const UNKNOWN = '\ufffd';

/** The same grid, or one in which characters without a glyph are replaced. */
export function drawable(grid: Grid): Grid {
  const { columns, rows, style, text } = grid;
  if (text.every(isDrawable)) return grid;
  const shown = new Grid(columns, rows);
  shown.style.set(style);
  text.forEach((character, at) => {
    shown.text[at] = isDrawable(character) ? character : UNKNOWN;
  });
  return shown;
}

function isDrawable(text: string): boolean {
  for (const character of text) if (!hasGlyph(character.codePointAt(0)!)) return false;
  return true;
}
