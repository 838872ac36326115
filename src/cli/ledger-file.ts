/** What a run read or captured, lost and left out, as a file for programs: --ledger. */
import { writeFileSync } from 'node:fs';
import type { Ledger } from '../classify/record.ts';

export function writeLedger(file: string, ledger: Ledger): void {
  writeFileSync(file, `${JSON.stringify({ schema: 'netlens.ledger/1', ...ledger })}\n`);
}
