/** What readers learn beside frames, over all files of one run; bounded, whatever the files hold. */
import type { CaptureInterface } from '../base/frames.ts';
import type { CaptureError, NameRecord, Section, SnapshotText } from './source.ts';

/** The most names kept; further ones are counted. */
const NAMES_MAX = 1_000_000;
/** The most sections described; the interfaces and frames of further ones are read all the same. */
export const SECTIONS_MAX = 65_536;
/** The most text kept of names, comments and descriptions, characters. */
const TEXT_MAX = 32 << 20;

export interface Findings {
  readonly interfaces: CaptureInterface[];
  readonly names: NameRecord[];
  readonly sections: Section[];
  /** The latest whole snapshot of each file. */
  readonly snapshots: SnapshotText[];
  readonly damage: CaptureError[];
  /** Names, comments and descriptions left out because a bound was reached. */
  leftOut: number;
  /** Characters that may still be kept. */
  textLeft: number;
  /** What `names` holds, so that a name told in many blocks is kept once. */
  readonly namesSeen: Set<string>;
}

export function noFindings(): Findings {
  return {
    interfaces: [],
    names: [],
    sections: [],
    snapshots: [],
    damage: [],
    leftOut: 0,
    textLeft: TEXT_MAX,
    namesSeen: new Set(),
  };
}

/** This text, into the list if one is given; undefined and counted when no more may be kept. */
export function keep(findings: Findings, text: string, list?: string[]): string | undefined {
  if (text.length > findings.textLeft) {
    findings.leftOut++;
    return undefined;
  }
  findings.textLeft -= text.length;
  list?.push(text);
  return text;
}

/** Keep this name of an address, once for each file. */
export function addName(findings: Findings, record: NameRecord): void {
  const key = `${record.address} ${record.name} ${record.file}`;
  if (findings.namesSeen.has(key)) return;
  if (findings.names.length >= NAMES_MAX || findings.textLeft < record.name.length) {
    findings.leftOut++;
    return;
  }
  keep(findings, record.name);
  findings.namesSeen.add(key);
  findings.names.push(record);
}

/** Keep this snapshot in place of an earlier one of the file. */
export function keepSnapshot(
  findings: Findings,
  { file, fileIndex }: CaptureFile,
  text: string,
): void {
  const { snapshots } = findings;
  const at = snapshots.findIndex((one) => one.fileIndex === fileIndex);
  if (at >= 0) findings.textLeft += snapshots.splice(at, 1)[0]!.text.length;
  if (keep(findings, text) !== undefined) snapshots.push({ file, fileIndex, text });
}

/** A file as the user named it, and what the user says of it. */
export interface CaptureFile {
  readonly file: string;
  readonly fileIndex: number;
  readonly node: string | undefined;
}
