/**
 * What topology costs: reading and weighing a large cluster, and one question. Run with
 * `node dist/bench/topology.js` after a build; best of several runs, CPU time of this process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTopology } from '../src/topology/build.ts';
import { inferFacts } from '../src/topology/infer.ts';
import { readKubeJson } from '../src/topology/kube-json.ts';
import type { TrafficObservation } from '../src/topology/observation.ts';
import type { Topology } from '../src/topology/topology.ts';
import { largeCluster } from './large-cluster.ts';

const RUNS = 5;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function best<T>(work: () => T | Promise<T>): Promise<{ ms: number; result: T }> {
  let ms = Number.POSITIVE_INFINITY;
  let result: T | undefined;
  for (let i = 0; i < RUNS; i++) {
    const before = cpuMs();
    result = await work();
    ms = Math.min(ms, cpuMs() - before);
  }
  return { ms, result: result! };
}

function show(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(58)}${value.padStart(12)}\n`);
}

async function load(): Promise<Topology> {
  const dir = mkdtempSync(join(tmpdir(), 'netlens-bench-'));
  for (const [name, text] of Object.entries(largeCluster(10_000, 1_000)))
    writeFileSync(join(dir, name), text);
  const read = await best(() => readKubeJson([dir]));
  rmSync(dir, { recursive: true });
  const built = await best(() => buildTopology(read.result));
  show('read 10,000 pods, 1,000 nodes, 100 services (JSON)', `${read.ms.toFixed(0)} ms`);
  show('weigh them into a topology', `${built.ms.toFixed(0)} ms`);
  return built.result;
}

/** Nanoseconds for each address, the addresses made beforehand. */
async function ask(topology: Topology, addresses: readonly string[], at?: number): Promise<number> {
  let found = 0;
  const { ms } = await best(() => {
    for (const address of addresses) if (topology.ownerOf(address, at).listed) found++;
  });
  if (found < 0) throw new Error('never');
  return (ms * 1e6) / addresses.length;
}

function observations(count: number): TrafficObservation[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'tunnel',
    vantage: 'f.pcap',
    interface: 'eth0',
    direction: undefined,
    type: 'ipip',
    outerSrc: `192.168.${i & 3}.${i & 255}`,
    outerDst: `192.168.${(i >> 3) & 3}.${(i >> 5) & 255}`,
    outerPort: 0,
    innerSrc: `10.${i & 3}.${i & 255}.${1 + ((i >> 8) & 127)}`,
    innerDst: `10.${(i >> 3) & 3}.${(i >> 5) & 255}.${1 + ((i >> 9) & 127)}`,
    innerTtl: 63,
    packets: 1,
  }));
}

const topology = await load();
// Made from parts, as addresses out of packets are: not the very strings that the topology holds.
const listed = topology.pods.map((pod) => pod.addresses[0]!.split('.').join('.'));
const many = Array.from({ length: 1_000_000 }, (_, i) => listed[(i * 7919) % listed.length]!);
const outside = Array.from(
  { length: 1_000_000 },
  (_, i) => `${1 + (i % 9)}.${(i >> 9) & 255}.${i & 255}.9`,
);
show(
  'whose is it: 1,000,000 questions, 10,000 listed addresses',
  `${(await ask(topology, many)).toFixed(0)} ns`,
);
show('  at a time', `${(await ask(topology, many, 1_795_400_000)).toFixed(0)} ns`);
show(
  'whose is it: 1,000,000 different outside addresses',
  `${(await ask(topology, outside)).toFixed(0)} ns`,
);
const services = Array.from({ length: 1_000_000 }, (_, i) => `172.20.0.${i % 100}`);
const service = await best(() => {
  for (const address of services) topology.serviceAt(address, 80, 'tcp');
});
show('which service: 1,000,000 questions', `${service.ms.toFixed(0)} ns`);
const seen = observations(200_000);
const inferred = await best(() => inferFacts(seen));
show('infer from 200,000 tunnelled flows', `${inferred.ms.toFixed(0)} ms`);
show(
  'weigh what was inferred',
  `${(await best(() => buildTopology(inferred.result))).ms.toFixed(0)} ms`,
);
