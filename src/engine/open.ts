/** Engines on what a user names, described so that another thread can open it too: plain data. */
import type { AnalyseOptions } from '../classify/analyse.ts';
import type { Ledger } from '../classify/record.ts';
import { compileFilter } from '../filter/filter.ts';
import type { LiveOptions, LiveSource } from '../source/live/live-source.ts';
import { openCaptures } from '../source/open.ts';
import type { Sentence } from '../words/sentence.ts';
import { Engine } from './engine.ts';
import { LiveKnowledge, type LiveQuestions } from './live-knowledge.ts';
import type { Beside } from './reading.ts';

interface Spec {
  /** What is known beside the frames. */
  readonly knowledge?: AnalyseOptions;
  readonly maxFlows?: number | undefined;
}

/** Capture files. */
export interface FilesSpec extends Spec {
  readonly kind: 'files';
  readonly files: readonly string[];
  /** Node names by file, where the user gave some. */
  readonly nodes?: readonly (string | undefined)[];
  /** Wait for more at the end of the files. */
  readonly follow?: boolean;
}

/** Frames as they pass this machine. */
export interface LiveSpec extends Spec {
  readonly kind: 'live';
  /** A block of the ring (1 MiB) is used up each `latencyMs`, however few frames are in it: have some seconds of them. */
  readonly live: Omit<LiveOptions, 'filterText' | 'notice' | 'signal'>;
  /** Text of the filter that frames must pass to be looked at; '' = all. Words of whole conversations are for views. */
  readonly filter: string;
  /** Who is asked again while frames come; nobody where it is not given. */
  readonly questions?: LiveQuestions;
}

/** What an engine can be opened on. */
export type EngineSpec = FilesSpec | LiveSpec;

/**
 * Flows kept of frames without an end. They are analysed again and again, and no frame is taken meanwhile: the
 * kernel's ring must have room for those of that time.
 */
const LIVE_FLOWS_MAX = 1 << 17;
const NOTICES_MAX = 50;

/** Rejects with a CaptureError, a LiveError or a FilterError when it cannot be opened. */
export function openEngine(spec: EngineSpec): Promise<Engine> {
  return spec.kind === 'files' ? openFiles(spec) : openDevices(spec);
}

async function openFiles(spec: FilesSpec): Promise<Engine> {
  const { files, nodes, follow, knowledge = {}, maxFlows } = spec;
  const source = await openCaptures(files, {
    positions: true,
    ...(nodes === undefined ? {} : { nodes }),
    ...(follow === undefined ? {} : { follow }),
  });
  return new Engine(source, { inputs: files, maxFlows, knowledge: () => knowledge });
}

/** Opens what is to take the frames of this source too. */
export type OpenBeside = (source: LiveSource, knowledge: LiveKnowledge) => Promise<Beside>;

/** The same on frames as they pass, which something else may take too. */
export async function openDevices(spec: LiveSpec, openBeside?: OpenBeside): Promise<Engine> {
  const { live, filter, knowledge = {}, questions, maxFlows = LIVE_FLOWS_MAX } = spec;
  const isFiltered = filter.trim() !== '';
  const compiled = isFiltered ? compileFilter(filter) : undefined;
  const { openLive } = await import('../source/live/live-source.ts'); // koffi takes time to load
  const ending = new AbortController();
  const notices: Sentence[] = [];
  const notice = (what: Sentence): void => {
    notices.push(what);
    if (notices.length > NOTICES_MAX) notices.shift();
  };
  const quote = (text: string): void => notice({ code: 'quoted', text });
  const asked =
    questions === undefined
      ? undefined
      : await LiveKnowledge.open({ ...questions, node: live.node, notice: quote }, knowledge);
  const source = await openLive({
    ...live,
    filterText: isFiltered ? filter : undefined,
    signal: ending.signal,
    notice,
  });
  const beside = asked === undefined ? undefined : await openBeside?.(source, asked);
  const began = performance.now();
  let { changes } = source;
  return new Engine(source, {
    inputs: live.devices.length === 0 ? ['any'] : live.devices,
    live: true,
    maxFlows,
    captureFilter: filter,
    frameFilter: compiled?.frame,
    endSource: () => ending.abort(),
    losses: () => lossesOf(source, (performance.now() - began) / 1000, beside?.unwritten ?? 0),
    beside,
    notices,
    knowledge: () => asked?.current ?? knowledge,
    onBatch: (frames) => {
      asked?.tick(source.changes !== changes, frames);
      changes = source.changes;
    },
    onClose: () => asked?.close(),
  });
}

function lossesOf(source: LiveSource, seconds: number, unwritten: number): Partial<Ledger> {
  const { received, dropped, freezes, damaged } = source.statistics;
  const devices = source.interfaces.length;
  const { listening } = source;
  return {
    captureDrops: dropped,
    live: {
      seconds,
      devices,
      listening,
      received,
      ringFull: freezes,
      damaged,
      unwritten,
      unshown: 0,
    },
  };
}
