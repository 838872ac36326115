/** A node's connection tracking table, as `conntrack -L -o extended` prints it: the proof of a translation. */
import { createInterface } from 'node:readline';
import { inside, start } from './command.ts';
import { exec, type Network, namespaceOf } from './network.ts';

/** One direction of a tracked connection. */
export interface Tuple {
  src: string;
  sport: number;
  dst: string;
  dport: number;
}

/** One tracked connection: what came in, and what an answer to what went out looks like. */
export interface Tracked {
  protocol: string;
  original: Tuple;
  reply: Tuple;
  packets: { toServer: number; toClient: number };
  bytes: { toServer: number; toClient: number };
  line: string;
}

/** The table's text; empty when nothing is tracked. IPv4, or IPv6 when `family` says so. */
export function dumpConntrack(network: Network, place: string, family = 'ipv4'): string {
  return exec(network, place, ['conntrack', '-L', '-f', family, '-o', 'extended']);
}

/** New connections of a place as they come, until its process is ended with the network. */
export function watchConntrack(network: Network, place: string): Tracked[] {
  const argv = ['conntrack', '-E', '-e', 'NEW', '-o', 'extended', '-b', '1048576'];
  const child = start(inside(namespaceOf(network, place), argv));
  network.children.push(child);
  const seen: Tracked[] = [];
  child.stderr?.resume();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    seen.push(...parseConntrack(line.replace('[NEW]', '')));
  });
  return seen;
}

/** The entries of a dump, in its order; a line that does not say both tuples is left out. */
export function parseConntrack(dump: string): Tracked[] {
  const entries: Tracked[] = [];
  for (const line of dump.split('\n')) {
    const protocol = line.trim().split(/\s+/)[2];
    const sides = line.split(/(?=\bsrc=)/).slice(1);
    if (protocol === undefined || sides.length !== 2) continue;
    const [there = '', back = ''] = sides;
    entries.push({
      protocol,
      original: tupleOf(there),
      reply: tupleOf(back),
      packets: { toServer: numberOf(there, 'packets'), toClient: numberOf(back, 'packets') },
      bytes: { toServer: numberOf(there, 'bytes'), toClient: numberOf(back, 'bytes') },
      line: line.trim(),
    });
  }
  return entries;
}

function tupleOf(side: string): Tuple {
  const src = /src=(\S+)/.exec(side)?.[1] ?? '';
  const dst = /dst=(\S+)/.exec(side)?.[1] ?? '';
  if (/\bid=/.test(side)) {
    const id = numberOf(side, 'id'); // ICMP: both ports of a tuple are the identifier
    return { src, sport: id, dst, dport: id };
  }
  return { src, sport: numberOf(side, 'sport'), dst, dport: numberOf(side, 'dport') };
}

function numberOf(side: string, name: string): number {
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(side)?.[1] ?? 0);
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport;
}
