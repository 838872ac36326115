/** The samples as capture files, one for each link type. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { samples } from '../support/samples.ts';

/** Write `linktype-N.pcap` files into the directory: little-endian, microseconds. */
export function writeSamples(directory: string): void {
  const linktypes = [...new Set(samples.map((s) => s.linktype))];
  for (const linktype of linktypes) {
    const frames = samples.filter((s) => s.linktype === linktype).map((s) => s.bytes);
    writeFileSync(path.join(directory, `linktype-${linktype}.pcap`), pcap(linktype, frames));
  }
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
