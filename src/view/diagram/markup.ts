/**
 * The one writer of SVG: every name and value of it comes from here, and every text is escaped here.
 * A string that is no Markup cannot get into a picture unescaped, as it does not compile.
 */
import { escapeMarkup, quoteXml } from '../escape.ts';

declare const escaped: unique symbol;
/** XML that may stand in a document as it is. */
export type Markup = string & { readonly [escaped]: true };

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export const NOTHING = '' as Markup;

/** An element; attributes that are undefined are left out, numbers have two digits after the point at most. */
export function element(name: string, attributes: Attributes, ...children: Markup[]): Markup {
  let xml = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      xml += ` ${key}="${typeof value === 'number' ? showNumber(value) : escapeMarkup(value)}"`;
    }
  }
  const inside = children.join('');
  return `${xml}${inside === '' ? '/>' : `>${inside}</${name}>`}` as Markup;
}

export function textNode(text: string): Markup {
  return escapeMarkup(text) as Markup;
}

/** Text of a grid's cells, which is escaped already. */
export function cellsNode(text: string): Markup {
  return quoteXml(text) as Markup;
}

export function joined(parts: readonly Markup[]): Markup {
  return parts.join('\n') as Markup;
}

/** Path data of points: `M 0 0 L 1 1`. */
export function polyline(points: readonly (readonly [number, number])[]): string {
  return points
    .map(([x, y], i) => `${i === 0 ? 'M' : 'L'} ${showNumber(x)} ${showNumber(y)}`)
    .join(' ');
}

function showNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}
