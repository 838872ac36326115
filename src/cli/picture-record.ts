/** What a picture rests on, by the digests of its files. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type NamedDigest, PICTURE_SCHEMA, type PictureRecord } from '../view/picture/record.ts';
import type { PictureRequest } from '../view/picture/request.ts';
import { PictureError } from '../view/picture/screen.ts';
import { fileDigest } from './file-digest.ts';
import { type KnowledgeOptions, nodeAndPath } from './knowledge.ts';
import { version } from './version.ts';

export interface PictureInputs {
  readonly files: readonly string[];
  readonly nodes: readonly (string | undefined)[];
  readonly knowledge: KnowledgeOptions;
}

/** What a picture of these says of itself. */
export async function recordOf(
  { files, knowledge, nodes }: PictureInputs,
  request: PictureRequest | null,
): Promise<PictureRecord> {
  const captures = [];
  for (const [i, file] of files.entries()) {
    if (file === '-') continue; // nobody can read it again
    captures.push({ ...(await digestOf(file)), node: nodes[i] ?? null });
  }
  const known: (NamedDigest & { option: string })[] = [];
  for (const [option, words] of [
    ['--topology', knowledge.topology],
    ['--kube-json', knowledge.kubeJson],
    ['--host-json', knowledge.hostJson],
    ['--conntrack', knowledge.conntrack],
  ] as const) {
    for (const word of words) known.push({ option, ...(await digestOf(nodeAndPath(word).path)) });
  }
  // by the last part of each name, as the record has no paths
  const skew = knowledge.skew.map((word) => basename(word));
  return { schema: PICTURE_SCHEMA, version: version(), captures, knowledge: known, skew, request };
}

/** A picture file that is longer is none. */
const PICTURE_LEN_MAX = 1 << 28;

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a picture',
};

/** All bytes of a picture file. Throws PictureError when it is too long, missing or a directory. */
export function readPicture(path: string): Uint8Array {
  try {
    if (statSync(path).size <= PICTURE_LEN_MAX) return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = READ_ERRORS[code ?? ''] ?? message.replace(/, .*/, '');
    throw new PictureError(`${path}: ${what}`);
  }
  throw new PictureError(`${path}: too long for a picture`);
}

/** Of a directory: the digest of its files' digests, by name. */
async function digestOf(path: string): Promise<NamedDigest> {
  const name = basename(path);
  const isThere = statSync(path, { throwIfNoEntry: false });
  if (isThere === undefined) throw new PictureError(`${path}: no such file`);
  if (!isThere.isDirectory()) return { name, sha256: await fileDigest(path) };
  const hash = createHash('sha256');
  for (const entry of readdirSync(path, { withFileTypes: true }).sort(byName)) {
    if (!entry.isFile()) continue;
    const digest = createHash('sha256')
      .update(readFileSync(join(path, entry.name)))
      .digest('hex');
    hash.update(`${digest}  ${entry.name}\n`);
  }
  return { name, sha256: hash.digest('hex') };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
