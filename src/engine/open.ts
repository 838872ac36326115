/** Engines on what a user names, described so that another thread can open it too. */
import type { AnalyseOptions } from '../classify/analyse.ts';
import { openCaptures } from '../source/open.ts';
import { Engine } from './engine.ts';

/** Capture files, and what is known of them: plain data. */
export interface FilesSpec {
  readonly kind: 'files';
  readonly files: readonly string[];
  /** Node names by file, where the user gave some. */
  readonly nodes?: readonly (string | undefined)[];
  /** Wait for more at the end of the files. */
  readonly follow?: boolean;
  readonly knowledge?: AnalyseOptions;
  readonly maxFlows?: number | undefined;
}

/** What an engine can be opened on. */
export type EngineSpec = FilesSpec;

/** Rejects with a CaptureError when a file cannot be opened. */
export async function openEngine(spec: EngineSpec): Promise<Engine> {
  const { files, nodes, follow, knowledge, maxFlows } = spec;
  const source = await openCaptures(files, {
    positions: true,
    ...(nodes === undefined ? {} : { nodes }),
    ...(follow === undefined ? {} : { follow }),
  });
  return new Engine(source, { inputs: files, maxFlows, ...(knowledge && { knowledge }) });
}
