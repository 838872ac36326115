/** Open captures of any kind as one source of frames. */
import { setMaxListeners } from 'node:events';
import { noFindings } from './findings.ts';
import { type Lane, type LaneOptions, openLane } from './lane.ts';
import { Records } from './records.ts';
import { SingleSource } from './single.ts';
import { CaptureError, type Source } from './source.ts';
import { Arena, windowLen } from './window.ts';

export interface OpenOptions {
  /** Wait for more at the end of each file, as tail -f does, until `signal` is aborted. */
  readonly follow?: boolean;
  /** Ends the source: its next() yields undefined, and what is then half read is no damage. */
  readonly signal?: AbortSignal;
  /** Say where each frame's record is, and read it `again` when asked: of plain files. */
  readonly positions?: boolean;
  /** Node names by file, where the user gave some. */
  readonly nodes?: readonly (string | undefined)[];
}

/** Files merged at once; each takes its part of one buffer whose offsets are int32. */
export const FILES_MAX = 1500;

/** One file: three chunks are read ahead while the fourth is parsed. */
const SINGLE = { regions: 4, chunk: 1 << 20 };

/** How several files share memory: bytes that all their chunks may take, and the chunk's limits. */
const MERGED_LEN = 48 << 20;
const CHUNK_MIN = 64 << 10;
const CHUNK_MAX = 1 << 20;
const PAGE = 4096;

function shareOf(files: number): { regions: number; chunk: number; rows: number } {
  if (files === 1) return { ...SINGLE, rows: 0 };
  const regions = files <= 8 ? 3 : 2;
  const share = Math.floor(MERGED_LEN / (regions * files) / PAGE) * PAGE;
  const chunk = Math.max(CHUNK_MIN, Math.min(CHUNK_MAX, share));
  return { regions, chunk, rows: files <= 8 ? 1024 : 256 };
}

/**
 * The frames of these captures (pcap, pcapng, either within gzip or zstd), in time order over all of them;
 * '-' is standard input. Rejects with a CaptureError when one is missing, unreadable, empty or no capture.
 */
export async function openCaptures(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<Source> {
  const { follow = false, signal, nodes } = options;
  if (paths.length === 0) {
    throw new CaptureError('NETLENS_FILE', '-', -1, { code: 'no-capture-given' });
  }
  if (paths.length > FILES_MAX) {
    const what = { code: 'too-many-captures', given: paths.length, most: FILES_MAX } as const;
    throw new CaptureError('NETLENS_FILE', paths[FILES_MAX]!, -1, what);
  }
  if (paths.indexOf('-') !== paths.lastIndexOf('-')) {
    throw new CaptureError('NETLENS_FILE', '-', -1, { code: 'standard-input-twice' });
  }
  if (signal !== undefined) setMaxListeners(0, signal); // one listener a file is no leak
  const { regions, chunk, rows } = shareOf(paths.length);
  const laneOptions: LaneOptions = { follow, signal, regions, chunk };
  const arena = new Arena(paths.length * windowLen(regions, chunk));
  const findings = noFindings();
  const lanes: Lane[] = [];
  try {
    for (const [fileIndex, file] of paths.entries()) {
      lanes.push(
        await openLane({ file, fileIndex, node: nodes?.[fileIndex] }, findings, arena, laneOptions),
      );
    }
  } catch (error) {
    await Promise.all(lanes.map((lane) => lane.window.close()));
    throw error;
  }
  const records = options.positions ? new Records(lanes, findings) : undefined;
  if (lanes.length === 1) return new SingleSource(lanes[0]!, findings, { signal, records });
  const { MergedSource } = await import('./merge.ts');
  return new MergedSource(lanes, arena, rows, findings, { signal, records });
}
