/**
 * How a pcapng file holds what was known of the cluster when it was written: a Custom Block (type
 * 0x00000BAD) with this number and a first line, then text. A long text is in several blocks.
 *
 *     netlens.snapshot/1 2/3\n      the second of three parts
 */

/** Private Enterprise Number for documentation (RFC 5612): netlens has none, so the first line tells its blocks. */
export const SNAPSHOT_ENTERPRISE = 32_473;

export const SNAPSHOT_SCHEMA = 'netlens.snapshot/1';

/** Bytes of text in one block. */
export const SNAPSHOT_PART_LEN = 192 << 10;
/** The most parts of one text. */
export const SNAPSHOT_PARTS_MAX = 256;

const HEAD = /^netlens\.snapshot\/1 (\d{1,3})\/(\d{1,3})\n/;

/** The first line of part `part` of `parts`, from 1. */
export function snapshotHead(part: number, parts: number): string {
  return `${SNAPSHOT_SCHEMA} ${part}/${parts}\n`;
}

export interface SnapshotPart {
  readonly part: number;
  readonly parts: number;
  /** Length of the first line, bytes. */
  readonly headLen: number;
}

/** What the start of a block's data says; undefined when it is another's, or makes no sense. */
export function parseSnapshotHead(start: string): SnapshotPart | undefined {
  const match = HEAD.exec(start);
  if (match === null) return undefined;
  const [part, parts] = [Number(match[1]), Number(match[2])];
  if (part < 1 || part > parts || parts > SNAPSHOT_PARTS_MAX) return undefined;
  return { part, parts, headLen: match[0].length };
}
