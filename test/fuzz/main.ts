/**
 * `npm run fuzz [-- --minutes N] [--seed S]`: frames of every protocol, damaged at random, through
 * everything that takes frames, and capture files, damaged too, through the readers. Stops at the time limit; exit code 1 when anything threw, hung, took
 * too long or kept memory. What failed is saved to fixtures/regressions/ and replayed by the tests.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { saveRegression } from './regressions.ts';
import { type Input, SharedState } from './shared-state.ts';

/** What the worker is told. */
export interface Orders {
  readonly memory: SharedArrayBuffer;
  readonly seed: number;
  readonly minutes: number;
}

/** What the worker says now and then. */
export interface Progress {
  /** Frames, and files. */
  readonly tried: number;
  readonly files: number;
  readonly corpus: number;
  /** Different things that decoding was seen to do. */
  readonly looks: number;
  /** After a collection, without the corpus. */
  readonly heapBytes: number;
}

export interface Failure {
  readonly what: 'throw' | 'slow';
  readonly stack: string;
  /** Frames in their order, or one file. */
  readonly inputs: readonly Input[];
}

/** One input may take this long before it counts as a hang. */
const HANG_MS = 10_000;
/** The heap is settled after this long: signatures and tables are full. */
const SETTLED_MS = 120_000;
const HEAP_GROWTH_MAX_BYTES = 64_000_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- [--minutes N] [--seed N]');
  process.exit(2);
}

const began = Date.now();
const state = new SharedState();
const orders: Orders = { memory: state.memory, seed, minutes };
let failures = 0;
let lastBeats = -1;
let lastBeatAt = Date.now();
let settledHeap = Number.NaN;
let last: Progress | undefined;

function tell(what: string): void {
  const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(5);
  console.log(`${seconds} s  ${what}`);
}

function failed(what: string, inputs: readonly Input[], stack: string): void {
  failures++;
  tell(`${what}: saved as ${saveRegression(what, inputs)}\n${stack}`);
}

function note(progress: Progress): void {
  last = progress;
  const { tried, files, corpus, looks, heapBytes } = progress;
  const rate = Math.round(tried / ((Date.now() - began) / 1000));
  const heap = (heapBytes / 1e6).toFixed(1);
  tell(
    `${tried} frames and ${files} files, ${rate}/s, corpus ${corpus}, looks ${looks}, heap ${heap} MB`,
  );
  if (Number.isNaN(settledHeap) && Date.now() - began > SETTLED_MS) settledHeap = heapBytes;
}

tell(`fuzzing for ${minutes} min, seed ${seed}`);
const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: orders });
worker.on('message', (message: Progress | Failure) => {
  if ('what' in message) failed(message.what, message.inputs, message.stack);
  else note(message);
});
worker.on('error', (error) => {
  failed('crash', [state.current], error.stack ?? error.message);
});

const watchdog = setInterval(() => {
  const beats = state.beats;
  if (beats !== lastBeats) {
    lastBeats = beats;
    lastBeatAt = Date.now();
  } else if (Date.now() - lastBeatAt > HANG_MS) {
    failed('hang', [state.current], `no end after ${HANG_MS} ms`);
    void worker.terminate();
  }
}, 500);

worker.on('exit', () => {
  clearInterval(watchdog);
  const growth = (last?.heapBytes ?? 0) - settledHeap;
  if (growth > HEAP_GROWTH_MAX_BYTES) {
    failures++;
    tell(`memory: the heap grew by ${(growth / 1e6).toFixed(1)} MB after it had settled`);
  }
  tell(`${last?.tried ?? 0} frames and ${last?.files ?? 0} files tried, ${failures} failures`);
  process.exitCode = failures === 0 ? 0 : 1;
});
