/**
 * The journey diagram: zones side by side along one line, the packet's headers under each place.
 *
 *     title, label                                                  (pill)
 *     +- node w1 ---------------------+             +- node w0 -----+
 *     | (pod) -> [veth] -> DNAT -> [eth0] -- tunnel -- [eth0] -> (pod) |   track
 *     |                       outer band              outer band      |
 *     |          inner band   inner band              inner band      |
 *     |          TTL, frame, file                                     |
 *     +-------------------------------+             +---------------+
 *     what was not seen; legend
 */
import type { ConversationRecord, Label } from '../../classify/record.ts';
import { escapeText } from '../escape.ts';
import {
  hasPorts,
  showEncapsulation,
  showEnd,
  showNat,
  showPurpose,
  showTuple,
} from '../wording.ts';
import { Canvas, mono, sans } from './canvas.ts';
import { type Column, columnsOf, type Rows } from './journey-columns.ts';
import { type Crossing, type JourneyModel, journeyModel, type Zone } from './journey-model.ts';
import { DARK, LIGHT, type Palette } from './palette.ts';
import { widthOf, wrap } from './typeface.ts';
import { DIAGRAM_WORDS, type DiagramWords, type Language } from './words.ts';

export interface DiagramOptions {
  readonly language: Language;
  readonly theme: 'dark' | 'light';
  /** Instead of the theme's colours, such as variables of a page's style sheet. */
  readonly palette?: Palette;
  /** Instead of the picture's own title. */
  readonly title?: string;
  /** Lines at the picture's foot: where it comes from. */
  readonly footer?: readonly string[];
}

export interface Drawing {
  readonly canvas: Canvas;
  readonly width: number;
  readonly height: number;
}

const MARGIN = 36;
const WIDTH_MIN = 960;
const ZONE_TOP = 112;
const ZONE_HEAD = 36;
const ZONE_PADDING = 18;
const STEP_GAP = 30;
const CROSSING_MIN = 104;
const CROSSING_MAX = 220;
const TRACK = 54;
const STACK = 62;
const OUTER = 63;
const NOTE_LINE = 20;

const LABEL_COLOURS: Readonly<Record<Label, keyof Palette>> = {
  'same-node': 'sameNode',
  'cross-node': 'crossNode',
  external: 'external',
  host: 'host',
  unknown: 'unknown',
};

export function paletteOf({ theme, palette }: DiagramOptions): Palette {
  return palette ?? (theme === 'dark' ? DARK : LIGHT);
}

/** The picture as an SVG document: the same bytes wherever it is made. */
export function journeySvg(record: ConversationRecord, options: DiagramOptions): string {
  const { canvas, width, height } = drawJourney(record, options);
  return canvas.document(width, height, {
    title: `#${record.id} ${describeEnds(record)}`,
    description: describe(record),
  });
}

/** The picture to be placed on another. */
export function drawJourney(record: ConversationRecord, options: DiagramOptions): Drawing {
  const words = DIAGRAM_WORDS[options.language];
  const model = journeyModel(record);
  const canvas = new Canvas(paletteOf(options));
  const columns = columnsOf(model, words);
  const spans = layOut(model, columns, words);
  const hasTunnel = record.hops.some(({ encapsulation }) => encapsulation !== null);
  const track = ZONE_TOP + ZONE_HEAD + TRACK;
  const outer = track + STACK;
  const rows: Rows = { track, outer, inner: outer + (hasTunnel ? OUTER : 0) };
  const below = Math.max(0, ...columns.flat().map((column) => column.below));
  const bottom = rows.inner + below + ZONE_PADDING;
  const end = spans.at(-1)!;
  const width = Math.max(WIDTH_MIN, end.x + end.width + MARGIN);
  drawHead(canvas, model, options, words, width);
  spans.forEach((span, i) => {
    drawZone(canvas, model.zones[i]!, span, bottom, words);
    if (i > 0) drawCrossing(canvas, model.crossings[i - 1]!, spans[i - 1]!, span, rows, words);
  });
  spans.forEach((span, i) => {
    drawSteps(canvas, model.zones[i]!, columns[i]!, span, rows);
  });
  const height = drawFoot(canvas, model, options, words, bottom, width);
  return { canvas, width, height };
}

interface Span {
  readonly x: number;
  readonly width: number;
  /** Left edge of each column. */
  readonly at: readonly number[];
  readonly columns: readonly Column[];
}

function layOut(model: JourneyModel, columns: readonly Column[][], words: DiagramWords): Span[] {
  let x = MARGIN;
  return model.zones.map((zone, i) => {
    if (i > 0) x += widthOfCrossing(model.crossings[i - 1]!, words);
    const own = columns[i]!;
    const natural = own.reduce((sum, { width }) => sum + width, STEP_GAP * (own.length - 1));
    const head = widthOf(zoneTitle(zone, words), { family: 'sans', bold: true, size: 14 }) + 8;
    const inside = Math.max(natural, Math.min(head, 300));
    let at = x + ZONE_PADDING + (inside - natural) / 2;
    const span = { x, width: inside + 2 * ZONE_PADDING, columns: own, at: [] as number[] };
    for (const { width } of own) {
      span.at.push(at);
      at += width + STEP_GAP;
    }
    x += span.width;
    return span;
  });
}

function widthOfCrossing(crossing: Crossing, words: DiagramWords): number {
  const texts = crossingTexts(crossing, words).map((text) => widthOf(text, sans(11, '')));
  return Math.min(CROSSING_MAX, Math.max(CROSSING_MIN, Math.max(...texts) + 24));
}

/** Above the line, then below it. */
function crossingTexts({ tunnel, ttl }: Crossing, words: DiagramWords): string[] {
  const texts = [tunnel === null ? words.network : showEncapsulation(tunnel).toUpperCase()];
  texts.push(words.notCaptured);
  if (ttl !== undefined && ttl.from !== ttl.to) texts.push(words.ttl(ttl.from, ttl.to));
  return texts;
}

function drawCrossing(
  canvas: Canvas,
  crossing: Crossing,
  from: Span,
  to: Span,
  { track }: Rows,
  words: DiagramWords,
): void {
  const { palette } = canvas;
  const left = from.x + from.width;
  const right = to.x;
  const centre = (left + right) / 2;
  if (crossing.tunnel !== null) {
    canvas.box(
      { x: left, y: track - 13, width: right - left, height: 26 },
      { fill: palette.background, stroke: palette.outer, thick: 3, radius: 0 },
    );
  }
  const last = from.columns.at(-1)!;
  const start = from.at.at(-1)! + last.width - last.inset;
  canvas.arrow(start, to.at[0]! + to.columns[0]!.inset, track, palette.dim, true);
  const [above, ...under] = crossingTexts(crossing, words);
  const ink = crossing.tunnel === null ? palette.dim : palette.crossNode;
  const bold = crossing.tunnel !== null;
  canvas.words(
    centre,
    track - 22,
    above!,
    sans(bold ? 13 : 11, ink, { anchor: 'middle', bold }),
    right - left,
  );
  under.forEach((text, i) => {
    canvas.words(centre, track + 30 + 15 * i, text, sans(11, palette.dim, { anchor: 'middle' }));
  });
}

function drawZone(
  canvas: Canvas,
  zone: Zone,
  span: Span,
  bottom: number,
  words: DiagramWords,
): void {
  const { palette } = canvas;
  const { x, width } = span;
  canvas.box(
    { x, y: ZONE_TOP, width, height: bottom - ZONE_TOP },
    { fill: palette.panel, stroke: palette.edge, thick: 1.5, dashed: !zone.captured, radius: 12 },
  );
  const room = width - 2 * ZONE_PADDING;
  const title = sans(14, palette.text, { bold: true });
  canvas.words(x + ZONE_PADDING, ZONE_TOP + 26, zoneTitle(zone, words), title, room);
}

function zoneTitle(zone: Zone, words: DiagramWords): string {
  switch (zone.kind) {
    case 'node':
      return zone.captured
        ? `${words.node} ${escapeText(zone.name!)}`
        : `${words.node} ${escapeText(zone.name!)}: ${words.notCaptured}`;
    case 'outside':
      return zone.name === undefined ? words.outside : words.before;
    case 'file':
      return escapeText(zone.name!);
    case 'unknown':
      return zone.steps.some(({ kind }) => kind === 'end') ? words.nodeUnknown : words.placeUnknown;
  }
}

function drawSteps(
  canvas: Canvas,
  zone: Zone,
  columns: readonly Column[],
  span: Span,
  rows: Rows,
): void {
  const stroke = zone.captured ? canvas.palette.path : canvas.palette.dim;
  columns.forEach((column, i) => {
    const x = span.at[i]!;
    if (i > 0) {
      const before = span.at[i - 1]! + columns[i - 1]!.width - columns[i - 1]!.inset;
      canvas.arrow(before, x + column.inset, rows.track, stroke, !zone.captured);
    }
    column.draw(canvas, x, rows);
  });
}

function drawHead(
  canvas: Canvas,
  { record }: JourneyModel,
  { title }: DiagramOptions,
  words: DiagramWords,
  width: number,
): void {
  const { palette } = canvas;
  const label = words.labels[record.label];
  const pill = widthOf(label, sans(15, '', { bold: true })) + 32;
  const x = width - MARGIN - pill;
  canvas.box(
    { x, y: 26, width: pill, height: 34 },
    { fill: palette[LABEL_COLOURS[record.label]], radius: 17 },
  );
  canvas.words(
    x + pill / 2,
    49,
    label,
    sans(15, palette.background, { bold: true, anchor: 'middle' }),
  );
  const confidence = sans(12, palette.dim, { anchor: 'end' });
  canvas.words(width - MARGIN, 80, words.confidence[record.confidence], confidence);
  const room = x - 2 * MARGIN;
  const shown = title === undefined ? describeEnds(record) : escapeText(title);
  canvas.words(MARGIN, 54, shown, sans(24, palette.text, { bold: true }), room);
  canvas.words(MARGIN, 84, describe(record), sans(14, palette.dim), room);
}

/** `default/pod1 → default/web-0`. */
export function describeEnds({ client, server }: ConversationRecord): string {
  const nameOf = (end: typeof client): string =>
    end.name === null || end.name === end.ip
      ? escapeText(end.ip)
      : escapeText(end.namespace === null ? end.name : `${end.namespace}/${end.name}`);
  return `${nameOf(client)} → ${nameOf(server)}`;
}

/** The conversation in a line: protocol, ends, tunnel, translations, purpose. */
function describe(record: ConversationRecord): string {
  const ports = hasPorts(record);
  const ends = `${showEnd(record.client, ports)} → ${showEnd(record.server, ports)}`;
  const via = [...new Set(record.encapsulation.map(showEncapsulation))].join(' + ');
  const parts = [
    `#${record.id}`,
    record.protocol.toUpperCase(),
    ends,
    via,
    showNat(record),
    showPurpose(record),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Notes, legend and footer under the zones; yields the picture's height. */
function drawFoot(
  canvas: Canvas,
  model: JourneyModel,
  { footer = [] }: DiagramOptions,
  words: DiagramWords,
  bottom: number,
  width: number,
): number {
  const { palette } = canvas;
  const room = width - 2 * MARGIN;
  let y = bottom + 34;
  const write = (text: string, fill: string): void => {
    for (const line of wrap(text, room, sans(13, fill), 4)) {
      canvas.words(MARGIN, y, line, sans(13, fill));
      y += NOTE_LINE;
    }
  };
  const { record } = model;
  const [verdict] = record.evidence;
  if (verdict !== undefined) write(escapeText(words.say(verdict.sentence)), palette.text);
  write(words.packets(record.packets.toServer, record.packets.toClient), palette.dim);
  const ports = hasPorts(record);
  for (const change of model.elsewhere) {
    const what = `${change.type.toUpperCase()} ${showTuple(change.before, ports)} → ${showTuple(change.after, ports)}`;
    write(words.rewrittenElsewhere(what), palette.natInk);
  }
  for (const { sentence } of record.troubles) {
    write(escapeText(words.say(sentence)), palette.missing);
  }
  for (const line of record.unseen) {
    write(`${words.notSeen}: ${escapeText(words.say(line))}`, palette.missing);
  }
  y = drawLegend(canvas, model, words, y + 6);
  for (const line of footer) {
    canvas.words(MARGIN, y, escapeText(line), mono(11, palette.dim), room);
    y += 16;
  }
  return y + 12;
}

function drawLegend(
  canvas: Canvas,
  { record, zones }: JourneyModel,
  words: DiagramWords,
  y: number,
): number {
  const { palette } = canvas;
  const { legend } = words;
  const hasTunnel = record.hops.some(({ encapsulation }) => encapsulation !== null);
  const items: [string, string, boolean][] = [
    [hasTunnel ? legend.inner : legend.packet, palette.inner, false],
  ];
  if (hasTunnel) items.unshift([legend.outer, palette.outer, false]);
  if (record.translations.length > 0) items.push([legend.nat, palette.nat, false]);
  if (record.proxyProtocol !== null) items.push([legend.proxy, palette.proxy, false]);
  if (zones.length > 1 || zones.some(({ captured }) => !captured))
    items.push([legend.dashed, 'none', true]);
  let x = MARGIN;
  for (const [text, fill, dashed] of items) {
    canvas.box(
      { x, y: y - 11, width: 22, height: 13 },
      { fill, stroke: dashed ? palette.dim : palette.edge, thick: 1, dashed, radius: 3 },
    );
    canvas.words(x + 30, y, text, sans(12, palette.dim));
    x += 30 + widthOf(text, sans(12, '')) + 28;
  }
  return y + 26;
}
