/** Conversations as a table: a line each, as much of it as the terminal's width allows. */
import type { ConversationRecord, EndRecord } from '../classify/record.ts';
import { showSize, showSpan, showTimeOfDay, spanOf } from './amounts.ts';
import { Painter } from './color.ts';
import { escapeText } from './escape.ts';
import { layOut } from './layout.ts';
import { pad, shorten, widthOf } from './width.ts';
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

export interface TableOptions {
  /** Columns of the terminal; undefined = no limit. */
  readonly width: number | undefined;
  readonly color: boolean;
  /** Show names beside addresses; false with -n. */
  readonly names: boolean;
}

interface Column {
  readonly heading: string;
  readonly right?: true;
  /** Least width a shortened cell may have; not given = never shortened. */
  readonly least?: number;
  /** Columns of a cell's end that stay when it is shortened. */
  readonly keepEnd?: number;
  /** Order in which columns go where there is no room, the largest first; 0 = never. */
  readonly goes: number;
  readonly cell: (record: ConversationRecord, names: boolean) => string;
  /** A shorter way to say the same, used when not even the shortened columns leave room. */
  readonly brief?: (record: ConversationRecord) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: '#', right: true, goes: 0, cell: (record) => String(record.id) },
  {
    heading: 'LABEL',
    goes: 0,
    cell: (record) => `${LABEL_LETTERS[record.label]} ${record.label}`,
    brief: (record) => LABEL_LETTERS[record.label],
  },
  { heading: 'PROTO', goes: 3, cell: (record) => escapeText(record.protocol) },
  {
    heading: 'CLIENT',
    goes: 0,
    least: 16,
    keepEnd: 6,
    cell: (record, names) => endCell(record, record.client, names),
  },
  {
    heading: 'SERVER',
    goes: 0,
    least: 16,
    keepEnd: 6,
    cell: (record, names) => endCell(record, record.server, names),
  },
  { heading: 'VIA', goes: 2, least: 5, cell: showTunnels },
  { heading: 'NAT', goes: 4, cell: showNat },
  {
    heading: 'SERVICE',
    goes: 8,
    least: 10,
    cell: (record) => (record.service === null ? '' : showServiceName(record.service)),
  },
  { heading: 'APPLICATION', goes: 6, least: 22, cell: showPurpose },
  {
    heading: 'PKTS',
    right: true,
    goes: 5,
    cell: (record) => String(record.packets.toServer + record.packets.toClient),
  },
  {
    heading: 'BYTES',
    right: true,
    goes: 1,
    cell: (record) => showSize(record.bytes.toServer + record.bytes.toClient),
  },
  {
    heading: 'RTT',
    right: true,
    goes: 9,
    cell: (record) => {
      const rtt = record.tcp?.handshakeRttUs ?? null;
      return rtt === null ? '' : showSpan(1000 * rtt);
    },
  },
  { heading: 'TROUBLE', goes: 7, cell: showTrouble },
  { heading: 'START', goes: 10, cell: (record) => showTimeOfDay(record.start, 3) },
  {
    heading: 'LASTED',
    right: true,
    goes: 11,
    cell: (record) => showSpan(spanOf(record.start, record.end)),
  },
  {
    heading: 'SEEN',
    right: true,
    goes: 12,
    cell: (record) => (record.hops.length > 1 ? String(record.hops.length) : ''),
  },
];

function endCell(record: ConversationRecord, end: EndRecord, names: boolean): string {
  const ports = hasPorts(record);
  return names ? showEnd(end, ports) : showEndpoint(end.ip, end.port, ports);
}

const LABEL = COLUMNS.findIndex(({ heading }) => heading === 'LABEL');
const TROUBLE = COLUMNS.findIndex(({ heading }) => heading === 'TROUBLE');
const CLIENT = COLUMNS.findIndex(({ heading }) => heading === 'CLIENT');
const SERVER = CLIENT + 1;
/** A client and server column this wide each are enough; below that, other things are left out first. */
const END_COMFORT = 21;

export class ConversationTable {
  private readonly options: TableOptions;
  private readonly painter: Painter;
  private readonly widths: number[];
  private readonly briefLabel: boolean;
  private readonly briefEnds: boolean;
  /** The last column shown is not padded. */
  private readonly last: number;

  /** `sample`: the first records to be shown, as many as a screen or two; widths come from them. */
  constructor(options: TableOptions, sample: readonly ConversationRecord[]) {
    this.options = options;
    this.painter = new Painter(options.color);
    const full = naturalWidths(sample, options.names);
    const total = options.width ?? Number.POSITIVE_INFINITY;
    const everything = full.reduce((sum, width) => sum + (width > 0 ? width + 1 : 0), -1);
    this.briefLabel = everything > total;
    this.briefEnds = everything > total && total < 160 && options.names;
    const natural = [...full];
    if (this.briefLabel) natural[LABEL] = 1;
    if (this.briefEnds) {
      for (const column of [CLIENT, SERVER]) {
        natural[column] = widest(sample, (record) => this.briefEnd(record, column), 6);
      }
    }
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
    this.last = this.widths.reduce((last, width, c) => (width > 0 ? c : last), 0);
  }

  /** The heading line, with its newline. */
  head(): string {
    const cells = COLUMNS.map(({ heading }, c) =>
      c === LABEL && this.briefLabel ? 'L' : shorten(heading, this.widths[c]!),
    );
    return `${this.painter.bold(this.join(cells))}\n`;
  }

  /** A conversation's line, with its newline. */
  row(record: ConversationRecord): string {
    const cells = COLUMNS.map((column, c) => {
      const width = this.widths[c]!;
      if (width === 0) return '';
      const text = this.textOf(column, c, record);
      return this.options.width === undefined ? text : shorten(text, width, column.keepEnd);
    });
    return `${this.join(cells, record)}\n`;
  }

  private textOf(column: Column, c: number, record: ConversationRecord): string {
    if (c === LABEL && this.briefLabel) return column.brief!(record);
    if (this.briefEnds && (c === CLIENT || c === SERVER)) return this.briefEnd(record, c);
    return column.cell(record, this.options.names);
  }

  /** Where there is no room for both, the name with the port, else the address with it. */
  private briefEnd(record: ConversationRecord, column: number): string {
    const end = column === CLIENT ? record.client : record.server;
    const name = showName(end);
    if (name === undefined) return showEndpoint(end.ip, end.port, hasPorts(record));
    return hasPorts(record) ? `${name}:${end.port}` : name;
  }

  private join(cells: readonly string[], record?: ConversationRecord): string {
    let line = '';
    for (let c = 0; c < cells.length; c++) {
      const width = this.widths[c]!;
      if (width === 0) continue;
      const right = COLUMNS[c]!.right === true;
      let cell = c === this.last && !right ? cells[c]! : pad(cells[c]!, width, right);
      if (record !== undefined && c === LABEL) cell = this.painter.label(record.label, cell);
      if (record !== undefined && c === TROUBLE) cell = this.painter.trouble(cell);
      line += line === '' ? cell : ` ${cell}`;
    }
    return this.painter.on ? line : line.trimEnd();
  }
}

/** Least width of a column: ends get more of it while the terminal is wide enough for other columns. */
function leastWidth(c: number, least: number | undefined, natural: number, total: number): number {
  if (least === undefined) return natural;
  const comfort = c === CLIENT || c === SERVER ? (total >= 80 ? END_COMFORT : least) : least;
  return Math.min(natural, comfort);
}

function naturalWidths(sample: readonly ConversationRecord[], names: boolean): number[] {
  return COLUMNS.map(({ cell, heading }) =>
    widest(sample, (record) => cell(record, names), heading.length),
  );
}

/** Columns of the widest cell, at least the heading's; 0 when every cell is empty. */
function widest(
  sample: readonly ConversationRecord[],
  cell: (record: ConversationRecord) => string,
  heading: number,
): number {
  let width = 0;
  for (const record of sample) width = Math.max(width, widthOf(cell(record)));
  return width === 0 && sample.length > 0 ? 0 : Math.max(width, heading);
}
