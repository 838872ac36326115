/** What a file is, by its first bytes, never by its name. */
import type { Offset } from '../base/units.ts';
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

/** What is known to be no capture that netlens reads: its first bytes in hex, what it is, what to do. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['fd377a585a00', 'is xz compressed: decompress it first (xz -dk)'],
  ['425a68', 'is bzip2 compressed: decompress it first (bzip2 -dk)'],
  ['04224d18', 'is lz4 compressed: decompress it first (lz4 -dk)'],
  ['504b0304', 'is a zip archive: unpack it first'],
  ['736e6f6f70000000', 'is a snoop capture: convert it first (editcap)'],
  ['47424d55', 'is a Microsoft Network Monitor capture: convert it first (editcap)'],
  ['50415231', 'is a Parquet file, a pcap or pcapng was expected'],
  ['7f454c46', 'is an executable program, a pcap or pcapng was expected'],
  ['a1b234cd', 'is in a pcap variant whose layout nobody published: convert it where it was made'],
  ['cd34b2a1', 'is in a pcap variant whose layout nobody published: convert it where it was made'],
];

/** Why these first bytes are no capture, for the user; without the file's name. */
export function showNoCapture(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'is empty: a pcap or pcapng capture was expected';
  const hex = Buffer.from(bytes).toString('hex');
  for (const [start, what] of OTHERS) if (hex.startsWith(start)) return what;
  const shown = hex.slice(0, 8).replace(/..(?=.)/g, '$& ');
  return `is not a capture: a pcap or pcapng (plain, gzip or zstd) was expected, it starts with ${shown}`;
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
