/** Conversations as a table: a line each, as much of it as the terminal's width allows. */
import type { ConversationRecord } from '../classify/record.ts';
import { Painter } from './color.ts';
import {
  COLUMNS,
  type ColumnKey,
  ConversationColumns,
  cellWidthsOf,
} from './conversation-columns.ts';
import { pad } from './width.ts';

export interface TableOptions {
  /** Columns of the terminal; undefined = no limit. */
  readonly width: number | undefined;
  readonly color: boolean;
  /** Show names beside addresses; false with -n. */
  readonly names: boolean;
}

const HEADINGS: Readonly<Record<ColumnKey, string>> = {
  id: '#',
  label: 'LABEL',
  protocol: 'PROTO',
  client: 'CLIENT',
  server: 'SERVER',
  tunnel: 'VIA',
  nat: 'NAT',
  service: 'SERVICE',
  application: 'APPLICATION',
  packets: 'PKTS',
  bytes: 'BYTES',
  rtt: 'RTT',
  trouble: 'TROUBLE',
  start: 'START',
  duration: 'LASTED',
  hops: 'SEEN',
};

export class ConversationTable {
  private readonly painter: Painter;
  private readonly columns: ConversationColumns;
  /** The last column shown is not padded. */
  private readonly last: number;

  /** `sample`: the first records to be shown, as many as a screen or two; widths come from them. */
  constructor({ width, color, names }: TableOptions, sample: readonly ConversationRecord[]) {
    this.painter = new Painter(color);
    const headings = COLUMNS.map(({ key }) => HEADINGS[key]);
    const ends = names ? 'both' : 'addresses';
    const cells = cellWidthsOf(sample, ends);
    this.columns = new ConversationColumns({ width, ends, headings, hidden: [] }, cells);
    this.last = this.columns.widths.reduce((last, one, c) => (one > 0 ? c : last), 0);
  }

  /** The heading line, with its newline. */
  head(): string {
    const cells = COLUMNS.map((_, c) => this.columns.heading(c));
    return `${this.painter.bold(this.join(cells))}\n`;
  }

  /** A conversation's line, with its newline. */
  row(record: ConversationRecord): string {
    const cells = COLUMNS.map((_, c) => this.columns.cell(c, record));
    return `${this.join(cells, record)}\n`;
  }

  private join(cells: readonly string[], record?: ConversationRecord): string {
    let line = '';
    for (let c = 0; c < cells.length; c++) {
      const width = this.columns.widths[c]!;
      if (width === 0) continue;
      const { right, key } = COLUMNS[c]!;
      let cell = c === this.last && !right ? cells[c]! : pad(cells[c]!, width, right);
      if (record !== undefined && key === 'label') cell = this.painter.label(record.label, cell);
      if (record !== undefined && key === 'trouble') cell = this.painter.trouble(cell);
      line += line === '' ? cell : ` ${cell}`;
    }
    return this.painter.on ? line : line.trimEnd();
  }
}
