/** Capture files on the terminal UI: the engine that reads them, and the screen that shows it. */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Filter } from '../filter/filter.ts';
import { showLedger } from '../view/ledger-text.ts';
import type { Model } from '../view/model.ts';
import { runScreen } from '../view/tui/run.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import type { Inputs } from './inputs.ts';
import { loadKnowledge } from './knowledge.ts';
import type { PictureInputs } from './picture-record.ts';
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
    const captured = { files, nodes, knowledge: options.knowledge };
    await showModel(model, captured, { ...options, filter: filter?.text ?? '' });
    const { ledger } = await model.status();
    if (ledger.damage.length > 0) process.stderr.write(showLedger(ledger));
    return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
  } finally {
    await model.close();
  }
}

/** What of the command line tells how the screen looks at first. */
interface Looks extends Pick<ReadOptions, 'language' | 'theme' | 'names' | 'sort'> {
  /** Text of the views' filter. */
  readonly filter: string;
}

/** Show the model until the user quits; pictures name the captures that they are of. */
export function showModel(model: Model, captured: PictureInputs, looks: Looks): Promise<void> {
  const { language, theme, names, sort, filter } = looks;
  return runScreen(model, {
    stdin: keyboard(),
    stdout: process.stdout as Parameters<typeof runScreen>[1]['stdout'],
    language,
    theme,
    ends: names ? 'both' : 'addresses',
    sort,
    filter,
    picture: async (file, grid, state) => {
      const { pictureScreen } = await import('./picture.ts');
      return pictureScreen(captured, file, grid, state, await model.status());
    },
  });
}

function keyboard(): ReadStream {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync(CONTROLLING_TERMINAL, 'r'));
  } catch {
    throw new UsageError('-o tui: there is no terminal to read keys from');
  }
}
