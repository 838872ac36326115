/** Shapes and words on a picture of known size. Everything is drawn in the order of the calls. */
import { HANGUL_FAMILY, MONO_FAMILY, SANS_FAMILY } from '../picture/fonts.ts';
import { type Attributes, element, joined, type Markup, polyline, textNode } from './markup.ts';
import type { Palette } from './palette.ts';
import { bounded, type Face, piecesOf, shorten, widthOf, widthOfPiece } from './typeface.ts';

export type Anchor = 'start' | 'middle' | 'end';

export interface WordsStyle extends Face {
  readonly fill: string;
  readonly anchor?: Anchor;
  /** Struck through: what was there before. */
  readonly struck?: boolean;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface BoxStyle {
  readonly fill?: string;
  readonly stroke?: string;
  readonly thick?: number;
  readonly dashed?: boolean;
  readonly radius?: number;
}

const HANGUL = `${HANGUL_FAMILY}, sans-serif`;
const FAMILIES = {
  sans: `${SANS_FAMILY}, ${HANGUL_FAMILY}, Verdana, sans-serif`,
  mono: `${MONO_FAMILY}, ${HANGUL_FAMILY}, monospace`,
};
const DASHES = '6 5';
/** Share of a text's width that lies before the point it is anchored at. */
const OFFSETS: Readonly<Record<Anchor, number>> = { start: 0, middle: 0.5, end: 1 };

export class Canvas {
  readonly palette: Palette;
  private readonly parts: Markup[] = [];

  constructor(palette: Palette) {
    this.palette = palette;
  }

  box({ x, y, width, height }: Rect, style: BoxStyle): void {
    const { fill = 'none', stroke, thick = 1.5, dashed = false, radius = 6 } = style;
    this.parts.push(
      element('rect', {
        x,
        y,
        width: Math.max(0, width),
        height: Math.max(0, height),
        rx: radius,
        fill,
        stroke,
        'stroke-width': stroke === undefined ? undefined : thick,
        'stroke-dasharray': dashed ? DASHES : undefined,
      }),
    );
  }

  /**
   * One line of text, its baseline at y; shortened in the middle to fit `room`, the whole then in a
   * tooltip. The width is written down, so that another font on another machine takes the same place.
   */
  words(
    x: number,
    y: number,
    text: string,
    style: WordsStyle,
    room = Number.POSITIVE_INFINITY,
  ): void {
    const shown = shorten(text, room, style);
    if (shown === '') return;
    let at = x - OFFSETS[style.anchor ?? 'start'] * widthOf(shown, style);
    const pieces = piecesOf(shown, style).map((piece) => {
      const width = widthOfPiece(piece, style);
      const attributes: Attributes = {
        x: at,
        y,
        'font-family': piece.hangul ? HANGUL : FAMILIES[style.family],
        'font-size': style.size,
        'font-weight': style.bold ? 'bold' : undefined,
        'font-kerning': 'none',
        'xml:space': 'preserve',
        fill: style.fill,
        'text-decoration': style.struck ? 'line-through' : undefined,
        textLength: width,
        lengthAdjust: 'spacingAndGlyphs',
      };
      at += width;
      return element('text', attributes, textNode(piece.text));
    });
    if (shown === text && pieces.length === 1) this.parts.push(pieces[0]!);
    else {
      const whole = shown === text ? [] : [element('title', {}, textNode(bounded(text)))];
      this.parts.push(element('g', {}, ...whole, ...pieces));
    }
  }

  line(
    points: readonly (readonly [number, number])[],
    stroke: string,
    { thick = 2, dashed = false }: { thick?: number; dashed?: boolean } = {},
  ): void {
    this.parts.push(
      element('path', {
        d: polyline(points),
        fill: 'none',
        stroke,
        'stroke-width': thick,
        'stroke-dasharray': dashed ? DASHES : undefined,
        'stroke-linejoin': 'round',
      }),
    );
  }

  /** A line to the right or left with a head at its end. */
  arrow(fromX: number, toX: number, y: number, stroke: string, dashed: boolean): void {
    const sign = toX >= fromX ? 1 : -1;
    const neck = toX - 8 * sign;
    this.line(
      [
        [fromX, y],
        [neck, y],
      ],
      stroke,
      { thick: 2.5, dashed },
    );
    this.parts.push(
      element('path', {
        d: `${polyline([
          [toX, y],
          [neck - 2 * sign, y - 6],
          [neck - 2 * sign, y + 6],
        ])} Z`,
        fill: stroke,
      }),
    );
  }

  dot(x: number, y: number, radius: number, fill: string, stroke?: string): void {
    this.parts.push(
      element('circle', {
        cx: x,
        cy: y,
        r: radius,
        fill,
        stroke,
        'stroke-width': stroke === undefined ? undefined : 2,
      }),
    );
  }

  /** Another picture's shapes, moved and made smaller. */
  place(other: Canvas, x: number, y: number, scale = 1): void {
    const round = (value: number): number => Math.round(value * 1000) / 1000;
    const smaller = scale === 1 ? '' : ` scale(${round(scale)})`;
    const transform = `translate(${round(x)} ${round(y)})${smaller}`;
    this.parts.push(element('g', { transform }, joined(other.parts)));
  }

  /** The whole as a document. `about` says in words what it shows, for those who cannot see it. */
  document(width: number, height: number, about: About): string {
    const w = Math.ceil(width);
    const h = Math.ceil(height);
    const svg = element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        width: w,
        height: h,
        viewBox: `0 0 ${w} ${h}`,
        role: 'img',
        'aria-label': bounded(about.title),
      },
      element('title', {}, textNode(bounded(about.title))),
      element('desc', {}, textNode(bounded(about.description))),
      element('rect', { width: w, height: h, fill: this.palette.background }),
      joined(this.parts),
    );
    return `${svg}\n`;
  }
}

export interface About {
  readonly title: string;
  readonly description: string;
}

export function sans(size: number, fill: string, extra: Partial<WordsStyle> = {}): WordsStyle {
  return { family: 'sans', bold: false, size, fill, ...extra };
}

export function mono(size: number, fill: string, extra: Partial<WordsStyle> = {}): WordsStyle {
  return { family: 'mono', bold: false, size, fill, ...extra };
}
