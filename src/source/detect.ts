/** What a file is, by its first bytes, never by its name. */
import type { Offset } from '../base/units.ts';
import type { Sentence } from '../words/sentence.ts';
import type { OtherFormat } from '../words/sentences/captures.ts';
import { pcapOrder } from './pcap-file.ts';

export type Format = 'pcap' | 'pcapng' | 'gzip' | 'zstd';

const SECTION_HEADER = 0x0a0d0d0a; // the same in either byte order
const GZIP = 0x1f8b08;
const ZSTD_FRAME = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50; // and the fifteen numbers after it (RFC 8878 section 3.1.2)

/** The format that these bytes start, undefined when it is none of ours or there are fewer than 4. */
export function detectFormat(bytes: Uint8Array): Format | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at: Offset = 0;
  if (pcapOrder(view, at) !== undefined) return 'pcap';
  if (view.getUint32(at) === SECTION_HEADER) return 'pcapng';
  if (view.getUint32(at) >>> 8 === GZIP) return 'gzip';
  const little = view.getUint32(at, true);
  if (little === ZSTD_FRAME || (little & 0xffff_fff0) === ZSTD_SKIPPABLE) return 'zstd';
  return undefined;
}

/** What is known to be no capture that netlens reads, by its first bytes in hex. */
const OTHERS: readonly (readonly [string, OtherFormat])[] = [
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['04224d18', 'lz4'],
  ['504b0304', 'zip'],
  ['736e6f6f70000000', 'snoop'],
  ['47424d55', 'netmon'],
  ['50415231', 'parquet'],
  ['7f454c46', 'program'],
  ['a1b234cd', 'unpublished-pcap'],
  ['cd34b2a1', 'unpublished-pcap'],
];

/** Why these first bytes are no capture. */
export function whyNoCapture(bytes: Uint8Array): Sentence {
  if (bytes.length === 0) return { code: 'capture-empty' };
  const hex = Buffer.from(bytes).toString('hex');
  for (const [start, format] of OTHERS) {
    if (hex.startsWith(start)) return { code: 'capture-is-other', format };
  }
  return { code: 'capture-is-none', start: hex.slice(0, 8).replace(/..(?=.)/g, '$& ') };
}

/** Compressed bytes looked at: they swell to 4 MiB at most. */
const LOOK_LEN = 4096;

/**
 * What the regular file at this path is, looked at cheaply; for gzip only where it holds a capture. undefined
 * when it is missing, unreadable, no regular file (a pipe would lose what is read here) or no capture.
 */
export async function detectFile(path: string): Promise<Format | undefined> {
  const { open, stat } = await import('node:fs/promises');
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const handle = isFile ? await open(path).catch(() => undefined) : undefined;
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(LOOK_LEN), 0, LOOK_LEN, 0);
    const first = buffer.subarray(0, bytesRead);
    const format = detectFormat(first);
    if (format === 'gzip' && detectFormat(await gunzipHead(first)) === undefined) return undefined;
    return format;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/** The beginning of what this beginning of gzip data holds; nothing when it is damaged. */
async function gunzipHead(bytes: Uint8Array): Promise<Uint8Array> {
  const { constants, gunzipSync } = await import('node:zlib');
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}
