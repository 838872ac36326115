/**
 * A fixture made another one: other addresses and node names, shifted clocks, lost frames, shorter frames, files
 * put together or in another order. What netlens says of it must be the same, or less, never wrong and certain.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Frame, type PcapFile, readPcap, writePcap } from '../../lab/blocks/pcap.ts';
import { IPV4, UDP } from '../../src/base/protocol-numbers.ts';
import { expectedChecksum, expectedIpv4Checksum } from '../../src/decode/checksum.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { batch } from '../support/frames.ts';
import { Random } from '../support/random.ts';
import { capturesOf } from './score.ts';

/** What is changed, by a name for messages. */
export type Variation = (typeof VARIATIONS)[number];
export const VARIATIONS = [
  'renamed',
  'clocks-apart',
  'frames-lost',
  'frames-cut',
  'files-merged',
  'files-turned-round',
] as const;

const LOST_ONE_IN = 20;
const SNAPLEN = 96;
const CLOCK_STEP_NS = 700_000_000n;
const LINKTYPE_ETHERNET = 1;

/** Writes the variant of a fixture into `out`: captures, kube, nodes and truth.json; yields the captures in order. */
export function vary(directory: string, variation: Variation, out: string): string[] {
  const rename = variation === 'renamed' ? renamer(directory) : (text: string) => text;
  copyTexts(directory, out, rename);
  mkdirSync(join(out, 'captures'), { recursive: true });
  const random = new Random(20_261_122);
  const addresses = variation === 'renamed' ? addressesOf(directory, rename) : [];
  const all = capturesOf(directory).map((path, i) => {
    const file = readPcap(path);
    return { name: rename(basename(path)), file: change(file, variation, i, random, addresses) };
  });
  const kept = variation === 'files-merged' ? merged(all) : all;
  for (const { file, name } of kept) writePcap(join(out, 'captures', name), file);
  const paths = kept.map(({ name }) => join(out, 'captures', name));
  return variation === 'files-turned-round' ? paths.reverse() : paths;
}

interface NamedFile {
  readonly name: string;
  readonly file: PcapFile;
}

function change(
  file: PcapFile,
  variation: Variation,
  i: number,
  random: Random,
  addresses: Addresses,
): PcapFile {
  const frames = file.frames;
  switch (variation) {
    case 'renamed':
      return {
        ...file,
        frames: frames.map((frame) => readdressed(frame, file.linktype, addresses)),
      };
    case 'clocks-apart': // each file a clock of its own; within what a truth's times allow
      return {
        ...file,
        frames: frames.map((f) => ({
          ...f,
          timeNs: f.timeNs + BigInt((i % 3) - 1) * CLOCK_STEP_NS,
        })),
      };
    case 'frames-lost':
      return { ...file, frames: frames.filter(() => !random.chance(LOST_ONE_IN)) };
    case 'frames-cut':
      return {
        ...file,
        snaplen: SNAPLEN,
        frames: frames.map((f) => ({ ...f, data: f.data.subarray(0, SNAPLEN) })),
      };
    default:
      return file;
  }
}

/** Every Ethernet capture of a node in one file, as `tcpdump -i a -i b` or mergecap make them. */
function merged(all: readonly NamedFile[]): NamedFile[] {
  const byNode = new Map<string, NamedFile[]>();
  for (const one of all) {
    const isPlain = one.file.linktype === LINKTYPE_ETHERNET;
    const key = isPlain ? one.name.split('.')[0]! : one.name;
    byNode.set(key, [...(byNode.get(key) ?? []), one]);
  }
  return [...byNode].map(([key, parts]) => {
    const frames = parts.flatMap(({ file }) => file.frames);
    frames.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
    const name = key.includes('.') ? key : `${key}.merged.pcap`;
    return { name, file: { ...parts[0]!.file, frames } };
  });
}

/** Kubernetes lists, connection tables and truth, as text with other names. */
function copyTexts(directory: string, out: string, rename: (text: string) => string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const folder = entry.parentPath.slice(directory.length);
    const isText = /^\/(kube|nodes)\b/.test(folder) || entry.name === 'truth.json';
    if (!entry.isFile() || !isText || !/\.(json|txt)$/.test(entry.name)) continue;
    const to = join(out, rename(folder));
    mkdirSync(to, { recursive: true });
    writeFileSync(
      join(to, entry.name),
      rename(readFileSync(join(entry.parentPath, entry.name), 'utf8')),
    );
  }
}

const ADDRESS = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])/g;

/** Text with other addresses and other names of nodes; what was private stays so, and what shared a /16 does. */
function renamer(directory: string): (text: string) => string {
  const truth = JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as {
    nodes: { name: string }[];
  };
  const names = truth.nodes.flatMap(({ name }) => [name, name.split('.')[0]!]);
  const longest = [...new Set(names)].sort((a, b) => b.length - a.length);
  const others = new Map(longest.map((name) => [name, otherName(name, truth.nodes)]));
  const pattern = new RegExp(longest.map((name) => name.replace(/[.]/g, '\\.')).join('|'), 'g');
  return (text) =>
    text
      .replace(pattern, (name) => others.get(name) ?? name)
      .replace(ADDRESS, (whole, a: string, b: string, c: string, d: string) => {
        const other = otherPrefix(Number(a), Number(b));
        return other === undefined ? whole : `${other[0]}.${other[1]}.${c}.${d}`;
      });
}

function otherName(name: string, nodes: readonly { name: string }[]): string {
  const [first = '', ...rest] = name.split('.');
  const n = nodes.findIndex((node) => node.name.split('.')[0] === first);
  return [`host${n}-zz`, ...rest].join('.');
}

/** The first two bytes of a private IPv4 address in the other numbering; undefined for all other addresses. */
function otherPrefix(a: number, b: number): [number, number] | undefined {
  if (a === 10) return [10, (b + 37) % 256];
  if (a === 192 && b === 168) return [172, 29];
  if (a === 172 && b >= 16 && b < 32)
    return [192, 168].includes(b) ? undefined : [10, 20 + (b - 16)];
  return undefined;
}

/** Addresses as bytes, before and after. */
type Addresses = readonly (readonly [Buffer, Buffer])[];

/** Every address of the fixture that is to be another, as the truth, the lists and the nodes' tables have them. */
function addressesOf(directory: string, rename: (text: string) => string): Addresses {
  const found = new Set<string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(json|txt)$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [address] of text.matchAll(ADDRESS)) found.add(address);
  }
  const bytesOf = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
  return [...found]
    .filter((address) => rename(address) !== address)
    .map((address) => [bytesOf(address), bytesOf(rename(address))] as const);
}

const packet = new Packet();

/** The frame with every private IPv4 address in it, wherever it stands, in the other numbering; checksums that held hold again. */
function readdressed(frame: Frame, linktype: number, addresses: Addresses): Frame {
  decode(batch(frame.data, { linktype, len: frame.len }), 0, packet);
  const held = checksumsOf(packet);
  const data = Buffer.from(frame.data);
  for (const [bytes, other] of addresses) {
    for (let at = frame.data.indexOf(bytes); at >= 0; at = frame.data.indexOf(bytes, at + 1)) {
      other.copy(data, at);
    }
  }
  mend(data, held, linktype, frame.len);
  return { ...frame, data };
}

/** Rows of layers whose checksum is right. */
function checksumsOf(p: Packet): number[] {
  const rows: number[] = [];
  for (let row = 0; row < p.depth; row++) {
    if (p.protocol[row] === IPV4) rows.push(row);
    else {
      const at = checksumAt(p, row);
      if (at >= 0 && p.view.getUint16(at) === expectedChecksum(p, row)) rows.push(row);
    }
  }
  return rows.reverse(); // the innermost first: an outer one covers it
}

function checksumAt(p: Packet, row: number): number {
  const isUdp = p.protocol[row] === UDP;
  if (isUdp && p.view.getUint16(p.at[row]! + 6) === 0) return -1; // none
  const length = p.payloadAt[row]! - p.at[row]!;
  return isUdp ? p.at[row]! + 6 : length >= 20 ? p.at[row]! + 16 : -1;
}

function mend(data: Buffer, rows: readonly number[], linktype: number, len: number): void {
  for (const row of rows) {
    decode(batch(data, { linktype, len }), 0, packet);
    if (row >= packet.depth) continue;
    const isIp = packet.protocol[row] === IPV4;
    const at = isIp ? packet.at[row]! + 10 : checksumAt(packet, row);
    const value = isIp ? expectedIpv4Checksum(packet, row) : expectedChecksum(packet, row);
    if (at >= 0 && value >= 0) data.writeUInt16BE(value, at);
  }
}
