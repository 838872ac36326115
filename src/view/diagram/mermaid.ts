/** Text on its way into a Mermaid diagram: only what cannot be taken for its syntax stands as it is. */
import { escapeText } from '../escape.ts';

/** Letters and digits of any script, and signs that mean nothing to Mermaid. */
const PLAIN = /[^\p{L}\p{N} .,/_:()+\u2192\u00b7\u2026-]/gu;
/** Words that end a block or open a comment wherever they stand. */
const RESERVED =
  /\b(end|graph|subgraph|click|call|href|default|style|linkStyle|classDef|class)\b/gi;
const TEXT_MAX = 200;

/** One line, everything else as Mermaid's entity codes (`#35;`). */
export function escapeMermaid(text: string): string {
  const safe = escapeText(text);
  const short = safe.length > TEXT_MAX ? `${safe.slice(0, TEXT_MAX)}…` : safe;
  return short
    .replace(PLAIN, (sign) => `#${sign.codePointAt(0)};`)
    .replace(RESERVED, (word) => `#${word.codePointAt(0)};${word.slice(1)}`)
    .replace(/--/g, '-#45;');
}
