/** A composed grid to the bytes of a file, in each format. The same cells give the same bytes everywhere. */

import type { LanguageName } from '../../words/language-names.ts';
import type { Grid } from '../grid.ts';
import { type Theme, themeNamed } from '../theme.ts';
import type { ThemeName } from '../theme-names.ts';
import { ansiOf } from './ansi.ts';
import type { PictureFormat } from './formats.ts';
import { htmlOf } from './html.ts';
import { withTexts } from './png-text.ts';
import { type PictureRecord, RECORD_KEYWORD, recordJson } from './record.ts';
import { svgOf } from './svg.ts';

/** How a grid is to look, and what the file says of itself. */
export interface Look {
  readonly theme: ThemeName;
  readonly language: LanguageName;
  /** Pixels of a PNG for each unit. */
  readonly scale: number;
  /** The file's own title: never empty. */
  readonly title: string;
  readonly record: PictureRecord;
}

export async function paint(grid: Grid, format: PictureFormat, look: Look): Promise<Uint8Array> {
  const theme = themeNamed(look.theme);
  if (format === 'png') return paintPng(grid, theme, look);
  return Buffer.from(paintText(grid, theme, format, look), 'utf8');
}

function paintText(
  grid: Grid,
  theme: Theme,
  format: Exclude<PictureFormat, 'png'>,
  { language, record, title }: Look,
): string {
  const json = recordJson(record);
  switch (format) {
    case 'svg':
      return svgOf(grid, theme, { title, record: json });
    case 'html':
      return htmlOf(grid, theme, { title, record: json, language });
    case 'txt':
      return `${grid.toText()}${RECORD_KEYWORD} ${json}\n`;
    case 'ans':
      return `${ansiOf(grid, theme)}\x1b[2m${RECORD_KEYWORD} ${json}\x1b[0m\n`;
  }
}

async function paintPng(
  grid: Grid,
  theme: Theme,
  { record, scale, title }: Look,
): Promise<Uint8Array> {
  const { pngOf } = await import('./png.ts');
  const { drawable } = await import('./drawable.ts');
  const svg = svgOf(drawable(grid), theme, { title, record: '' });
  return withTexts(pngOf(svg, scale), [
    { keyword: 'Title', text: title },
    { keyword: 'Software', text: `netlens ${record.version}` },
    { keyword: RECORD_KEYWORD, text: recordJson(record) },
  ]);
}
