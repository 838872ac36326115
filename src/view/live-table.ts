/** Conversations of now on a terminal: the screen is drawn anew, the latest first. */
import type { ConversationRecord } from '../classify/record.ts';
import { ConversationTable } from './table.ts';
import { shorten } from './width.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** Another screen, without a cursor; and back. */
export const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
export const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';

/** The whole screen: lines of what is captured and lost, the table, nothing beneath it. */
export function showLiveTable(
  records: readonly ConversationRecord[],
  status: readonly string[],
  { columns, rows }: Screen,
  options: { readonly color: boolean; readonly names: boolean },
): string {
  const table = new ConversationTable({ width: columns, ...options }, records);
  const lines = status.map((line) => shorten(line, columns));
  if (records.length > 0) lines.push(table.head());
  for (const record of records.slice(0, Math.max(0, rows - lines.length - 2))) {
    lines.push(table.row(record));
  }
  // cleared before it is written: behind a line that fills the screen's width, its last column would go
  const text = lines.map((line) => `\x1b[2K${line.trimEnd()}`).join('\r\n');
  return `\x1b[H${text}\r\n\x1b[J`;
}
