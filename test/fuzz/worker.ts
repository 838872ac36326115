/** The fuzzing itself, in a thread that its watchdog can stop: see main.ts. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { Packet } from '../../src/decode/packet.ts';
import { Exercise } from '../support/exercise.ts';
import { Random } from '../support/random.ts';
import { seedFrames } from './corpus.ts';
import type { Failure, Orders, Progress } from './main.ts';
import { type FuzzFrame, mutate, Places } from './mutate.ts';
import { SharedState } from './shared-state.ts';

const CORPUS_MAX = 20_000;
/** Milliseconds that one frame may take, three times in a row. */
const FRAME_MS_MAX = 20;
const REPORT_MS = 10_000;
/** Frames between the ends of captures, when flow tables start anew. */
const CAPTURE_FRAMES = 100_000;

const orders = workerData as Orders;
const state = new SharedState(orders.memory);
const random = new Random(orders.seed);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const corpus: FuzzFrame[] = [];
const looks = new Set<string>();
const failures = new Set<string>();
const places = new Places();
let exercise = new Exercise();
let tried = 0;

/** Whether the frame's decoding shows something for the first time: a layer after a layer, a note, a field. */
function isNew(packet: Packet): boolean {
  const before = looks.size;
  let last = 0;
  for (let row = 0; row < packet.depth; row++) {
    const protocol = packet.protocol[row]!;
    looks.add(`${last}>${protocol}`);
    last = protocol;
  }
  looks.add(`${last} ${packet.notes} ${packet.tunnels}`);
  for (const name of places.fieldNames) looks.add(name);
  looks.add(`${last} ${Math.min(64, places.fieldAt.length)} fields`);
  return looks.size > before;
}

function attempt(frame: FuzzFrame): boolean {
  state.begin(frame);
  tried++;
  try {
    const before = performance.now();
    exercise.frame(frame);
    if (performance.now() - before > FRAME_MS_MAX && isSlow(frame)) fail('slow', frame, undefined);
    return true;
  } catch (error) {
    fail('throw', frame, error);
    return false;
  }
}

/** Slow twice more, so that it was no collection of garbage. */
function isSlow(frame: FuzzFrame): boolean {
  for (let i = 0; i < 2; i++) {
    const before = performance.now();
    exercise.frame(frame);
    if (performance.now() - before <= FRAME_MS_MAX) return false;
  }
  return true;
}

/** The same failure is told once: its kind is the error's message without numbers, and its place. */
function fail(what: 'throw' | 'slow', frame: FuzzFrame, error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const places = stack.split('\n').filter((line) => line.includes('/dist/'));
  const kind = `${what} ${stack.split('\n')[0]!.replace(/\d+/g, 'N')} ${places[0]?.trim() ?? ''}`;
  exercise = new Exercise(); // what threw may have left its tables half changed
  if (failures.has(kind)) return;
  failures.add(kind);
  const smallest = what === 'throw' ? shrink(frame) : frame;
  parentPort!.postMessage({ what, stack, input: smallest } satisfies Failure);
}

function stillFails(frame: FuzzFrame): boolean {
  try {
    new Exercise().frame(frame);
    return false;
  } catch {
    return true;
  }
}

/** A shorter frame, with more zeros, that fails as well. */
function shrink(frame: FuzzFrame): FuzzFrame {
  let best = frame;
  for (let step = frame.bytes.length >> 1; step >= 1; step >>= 1) {
    while (best.bytes.length > step) {
      const shorter = { ...best, bytes: best.bytes.slice(0, best.bytes.length - step) };
      if (!stillFails(shorter)) break;
      best = shorter;
    }
  }
  for (let i = 0; i < best.bytes.length; i++) {
    const bytes = best.bytes.slice();
    bytes[i] = 0;
    if (stillFails({ ...best, bytes })) best = { ...best, bytes };
  }
  return best;
}

function keep(frame: FuzzFrame): void {
  if (corpus.length < CORPUS_MAX) corpus.push(frame);
  else corpus[random.below(CORPUS_MAX)] = frame;
}

function tryOne(): void {
  const frame = random.pick(corpus);
  try {
    exercise.frame(frame); // its fields and layers are what mutation aims at
  } catch {
    return;
  }
  places.of(exercise.packet);
  const changed = mutate(frame, places, random.pick(corpus), random);
  if (!attempt(changed)) return;
  places.of(exercise.packet);
  if (isNew(exercise.packet)) keep(changed);
}

function report(): void {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  let corpusBytes = 0;
  for (const { bytes } of corpus) corpusBytes += bytes.length;
  parentPort!.postMessage({
    tried,
    corpus: corpus.length,
    looks: looks.size,
    heapBytes: heapUsed + external - corpusBytes,
  } satisfies Progress);
}

for (const frame of await seedFrames()) if (attempt(frame)) keep(frame);
const deadline = Date.now() + orders.minutes * 60_000;
let reportAt = Date.now() + REPORT_MS;
for (let now = Date.now(); now < deadline; now = Date.now()) {
  for (let i = 0; i < 1000; i++) tryOne();
  if (tried % CAPTURE_FRAMES < 1000) exercise.finish();
  if (now > reportAt) {
    report();
    reportAt = Date.now() + REPORT_MS;
  }
}
report();
