/**
 * Reads a file as `netlens read` does, 64 KiB at a time into the same place, and does nothing with it: the least that
 * a program on Node can take for it.
 *
 *   node dist/bench/bare-read.js FILE
 */
import { openSync, readSync } from 'node:fs';

const PIECE = 64 << 10;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: bare-read FILE');
const fd = openSync(file, 'r');
const piece = new Uint8Array(PIECE);
while (readSync(fd, piece, 0, PIECE, null) > 0) {}
