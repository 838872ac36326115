/** Capture files on the terminal UI: the engine that reads them, and the screen that shows it. */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Filter } from '../filter/filter.ts';
import { showLedger } from '../view/ledger-text.ts';
import { runScreen } from '../view/tui/run.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import type { Inputs } from './inputs.ts';
import { loadKnowledge } from './knowledge.ts';
import type { ReadOptions } from './read-options.ts';

/** The keyboard when standard input brings the capture. */
const CONTROLLING_TERMINAL = '/dev/tty';

/** Show the files until the user quits; yields the exit code. */
export async function runOnScreen(
  options: ReadOptions,
  inputs: Inputs,
  filter: Filter | undefined,
): Promise<number> {
  const { EngineClient } = await import('../engine/engine-client.ts');
  const knowledge = await loadKnowledge(options.knowledge, inputs.files);
  const { files, nodes } = inputs;
  const { follow, maxFlows } = options;
  const model = await EngineClient.open({
    kind: 'files',
    files,
    nodes,
    follow,
    knowledge,
    maxFlows,
  });
  try {
    await runScreen(model, {
      stdin: keyboard(),
      stdout: process.stdout as Parameters<typeof runScreen>[1]['stdout'],
      language: options.language,
      theme: options.theme,
      ends: options.names ? 'both' : 'addresses',
      sort: options.sort,
      filter: filter?.text ?? '',
      picture: async (file, grid, state) => {
        const { pictureScreen } = await import('./picture.ts');
        const inputsOf = { files, nodes, knowledge: options.knowledge };
        return pictureScreen(inputsOf, file, grid, state, await model.status());
      },
    });
    const { ledger } = await model.status();
    if (ledger.damage.length > 0) process.stderr.write(showLedger(ledger));
    return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
  } finally {
    await model.close();
  }
}

function keyboard(): ReadStream {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync(CONTROLLING_TERMINAL, 'r'));
  } catch {
    throw new UsageError('-o tui: there is no terminal to read keys from');
  }
}
