/**
 * How far the clocks of different captures are apart, from packets that both saw. Each file has one
 * clock; times are corrected to that of the first file. A connection seen both ways on two files gives
 * an estimate free of the travel time (half the sum of both differences, as in RFC 5905 section 8);
 * the median over connections is taken.
 */
import type { FlowStage } from './observe.ts';
import type { PrintGroups } from './print-groups.ts';

/** More connections than this do not make an estimate better. */
const CONNECTIONS_MAX = 20_000;

export interface ClockEstimate {
  /** Index of the file. */
  readonly file: number;
  /** Nanoseconds to add to this file's times. */
  readonly correction: number;
  /** Connections that the estimate rests on; 0 = set by the user, or nothing to go by. */
  readonly connections: number;
}

/** What is known of two files' clocks from one pair of flows, by direction. */
interface Pair {
  readonly forward: number[];
  readonly back: number[];
}

/** Corrections by file index. `given` wins over estimates. */
export function estimateClocks(
  stage: FlowStage,
  groups: PrintGroups,
  given: ReadonlyMap<number, number>,
): ClockEstimate[] {
  const files = Math.max(0, ...stage.places.list.map((place) => place.capture.fileIndex + 1));
  if (files < 2)
    return files === 1 ? [{ file: 0, correction: given.get(0) ?? 0, connections: 0 }] : [];
  const links = differences(stage, groups, files);
  const estimates: (ClockEstimate | undefined)[] = new Array<undefined>(files).fill(undefined);
  for (const [file, correction] of given) {
    if (file < files) estimates[file] = { file, correction, connections: 0 };
  }
  estimates[0] ??= { file: 0, correction: 0, connections: 0 };
  spread(estimates, links, files);
  return estimates.map((estimate, file) => estimate ?? { file, correction: 0, connections: 0 });
}

/** From files whose correction is known to those that saw the same packets, the best-founded link first. */
function spread(
  estimates: (ClockEstimate | undefined)[],
  links: ReadonlyMap<number, number[]>,
  files: number,
): void {
  const byCount = [...links].sort((a, b) => b[1].length - a[1].length);
  for (let round = 0; round < files; round++) {
    const link = byCount.find(
      ([key]) =>
        (estimates[Math.floor(key / files)] === undefined) !==
        (estimates[key % files] === undefined),
    );
    if (link === undefined) return;
    const [key, deltas] = link;
    const a = Math.floor(key / files);
    const b = key % files;
    const apart = median(deltas); // time at b minus time at a
    if (estimates[a] === undefined) {
      const correction = estimates[b]!.correction + apart;
      estimates[a] = { file: a, correction, connections: deltas.length };
    } else {
      const correction = estimates[a].correction - apart;
      estimates[b] = { file: b, correction, connections: deltas.length };
    }
  }
}

/** For each two files a < b, key a * files + b: time at b minus time at a, one figure per connection. */
function differences(stage: FlowStage, groups: PrintGroups, files: number): Map<number, number[]> {
  const { prints, flows, places } = stage;
  const pairs = new Map<string, Pair>();
  groups.forEach((group) => {
    for (let i = 0; i + 1 < group.length; i++) {
      const p = group[i]!;
      const flowP = prints.flowBy[p]! >> 1;
      const fileP = places.list[flows.place(flowP)]!.capture.fileIndex;
      for (let j = i + 1; j < group.length; j++) {
        const q = group[j]!;
        if (prints.strong[p] === 0 || prints.strong[q] === 0) continue;
        const flowQ = prints.flowBy[q]! >> 1;
        const fileQ = places.list[flows.place(flowQ)]!.capture.fileIndex;
        if (fileP === fileQ) continue;
        const isOrdered = fileP < fileQ;
        const key = isOrdered
          ? `${fileP} ${fileQ} ${flowP} ${flowQ}`
          : `${fileQ} ${fileP} ${flowQ} ${flowP}`;
        let pair = pairs.get(key);
        if (pair === undefined) {
          if (pairs.size >= CONNECTIONS_MAX) return;
          pair = { forward: [], back: [] };
          pairs.set(key, pair);
        }
        const apart = isOrdered
          ? prints.time[q]! - prints.time[p]!
          : prints.time[p]! - prints.time[q]!;
        const direction = prints.flowBy[isOrdered ? p : q]! & 1;
        (direction === 0 ? pair.forward : pair.back).push(apart);
        break; // one partner in another file is enough
      }
    }
  });
  return perFiles(pairs, files);
}

/** Connections seen both ways where there are any, else those seen one way. */
function perFiles(pairs: ReadonlyMap<string, Pair>, files: number): Map<number, number[]> {
  const both = new Map<number, number[]>();
  const oneWay = new Map<number, number[]>();
  for (const [key, { forward, back }] of pairs) {
    const [a, b] = key.split(' ').map(Number) as [number, number];
    const link = a * files + b;
    if (forward.length > 0 && back.length > 0) {
      add(both, link, (median(forward) + median(back)) / 2);
    } else {
      add(oneWay, link, median(forward.length > 0 ? forward : back));
    }
  }
  for (const [link, deltas] of oneWay) if (!both.has(link)) both.set(link, deltas);
  return both;
}

function add(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
