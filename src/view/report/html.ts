/** The writer of the report's HTML: every text and value is escaped here, as in the pictures. */
import { escapeMarkup, escapeXml } from '../escape.ts';

declare const escaped: unique symbol;
/** HTML that may stand in the page as it is. */
export type Html = string & { readonly [escaped]: true };

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const VOID = new Set(['meta', 'input', 'br', 'col']);

/** An element; of attributes, `true` stands alone, `false` and undefined are left out. */
export function tag(name: string, attributes: Attributes = {}, ...children: Html[]): Html {
  let html = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    html += value === true ? ` ${key}` : ` ${key}="${escapeXml(String(value))}"`;
  }
  return (VOID.has(name) ? `${html}>` : `${html}>${children.join('')}</${name}>`) as Html;
}

export function text(content: string): Html {
  return escapeXml(content) as Html;
}

/** Text that a view escaped for a terminal already: only markup is left to escape. */
export function shown(content: string): Html {
  return escapeMarkup(content) as Html;
}

export function lines(parts: readonly Html[]): Html {
  return parts.join('\n') as Html;
}

/** Script or style of our own: must not hold what would end its element. */
export function raw(name: 'script' | 'style', content: string): Html {
  if (/<\/|<!--/.test(content)) throw new Error(`${name}: would end its own element`);
  return `<${name}>${content}</${name}>` as Html;
}

/** A picture of our own writers, which escape alike. */
export function picture(svg: string): Html {
  return svg as Html;
}
