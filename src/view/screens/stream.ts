/** The Stream view: what a conversation carried, both ways, as text or hex. */
import { showCount, showSize, showTimeOfDay } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type { StreamChunk, StreamView } from '../stream.ts';
import { bytesPerRow } from './bytes.ts';
import { EMPTY_LINE, type Line, line, span, wrap } from './lines.ts';

/** Lines of at most `columns`; with `hex`, rows of a dump. */
export function streamLines(
  stream: StreamView,
  columns: number,
  messages: Messages,
  hex: boolean,
): readonly Line[] {
  const lines: Line[] = [
    line(
      span(`#${stream.conversation}  `, ROLE.dim),
      span(`\u25b6 ${escapeText(stream.client)}`, ROLE.toServer),
      span(`  ${showSize(stream.bytes.toServer)}   `, ROLE.dim),
      span(`\u25c0 ${escapeText(stream.server)}`, ROLE.toClient),
      span(`  ${showSize(stream.bytes.toClient)}`, ROLE.dim),
    ),
  ];
  if (stream.retransmitted > 0) {
    lines.push(line(span(messages.shownOnce(showSize(stream.retransmitted)), ROLE.dim)));
  }
  if (stream.missing > 0) {
    lines.push(line(span(messages.missingInAll(showSize(stream.missing)), ROLE.warning)));
  }
  lines.push(EMPTY_LINE);
  if (stream.empty !== null) lines.push(line(span(escapeText(stream.empty), ROLE.dim)));
  for (const chunk of stream.chunks) lines.push(...chunkLines(chunk, columns, messages, hex));
  if (stream.more) lines.push(EMPTY_LINE, line(span(messages.streamCut, ROLE.warning)));
  return lines;
}

function chunkLines(chunk: StreamChunk, columns: number, messages: Messages, hex: boolean): Line[] {
  const style = chunk.toServer ? ROLE.toServer : ROLE.toClient;
  const sign = chunk.toServer ? '\u25b6' : '\u25c0';
  const target = { kind: 'packet', packet: chunk.packet } as const;
  const lines: Line[] = [];
  if (chunk.missingBefore > 0) {
    lines.push(line(span(messages.missingHere(showCount(chunk.missingBefore)), ROLE.warning)));
  }
  const size = messages.bytes(chunk.bytes.length);
  const head = `${sign} ${showTimeOfDay(chunk.time, 6)}  ${size}`;
  lines.push({ spans: [span(head, ROLE.dim)], target });
  const texts = hex ? hexRows(chunk.bytes, columns) : textRows(chunk.bytes, columns);
  for (const text of texts) lines.push({ spans: [span(`  ${text}`, style as Style)], target });
  return lines;
}

function hexRows(bytes: Uint8Array, columns: number): string[] {
  const perRow = bytesPerRow(columns - 2);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += perRow) {
    const part = bytes.subarray(at, at + perRow);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...part].map(showByte).join('');
    rows.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(3 * perRow)} ${text}`);
  }
  return rows;
}

function showByte(byte: number): string {
  return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '\u00b7';
}

const TEXT = new TextDecoder('utf-8', { fatal: true });

/** Lines of the text as the sender broke them; bytes that are no text are dots. */
function textRows(bytes: Uint8Array, columns: number): string[] {
  let text: string;
  try {
    text = TEXT.decode(bytes);
  } catch {
    text = [...bytes].map((byte) => (byte === 10 || byte === 13 ? '\n' : showByte(byte))).join('');
  }
  const rows = text.replaceAll('\r\n', '\n').split('\n');
  if (rows.at(-1) === '') rows.pop();
  return rows.flatMap((row) => wrap(visible(row), Math.max(10, columns - 2)));
}

/** Control characters as dots, as in the dump; the rest escaped as everywhere. */
function visible(text: string): string {
  return escapeText(text.replaceAll('\t', '  ').replace(/\p{Cc}/gu, '\u00b7'));
}
