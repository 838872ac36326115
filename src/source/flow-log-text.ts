/** The lines of a text flow log: cut out of chunks of bytes, and each understood by the order of its fields. */
import type { FlowLogRecord } from '../base/flow-log.ts';
import {
  COLUMNS_MAX,
  DEFAULT_ORDER,
  type FieldOrder,
  hasAddresses,
  headerOrder,
} from './flow-log-fields.ts';
import { DamagedLine, type NoTraffic, recordOf, wordsIn } from './flow-log-record.ts';

/** A longer line is damaged: no record comes near it. */
const LINE_MAX = 16_384;
const NEWLINE = 0x0a;
/** Lines of CloudWatch Logs, exported or printed, may begin with the event's time (RFC 3339). */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/;

/** Understands one line after the other. `order` is what the user says or the default; a header changes it. */
export class FlowLogLines {
  private readonly fileIndex: number;
  private order: FieldOrder;
  /** Lines met so far. */
  line = 0;

  constructor(fileIndex: number, order: FieldOrder = DEFAULT_ORDER) {
    this.fileIndex = fileIndex;
    this.order = order;
  }

  /** The record of the next line; undefined for a header or an empty line. Never throws. */
  read(text: string): FlowLogRecord | NoTraffic | DamagedLine | undefined {
    this.line++;
    const words = wordsOf(text.trim());
    if (words[0] === '') return undefined;
    const from = TIMESTAMP.test(words[0]!) ? 1 : 0;
    const header = from === 0 && !/^\d/.test(words[0]!) ? headerOrder(words) : undefined;
    if (header !== undefined) {
      this.order = header;
      return hasAddresses(header) ? undefined : new DamagedLine('its header names no addresses');
    }
    const count = words.length - from;
    if (count !== this.order.count) {
      return new DamagedLine(`it has ${count} fields, ${this.order.count} were expected`);
    }
    if (!hasAddresses(this.order)) return new DamagedLine('its header names no addresses');
    return recordOf(wordsIn(this.order, words, from), this.fileIndex, this.line);
  }

  /** A line that was too long to be kept. */
  readOverlong(): DamagedLine {
    this.line++;
    return new DamagedLine(`it is longer than ${LINE_MAX} bytes`);
  }
}

/** Words of a line; one blank stands between them but where a line was made by other tools. */
function wordsOf(line: string): string[] {
  const words = line.split(' ', COLUMNS_MAX + 2);
  const isPlain = !line.includes('\t') && (words.length === 1 || !words.includes(''));
  return isPlain ? words : line.split(/[ \t]+/, COLUMNS_MAX + 2);
}

/** Cuts bytes into lines. Of a line beyond LINE_MAX only that it was there is told. */
export class LineCutter {
  private rest: Buffer = Buffer.alloc(0);
  private overlong = false;

  /** Calls `line` for each line that ends in this chunk, undefined for one that was too long. The chunk may be reused. */
  push(chunk: Uint8Array, line: (text: string | undefined) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      this.end(bytes.subarray(at, end), line);
      at = end + 1;
    }
    this.keep(bytes.subarray(at));
  }

  /** The last line may lack its newline. */
  finish(line: (text: string | undefined) => void): void {
    if (this.rest.length > 0 || this.overlong) this.end(Buffer.alloc(0), line);
  }

  private end(tail: Buffer, line: (text: string | undefined) => void): void {
    this.keep(tail, tail.length > 0 && this.rest.length > 0);
    const whole = this.rest.length > 0 ? this.rest : tail;
    const isOverlong = this.overlong || whole.length > LINE_MAX;
    this.rest = Buffer.alloc(0);
    this.overlong = false;
    line(isOverlong ? undefined : whole.toString('utf8'));
  }

  private keep(tail: Buffer, isNeeded = tail.length > 0): void {
    if (!isNeeded || this.overlong) return;
    if (this.rest.length + tail.length > LINE_MAX) {
      this.overlong = true;
      this.rest = Buffer.alloc(0);
    } else this.rest = Buffer.concat([this.rest, tail]);
  }
}
