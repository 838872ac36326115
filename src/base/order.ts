/** Orders of many rows without an object for each. */

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;
/** Below this many rows, comparing them takes less time than counting digits. */
const FEW = 4096;

/**
 * Row numbers by their values, equal ones in order of their numbers. Least significant digit first: four
 * passes over 16 bits each of the values' binary form, whatever they are. NaN sorts last.
 */
export function orderOf(values: Float64Array, descending: boolean): Int32Array {
  const count = values.length;
  if (!descending && isInOrder(values)) return Int32Array.from(values.keys());
  if (count < FEW && !values.includes(Number.NaN)) return orderOfFew(values, descending);
  const words = new Uint16Array(values.slice().buffer); // little-endian on every platform of Node
  for (let i = 0; i < count; i++) makeSortable(words, 4 * i, descending);
  let order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let other = new Int32Array(count);
  const starts = new Uint32Array(DIGITS + 1);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[words[4 * i + digit]! + 1]!++;
    if (starts.includes(count, 1)) continue; // all are alike here
    for (let d = 0; d < DIGITS; d++) starts[d + 1]! += starts[d]!;
    for (let i = 0; i < count; i++) {
      const row = order[i]!;
      other[starts[words[4 * row + digit]!]!++] = row;
    }
    [order, other] = [other, order];
  }
  return order;
}

/** As what is sorted by its start mostly is. */
function isInOrder(values: Float64Array): boolean {
  let i = 1;
  while (i < values.length && values[i - 1]! <= values[i]!) i++;
  return i >= values.length;
}

function orderOfFew(values: Float64Array, descending: boolean): Int32Array {
  const sign = descending ? -1 : 1;
  return Int32Array.from(values.keys()).sort((a, b) => {
    const x = values[a]!;
    const y = values[b]!;
    return x === y ? a - b : x < y ? -sign : sign;
  });
}

/** Bits of a float64 so that unsigned order is the order of the numbers. */
function makeSortable(words: Uint16Array, at: number, descending: boolean): void {
  const isNegative = (words[at + 3]! & 0x8000) !== 0;
  const flip = (isNegative ? 0xffff : 0) ^ (descending ? 0xffff : 0);
  for (let i = 0; i < 4; i++) words[at + i]! ^= flip;
  if (!isNegative) words[at + 3]! ^= 0x8000;
}
