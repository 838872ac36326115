/** Text in terminal columns: how wide it is, and how it is made to fit. */

const ASCII = /^[ -~]*$/;

let stringWidth: ((text: string) => number) | undefined;
let missed = false;

/** string-width takes longer to load than a small capture to read: only text beyond ASCII needs it. */
export async function loadWidths(): Promise<void> {
  measureWith((await import('string-width')).default);
}

/** Text beyond ASCII is measured with this from now on: string-width, where it is loaded anyway. */
export function measureWith(measure: (text: string) => number): void {
  stringWidth = measure;
  missed = false;
  forgetWidths();
}

/** Some text was measured that `loadWidths` is needed for: load, and measure again. */
export function widthsMissed(): boolean {
  return missed;
}

/** Columns that a terminal gives the (escaped) text. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  if (stringWidth !== undefined) return known(text, stringWidth);
  missed = true;
  return text.length;
}

/** Widths of texts met before: a screen measures the same ones with every key. */
const widths = new Map<string, number>();
/** Characters of these texts, and how many may be kept. */
let kept = 0;
const KEPT_MAX = 1 << 18;

function known(text: string, measure: (text: string) => number): number {
  let width = widths.get(text);
  if (width === undefined) {
    width = measure(text);
    if (kept + text.length > KEPT_MAX) forgetWidths();
    kept += text.length;
    widths.set(text, width);
  }
  return width;
}

function forgetWidths(): void {
  widths.clear();
  kept = 0;
}

/** No terminal is wider: what a longer text takes beyond makes no column wider. */
const CELL_MAX = 512;

/** Columns of a cell's text, of so much of it as could be seen at once. */
export function cellWidthOf(text: string): number {
  return widthOf(text.length > CELL_MAX ? text.slice(0, CELL_MAX) : text);
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

const BETWEEN = ' > ';
/** A port at the end of `address:port` or `[address]:port`; none ends fd00::1. */
const PORT = /(?:^[^:]*|\])(:\d+)$/;

/** `source:port > destination:port` in at most `width` columns: something of each end stays, and its port. */
export function shortenEnds(text: string, width: number): string {
  const [source = '', destination] = text.split(BETWEEN);
  if (destination === undefined || widthOf(text) <= width) return shorten(text, width);
  const room = Math.max(0, width - BETWEEN.length);
  const half = room >> 1;
  const first = Math.min(widthOf(source), Math.max(half, room - widthOf(destination)));
  const portLen = (end: string): number => PORT.exec(end)?.[1]?.length ?? 0;
  const cut = (end: string, columns: number): string => shorten(end, columns, portLen(end));
  return `${cut(source, first)}${BETWEEN}${cut(destination, room - first)}`;
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one character each. */
function characters(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

function startOf(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, width);
  let start = '';
  let used = 0;
  for (const { segment } of characters(text)) {
    used += widthOf(segment);
    if (used > width) break;
    start += segment;
  }
  return start;
}

function endOf(text: string, width: number): string {
  if (width <= 0) return '';
  if (ASCII.test(text)) return text.slice(-width);
  const segments = [...characters(text)].map(({ segment }) => segment);
  let end = '';
  let used = 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    used += widthOf(segments[i]!);
    if (used > width) break;
    end = segments[i]! + end;
  }
  return end;
}
