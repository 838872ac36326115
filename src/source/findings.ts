/** What readers learn beside frames, over all files of one run. */
import type { CaptureInterface } from '../base/frames.ts';
import type { CaptureError, NameRecord, Section } from './source.ts';

/** The most names kept, over all files; further ones are counted in `namesLeftOut`. */
export const NAMES_MAX = 1_000_000;

export interface Findings {
  readonly interfaces: CaptureInterface[];
  readonly names: NameRecord[];
  readonly sections: Section[];
  readonly damage: CaptureError[];
  namesLeftOut: number;
}

export function noFindings(): Findings {
  return { interfaces: [], names: [], sections: [], damage: [], namesLeftOut: 0 };
}

/** A file as the user named it, and what the user says of it. */
export interface CaptureFile {
  readonly file: string;
  readonly fileIndex: number;
  readonly node: string | undefined;
}
