/** Hex and ASCII dumps under a frame's line: -x, -X, -A as tcpdump lays them out. */
import type { TextBuffer } from '../text-buffer.ts';

export type DumpStyle = 'none' | 'hex' | 'hex-ascii' | 'ascii';

const ROW_LEN = 16;
/** Columns of a full row of hex digits: a space before each pair of bytes. */
const HEX_WIDTH = 40;
const SPACE = 32;
const DOT = 46;

const isGraph = (byte: number): boolean => byte > SPACE && byte < 127;

/** Lines of the bytes [at, end), each starting on a line of its own. */
export function showDump(
  out: TextBuffer,
  style: DumpStyle,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  if (style === 'none') return;
  if (style === 'ascii') {
    showAscii(out, bytes, at, end);
    return;
  }
  for (let rowAt = at; rowAt < end; rowAt += ROW_LEN) {
    showRow(out, style === 'hex-ascii', bytes, at, rowAt, Math.min(rowAt + ROW_LEN, end));
  }
}

function showRow(
  out: TextBuffer,
  ascii: boolean,
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
): void {
  out.ascii('\n\t0x');
  const offset = at - start;
  out.hex(offset, offset > 0xffff ? 5 : 4);
  out.ascii(': ');
  for (let i = at; i < end; i++) {
    if (((i - at) & 1) === 0) out.char(SPACE);
    out.hex(bytes[i]!, 2);
  }
  if (!ascii) return;
  const len = end - at;
  const columns = 2 * len + ((len + 1) >> 1);
  for (let i = columns; i < HEX_WIDTH + 2; i++) out.char(SPACE);
  for (let i = at; i < end; i++) out.char(isGraph(bytes[i]!) ? bytes[i]! : DOT);
}

/** The bytes as text, one line after the frame's: what does not print is a dot, line ends stay. */
function showAscii(out: TextBuffer, bytes: Uint8Array, at: number, end: number): void {
  out.newline();
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 13) {
      if (end - i > 2 && bytes[i + 1] !== 10) out.char(DOT);
    } else if (byte === 9 || byte === 10 || byte === SPACE || isGraph(byte)) out.char(byte);
    else out.char(DOT);
  }
}
