/** Text in terminal columns: how wide it is, and how it is made to fit. */
import stringWidth from 'string-width';

const ASCII = /^[ -~]*$/;

/** Columns that a terminal gives the (escaped) text. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** The text with spaces to `width` columns: at its end, or for numbers before it. */
export function pad(text: string, width: number, right = false): string {
  const missing = width - widthOf(text);
  if (missing <= 0) return text;
  return right ? ' '.repeat(missing) + text : text + ' '.repeat(missing);
}

/**
 * The text in at most `width` columns, an ellipsis where something is left out: in the middle when
 * `keepEnd` columns of its end matter (a port), else at the end.
 */
export function shorten(text: string, width: number, keepEnd = 0): string {
  if (widthOf(text) <= width) return text;
  if (width <= 1) return width === 1 ? '\u2026' : '';
  const room = width - 1;
  const tail = keepEnd < room ? endOf(text, keepEnd) : '';
  return `${startOf(text, room - widthOf(tail))}\u2026${tail}`;
}

const segmenter = new Intl.Segmenter();

function startOf(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, width);
  let start = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    start += segment;
  }
  return start;
}

function endOf(text: string, width: number): string {
  if (width <= 0) return '';
  if (ASCII.test(text)) return text.slice(-width);
  const segments = [...segmenter.segment(text)].map(({ segment }) => segment);
  let end = '';
  let used = 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    used += widthOf(segments[i]!);
    if (used > width) break;
    end = segments[i]! + end;
  }
  return end;
}
