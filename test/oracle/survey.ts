/** The comparison over many captures: what was compared, what agreed, what is known and what is new. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { dissectors } from '../../src/decode/protocols/index.ts';
import { type ReadFrame, readCapture } from '../support/read-capture.ts';
import { compare, type FrameChoice } from './compare.ts';
import { type Difference, knownDifferences, knownFrameCounts } from './known-differences.ts';
import { openTshark, type Tshark } from './tshark.ts';

/** Differences kept in full; the rest are counted. */
const KEPT_MAX = 200;
/** tshark processes at a time. */
const PARALLEL = 2;

export interface Survey {
  readonly version: string;
  /** Declared fields that this tshark does not have. */
  readonly unknownFields: readonly string[];
  files: number;
  frames: number;
  /** (frame, field) pairs compared, those that differ for a known reason, those that differ for none. */
  fields: number;
  known: number;
  unexplained: number;
  /** Files of which the two count different frames, for no known reason. */
  readonly miscounted: string[];
  /** Files of knownFrameCounts that were met. */
  readonly countsUsed: Set<string>;
  /** By reason of being left out, the files or link types. */
  readonly leftOut: Map<string, number>;
  /** How often each of the known differences was needed, in the list's order. */
  readonly uses: number[];
  /** The first unexplained differences as text, by field. */
  readonly examples: Map<string, string[]>;
  /** Unexplained differences by field. */
  readonly counts: Map<string, number>;
}

export interface Capture {
  readonly file: string;
  readonly name: string;
}

/** Every field that a dissector declares, once. */
export function declaredFields(): string[] {
  return [...new Set(dissectors.flatMap((d) => d.fields.map((field) => field.name)))];
}

/** Every file below a directory that may be a capture, in order of name. */
export function capturesIn(directory: string, prefix: string): Capture[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((below) => ({ file: path.join(directory, below), name: `${prefix}${below}` }))
    .filter(({ file }) => /cap|ntar|pkt|dump|trace/i.test(path.basename(file)))
    .filter(({ name }) => !name.includes('regressions/'))
    .filter(({ file }) => statSync(file).isFile() && !/\.(md|json|txt|tsv|py)$/.test(file))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Compare every capture, two at a time. */
export async function survey(captures: readonly Capture[], chosen?: FrameChoice): Promise<Survey> {
  const tshark = openTshark(declaredFields());
  const result: Survey = {
    version: tshark.version,
    unknownFields: tshark.unknownFields,
    files: 0,
    frames: 0,
    fields: 0,
    known: 0,
    unexplained: 0,
    miscounted: [],
    countsUsed: new Set(),
    leftOut: new Map(),
    uses: knownDifferences.map(() => 0),
    examples: new Map(),
    counts: new Map(),
  };
  const queue = [...captures];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await surveyOne(tshark, next, result, chosen);
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, work));
  } finally {
    tshark.close();
  }
  return result;
}

async function surveyOne(
  tshark: Tshark,
  { file, name }: Capture,
  result: Survey,
  chosen?: FrameChoice,
): Promise<void> {
  let frames: readonly ReadFrame[];
  try {
    frames = (await readCapture(file)).frames;
  } catch (error) {
    count(result.leftOut, `${name}: netlens: ${(error as Error).message}`);
    return;
  }
  try {
    const compared = await compare(tshark, file, name, frames, (d) => weigh(d, result), chosen);
    if (compared.theirFrames !== frames.length) {
      miscount(result, name, `tshark has ${compared.theirFrames} frames, netlens ${frames.length}`);
    }
    result.files++;
    result.frames += compared.frames;
    result.fields += compared.fields;
    for (const [linktype, frameCount] of compared.unknownLinktypes) {
      count(
        result.leftOut,
        `frames of link type ${linktype}, which netlens does not decode`,
        frameCount,
      );
    }
  } catch (error) {
    count(result.leftOut, `${name}: ${(error as Error).message}`);
  }
}

function miscount(result: Survey, name: string, what: string): void {
  const known = knownFrameCounts.find(({ file }) => name.endsWith(file));
  if (known === undefined) result.miscounted.push(`${name}: ${what}`);
  else result.countsUsed.add(known.file);
}

function weigh(difference: Difference, result: Survey): void {
  const known = knownDifferences.findIndex((k) => k.covers(difference));
  if (known >= 0) {
    result.known++;
    result.uses[known]!++;
    return;
  }
  result.unexplained++;
  const { field, file, frame, protocols, ours, theirs } = difference;
  count(result.counts, field);
  const examples = result.examples.get(field) ?? [];
  result.examples.set(field, examples);
  if (examples.length >= KEPT_MAX) return;
  examples.push(
    `${file} frame ${frame} ${protocols}\n    ours   ${ours.join(' | ')}\n    tshark ${theirs.join(' | ')}`,
  );
}

function count(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** The survey for people: totals, then at most `perField` differences of each field. */
export function tell(s: Survey, perField: number): string {
  const agreed = s.fields - s.known - s.unexplained;
  const lines = [
    `tshark ${s.version}: ${s.files} captures, ${s.frames} frames, ${s.fields} fields compared`,
    `  the same ${agreed} (${((100 * agreed) / Math.max(1, s.fields)).toFixed(4)} %), ` +
      `different for a known reason ${s.known}, for none ${s.unexplained}`,
  ];
  if (s.unknownFields.length > 0) lines.push(`  not in this tshark: ${s.unknownFields.join(', ')}`);
  s.uses.forEach((times, i) => {
    if (times > 0) lines.push(`  known ${times}: ${knownDifferences[i]!.because}`);
  });
  for (const miscount of s.miscounted) lines.push(`  miscounted: ${miscount}`);
  for (const [reason, times] of s.leftOut) lines.push(`  left out: ${reason} (${times})`);
  for (const [field, times] of [...s.counts].sort((a, b) => b[1] - a[1])) {
    lines.push(`${field}: ${times} differences`);
    for (const example of s.examples.get(field)!.slice(0, perField)) lines.push(`  ${example}`);
  }
  return lines.join('\n');
}
