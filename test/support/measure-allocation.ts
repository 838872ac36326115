/**
 * Run by allocation.test.ts as a process of its own, with a young generation too large to be
 * collected: prints how many bytes N frames through a stage allocate, and how many stay.
 */
import { getHeapStatistics } from 'node:v8';
import type { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { batchOf } from './frames.ts';
import { type Sample, samples } from './samples.ts';

const [what, count] = process.argv.slice(2);
const frameCount = Number(count);
const collect = (globalThis as { gc?: () => void }).gc!;

const packet = new Packet();
const stage = new FlowStage(1024);
const batches = batchesOf(what === 'flow' ? samples.filter(isTraffic) : samples);

/** Frames of traffic; ARP, ICMP errors and application messages leave records, and may allocate. */
function isTraffic({ bytes, linktype }: Sample): boolean {
  decode(batchOf([bytes], { linktype }), 0, packet);
  return packet.ip >= 0 && packet.quoted < 0 && packet.application < 0;
}

/** The samples as one batch a link type. */
function batchesOf(list: readonly Sample[]): FrameBatch[] {
  return [...new Set(list.map((s) => s.linktype))].map((linktype) =>
    batchOf(
      list.filter((s) => s.linktype === linktype).map((s) => s.bytes),
      { linktype },
    ),
  );
}

function pass(frames: FrameBatch, count: number): void {
  for (let i = 0; i < count; i++) {
    decode(frames, i, packet);
    if (what === 'flow') stage.observe(packet, frames, i);
  }
}

/** That many frames of the batches, over and over; time goes on. */
function run(total: number): number {
  let done = 0;
  while (done < total) {
    for (let b = 0; b < batches.length && done < total; b++) {
      const frames = batches[b]!;
      for (let i = 0; i < frames.count; i++) frames.seconds[i]! += 1;
      const count = Math.min(frames.count, total - done);
      pass(frames, count);
      done += count;
    }
  }
  return done;
}

run(1_000_000); // compiles the code, fills the tables
collect();
const before = getHeapStatistics().used_heap_size;
const frames = run(frameCount);
const allocated = getHeapStatistics().used_heap_size - before;
collect();
const kept = getHeapStatistics().used_heap_size - before;
console.log(JSON.stringify({ frames, allocated, kept }));
