/** Inputs that once broke us: frames as pcapng files, whole files as they are. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pcapng } from '../support/pcapng.ts';
import { type Input, IS_FILE } from './shared-state.ts';

export const DIRECTORY = 'fixtures/regressions';

/**
 * Save what failed under a name that says what happened and tells one from another; yields the path.
 * One whole file, or frames that fail when they come in this order.
 */
export function saveRegression(what: string, inputs: readonly Input[]): string {
  const isFile = inputs[0]!.linktype === IS_FILE;
  const bytes = isFile ? inputs[0]!.bytes : pcapng(inputs);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  const name = isFile ? `file-${what}-${hash}.capture` : `frames-${what}-${hash}.pcapng`;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(path.join(DIRECTORY, name), bytes);
  return path.join(DIRECTORY, name);
}

/** Paths of the saved inputs of one kind. */
export function regressions(kind: 'frames' | 'file'): string[] {
  if (!existsSync(DIRECTORY)) return [];
  return readdirSync(DIRECTORY)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => path.join(DIRECTORY, name))
    .sort();
}
