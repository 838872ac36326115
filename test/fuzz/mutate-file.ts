/** Damage done to capture files: bits, bytes, lengths, pieces cut, doubled and swapped between files. */
import { join } from '../support/headers.ts';
import type { Random } from '../support/random.ts';

/** Longest file that mutation makes, bytes. */
export const FILE_MAX = 100_000;

const TELLING_32 = [
  0, 1, 3, 4, 8, 11, 12, 16, 28, 32, 0xff, 0xffff, 0x10000, 0x40000, 0x40001, 0x7fffffff,
  0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff, 0x0a0d0d0a, 0x1a2b3c4d, 0x4d3c2b1a,
];

/** The file changed in one to four ways; lengths stand where both formats keep them, at multiples of 4. */
export function mutateFile(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = file.slice();
  const times = 1 + random.below(4);
  for (let i = 0; i < times; i++) bytes = change(bytes, other, random);
  return bytes.length > FILE_MAX ? bytes.slice(0, FILE_MAX) : bytes;
}

/** Half of the damage falls in the first 256 bytes, where the headers are. */
function placeIn(bytes: Uint8Array, random: Random): number {
  return random.below(random.chance(2) ? Math.min(256, bytes.length) : bytes.length);
}

function change(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 4) return other;
  const at = placeIn(bytes, random);
  const aligned = at & ~3;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (random.below(9)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      if (aligned + 4 <= bytes.length) {
        view.setUint32(aligned, random.pick(TELLING_32), random.chance(2));
      }
      return bytes;
    case 3:
      if (aligned + 4 <= bytes.length) {
        const near = view.getUint32(aligned, true) + random.below(17) - 8;
        view.setUint32(aligned, near >>> 0, true);
      }
      return bytes;
    case 4:
      if (at + 2 <= bytes.length) view.setUint16(at & ~1, random.below(65_536), true);
      return bytes;
    case 5:
      return bytes.slice(0, at);
    case 6: {
      const to = aligned + 4 * random.below(16);
      return join(bytes.subarray(0, aligned), bytes.subarray(to));
    }
    case 7: {
      const from = placeIn(bytes, random) & ~3;
      return join(bytes.subarray(0, aligned), bytes.subarray(from));
    }
    default:
      return join(bytes.subarray(0, aligned), other.subarray(placeIn(other, random) & ~3));
  }
}
