/** What every source of frames offers, be it a file, a pipe, a merge of several, or a live ring. */
import type { CaptureInterface, FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import { SentenceError } from '../words/sentence-error.ts';

/** A name for an address that a capture file itself holds (pcapng NRB). */
export interface NameRecord {
  /** Address as text, IPv4 or IPv6 (RFC 5952). */
  readonly address: string;
  readonly name: string;
  readonly file: string;
}

/** A section of a pcapng file (SHB): who wrote it, and comments on the whole. A pcap file has none. */
export interface Section {
  readonly file: string;
  readonly fileIndex: number;
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  readonly application: string | undefined;
  readonly comments: readonly string[];
}

/** What was known of the cluster when a file was written, as the file holds it. */
export interface SnapshotText {
  readonly file: string;
  readonly fileIndex: number;
  readonly text: string;
}

/** Something the user must hear: a file that ends in the middle of a record, or is no capture at all. */
export class CaptureError extends SentenceError {
  /** Stable, for programs: NETLENS_CAPTURE_CUT, NETLENS_CAPTURE_DAMAGED, NETLENS_NOT_A_CAPTURE, NETLENS_FILE. */
  readonly code: string;
  readonly file: string;
  /** Byte position in the (uncompressed) file, -1 when the fault is not at a place. */
  readonly offset: number;

  constructor(code: string, file: string, offset: number, what: Sentence) {
    super({ code: 'capture-fault', file, offset, what });
    this.name = 'CaptureError';
    this.code = code;
    this.file = file;
    this.offset = offset;
  }
}

export interface Source {
  /** All interfaces met so far, over all files; grows while reading. */
  readonly interfaces: readonly CaptureInterface[];
  /** Names met so far. */
  readonly names: readonly NameRecord[];
  /** Sections met so far, of pcapng files. */
  readonly sections?: readonly Section[];
  /** Snapshots met so far, the latest of each file. */
  readonly snapshots?: readonly SnapshotText[];
  /** Names, comments and descriptions of files left out because there were too many of them. */
  readonly leftOut?: number;
  /** What ended a file before its end; the frames before the damage were delivered. */
  readonly damage: readonly CaptureError[];
  /** Bytes read of the files as they are on disk, and their size; total -1 when a pipe is among them. */
  readonly progress: { bytesRead: number; bytesTotal: number };
  /**
   * The next frames, in time order over all files, or undefined at the end; a live source yields an empty
   * batch when none came for a while. The batch and all it
   * points to are borrowed until the next call. Damage ends a file, not the run: see `damage`.
   */
  next(): Promise<FrameBatch | undefined>;
  /** The same where the frames are there without waiting; undefined = ask `next`. Never while a `next` is under way. */
  nextNow?(): FrameBatch | undefined;
  /**
   * Read once more, as the one row of `batch` (capacity 1), the frame whose record is at `position` of the file of interface
   * `iface`: all columns but its number. What the batch points to is borrowed until the next call. Yields
   * undefined, or why that cannot be. Only where positions were asked for, and until `close`.
   */
  again?(position: number, iface: InterfaceIndex, batch: FrameBatch): Sentence | undefined;
  close(): Promise<void>;
}
