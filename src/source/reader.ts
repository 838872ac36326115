/** What the readers of every file format offer: records in a window of bytes become rows of a batch. */
import type { FrameBatch } from '../base/frames.ts';
import type { CaptureError } from './source.ts';
import type { Window } from './window.ts';

/** The window ends within a record. */
export const NEED_MORE = 0;
/** The batch has no row left. */
export const FULL = 1;
/** The record at the window's start cannot be right: see `fault`. */
export const DAMAGED = 2;
export type Parsed = typeof NEED_MORE | typeof FULL | typeof DAMAGED;

export interface Reader {
  /** Why parsing stopped, once `parse` has yielded DAMAGED. */
  readonly fault: CaptureError | undefined;
  /** Add the window's complete records to the batch as rows from `batch.count` on; moves `window.at` behind them. */
  parse(window: Window, batch: FrameBatch): Parsed;
  /** The input is at its end and `parse` needs more: what is missing, or undefined when nothing is. */
  cut(window: Window): CaptureError | undefined;
}
