/**
 * The engine beside a file that is being read: when the first rows are there, how long questions wait meanwhile,
 * and what memory the index takes.
 *
 *   node dist/bench/engine.js FILE      a large capture, as of `node dist/bench/corpus.js ipip FILE`
 */
import { EngineClient } from '../src/engine/engine-client.ts';
import { BYTES_A_PACKET } from '../src/engine/packet-index.ts';
import type { Model, Status } from '../src/view/model.ts';

const ASK_EVERY_MS = 15;
const FIRST_ROWS_TARGET_MS = 500;
const LATENCY_TARGET_MS = 50;
const BY_BYTES = { sort: 'bytes', descending: true } as const;

type Ask = (model: Model, status: Status, n: number) => Promise<unknown>;

const page = { from: 0, count: 50 };

/** What a screen asks, each by its name. */
const QUESTIONS: Readonly<Record<string, Ask>> = {
  status: (model) => model.status(),
  conversations: (model) => model.conversations({ filter: '', ...BY_BYTES, ...page }),
  'packets anywhere': (model, { frames }, n) =>
    model.packets({ filter: '', from: Math.floor((frames * ((n * 61) % 100)) / 100), count: 50 }),
  'packets of a filter': (model) => model.packets({ filter: 'tcp port 80 or udp', ...page }),
  frame: (model, { frames }, n) => model.frame(Math.floor((frames * ((n * 37) % 100)) / 100)),
  advise: (model) => model.advise('tcp port 8', 10),
};

async function main(): Promise<void> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('usage: engine FILE');
  const start = performance.now();
  const model = await EngineClient.open({ kind: 'files', files: [file] });
  const first = await firstRows(model);
  const firstMs = performance.now() - start;
  const waits = new Map<string, number[]>();
  let status = await model.status();
  const inTime = status.phase === 'reading';
  let longestMs = 0;
  for (let n = 0; status.phase === 'reading'; n++) {
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      const asked = performance.now();
      await ask(model, status, n);
      const wait = performance.now() - asked;
      waits.set(name, [...(waits.get(name) ?? []), wait]);
      longestMs = Math.max(longestMs, wait);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    status = await model.status();
  }
  await model.settled();
  const totalMs = performance.now() - start;
  status = await model.status();
  const all = [...waits.values()].flat();
  console.log(
    `${status.frames} frames, ${status.flows} flows, ${status.conversations} conversations`,
  );
  verdict('first rows, packets and conversations (ms)', firstMs, FIRST_ROWS_TARGET_MS);
  console.log(
    `  of which at the time: ${first} packets${inTime ? ', while the file was read' : ''}`,
  );
  verdict('question to answer while it is read, p95 (ms)', percentile(all, 95), LATENCY_TARGET_MS);
  for (const [name, own] of waits) {
    const figures = [50, 95, 100].map((p) => percentile(own, p).toFixed(1)).join(' ');
    console.log(`  ${name}: p50 p95 max ${figures} of ${own.length}`);
  }
  console.log(
    `all read and analysed, questions answered meanwhile: ${(totalMs / 1000).toFixed(2)} s`,
  );
  const rss = process.memoryUsage.rss() / 2 ** 20;
  const index = (status.frames * BYTES_A_PACKET) / 2 ** 20;
  console.log(`resident ${rss.toFixed(0)} MiB, of which the index ${index.toFixed(0)} MiB`);
  await model.close();
}

/** Waits for rows of packets and of conversations; yields how many packets there are then. */
async function firstRows(model: Model): Promise<number> {
  for (;;) {
    const packets = await model.packets({ filter: '', ...page });
    const conversations = await model.conversations({ filter: '', ...BY_BYTES, ...page });
    if (packets.rows.length > 0 && conversations.rows.length > 0) return packets.total;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;
}

function verdict(what: string, measured: number, target: number): void {
  const says = measured <= target ? 'pass' : 'FALLS SHORT';
  console.log(`${what}: ${measured.toFixed(1)}, target ${target}: ${says}`);
}

await main();
