/** A grid of cells as one HTML page: text that can be selected, nothing that is fetched or run. */
import { createHash } from 'node:crypto';
import { cellsNode, element, type Markup, NOTHING, textNode } from '../diagram/markup.ts';
import type { Grid, Style } from '../grid.ts';
import type { Theme } from '../theme.ts';
import { Looks } from './colors.ts';
import { MONO_FAMILY } from './fonts.ts';
import { type Run, runsOf } from './runs.ts';
import type { SvgText } from './svg.ts';

/** Name of the meta element that holds the record. */
export const RECORD_META = 'netlens-picture';

export interface HtmlText extends SvgText {
  /** As HTML's lang names it: en, ko. */
  readonly language: string;
}

/** The whole document. Its policy allows its own style and nothing else. */
export function htmlOf(grid: Grid, theme: Theme, { language, record, title }: HtmlText): string {
  const looks = new Looks(theme);
  const classes = new Map<Style, string>();
  const lines: Markup[] = [];
  for (let row = 0; row < grid.rows; row++) {
    lines.push(...runsOf(grid, row).map((run) => spanOf(run, classes)), '\n' as Markup);
  }
  const style = styleOf(classes, looks);
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width">',
    `<meta name="${RECORD_META}" content="${cellsNode(record)}">`,
    element('title', {}, textNode(title)),
    `<style>${style}</style>`,
  ];
  const body = element('pre', { role: 'img', 'aria-label': title }, ...lines);
  const open = `<html lang="${language === 'ko' ? 'ko' : 'en'}">`;
  return `<!doctype html>\n${open}\n<head>\n${head.join('\n')}\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

function spanOf(
  { columns, characters, kind, style, text }: Run,
  classes: Map<Style, string>,
): Markup {
  let name = classes.get(style);
  if (name === undefined) {
    name = `s${classes.size}`;
    classes.set(style, name);
  }
  if (kind !== 'wide') return element('span', { class: name }, cellsNode(text));
  // each in a box of two cells, whatever font the reader has
  const boxes = [...text].map((character) => element('b', {}, cellsNode(character)));
  const whole = characters === boxes.length ? boxes : [element('b', {}, cellsNode(text))];
  return columns === 0 ? NOTHING : element('span', { class: name }, ...whole);
}

function styleOf(classes: ReadonlyMap<Style, string>, looks: Looks): string {
  const rules = [
    `body{margin:0;padding:12px;background:${looks.ground}}`,
    `pre{margin:0;font:15px/18px "${MONO_FAMILY}","Nanum Gothic Coding",D2Coding,monospace}`,
    'b{display:inline-block;width:2ch;font-weight:inherit;text-align:center}',
  ];
  for (const [style, name] of classes) {
    const { bold, ground, ink, underline } = looks.of(style);
    const parts = [`color:${ink}`];
    if (ground !== undefined) parts.push(`background:${ground}`);
    if (bold) parts.push('font-weight:bold');
    if (underline) parts.push('text-decoration:underline');
    rules.push(`.${name}{${parts.join(';')}}`);
  }
  return rules.join('\n');
}
