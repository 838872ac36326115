/** What readers learn beside frames, over all files of one run. */
import type { CaptureInterface } from '../base/frames.ts';
import type { CaptureError, NameRecord, Section } from './source.ts';

/** The most names kept, over all files; further ones are counted in `namesLeftOut`. */
export const NAMES_MAX = 1_000_000;
/** The most sections described. */
export const SECTIONS_MAX = 65_536;

export interface Findings {
  readonly interfaces: CaptureInterface[];
  readonly names: NameRecord[];
  /** At most SECTIONS_MAX; the interfaces and frames of further ones are read all the same. */
  readonly sections: Section[];
  readonly damage: CaptureError[];
  namesLeftOut: number;
  /** What `names` holds, so that a name told in many blocks is kept once. */
  readonly namesSeen: Set<string>;
}

export function noFindings(): Findings {
  return {
    interfaces: [],
    names: [],
    sections: [],
    damage: [],
    namesLeftOut: 0,
    namesSeen: new Set(),
  };
}

/** Keep this name of an address, once for each file. */
export function addName(findings: Findings, record: NameRecord): void {
  const key = `${record.address} ${record.name} ${record.file}`;
  if (findings.namesSeen.has(key)) return;
  if (findings.names.length >= NAMES_MAX) {
    findings.namesLeftOut++;
    return;
  }
  findings.namesSeen.add(key);
  findings.names.push(record);
}

/** A file as the user named it, and what the user says of it. */
export interface CaptureFile {
  readonly file: string;
  readonly fileIndex: number;
  readonly node: string | undefined;
}
