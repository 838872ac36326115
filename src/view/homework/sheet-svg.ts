/** A homework sheet as one page: question, each piece of evidence or what to do for it, explanation. */
import { Canvas, mono, sans } from '../diagram/canvas.ts';
import { type DiagramOptions, drawJourney, paletteOf } from '../diagram/journey-svg.ts';
import { widthOf, wrap } from '../diagram/typeface.ts';
import { escapeText } from '../escape.ts';
import type { FilledEvidence, FilledSheet } from './filled-sheet.ts';
import { SHEET_WORDS, type SheetWords } from './sheet-words.ts';

const WIDTH = 1600;
const MARGIN = 56;
const INSIDE = 22;
const ROOM = WIDTH - 2 * MARGIN;
const PANEL_ROOM = ROOM - 2 * INSIDE;
const FIGURE_NAME = 190;
const ROWS_SHOWN = 18;
const GAP = 26;

/** The page while it grows: where the next line stands. */
interface Page {
  readonly canvas: Canvas;
  readonly options: DiagramOptions;
  readonly words: SheetWords;
  y: number;
}

export function sheetSvg(sheet: FilledSheet, options: DiagramOptions): string {
  const canvas = new Canvas(paletteOf(options));
  const page: Page = { canvas, options, words: SHEET_WORDS[options.language], y: 60 };
  const { palette } = canvas;
  const shown = options.title === undefined ? sheet.title : escapeText(options.title);
  canvas.words(MARGIN, page.y, `netlens · ${sheet.name}`, mono(13, palette.dim));
  page.y += 40;
  paragraph(page, MARGIN, ROOM, shown, { size: 30, bold: true, fill: palette.text, line: 38 });
  page.y += 8;
  const question = `${page.words.question}: ${sheet.question}`;
  paragraph(page, MARGIN, ROOM, question, { size: 18, bold: false, fill: palette.dim, line: 27 });
  page.y += 14;
  sheet.evidence.forEach((evidence, i) => {
    drawEvidence(page, evidence, i + 1, sheet.source);
    page.y += GAP;
  });
  drawExplanation(page, sheet);
  for (const line of options.footer ?? []) {
    canvas.words(MARGIN, page.y, escapeText(line), mono(12, palette.dim), ROOM);
    page.y += 18;
  }
  const about = { title: sheet.title, description: sheet.question };
  return canvas.document(WIDTH, page.y + 24, about);
}

interface TextStyle {
  readonly size: number;
  readonly bold: boolean;
  readonly fill: string;
  /** From one line to the next. */
  readonly line: number;
}

function paragraph(page: Page, x: number, room: number, text: string, style: TextStyle): void {
  const face = sans(style.size, style.fill, { bold: style.bold });
  for (const line of wrap(text, room, face)) {
    page.canvas.words(x, page.y, line, face);
    page.y += style.line;
  }
}

/** Everything of a panel is drawn on a canvas of its own first, as its height comes out last. */
function drawEvidence(
  page: Page,
  evidence: FilledEvidence,
  number: number,
  source: FilledSheet['source'],
): void {
  const { palette } = page.canvas;
  const { finding } = evidence;
  const isShown = finding !== undefined;
  const top = page.y;
  const inner: Page = { ...page, canvas: new Canvas(palette), y: 40 };
  const badge = (isShown ? page.words.shown : page.words.missing)[source];
  const colour = isShown ? palette.good : palette.missing;
  const heading = sans(20, palette.text, { bold: true });
  const style = sans(13, palette.background, { bold: true, anchor: 'middle' });
  const pill = widthOf(badge, style) + 28;
  inner.canvas.words(
    INSIDE,
    inner.y,
    `${number}. ${escapeText(evidence.heading)}`,
    heading,
    PANEL_ROOM - pill - 20,
  );
  inner.canvas.box(
    { x: ROOM - INSIDE - pill, y: 18, width: pill, height: 30 },
    { fill: colour, radius: 15 },
  );
  inner.canvas.words(ROOM - INSIDE - pill / 2, 38, badge, style);
  inner.y += 34;
  if (finding === undefined) drawMissing(inner, evidence);
  else drawFinding(inner, finding);
  const height = inner.y + 8;
  page.canvas.box(
    { x: MARGIN, y: top, width: ROOM, height },
    {
      fill: palette.panel,
      stroke: isShown ? palette.edge : palette.missing,
      thick: 2,
      dashed: !isShown,
      radius: 14,
    },
  );
  page.canvas.place(inner.canvas, MARGIN, top);
  page.y = top + height;
}

function drawMissing(page: Page, { otherwise }: FilledEvidence): void {
  const { palette } = page.canvas;
  const style = { size: 16, bold: false, fill: palette.text, line: 24 };
  paragraph(page, INSIDE, PANEL_ROOM, escapeText(otherwise.text), style);
  page.y += 2;
  codeBlock(page, otherwise.commands);
}

function drawFinding(page: Page, finding: NonNullable<FilledEvidence['finding']>): void {
  const { palette } = page.canvas;
  const style = { size: 16, bold: false, fill: palette.text, line: 24 };
  paragraph(page, INSIDE, PANEL_ROOM, escapeText(finding.claim), style);
  if (finding.journey !== undefined) {
    const options = { ...page.options, title: undefined, footer: [] };
    const { canvas, width, height } = drawJourney(finding.journey, withoutUndefined(options));
    const scale = Math.min(1, PANEL_ROOM / width);
    const box = { x: INSIDE, y: page.y, width: PANEL_ROOM, height: height * scale };
    page.canvas.box(box, { fill: palette.background, radius: 10 });
    page.canvas.place(canvas, INSIDE + (PANEL_ROOM - width * scale) / 2, page.y, scale);
    page.y += height * scale + 26;
  }
  if (finding.frames.length > 0) {
    label(page, page.words.frames);
    const lines = finding.frames.slice(0, ROWS_SHOWN).map(({ text }) => text);
    const more = finding.frames.length - lines.length;
    codeBlock(page, more > 0 ? [...lines, `… +${more}`] : lines);
  }
  if (finding.figures.length === 0) return;
  label(page, page.words.figures);
  for (const [name, value] of finding.figures) {
    const face = sans(14, palette.text);
    page.canvas.words(INSIDE, page.y, escapeText(name), sans(14, palette.dim), FIGURE_NAME - 12);
    for (const line of wrap(escapeText(value), PANEL_ROOM - FIGURE_NAME, face, 6)) {
      page.canvas.words(INSIDE + FIGURE_NAME, page.y, line, face);
      page.y += 21;
    }
  }
}

function withoutUndefined({
  title: _title,
  ...rest
}: { title: undefined } & Omit<DiagramOptions, 'title'>): DiagramOptions {
  return rest;
}

function label(page: Page, text: string): void {
  const { palette } = page.canvas;
  page.y += 4;
  page.canvas.words(INSIDE, page.y, text, sans(13, palette.dim, { bold: true }));
  page.y += 22;
}

/** Lines in a box, long ones broken and indented. */
function codeBlock(page: Page, lines: readonly string[]): void {
  const { palette } = page.canvas;
  const face = mono(12.5, palette.text);
  const room = PANEL_ROOM - 28;
  const broken = lines.flatMap((line) => {
    const parts = wrap(escapeText(line), room - 24, face, 4);
    return parts.map((part, i) => (i === 0 ? part : `   ${part}`));
  });
  const box = { x: INSIDE, y: page.y - 10, width: PANEL_ROOM, height: 19 * broken.length + 18 };
  page.canvas.box(box, { fill: palette.background, stroke: palette.edge, thick: 1, radius: 8 });
  broken.forEach((line, i) => {
    page.canvas.words(INSIDE + 14, page.y + 12 + 19 * i, line, face, room);
  });
  page.y += 19 * broken.length + 32;
}

function drawExplanation(page: Page, { explanation }: FilledSheet): void {
  const { palette } = page.canvas;
  page.y += 14;
  page.canvas.words(MARGIN, page.y, page.words.explanation, sans(20, palette.text, { bold: true }));
  page.y += 32;
  const style = { size: 16, bold: false, fill: palette.text, line: 25 };
  for (const text of explanation) {
    paragraph(page, MARGIN, ROOM, text, style);
    page.y += 8;
  }
}
