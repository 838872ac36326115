/** What a picture is to show and how: plain data, kept in the picture so that it can be made again. */

import type { LanguageName } from '../../words/language-names.ts';
import type { ConversationSort } from '../model.ts';
import type { ThemeName } from '../theme-names.ts';

export const PICTURE_VIEWS = [
  'conversations',
  'packets',
  'journey',
  'detail',
  'topology',
  'statistics',
  'explain',
  'stream',
] as const;
export type PictureView = (typeof PICTURE_VIEWS)[number];

/** Width of a picture that was not told it: packets have most to say in a line. */
export function usualColumns(view: PictureView): number {
  return view === 'packets' || view === 'detail' ? 160 : 120;
}

export const COLUMNS_MIN = 40;
export const COLUMNS_MAX = 400;
export const ROWS_MIN = 8;
export const ROWS_MAX = 500;
/** Rows of a picture that was not told how many, at most. */
export const ROWS_AUTO_MAX = 60;
export const SCALE_MAX = 8;
export const NOTES_MAX = 50;
/** Code units of a title, tag or note. */
export const TEXT_MAX = 500;

/** What conversations can be ordered by. */
export const SORTS = [
  'id',
  'start',
  'bytes',
  'packets',
  'duration',
  'retransmissions',
  'rtt',
  'client',
  'server',
  'label',
  'protocol',
] as const satisfies readonly ConversationSort[];

/** A row to be marked, by the number it carries, and what is said of it. */
export interface Mark {
  readonly number: number;
  /** '' = marked without words. */
  readonly note: string;
}

export interface PictureRequest {
  readonly view: PictureView;
  readonly filter: string;
  /** The conversation that Journey, Explain and Stream show; undefined = the first that the filter chooses. */
  readonly conversation: number | undefined;
  /** The packet that Detail shows, as Packets numbers it; undefined = the first that the filter chooses. */
  readonly packet: number | undefined;
  /** First row of a list or text, 1-based. */
  readonly from: number;
  readonly sort: ConversationSort;
  readonly descending: boolean;
  readonly columns: number;
  /** undefined = as many as there is to show. */
  readonly rows: number | undefined;
  readonly theme: ThemeName;
  readonly language: LanguageName;
  /** Names beside addresses. */
  readonly names: boolean;
  /** Pixels of a PNG for each unit. */
  readonly scale: number;
  /** IANA name of the zone that times of day are in. */
  readonly timeZone: string;
  readonly title: string;
  readonly tag: string;
  readonly marks: readonly Mark[];
}
