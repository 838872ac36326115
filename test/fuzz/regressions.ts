/** Inputs that once broke us: frames as one-frame pcap files, whole files as they are. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Input, IS_FILE } from './shared-state.ts';

export const DIRECTORY = 'fixtures/regressions';

/** Save an input under a name that says what happened and tells one from another; yields the path. */
export function saveRegression(what: string, input: Input): string {
  const hash = createHash('sha256').update(input.bytes).digest('hex').slice(0, 8);
  const kind = input.linktype === IS_FILE ? 'file' : 'frame';
  const ending = input.linktype === IS_FILE ? 'capture' : 'pcap';
  const file = path.join(DIRECTORY, `${kind}-${what}-${hash}.${ending}`);
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(file, input.linktype === IS_FILE ? input.bytes : asPcap(input));
  return file;
}

/** Paths of the saved inputs of one kind. */
export function regressions(kind: 'frame' | 'file'): string[] {
  if (!existsSync(DIRECTORY)) return [];
  return readdirSync(DIRECTORY)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => path.join(DIRECTORY, name))
    .sort();
}

function asPcap({ bytes, linktype, len }: Input): Uint8Array {
  const file = new Uint8Array(24 + 16 + bytes.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, linktype, true);
  view.setUint32(24, 1_700_000_000, true);
  view.setUint32(32, bytes.length, true);
  view.setUint32(36, len, true);
  file.set(bytes, 40);
  return file;
}
