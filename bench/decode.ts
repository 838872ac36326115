/**
 * What decoding costs a frame and a layer, nanoseconds: best and median of rounds over frames in
 * memory. Each kind in a process of its own, as in a capture of one kind; then all kinds mixed.
 *
 *   node dist/bench/decode.js [KIND...]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FrameBatch } from '../src/base/frames.ts';
import { decode } from '../src/decode/decode.ts';
import { Packet } from '../src/decode/packet.ts';
import { batchOf } from '../test/support/frames.ts';
import * as h from '../test/support/headers.ts';

const FRAMES = 2048;
/** Short rounds, many of them: the best one is what no other process disturbed. */
const ROUNDS = 1500;
const PASSES = 2;

type Make = (i: number) => Uint8Array;

const pod = (i: number): number[] => [172, 16, i & 3, 1 + (i % 200)];
const node = (i: number): number[] => [192, 168, 10, 100 + (i & 3)];
const pods = (i: number): object => ({ src: pod(i), dst: pod(i + 7) });
const nodes = (i: number): object => ({ src: node(i), dst: node(i + 1) });

/** Ports that no application protocol has: payload guesses look at the bytes and find nothing. */
const segment: Make = (i) =>
  h.tcp(40_000 + (i % 1000), 9000, h.ascii('x'.repeat(i % 3 === 0 ? 0 : 512)), {
    options: h.TIMESTAMP_OPTIONS,
  });
const datagram: Make = (i) => h.udp(40_000 + (i % 1000), 9000, h.ascii('y'.repeat(200)));
const ipTcp: Make = (i) => h.ipv4(6, segment(i), pods(i));
const ipUdp: Make = (i) => h.ipv4(17, datagram(i), pods(i));
const inVxlan = (i: number, inner: Uint8Array): Uint8Array =>
  h.ipv4(17, h.udp(50_000 + (i % 99), 4789, h.vxlan(4096, h.ethernet(0x0800, inner))), nodes(i));

const KINDS: readonly (readonly [name: string, layers: number, make: Make])[] = [
  ['eth/ip/tcp', 3, (i) => h.ethernet(0x0800, ipTcp(i))],
  ['eth/ip/ip/tcp', 4, (i) => h.ethernet(0x0800, h.ipv4(4, ipTcp(i), nodes(i)))],
  ['eth/ip/udp', 3, (i) => h.ethernet(0x0800, ipUdp(i))],
  ['eth/ip/udp/vxlan/eth/ip/udp', 7, (i) => h.ethernet(0x0800, inVxlan(i, ipUdp(i)))],
  ['eth/ip/udp/vxlan/eth/ip/tcp', 7, (i) => h.ethernet(0x0800, inVxlan(i, ipTcp(i)))],
  ['eth/ipv6/tcp', 3, (i) => h.ethernet(0x86dd, h.ipv6(6, segment(i)))],
  ['eth/vlan/ip/tcp', 4, (i) => h.ethernet(0x8100, h.vlan(7, 0x0800, ipTcp(i)))],
];

function mixed(i: number): Uint8Array {
  return KINDS[i % KINDS.length]![2](i);
}

/** Nanoseconds a frame of each round, sorted. */
function measure(frames: FrameBatch, packet: Packet): number[] {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let pass = 0; pass < PASSES; pass++) {
      for (let i = 0; i < frames.count; i++) decode(frames, i, packet);
    }
    times.push(Number(process.hrtime.bigint() - start) / (PASSES * frames.count));
  }
  return times.sort((a, b) => a - b);
}

function run(name: string): void {
  const kind = KINDS.find(([k]) => k === name);
  const make = kind?.[2] ?? mixed;
  const frames = batchOf(Array.from({ length: FRAMES }, (_, i) => make(i)));
  const packet = new Packet();
  const times = measure(frames, packet);
  const layers = kind?.[1] ?? KINDS.reduce((sum, [, count]) => sum + count, 0) / KINDS.length;
  if (kind !== undefined && packet.depth !== layers) throw new Error(`${name}: ${packet.depth}`);
  const best = times[0]!;
  const median = times[ROUNDS >> 1]!;
  console.log(
    `${name.padEnd(30)} best ${best.toFixed(1).padStart(6)} ns a frame, ` +
      `${(best / layers).toFixed(1).padStart(5)} ns a layer; median ${median.toFixed(1)}`,
  );
}

const [only, ...rest] = process.argv.slice(2);
if (only !== undefined && rest.length === 0) run(only);
else {
  const names = only === undefined ? [...KINDS.map(([name]) => name), 'mixed'] : [only, ...rest];
  for (const name of names) {
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], { stdio: 'inherit' });
  }
}
