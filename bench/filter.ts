/**
 * What a filter costs a decoded frame, nanoseconds of CPU: best and median of rounds over packets of
 * mixed flows, decoding not included. Each filter in a process of its own, as netlens runs it.
 *
 *   node dist/bench/filter.js [FILTER...]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { decode } from '../src/decode/decode.ts';
import { Packet } from '../src/decode/packet.ts';
import { compileFilter } from '../src/filter/filter.ts';
import { batchOf } from '../test/support/frames.ts';
import * as h from '../test/support/headers.ts';

const PACKETS = 32;
const ROUNDS = 40;
const PASSES = 20_000;

type Make = (i: number) => Uint8Array;

const tcp = (i: number, port: number): Uint8Array =>
  h.tcp(40_000 + i, port, h.ascii('x'.repeat(64)), { options: h.TIMESTAMP_OPTIONS });
const pod = (i: number): number[] => [10, 244, i & 3, 1 + (i % 200)];

/** Kinds of frames, and the filters that somebody would use on them. */
const CASES: readonly (readonly [name: string, make: Make, filters: readonly string[]])[] = [
  [
    'Ethernet/IP/TCP',
    (i) =>
      h.ethernet(
        0x0800,
        h.ipv4(6, tcp(i, i & 1 ? 80 : 443), { src: pod(i), dst: [10, 0, 0, 1 + (i & 3)] }),
      ),
    [
      'tcp port 80 and host 10.0.0.1',
      'host 1.1.1.1',
      'port 80 or 443',
      'tcp[tcpflags] & tcp-syn != 0',
      'not port 22',
    ],
  ],
  [
    'Ethernet/IP/IP/TCP',
    (i) =>
      h.ethernet(
        0x0800,
        h.ipv4(4, h.ipv4(6, tcp(i, i & 1 ? 80 : 443), { src: pod(i), dst: pod(i + 7) }), {
          src: [192, 168, 10, 101],
          dst: [192, 168, 20, 100 + (i & 3)],
        }),
      ),
    [
      'tcp port 80 and host 10.0.0.1',
      'host 1.1.1.1',
      'inner host 10.244.1.1',
      'net 10.244.0.0/16 and not port 443',
      'encap ipip',
      'ip.ttl < 5',
    ],
  ],
];

function packetsOf(make: Make): Packet[] {
  const frames = batchOf(Array.from({ length: PACKETS }, (_, i) => make(i)));
  return Array.from({ length: PACKETS }, (_, i) => {
    const packet = new Packet();
    decode(frames, i, packet);
    return packet;
  });
}

function measure(packets: readonly Packet[], text: string): string {
  const filter = compileFilter(text);
  const frames = batchOf([]);
  const times: number[] = [];
  let matched = 0;
  for (let round = 0; round < ROUNDS; round++) {
    matched = 0;
    const start = process.cpuUsage().user;
    for (let pass = 0; pass < PASSES; pass++) {
      for (let i = 0; i < PACKETS; i++) if (filter.frame(packets[i]!, frames, 0)) matched++;
    }
    times.push((1000 * (process.cpuUsage().user - start)) / (PASSES * PACKETS));
  }
  times.sort((a, b) => a - b);
  const share = Math.round((100 * matched) / (PASSES * PACKETS));
  const best = times[0]!.toFixed(1).padStart(7);
  return `${best} ${times[ROUNDS >> 1]!.toFixed(1).padStart(7)}  ${String(share).padStart(3)} %  ${text}`;
}

function main(given: readonly string[]): void {
  if (given[0] === '--case') {
    console.log(measure(packetsOf(CASES[Number(given[1])]![1]), given[2]!));
    return;
  }
  CASES.forEach(([name, , filters], c) => {
    console.log(`${name}: best, median ns a frame; frames let through`);
    for (const text of given.length > 0 ? given : filters) {
      const args = [fileURLToPath(import.meta.url), '--case', String(c), text];
      spawnSync(process.execPath, args, { stdio: 'inherit' });
    }
  });
}

main(process.argv.slice(2));
