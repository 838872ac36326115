/** Which rows have a hash that another row has too: most have not, and need no place in a table. */

/** Bits of the tables for each row: one row in sixteen is taken for one of two that are alike. */
const BITS_A_ROW = 8;

/**
 * Rows [0, count) whose hash occurs more than once, and a few others, in order. Linear: two passes over two tables
 * of bits, small enough for a core's cache where a table of rows is not.
 */
export function repeatedRows(hash: Int32Array, count: number): Int32Array {
  let size = 1024;
  while (size < (BITS_A_ROW * count) / 32) size *= 2;
  const once = new Int32Array(size);
  const twice = new Int32Array(size);
  for (let row = 0; row < count; row++) {
    const h = hash[row]!;
    const word = (h >>> 5) & (size - 1);
    const bit = 1 << h; // its low five bits
    if ((once[word]! & bit) !== 0) twice[word]! |= bit;
    else once[word]! |= bit;
  }
  const rows = new Int32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) {
    const h = hash[row]!;
    if ((twice[(h >>> 5) & (size - 1)]! & (1 << h)) !== 0) rows[found++] = row;
  }
  return rows.slice(0, found);
}
