/** The columns of a journey diagram: each step with its width, and how it is drawn. */
import { deviceKindOf } from '../../classify/device-names.ts';
import type { ConversationRecord, EndRecord, TupleRecord } from '../../classify/record.ts';
import { showSpan } from '../amounts.ts';
import { hasPorts, showEndpoint, showName, showServiceName } from '../wording.ts';
import {
  type Band,
  bandsOf,
  drawBand,
  drawCard,
  heightOf,
  REWRITE_CARD_HEIGHT,
  rewriteCard,
  widthOfBands,
  widthOfCard,
} from './bands.ts';
import { type Canvas, sans } from './canvas.ts';
import type { JourneyModel, Step } from './journey-model.ts';
import { type Face, widthOf, wrap } from './typeface.ts';
import type { DiagramWords } from './words.ts';

/** Where the parts of every column are, from the zone's top. */
export interface Rows {
  /** Centre of the line that the packet goes along. */
  readonly track: number;
  readonly outer: number;
  readonly inner: number;
}

export interface Column {
  readonly width: number;
  /** Height below the inner row's top. */
  readonly below: number;
  /** From either side of the column to its shape on the track. */
  readonly inset: number;
  draw(canvas: Canvas, x: number, rows: Rows): void;
}

const NAME_MAX = 230;
/** The longest IPv6 address with its port has room. */
const ADDRESS_MAX = 380;
const META_MAX = 176;
const DEVICE_MAX = 230;
const NAME: Face = { family: 'sans', bold: true, size: 15 };
const ADDRESS: Face = { family: 'mono', bold: true, size: 13 };
const DEVICE: Face = { family: 'mono', bold: true, size: 13 };
const SMALL: Face = { family: 'sans', bold: false, size: 11 };
const META: Face = { family: 'mono', bold: false, size: 11.5 };
const META_LINE = 15;
const END_HALF = 42;
const DEVICE_HALF = 23;
const SIDE = 14;

export function columnsOf(model: JourneyModel, words: DiagramWords): Column[][] {
  let before: TupleRecord | undefined;
  return model.zones.map((zone) =>
    zone.steps.map((step) => {
      const column = columnOf(model.record, step, before, words, zone.captured);
      if (step.kind === 'place') before = step.place.hop.tuple;
      return column;
    }),
  );
}

function columnOf(
  record: ConversationRecord,
  step: Step,
  before: TupleRecord | undefined,
  words: DiagramWords,
  captured: boolean,
): Column {
  switch (step.kind) {
    case 'end':
      return endColumn(record, step.role, step.end, words, captured);
    case 'place':
      return placeColumn(record, step, before, words);
    case 'rewrite':
      return rewriteColumn(record, step, words);
    case 'proxy':
      return proxyColumn(step, words);
    case 'fold':
      return foldColumn(words.folded(step.count));
  }
}

function endColumn(
  record: ConversationRecord,
  role: 'client' | 'server',
  end: EndRecord,
  words: DiagramWords,
  captured: boolean,
): Column {
  const name = showName(end);
  const address = showEndpoint(end.ip, end.port, hasPorts(record));
  const notes = role === 'client' ? dialled(record, words) : served(end, words);
  const widest = Math.max(
    name === undefined ? 0 : Math.min(NAME_MAX, widthOf(name, NAME)),
    Math.min(ADDRESS_MAX, widthOf(address, name === undefined ? ADDRESS : META)),
    widthOf(words.ends[end.kind], SMALL),
    ...notes.map((note) => Math.min(NAME_MAX, widthOf(note, META))),
  );
  const width = Math.max(110, widest + 2 * SIDE);
  return {
    width,
    below: 0,
    inset: 0,
    draw(canvas, x, rows) {
      const { palette } = canvas;
      const box = { x, y: rows.track - END_HALF, width, height: 2 * END_HALF };
      const room = width - 2 * SIDE;
      canvas.box(box, {
        fill: palette.pod,
        stroke: captured ? palette.path : palette.faint,
        thick: 2,
        dashed: !captured,
        radius: 12,
      });
      canvas.words(x + SIDE, rows.track - 20, words.ends[end.kind], sans(11, palette.dim), room);
      const second = name === undefined ? address : name;
      const style = name === undefined ? ADDRESS : NAME;
      canvas.words(x + SIDE, rows.track + 2, second, { ...style, fill: palette.podInk }, room);
      if (name !== undefined) {
        canvas.words(x + SIDE, rows.track + 23, address, { ...META, fill: palette.podInk }, room);
      }
      notes.forEach((note, i) => {
        const y = rows.track + END_HALF + 22 + META_LINE * i;
        canvas.words(x + SIDE, y, note, { ...META, fill: palette.dim }, room);
      });
    },
  };
}

/** What the client asked for, where that is not the server's own address. */
function dialled({ service }: ConversationRecord, words: DiagramWords): string[] {
  if (service === null) return [];
  const mode = service.mode === null ? service.type : `${service.type}, ${service.mode}`;
  return [
    words.dials,
    ...(service.name === null ? [] : [showServiceName(service)]),
    mode,
    showEndpoint(service.ip, service.port, true),
  ];
}

function served(end: EndRecord, words: DiagramWords): string[] {
  return end.kind === 'service' ? wrap(words.whoServes, NAME_MAX, META) : [];
}

function placeColumn(
  record: ConversationRecord,
  { place }: Extract<Step, { kind: 'place' }>,
  before: TupleRecord | undefined,
  words: DiagramWords,
): Column {
  const { hop, also } = place;
  const bands = bandsOf(record, hop, before, words);
  const device = hop.interface ?? '?';
  const kind = hop.interface === null ? words.devices.other : words.devices[deviceKindOf(device)];
  const unit = record.source === 'flow-log' ? words.line : words.frame;
  const meta = [
    [hop.ttl === null ? '' : `TTL ${hop.ttl}`, showOffset(hop.offsetUs)].filter(Boolean).join(', '),
    `${unit} ${hop.frame}, ${words.packetsHere(hop.packets)}`,
    baseOf(hop.file),
    ...also.map((other) => `${words.also} ${baseOf(other.file)}, ${other.frame}`),
  ];
  const widest = Math.max(
    widthOfBands(bands),
    Math.min(DEVICE_MAX, widthOf(device, DEVICE) + 24),
    widthOf(kind, SMALL) + 24,
  );
  const width = Math.max(
    118,
    widest,
    Math.min(META_MAX, Math.max(...meta.map((m) => widthOf(m, META)))),
  );
  const outer = bands.filter(({ role }) => role === 'outer');
  const rest = bands.filter(({ role }) => role !== 'outer');
  return {
    width,
    below: sum(rest.map(heightOf)) + 8 + META_LINE * meta.length,
    inset: 0,
    draw(canvas, x, rows) {
      const { palette } = canvas;
      const centre = x + width / 2;
      const box = { x, y: rows.track - DEVICE_HALF, width, height: 2 * DEVICE_HALF };
      canvas.box(box, { fill: palette.background, stroke: palette.path, thick: 1.5 });
      const middle = { anchor: 'middle' as const };
      canvas.words(
        centre,
        rows.track - 3,
        device,
        { ...DEVICE, fill: palette.text, ...middle },
        width - 16,
      );
      canvas.words(centre, rows.track + 14, kind, sans(11, palette.dim, middle), width - 16);
      stack(canvas, outer, x, rows.inner - sum(outer.map(heightOf)), width);
      const end = stack(canvas, rest, x, rows.inner, width);
      meta.forEach((text, i) => {
        canvas.words(
          x + 4,
          end + 16 + META_LINE * i,
          text,
          { ...META, fill: palette.dim },
          width - 8,
        );
      });
    },
  };
}

/** Draw the bands one under another from y on; yields where the last ends. */
function stack(
  canvas: Canvas,
  bands: readonly Band[],
  x: number,
  y: number,
  width: number,
): number {
  let at = y;
  for (const band of bands) at += drawBand(canvas, band, x, at, width);
  return at;
}

function rewriteColumn(
  record: ConversationRecord,
  { changes, told }: Extract<Step, { kind: 'rewrite' }>,
  words: DiagramWords,
): Column {
  const cards = changes.map((change) => rewriteCard(record, change));
  const pill = cards.map(({ title }) => title).join(' + ');
  const pillWidth = widthOf(pill, { family: 'sans', bold: true, size: 12 }) + 22;
  const note = told ? words.toldByConntrack : '';
  const width = Math.max(pillWidth, widthOf(note, META) + 8, ...cards.map(widthOfCard));
  return {
    width,
    below: cards.length * REWRITE_CARD_HEIGHT + (told ? META_LINE + 8 : 0),
    inset: (width - pillWidth) / 2,
    draw(canvas, x, rows) {
      const { palette } = canvas;
      const centre = x + width / 2;
      canvas.box(
        { x: centre - pillWidth / 2, y: rows.track - 14, width: pillWidth, height: 28 },
        { fill: palette.nat, stroke: palette.natInk, dashed: told, radius: 14 },
      );
      const style = sans(12, palette.natInk, { bold: true, anchor: 'middle' });
      canvas.words(centre, rows.track + 4, pill, style);
      cards.forEach((card, i) => {
        drawCard(canvas, card, x, rows.inner + i * REWRITE_CARD_HEIGHT, width);
      });
      const noteY = rows.inner + cards.length * REWRITE_CARD_HEIGHT + 16;
      canvas.words(x + 4, noteY, note, { ...META, fill: palette.dim });
    },
  };
}

function proxyColumn(
  { ip, header }: Extract<Step, { kind: 'proxy' }>,
  words: DiagramWords,
): Column {
  const { source, version } = header;
  const named = source === null ? words.noClientNamed : words.headerNames;
  const lines =
    source === null ? [] : [{ text: showEndpoint(source.ip, source.port, true), changed: false }];
  const band: Band = { role: 'proxy', title: `PROXY v${version}`, lines };
  const width = Math.max(
    Math.min(ADDRESS_MAX, widthOf(ip, ADDRESS)) + 2 * SIDE,
    widthOf(words.newConnection, SMALL) + 2 * SIDE,
    widthOf(named, SMALL) + 2 * SIDE,
    widthOfBands([band]),
  );
  return {
    width,
    below: heightOf(band) + 22,
    inset: 0,
    draw(canvas, x, rows) {
      const { palette } = canvas;
      const box = { x, y: rows.track - END_HALF, width, height: 2 * END_HALF };
      canvas.box(box, {
        fill: palette.pod,
        stroke: palette.faint,
        thick: 2,
        dashed: true,
        radius: 12,
      });
      canvas.words(x + SIDE, rows.track - 20, words.ends.loadbalancer, sans(11, palette.dim));
      canvas.words(
        x + SIDE,
        rows.track + 2,
        ip,
        { ...ADDRESS, fill: palette.podInk },
        width - 2 * SIDE,
      );
      canvas.words(x + SIDE, rows.track + 23, words.newConnection, sans(11, palette.dim));
      canvas.words(x + 4, rows.inner + 12, named, sans(11, palette.dim));
      drawBand(canvas, band, x, rows.inner + 20, width);
    },
  };
}

function foldColumn(text: string): Column {
  const width = widthOf(text, SMALL) + 2 * SIDE;
  return {
    width,
    below: 0,
    inset: 0,
    draw(canvas, x, rows) {
      const box = { x, y: rows.track - DEVICE_HALF, width, height: 2 * DEVICE_HALF };
      canvas.box(box, {
        fill: canvas.palette.background,
        stroke: canvas.palette.faint,
        dashed: true,
      });
      canvas.words(x + SIDE, rows.track + 4, text, sans(11, canvas.palette.dim));
    },
  };
}

function showOffset(us: number): string {
  return us < 0 ? `-${showSpan(-1000 * us)}` : `+${showSpan(1000 * us)}`;
}

function baseOf(file: string | null): string {
  return file === null ? '' : file.slice(file.lastIndexOf('/') + 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
