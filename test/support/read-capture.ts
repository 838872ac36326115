/** A whole capture in memory, through the reader that netlens itself uses. */
import { openCaptures } from '../../src/source/open.ts';
import type { CaptureError } from '../../src/source/source.ts';

export interface ReadFrame {
  readonly linktype: number;
  readonly bytes: Uint8Array;
  /** Bytes on the wire. */
  readonly len: number;
  readonly comment?: string | undefined;
}

export interface ReadCapture {
  readonly frames: ReadFrame[];
  /** What ended the file before its end. */
  readonly damage: readonly CaptureError[];
}

/** All frames, copied. Rejects with a CaptureError when the file is no capture. */
export async function readCapture(file: string): Promise<ReadCapture> {
  const source = await openCaptures([file]);
  const frames: ReadFrame[] = [];
  try {
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        const at = batch.at[i]!;
        frames.push({
          linktype: batch.interfaces[batch.iface[i]!]!.linktype,
          bytes: batch.bytes.slice(at, at + batch.caplen[i]!),
          len: batch.len[i]!,
          comment: batch.comments?.get(i),
        });
      }
    }
  } finally {
    await source.close();
  }
  return { frames, damage: source.damage };
}
