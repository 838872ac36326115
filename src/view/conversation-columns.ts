/** Columns of a list of conversations: what each says, how wide it is, which goes first where there is no room. */
import type { ConversationRecord, EndRecord, Label } from '../classify/record.ts';
import { showSize, showSpan, showTimeOfDay, spanOf } from './amounts.ts';
import { escapeText } from './escape.ts';
import { layOut } from './layout.ts';
import { cellWidthOf, shorten, widthOf } from './width.ts';
import {
  hasPorts,
  LABEL_LETTERS,
  showEnd,
  showEndpoint,
  showName,
  showNat,
  showPurpose,
  showServiceName,
  showTrouble,
  showTunnels,
} from './wording.ts';

/** How an end is written: name and address, the name where there is one, the address. */
export type EndStyle = 'both' | 'names' | 'addresses';

export type ColumnKey =
  | 'id'
  | 'label'
  | 'protocol'
  | 'client'
  | 'server'
  | 'tunnel'
  | 'nat'
  | 'service'
  | 'application'
  | 'packets'
  | 'bytes'
  | 'rtt'
  | 'trouble'
  | 'start'
  | 'duration'
  | 'hops';

export interface Column {
  readonly key: ColumnKey;
  readonly right?: true;
  /** Least width a shortened cell may have; not given = never shortened. */
  readonly least?: number;
  /** Columns of a cell's end that stay when it is shortened. */
  readonly keepEnd?: number;
  /** Order in which columns go where there is no room, the largest first; 0 = never. */
  readonly goes: number;
  readonly cell: (record: ConversationRecord, ends: EndStyle) => string;
  /** A shorter way to say the same, used when not even the shortened columns leave room. */
  readonly brief?: (record: ConversationRecord) => string;
}

export const COLUMNS: readonly Column[] = [
  { key: 'id', right: true, goes: 0, cell: (record) => String(record.id) },
  {
    key: 'label',
    goes: 0,
    cell: (record) => `${LABEL_LETTERS[record.label]} ${record.label}`,
    brief: (record) => LABEL_LETTERS[record.label],
  },
  { key: 'protocol', goes: 3, cell: (record) => escapeText(record.protocol) },
  {
    key: 'client',
    goes: 0,
    least: 16,
    keepEnd: 6,
    cell: (record, ends) => endCell(record, record.client, ends),
  },
  {
    key: 'server',
    goes: 0,
    least: 16,
    keepEnd: 6,
    cell: (record, ends) => endCell(record, record.server, ends),
  },
  { key: 'tunnel', goes: 2, least: 5, cell: showTunnels },
  { key: 'nat', goes: 4, cell: showNat },
  {
    key: 'service',
    goes: 8,
    least: 10,
    cell: (record) => (record.service === null ? '' : showServiceName(record.service)),
  },
  { key: 'application', goes: 6, least: 22, cell: showPurpose },
  {
    key: 'packets',
    right: true,
    goes: 5,
    cell: (record) => String(record.packets.toServer + record.packets.toClient),
  },
  {
    key: 'bytes',
    right: true,
    goes: 1,
    cell: (record) => showSize(record.bytes.toServer + record.bytes.toClient),
  },
  {
    key: 'rtt',
    right: true,
    goes: 9,
    cell: (record) => {
      const rtt = record.tcp?.handshakeRttUs ?? null;
      return rtt === null ? '' : showSpan(1000 * rtt);
    },
  },
  { key: 'trouble', goes: 7, cell: showTrouble },
  { key: 'start', goes: 10, cell: (record) => showTimeOfDay(record.start, 3) },
  {
    key: 'duration',
    right: true,
    goes: 11,
    cell: (record) => showSpan(spanOf(record.start, record.end)),
  },
  {
    key: 'hops',
    right: true,
    goes: 12,
    cell: (record) => (record.hops.length > 1 ? String(record.hops.length) : ''),
  },
];

function endCell(record: ConversationRecord, end: EndRecord, ends: EndStyle): string {
  const ports = hasPorts(record);
  if (ends === 'names') return briefEnd(end, ports);
  return ends === 'both' ? showEnd(end, ports) : showEndpoint(end.ip, end.port, ports);
}

/** The name with the port, else the address with it. */
function briefEnd(end: EndRecord, ports: boolean): string {
  const name = showName(end);
  if (name === undefined) return showEndpoint(end.ip, end.port, ports);
  return ports ? `${name}:${end.port}` : name;
}

/** Where the column stands in COLUMNS. */
export function columnOf(key: ColumnKey): number {
  return COLUMNS.findIndex((column) => column.key === key);
}

const LABEL = columnOf('label');
const CLIENT = columnOf('client');
const SERVER = columnOf('server');
/** A client and server column this wide each are enough; below that, other things are left out first. */
const END_COMFORT = 21;

export interface ColumnOptions {
  /** Columns of the terminal; undefined = no limit. */
  readonly width: number | undefined;
  readonly ends: EndStyle;
  /** By column. */
  readonly headings: readonly string[];
  /** What labels are called; undefined = as in filters. */
  readonly labels?: Readonly<Record<Label, string>>;
  /** Columns that are not wanted. */
  readonly hidden: readonly ColumnKey[];
}

/** What the cells of some conversations take: row c is column c, in columns of the terminal; 0 = all are empty. */
export interface CellWidths {
  readonly count: number;
  readonly full: readonly number[];
  /** The same with ends said briefly. */
  readonly brief: readonly number[];
}

/** Widths of all that these records show. */
export function cellWidthsOf(records: readonly ConversationRecord[], ends: EndStyle): CellWidths {
  const widest = (cell: (record: ConversationRecord) => string): number =>
    records.reduce((width, record) => Math.max(width, cellWidthOf(cell(record))), 0);
  const full = COLUMNS.map(({ cell }) => widest((record) => cell(record, ends)));
  const brief = full.map((width, c) =>
    c === CLIENT || c === SERVER ? widest((record) => briefEndOf(record, c)) : width,
  );
  return { count: records.length, full, brief };
}

function briefEndOf(record: ConversationRecord, column: number): string {
  return briefEnd(column === CLIENT ? record.client : record.server, hasPorts(record));
}

export class ConversationColumns {
  /** By column; 0 = not shown. */
  readonly widths: readonly number[];
  /** The label is its letter alone. */
  readonly briefLabel: boolean;
  private readonly options: ColumnOptions;
  private readonly briefEnds: boolean;

  /** `cells`: of the records to be shown, or of as many as a screen or two of them. */
  constructor(options: ColumnOptions, cells: CellWidths) {
    this.options = options;
    const full = this.naturalWidths(cells.full, cells.count);
    const total = options.width ?? Number.POSITIVE_INFINITY;
    const everything = full.reduce((sum, width) => sum + (width > 0 ? width + 1 : 0), -1);
    this.briefLabel = everything > total;
    this.briefEnds = everything > total && total < 160 && options.ends === 'both';
    const natural = this.briefEnds ? this.naturalWidths(cells.brief, cells.count) : full;
    if (this.briefLabel) natural[LABEL] = Math.min(1, natural[LABEL]!);
    this.widths =
      total === Number.POSITIVE_INFINITY
        ? natural
        : layOut(
            COLUMNS.map(({ least, goes }, c) => ({
              natural: natural[c]!,
              least: leastWidth(c, least, natural[c]!, total),
              goes,
            })),
            total,
          );
  }

  /** The cell's text, made to fit but not padded. */
  cell(c: number, record: ConversationRecord): string {
    const width = this.widths[c]!;
    if (width === 0) return '';
    const column = COLUMNS[c]!;
    const text = this.textOf(column, c, record);
    return this.options.width === undefined ? text : shorten(text, width, column.keepEnd);
  }

  /** The column's heading, made to fit but not padded. */
  heading(c: number): string {
    const text = this.options.headings[c]!;
    return c === LABEL && this.briefLabel ? 'L' : shorten(text, this.widths[c]!);
  }

  private textOf(column: Column, c: number, record: ConversationRecord): string {
    if (c === LABEL && this.briefLabel) return column.brief!(record);
    if (c === LABEL && this.options.labels !== undefined) {
      return `${LABEL_LETTERS[record.label]} ${this.options.labels[record.label]}`;
    }
    if (this.briefEnds && (c === CLIENT || c === SERVER)) return briefEndOf(record, c);
    return column.cell(record, this.options.ends);
  }

  /** With their headings; a column that has nothing to say takes no room. */
  private naturalWidths(cells: readonly number[], count: number): number[] {
    const { headings, hidden, labels } = this.options;
    return COLUMNS.map(({ key }, c) => {
      const isEmpty = cells[c] === 0 && count > 0;
      const cell =
        c === LABEL && labels !== undefined && count > 0
          ? 2 + Math.max(...Object.values(labels).map(widthOf)) // "S " and any of them
          : cells[c]!;
      return hidden.includes(key) || isEmpty ? 0 : Math.max(cell, widthOf(headings[c]!));
    });
  }
}

/** Least width of a column: ends get more of it while the terminal is wide enough for other columns. */
function leastWidth(c: number, least: number | undefined, natural: number, total: number): number {
  if (least === undefined) return natural;
  const comfort = c === CLIENT || c === SERVER ? (total >= 80 ? END_COMFORT : least) : least;
  return Math.min(natural, comfort);
}
