/** The samples as capture files, one for each link type. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../support/random.ts';
import { samples } from '../support/samples.ts';

/** Write `linktype-N.pcap` files into the directory: little-endian, microseconds. */
export function writeSamples(directory: string): void {
  const linktypes = [...new Set(samples.map((s) => s.linktype))];
  for (const linktype of linktypes) {
    const frames = samples.filter((s) => s.linktype === linktype).map((s) => s.bytes);
    writeFileSync(path.join(directory, `linktype-${linktype}.pcap`), pcap(linktype, frames));
  }
}

/**
 * The same, each sample `times` over with one or two bytes changed; the same `seed`, the same changes.
 * Yields how many frames that is.
 */
export function writeChangedSamples(directory: string, times: number, seed: number): number {
  const random = new Random(seed);
  const linktypes = [...new Set(samples.map((s) => s.linktype))];
  for (const linktype of linktypes) {
    const frames: Uint8Array[] = [];
    for (const { bytes } of samples.filter((s) => s.linktype === linktype)) {
      for (let i = 0; i < times; i++) frames.push(changed(bytes, random));
    }
    writeFileSync(path.join(directory, `changed-${linktype}.pcap`), pcap(linktype, frames));
  }
  return times * samples.length;
}

function changed(frame: Uint8Array, random: Random): Uint8Array {
  const bytes = frame.slice();
  const times = 1 + random.below(2);
  for (let i = 0; i < times; i++) {
    bytes[random.below(bytes.length)] = random.chance(2) ? random.below(256) : 1 << random.below(8);
  }
  return bytes;
}

/** A pcap file of these frames, a second apart. */
export function pcap(linktype: number, frames: readonly Uint8Array[]): Uint8Array {
  const file = new Uint8Array(24 + frames.reduce((sum, frame) => sum + 16 + frame.length, 0));
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, linktype, true);
  let at = 24;
  frames.forEach((frame, i) => {
    view.setUint32(at, 1_700_000_000 + i, true);
    view.setUint32(at + 8, frame.length, true);
    view.setUint32(at + 12, frame.length, true);
    file.set(frame, at + 16);
    at += 16 + frame.length;
  });
  return file;
}
