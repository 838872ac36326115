/** What the readers of every file format offer: records in a window of bytes become rows of a batch. */
import type { FrameBatch } from '../base/frames.ts';
import type { InterfaceIndex, Offset } from '../base/units.ts';
import type { CaptureError } from './source.ts';
import type { Window } from './window.ts';

/** The window ends within a record. */
export const NEED_MORE = 0;
/** The batch has no row left. */
export const FULL = 1;
/** The record at the window's start cannot be right: see `fault`. */
export const DAMAGED = 2;
export type Parsed = typeof NEED_MORE | typeof FULL | typeof DAMAGED;

/** Bytes with a record at `at` that has been read before. */
export interface RecordSpan {
  readonly view: DataView;
  at: Offset;
  readonly end: Offset;
  positionOf(at: Offset): number;
}

export interface Reader {
  /** Why parsing stopped, once `parse` has yielded DAMAGED. */
  readonly fault: CaptureError | undefined;
  /** Add the window's complete records to the batch as rows from `batch.count` on; moves `window.at` behind them. */
  parse(window: Window, batch: FrameBatch): Parsed;
  /**
   * Make the record at the span's start, a frame of interface `iface` that `parse` has delivered, the one row of the
   * batch (capacity 1): all columns but its number. Nothing is learned or counted anew. False when the span ends within it,
   * or when no such frame is there any more.
   */
  again(span: RecordSpan, batch: FrameBatch, iface: InterfaceIndex): boolean;
  /** The input is at its end and `parse` needs more: what is missing, or undefined when nothing is. */
  cut(window: Window): CaptureError | undefined;
}
