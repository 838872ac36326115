/**
 * Frames of plain files read again where they stand, one at a time, for those who look at them: each file
 * keeps a piece of itself in memory, so that frames one after the other cost one read.
 */
import type { FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex, Offset } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import { sentenceOf } from '../words/sentence-error.ts';
import type { Findings } from './findings.ts';
import { FileInput } from './input.ts';
import type { Lane } from './lane.ts';
import type { Reader, RecordSpan } from './reader.ts';
import { RECORD_ROOM } from './window.ts';

/** Memory of all pieces together, bytes, and the limits of one. */
const PIECES_LEN = 16 << 20;
const PIECE_MIN = 8 << 10;
const PIECE_MAX = 128 << 10;
/** The longest record read again: a frame, its header and options. */
const RECORD_MAX = RECORD_ROOM;

/** What every source of files takes besides its files. */
export interface SourceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Reads frames again; undefined = nobody wants that. */
  readonly records?: Records | undefined;
}

/** A piece of a file. */
class Piece implements RecordSpan {
  bytes: Uint8Array;
  view: DataView;
  at: Offset = 0;
  end: Offset = 0;
  /** Position in the file of byte 0. */
  private start = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }

  positionOf(at: Offset): number {
    return this.start + at;
  }

  /** Stand at this position; false when the piece does not hold it. */
  standAt(position: number): boolean {
    this.at = position - this.start;
    return this.at >= 0 && this.at < this.end;
  }

  fill(input: FileInput, position: number): void {
    this.end = 0;
    this.end = input.readAgain(this.bytes, position);
    this.start = position;
    this.at = 0;
  }
}

interface File {
  readonly input: FileInput;
  readonly reader: Reader;
  piece: Piece | undefined;
}

export class Records {
  private readonly findings: Findings;
  /** By file index; undefined = a pipe, or compressed. */
  private readonly files: readonly (File | undefined)[];
  private readonly pieceLen: number;
  /** For a record that is longer than a piece. */
  private large: Piece | undefined = undefined;

  constructor(lanes: readonly Lane[], findings: Findings) {
    this.findings = findings;
    this.pieceLen = Math.max(PIECE_MIN, Math.min(PIECE_MAX, PIECES_LEN / lanes.length));
    this.files = lanes.map(({ window: { input }, reader }) =>
      input instanceof FileInput ? { input, reader, piece: undefined } : undefined,
    );
  }

  /** The column of positions for this lane's batch; undefined where frames cannot be read again. */
  column(lane: Lane, capacity: number): Float64Array | undefined {
    const isPlain = lane.window.input instanceof FileInput;
    return isPlain ? new Float64Array(capacity) : undefined;
  }

  /** See Source.again. */
  again(position: number, iface: InterfaceIndex, batch: FrameBatch): Sentence | undefined {
    const { interfaces } = this.findings;
    const of = interfaces[iface];
    const file = of === undefined ? undefined : this.files[of.fileIndex];
    if (file === undefined || position < 0) return { code: 'not-readable-again' };
    batch.interfaces = interfaces;
    try {
      file.piece ??= new Piece(this.pieceLen);
      const { input, piece } = file;
      if (piece.standAt(position) && take(file, piece, batch, iface)) return undefined;
      piece.fill(input, position);
      if (take(file, piece, batch, iface)) return undefined;
      this.large ??= new Piece(RECORD_MAX);
      this.large.fill(input, position);
      if (take(file, this.large, batch, iface)) return undefined;
    } catch (error) {
      return sentenceOf(error);
    }
    return { code: 'file-changed' };
  }
}

function take({ reader }: File, piece: Piece, batch: FrameBatch, iface: InterfaceIndex): boolean {
  batch.bytes = piece.bytes;
  batch.view = piece.view;
  return reader.again(piece, batch, iface);
}

/** The same of records that may not be there. */
export function again(
  records: Records | undefined,
  position: number,
  iface: InterfaceIndex,
  batch: FrameBatch,
): Sentence | undefined {
  if (records === undefined) return { code: 'positions-not-asked' };
  return records.again(position, iface, batch);
}
