/** zstd data (RFC 8878) without a compressor: frames of raw blocks. */
import { spawnSync } from 'node:child_process';

const BLOCK_MAX = 128 << 10;

/** One frame that stores these bytes in raw blocks, without a checksum. */
export function zstdStored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('28b52ffd', 'hex')];
  const header = Buffer.alloc(5); // descriptor: single segment, content size of 4 bytes
  header[0] = 0xa0;
  header.writeUInt32LE(bytes.length, 1);
  parts.push(header);
  for (let at = 0; at < bytes.length || at === 0; at += BLOCK_MAX) {
    const block = bytes.subarray(at, at + BLOCK_MAX);
    const last = at + BLOCK_MAX >= bytes.length ? 1 : 0;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(blockHeader, block);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The file compressed by the zstd program beside it, undefined where there is none. */
export function zstdProgram(path: string): string | undefined {
  const { status } = spawnSync('zstd', ['-q', '-f', '-k', path]);
  return status === 0 ? `${path}.zst` : undefined;
}
