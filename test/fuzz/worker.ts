/** The fuzzing itself, in a thread that its watchdog can stop: see main.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { Packet } from '../../src/decode/packet.ts';
import { Exercise } from '../support/exercise.ts';
import { exerciseFile } from '../support/exercise-file.ts';
import { Random } from '../support/random.ts';
import { seedFiles, seedFrames } from './corpus.ts';
import type { Failure, Orders, Progress } from './main.ts';
import { type FuzzFrame, mutate, Places } from './mutate.ts';
import { mutateFile } from './mutate-file.ts';
import { type Input, IS_FILE, SharedState } from './shared-state.ts';

const CORPUS_MAX = 20_000;
/** Milliseconds that one frame may take, three times in a row. */
const FRAME_MS_MAX = 20;
const REPORT_MS = 10_000;
/** Frames between the ends of captures, when flow tables start anew. */
const CAPTURE_FRAMES = 4000;

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
let endedAt = 0;
let files = 0;
/** Frames since the last end of a capture: what a failure at its end comes from. */
const since: FuzzFrame[] = [];
const scratch = path.join(mkdtempSync(path.join(tmpdir(), 'netlens-fuzz-')), 'capture');

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
  since.push(frame);
  try {
    const before = performance.now();
    exercise.frame(frame);
    if (performance.now() - before > FRAME_MS_MAX && isSlow(frame))
      fail('slow', [frame], undefined);
    return true;
  } catch (error) {
    fail('throw', stillFails([frame]) ? [frame] : since.slice(), error);
    return false;
  }
}

async function attemptFile(bytes: Uint8Array): Promise<void> {
  const input = { bytes, linktype: IS_FILE, len: bytes.length };
  state.begin(input);
  files++;
  try {
    await exerciseFile(scratch, bytes);
  } catch (error) {
    fail('throw', [input], error);
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
function fail(what: 'throw' | 'slow', inputs: readonly Input[], error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const places = stack.split('\n').filter((line) => line.includes('/dist/'));
  const kind = `${what} ${stack.split('\n')[0]!.replace(/\d+/g, 'N')} ${places[0]?.trim() ?? ''}`;
  exercise = new Exercise(); // what threw may have left its tables half changed
  since.length = 0;
  if (failures.has(kind)) return;
  failures.add(kind);
  const smallest = what === 'throw' ? shrink(inputs) : inputs;
  parentPort!.postMessage({ what, stack, inputs: smallest } satisfies Failure);
}

function stillFails(frames: readonly Input[]): boolean {
  try {
    const fresh = new Exercise();
    for (const frame of frames) fresh.frame(frame);
    fresh.finish();
    return false;
  } catch {
    return true;
  }
}

/** Fewer frames that fail as well, or the one frame with fewer bytes that are not 0. */
function shrink(inputs: readonly Input[]): readonly Input[] {
  if (inputs[0]!.linktype === IS_FILE || !stillFails(inputs)) return inputs;
  let best = inputs;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.length && best.length > 1; ) {
      const fewer = [...best.slice(0, at), ...best.slice(at + size)];
      if (fewer.length > 0 && stillFails(fewer)) best = fewer;
      else at += size;
    }
  }
  return best.length === 1 ? [shrinkFrame(best[0]!)] : best;
}

function shrinkFrame(frame: Input): Input {
  let best = frame;
  for (let step = frame.bytes.length >> 1; step >= 1; step >>= 1) {
    while (best.bytes.length > step) {
      const shorter = { ...best, bytes: best.bytes.slice(0, best.bytes.length - step) };
      if (!stillFails([shorter])) break;
      best = shorter;
    }
  }
  for (let i = 0; i < best.bytes.length; i++) {
    const bytes = best.bytes.slice();
    bytes[i] = 0;
    if (stillFails([{ ...best, bytes }])) best = { ...best, bytes };
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

/** What is said of all flows at the end of a capture. */
function endCapture(): void {
  endedAt = tried;
  try {
    exercise.finish();
    since.length = 0;
  } catch (error) {
    fail('throw', since.slice(), error);
  }
}

function report(): void {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  let corpusBytes = 0;
  for (const { bytes } of corpus) corpusBytes += bytes.length;
  parentPort!.postMessage({
    tried,
    files,
    corpus: corpus.length,
    looks: looks.size,
    heapBytes: heapUsed + external - corpusBytes,
  } satisfies Progress);
}

for (const frame of await seedFrames()) if (attempt(frame)) keep(frame);
const seeds = seedFiles();
for (const bytes of seeds) await attemptFile(bytes);
const deadline = Date.now() + orders.minutes * 60_000;
let reportAt = Date.now() + REPORT_MS;
for (let now = Date.now(); now < deadline; now = Date.now()) {
  for (let i = 0; i < 1000; i++) tryOne();
  for (let i = 0; i < 20; i++) {
    await attemptFile(mutateFile(random.pick(seeds), random.pick(seeds), random));
  }
  if (tried - endedAt > CAPTURE_FRAMES) endCapture();
  if (now > reportAt) {
    report();
    reportAt = Date.now() + REPORT_MS;
  }
}
report();
rmSync(path.dirname(scratch), { recursive: true });
