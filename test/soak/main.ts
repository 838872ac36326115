/**
 * `npm run soak -- --minutes 5`: the screen on a worker's engine, used by somebody who presses anything.
 * Fails on an exception, on a cell that is not clean, or when memory goes on growing.
 */
import { parseArgs } from 'node:util';
import { EngineClient } from '../../src/engine/engine-client.ts';
import { initialState } from '../../src/view/screens/state.ts';
import { themeNamed } from '../../src/view/theme.ts';
import { Session } from '../../src/view/tui/session.ts';
import { TerminalPainter } from '../../src/view/tui/terminal-painter.ts';
import { Random } from '../support/random.ts';
import { randomEvent } from '../view/screens/random-user.ts';

/** Growth of the heap after the first fifth that is more than noise. */
const GROWTH_MAX = 24 * 1024 * 1024;
const EVENTS_AT_ONCE = 8;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    file: { type: 'string', default: 'fixtures/calico-ipip/any.pcapng' },
  },
});
const seed = Number(values.seed);
const random = new Random(seed);
const endMs = performance.now() + 60_000 * Number(values.minutes);

const model = await EngineClient.open({ kind: 'files', files: [values.file] });
const painter = new TerminalPainter(256, themeNamed('dark'));
let frames = 0;
let bytes = 0;
const session = new Session(model, initialState({ columns: 120, rows: 40 }), {
  show: (grid, { theme }) => {
    painter.use(themeNamed(theme));
    bytes += painter.paint(grid).length;
    frames++;
    return true;
  },
  act: () => {},
  exists: () => false,
  pathsOf: () => [],
  picture: () => Promise.reject(new Error('no pictures here')),
});

process.on('unhandledRejection', (error) => {
  throw error;
});

let events = 0;
let settledHeap = 0;
const startMs = performance.now();
const total = endMs - startMs;
while (performance.now() < endMs) {
  for (let i = 0; i < EVENTS_AT_ONCE; i++) session.dispatch(randomEvent(random));
  events += EVENTS_AT_ONCE;
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (settledHeap === 0 && performance.now() - startMs > total / 5) settledHeap = heapUsed();
}
const grown = heapUsed() - settledHeap;
session.close();
await model.close();
const megabytes = (count: number): string => `${(count / 1024 / 1024).toFixed(1)} MiB`;
console.log(
  `seed ${seed}: ${events} events, ${frames} screens, ${megabytes(bytes)} for the terminal; ` +
    `heap ${megabytes(settledHeap)} after a fifth, ${megabytes(grown)} more at the end`,
);
process.exitCode = grown > GROWTH_MAX ? 1 : 0;

function heapUsed(): number {
  global.gc?.();
  return process.memoryUsage().heapUsed;
}
