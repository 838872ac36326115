/** What a run read or captured, lost and left out, as a file for programs: --ledger. */
import { closeSync, writeFileSync } from 'node:fs';
import type { Ledger } from '../classify/record.ts';
import { openOutput } from '../view/open-output.ts';

/** Rejects with a WriteError where the file must not or cannot be opened. */
export async function writeLedger(file: string, ledger: Ledger): Promise<void> {
  const fd = await openOutput(file);
  try {
    writeFileSync(fd, `${JSON.stringify({ schema: 'netlens.ledger/1', ...ledger })}\n`);
  } finally {
    closeSync(fd);
  }
}
