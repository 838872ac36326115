/** `netlens read`: capture files in; conversations, frames, a count or another capture file out. */
import { writeFileSync } from 'node:fs';
import type { Ledger } from '../classify/record.ts';
import { type FrameFilter, run, Tally } from '../pipeline.ts';
import { openCaptures } from '../source/open.ts';
import { showLedger } from '../view/ledger-text.ts';
import { Output, say } from '../view/output.ts';
import { EXIT_DONE, EXIT_FAILED } from './errors.ts';
import { inputsOf } from './inputs.ts';
import { takeSignals } from './interrupt.ts';
import { parseRead } from './read-options.ts';
import { taskOf } from './tasks.ts';

const STDOUT = 1;
const STDERR = 2;

/** Run the command; yields the exit code. Rejects with the error that stopped it before any frame. */
export async function runRead(argv: readonly string[]): Promise<number> {
  const options = parseRead(argv);
  if (options === undefined) return EXIT_DONE;
  const inputs = inputsOf(options, () => false);
  const filter: FrameFilter | undefined = undefined;
  const interrupt = takeSignals();
  const source = await openCaptures(inputs.files, {
    follow: options.follow,
    signal: interrupt.signal,
    nodes: inputs.nodes,
  });
  const output = new Output(STDOUT);
  const task = await taskOf(options, source, output, inputs.files.length);
  const tally = new Tally();
  await run(source, task.stage, tally, { filter, limit: options.limit, signal: interrupt.signal });
  const ledger = await task.finish(tally.ledgerOf(source));
  await output.flush();
  if (options.ledger !== undefined) writeLedger(options.ledger, ledger);
  if (!task.showsLedger && !output.closed) {
    await say(new Output(STDERR), showLedger(ledger, task.conversations));
  }
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
  await source.close();
  interrupt.release();
  if (output.error !== undefined) throw output.error;
  return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function writeLedger(file: string, ledger: Ledger): void {
  writeFileSync(file, `${JSON.stringify({ schema: 'netlens.ledger/1', ...ledger })}\n`);
}
