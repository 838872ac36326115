/** One file through the reader: whatever its bytes, frames or a CaptureError, and an end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { CAPLEN_MAX, FRAMES_MAX, type FrameBatch } from '../../src/base/frames.ts';
import { openCaptures } from '../../src/source/open.ts';
import { CaptureError } from '../../src/source/source.ts';

/** Bytes of frames that a file may expand to, for each byte of it, when it is not compressed. */
const EXPANSION_MAX = 1;

/** Write the bytes to `file`, which is overwritten, and read them as a capture; yields the frames read. */
export async function exerciseFile(file: string, bytes: Uint8Array): Promise<number> {
  writeFileSync(file, bytes);
  let frames = 0;
  let captured = 0;
  try {
    const source = await openCaptures([file]);
    try {
      for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) captured += assertRow(batch, i);
        frames += batch.count;
        assert.ok(batch.count <= FRAMES_MAX && batch.count > 0, `${batch.count} rows`);
      }
      for (const damage of source.damage) assertCaptureError(damage);
    } finally {
      await source.close();
    }
  } catch (error) {
    assertCaptureError(error);
  }
  const isCompressed = (bytes[0] === 0x1f && bytes[1] === 0x8b) || bytes[0] === 0x28;
  if (!isCompressed) assert.ok(captured <= EXPANSION_MAX * bytes.length, `${captured} bytes read`);
  return frames;
}

/** Row i lies in the buffer and names an interface; yields its captured bytes. */
function assertRow(batch: FrameBatch, i: number): number {
  const at = batch.at[i]!;
  const caplen = batch.caplen[i]!;
  const isWithin = at >= 0 && caplen >= 0 && at + caplen <= batch.bytes.length;
  assert.ok(isWithin, `row ${i}: [${at}, ${at + caplen}) of ${batch.bytes.length}`);
  assert.ok(caplen <= CAPLEN_MAX, `row ${i}: caplen ${caplen}`);
  assert.ok(batch.len[i]! >= 0, `row ${i}: len ${batch.len[i]}`);
  const nanoseconds = batch.nanoseconds[i]!;
  assert.ok(nanoseconds >= 0 && nanoseconds <= 999_999_999, `row ${i}: ${nanoseconds} ns`);
  assert.ok(Number.isFinite(batch.seconds[i]!), `row ${i}: ${batch.seconds[i]} s`);
  assert.notEqual(batch.interfaces[batch.iface[i]!], undefined, `row ${i}: no interface`);
  return caplen;
}

function assertCaptureError(error: unknown): void {
  if (!(error instanceof CaptureError)) throw error;
  assert.match(error.code, /^NETLENS_/);
  assert.doesNotMatch(error.message, /\n/);
}
