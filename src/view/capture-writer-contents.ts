/** What a capture file is made of, beside the frames. */
import type { CaptureInterface, FrameBatch } from '../base/frames.ts';
import type { Sentence } from '../words/sentence.ts';
import { SentenceError } from '../words/sentence-error.ts';

/** A source's lists, which may grow while frames are written; a source itself will do. */
export interface CaptureContents {
  readonly interfaces: readonly CaptureInterface[];
  readonly names: readonly { readonly address: string; readonly name: string }[];
  readonly sections?: readonly {
    readonly hardware: string | undefined;
    readonly os: string | undefined;
    readonly comments: readonly string[];
  }[];
  /** What was known of the cluster (base/snapshot-block.ts); the last counts. */
  readonly snapshots?: readonly { readonly text: string }[];
  /** What an interface is, for its description; undefined = as it says itself. */
  readonly describe?: (face: CaptureInterface) => string | undefined;
}

/** Takes frames for a file, or for several in turn. */
export interface FrameWriter {
  /** Frames written. */
  readonly frames: number;
  /** Frames that were taken, and had to go for want of memory or of room on the disk. */
  readonly lost: number;
  /** The reader of a pipe has gone: nothing that follows reaches anyone. */
  readonly readerGone: boolean;
  /** No more is taken: as many files were written as were asked for. */
  readonly isFull: boolean;
  /** Take frame i of the batch, copying it. Throws a WriteError. */
  write(batch: FrameBatch, i: number): void;
  /** Hand what was taken to the system, in whole records; once a batch. Rejects with a WriteError. */
  flush(): Promise<void>;
  /** Finish the file. It ends with a whole record whatever happens. Rejects with a WriteError. */
  close(): Promise<void>;
}

/** Told of the files that a capture is written into. */
export interface FileWatcher {
  /** This file is made, or emptied, now. */
  begins(file: string): void;
  /** It holds all that it was to hold, so many frames. */
  ended(file: string, frames: number): void;
}

/** Makes the records of one format in a buffer. */
export interface RecordWriter {
  /** Add what must come before frames and has become known since the last call. */
  catchUp(): void;
  /** Add frame i. Throws a WriteError when the format cannot hold it. */
  frame(batch: FrameBatch, i: number): void;
  /** Add what comes after all frames. */
  finish(): void;
}

/** Why a capture cannot be written: for the user. */
export class WriteError extends SentenceError {
  readonly code = 'NETLENS_WRITE';
  readonly file: string;

  constructor(file: string, what: Sentence) {
    super({ code: 'write-fault', file, what });
    this.name = 'WriteError';
    this.file = file;
  }
}
