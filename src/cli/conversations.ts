/** The conversations of a finished flow stage, in order, in the format asked for, to the output. */
import { isatty } from 'node:tty';
import { analyse } from '../classify/analyse.ts';
import { withNotes } from '../classify/capture-knowledge.ts';
import { type ConversationList, SORT_KEYS, type SortKey } from '../classify/conversations.ts';
import type { ConversationRecord, Ledger } from '../classify/record.ts';
import { Chatter, isChatter } from '../view/chatter.ts';
import { Painter } from '../view/color.ts';
import { addRecord } from '../view/record-json.ts';
import { sortText } from '../view/sort-text.ts';
import { TextBuffer } from '../view/text-buffer.ts';
import { loadWidths, widthsMissed } from '../view/width.ts';
import { UsageError } from './errors.ts';
import type { ReadOptions } from './read-options.ts';
import type { FlowsStage } from './selection.ts';
import type { TaskContext } from './tasks.ts';

/** Text is handed to the output in pieces of about this many bytes. */
const PIECE = 1 << 17;
/** Records whose widths decide the table's columns. */
const SAMPLE_MAX = 2000;

/** One format: what stands before and after the rows, and how a row is added. */
interface Rows {
  readonly head: string;
  add(text: TextBuffer, record: ConversationRecord): void;
  tail?(): string;
}

/** Show them; yields the ledger's part that the flow stage knows. */
export async function showConversations(
  stage: FlowsStage,
  { options, knowledge, source, output, filter }: TaskContext,
): Promise<Partial<Ledger>> {
  const { flows } = stage;
  flows.finish();
  const known = await withNotes(knowledge, source);
  const conversations = analyse(flows, known);
  const recordOf = (c: number): ConversationRecord => conversations.record(c);
  const chooses =
    filter === undefined ? undefined : (c: number) => stage.chooses(conversations, c, recordOf);
  const shown = await showList(conversations, chooses, { options, output });
  return { ...conversations.counts(), ...shown };
}

/** Show those of the list that `chooses` lets through; yields how many, where some may be left out. */
export async function showList(
  list: ConversationList,
  chooses: ((c: number) => boolean) | undefined,
  { options, output }: Pick<TaskContext, 'options' | 'output'>,
): Promise<Pick<Ledger, 'chosen'>> {
  const recordOf = (c: number): ConversationRecord => list.record(c);
  let order = orderOf(list, recordOf, options.sort);
  if (chooses !== undefined) order = order.filter((c) => chooses(c));
  if (options.ids.length > 0) {
    checkIds(options.ids, list.count);
    order = order.filter((c) => options.ids.includes(c + 1));
  }
  const shown = order.length;
  order = order.subarray(0, options.top ?? order.length);
  const asked = chooses !== undefined || options.ids.length > 0 || options.top !== undefined;
  const rows = await rowsOf(options, order, recordOf, asked || options.all);
  const text = new TextBuffer(2 * PIECE);
  text.utf8(rows.head);
  for (const c of order) {
    const before = text.at;
    rows.add(text, recordOf(c));
    if (widthsMissed()) {
      await loadWidths();
      text.at = before;
      rows.add(text, recordOf(c));
    }
    if (text.at < PIECE) continue;
    await output.write(text.take());
    if (output.closed) break;
  }
  text.utf8(rows.tail?.() ?? '');
  await output.write(text.take());
  return chooses === undefined && options.ids.length === 0 ? {} : { chosen: shown };
}

function checkIds(ids: readonly number[], count: number): void {
  const missing = ids.find((id) => id < 1 || id > count);
  if (missing === undefined) return;
  throw new UsageError(`${missing}: no such conversation; there are ${count}, numbered from 1`);
}

function orderOf(
  conversations: ConversationList,
  recordOf: (c: number) => ConversationRecord,
  sort: ReadOptions['sort'],
): Int32Array {
  const key = sort?.key ?? 'start';
  const descending = sort?.descending ?? false;
  if (isColumnKey(key)) return conversations.order(key, descending);
  const texts: string[] = [];
  for (let c = 0; c < conversations.count; c++) texts.push(sortText(recordOf(c), key));
  const sign = descending ? -1 : 1;
  return Int32Array.from(texts.keys()).sort((a, b) => {
    const x = texts[a]!;
    const y = texts[b]!;
    return x === y ? a - b : x < y ? -sign : sign;
  });
}

async function rowsOf(
  options: ReadOptions,
  order: Int32Array,
  recordOf: (c: number) => ConversationRecord,
  all: boolean,
): Promise<Rows> {
  const { format, names } = options;
  if (format === 'jsonl') return { head: '', add: addRecord };
  if (format === 'csv') {
    const { csvHead, csvRow } = await import('../view/csv.ts');
    return { head: csvHead(), add: (text, record) => text.utf8(csvRow(record)) };
  }
  const color = wantsColor(options.color);
  if (format === 'explain') {
    const { explain } = await import('../view/explain-text.ts');
    const painter = new Painter(color);
    const { language } = options;
    return { head: '', add: (text, record) => text.utf8(explain(record, painter, language)) };
  }
  if (format === 'text') {
    const { showConversation } = await import('../view/conversation-text.ts');
    const painter = new Painter(color);
    return {
      head: '',
      add: (text, record) => text.utf8(showConversation(record, painter, names)),
    };
  }
  const { ConversationTable } = await import('../view/table.ts');
  const width = options.width ?? terminalWidth();
  const first = Array.from(order.subarray(0, SAMPLE_MAX), recordOf);
  const talk = all ? first : first.filter((record) => !isChatter(record));
  const sample = talk.length === 0 ? first : talk; // nothing else: then that is what there is to show
  let table = new ConversationTable({ width, color, names }, sample);
  if (widthsMissed()) {
    await loadWidths();
    table = new ConversationTable({ width, color, names }, sample);
  }
  const chatter = new Chatter();
  const folds = !all && talk.length > 0;
  return {
    head: order.length === 0 ? '' : table.head(),
    add(text, record) {
      if (folds && isChatter(record)) chatter.count(record);
      else text.utf8(table.row(record));
    },
    tail: () => chatter.line(),
  };
}

/** Columns of the terminal on standard output, undefined when it is none. */
function terminalWidth(): number | undefined {
  return isatty(1) ? process.stdout.columns || 80 : undefined;
}

/** Colours on a terminal that has them, unless NO_COLOR is set (no-color.org). */
export function wantsColor(when: ReadOptions['color']): boolean {
  if (when !== 'auto') return when === 'always';
  return isatty(1) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

function isColumnKey(key: string): key is SortKey {
  return (SORT_KEYS as readonly string[]).includes(key);
}
