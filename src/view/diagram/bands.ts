/** Headers as bands one on another, the outermost on top, and the card of a rewritten address. */
import type {
  ConversationRecord,
  HopRecord,
  TranslationRecord,
  TupleRecord,
} from '../../classify/record.ts';
import { hasPorts, showApplication, showEncapsulation, showEndpoint } from '../wording.ts';
import { type Canvas, mono, sans } from './canvas.ts';
import { type Face, widthOf } from './typeface.ts';
import type { DiagramWords } from './words.ts';

const TITLE: Face = { family: 'sans', bold: true, size: 12 };
const PAYLOAD: Face = { family: 'sans', bold: false, size: 11.5 };
/** A payload's words are shortened beyond this. */
const PAYLOAD_MAX = 186;
const ADDRESS: Face = { family: 'mono', bold: false, size: 12 };
const ADDRESS_CHANGED: Face = { family: 'mono', bold: true, size: 12 };
/** The longest IPv6 address with its port has room. */
const BAND_MAX = 400;
const PADDING = 10;
const LINE = 17;
const THIN_BAND = 26;

type BandRole = 'outer' | 'inner' | 'payload' | 'proxy';

interface BandLine {
  readonly text: string;
  /** Other than at the place before. */
  readonly changed: boolean;
}

export interface Band {
  readonly role: BandRole;
  readonly title: string;
  readonly lines: readonly BandLine[];
}

/** The headers of the packets at a hop, outermost first. `before` is the tuple at the place before. */
export function bandsOf(
  record: ConversationRecord,
  hop: HopRecord,
  before: TupleRecord | undefined,
  words: DiagramWords,
): Band[] {
  const ports = hasPorts(record);
  const bands: Band[] = [];
  const { encapsulation, tuple } = hop;
  if (encapsulation !== null) {
    const { src, dst } = encapsulation.outer;
    bands.push({
      role: 'outer',
      title: `${words.outer} · ${showEncapsulation(encapsulation).toUpperCase()}`,
      lines: [plain(`${src}`), plain(`→ ${dst}`)],
    });
  }
  const source = showEndpoint(tuple.src, tuple.sport, ports);
  const destination = showEndpoint(tuple.dst, tuple.dport, ports);
  const was = before ?? tuple;
  bands.push({
    role: 'inner',
    title: `${encapsulation === null ? '' : `${words.inner} · `}${record.protocol.toUpperCase()}`,
    lines: [
      { text: source, changed: source !== showEndpoint(was.src, was.sport, ports) },
      {
        text: `→ ${destination}`,
        changed: destination !== showEndpoint(was.dst, was.dport, ports),
      },
    ],
  });
  bands.push(...payloadBands(record));
  return bands;
}

function payloadBands({
  proxyProtocol,
  application,
  protocol,
  client,
}: ConversationRecord): Band[] {
  const bands: Band[] = [];
  if (proxyProtocol !== null) {
    const { version, command, source } = proxyProtocol;
    const named = source === null ? command : showEndpoint(source.ip, source.port, true);
    bands.push({ role: 'proxy', title: `PROXY v${version}: ${named}`, lines: [] });
  }
  if (application !== null) bands.push(thin(showApplication(application)));
  else if (protocol.startsWith('icmp') && client.port !== 0)
    bands.push(thin(`echo id ${client.port}`));
  return bands;
}

function thin(title: string): Band {
  return { role: 'payload', title, lines: [] };
}

function plain(text: string): BandLine {
  return { text, changed: false };
}

/** Room that the bands need; a payload's words are shortened where they are long. */
export function widthOfBands(bands: readonly Band[]): number {
  const widths = bands.flatMap(({ role, title, lines }) => [
    role === 'payload' ? Math.min(PAYLOAD_MAX, widthOf(title, PAYLOAD)) : widthOf(title, TITLE),
    ...lines.map(({ text }) => widthOf(text, ADDRESS_CHANGED)),
  ]);
  return Math.min(BAND_MAX, Math.max(...widths) + 2 * PADDING);
}

export function heightOf({ lines }: Band): number {
  return THIN_BAND + (lines.length === 0 ? 0 : LINE * lines.length + 3);
}

/** Draw one band of the width at (x, y); yields its height. */
export function drawBand(canvas: Canvas, band: Band, x: number, y: number, width: number): number {
  const { palette } = canvas;
  const fill = palette[band.role];
  const ink = palette[`${band.role}Ink`];
  const height = heightOf(band);
  const room = width - 2 * PADDING;
  canvas.box({ x, y, width, height }, { fill, stroke: palette.background, thick: 2, radius: 5 });
  const title = band.role === 'payload' ? PAYLOAD : TITLE;
  canvas.words(x + PADDING, y + 17, band.title, { ...title, fill: ink }, room);
  band.lines.forEach(({ text, changed }, i) => {
    const lineY = y + 17 + LINE * (i + 1);
    if (changed) {
      const mark = {
        x: x + PADDING - 4,
        y: lineY - 12,
        width: Math.min(room, widthOf(text, ADDRESS_CHANGED)) + 8,
        height: 16,
      };
      canvas.box(mark, { fill: palette.nat, radius: 3 });
    }
    const face = changed ? ADDRESS_CHANGED : ADDRESS;
    canvas.words(x + PADDING, lineY, text, { ...face, fill: changed ? palette.natInk : ink }, room);
  });
  return height;
}

export interface RewriteCard {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

export const REWRITE_CARD_HEIGHT = THIN_BAND + 2 * LINE + 3;

/** What a translation changes: the source or the destination; of ICMP without another address, the identifier. */
export function rewriteCard(record: ConversationRecord, change: TranslationRecord): RewriteCard {
  const ports = hasPorts(record);
  const { before, after, type } = change;
  const side = (tuple: TupleRecord): string =>
    type === 'dnat'
      ? showEndpoint(tuple.dst, tuple.dport, ports)
      : showEndpoint(tuple.src, tuple.sport, ports);
  const identifier = side(before) === side(after);
  return {
    title: type.toUpperCase(),
    before: identifier ? `id ${before.sport}` : side(before),
    after: `→ ${identifier ? `id ${after.sport}` : side(after)}`,
  };
}

export function widthOfCard({ title, before, after }: RewriteCard): number {
  const widths = [widthOf(title, TITLE), widthOf(before, ADDRESS), widthOf(after, ADDRESS_CHANGED)];
  return Math.min(BAND_MAX, Math.max(...widths) + 2 * PADDING);
}

export function drawCard(
  canvas: Canvas,
  card: RewriteCard,
  x: number,
  y: number,
  width: number,
): void {
  const { nat, natInk, background } = canvas.palette;
  const room = width - 2 * PADDING;
  canvas.box(
    { x, y, width, height: REWRITE_CARD_HEIGHT },
    { fill: nat, stroke: background, thick: 2, radius: 5 },
  );
  canvas.words(x + PADDING, y + 17, card.title, sans(12, natInk, { bold: true }), room);
  canvas.words(x + PADDING, y + 17 + LINE, card.before, mono(12, natInk, { struck: true }), room);
  canvas.words(x + PADDING, y + 17 + 2 * LINE, card.after, mono(12, natInk, { bold: true }), room);
}
